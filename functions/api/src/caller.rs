//! Who is asking: what the JWT authorizer has verified, as types.

use std::collections::{BTreeSet, HashMap};

use carillon_domain::ids::TenantId;
use http::{Extensions, HeaderValue};
use lambda_http::request::RequestContext;

use crate::problem::{Kind, Problem};
use crate::roles::Role;

/// The header in which an operator names the tenant to act in.
pub const TENANT_HEADER: &str = "x-carillon-tenant";

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Cognito's id of the user.
    pub subject: String,
    /// The most that any of the user's groups allows.
    pub role: Role,
    /// The tenant that is acted in: the user's own, or the one that an operator has chosen. Only an operator can be
    /// without.
    pub tenant: Option<TenantId>,
    /// Whether that tenant is another than the user's own.
    pub from_outside: bool,
    /// What an API key may do; absent for people.
    pub scopes: Option<BTreeSet<String>>,
    /// The user's address, as the directory has it.
    pub email: Option<String>,
    /// The user's name, as the directory has it.
    pub name: Option<String>,
}

impl Caller {
    /// The caller that a request's context names.
    ///
    /// # Errors
    /// A problem if nobody is signed in, if it is not an id token, or if the user has neither role nor tenant.
    pub fn of(extensions: &Extensions) -> Result<Self, Problem> {
        let claims = match extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context
                .authorizer
                .as_ref()
                .and_then(|authorizer| authorizer.jwt.as_ref())
                .map(|jwt| &jwt.claims),
            Some(_) | None => None,
        };
        let claims = claims
            .ok_or_else(|| Problem::new(Kind::Unauthenticated, "The request carries no verified token."))?;
        Self::of_claims(claims)
    }

    fn of_claims(claims: &HashMap<String, String>) -> Result<Self, Problem> {
        let claim = |name: &str| claims.get(name).map(String::as_str).filter(|value| !value.is_empty());
        // An access token is as valid, and says nothing of the tenant.
        if claim("token_use") != Some("id") {
            return Err(Problem::new(
                Kind::Unauthenticated,
                "Send the id token: this is another kind of token.",
            ));
        }
        let subject =
            claim("sub").ok_or_else(|| Problem::new(Kind::Unauthenticated, "The token names nobody."))?;
        let role =
            groups(claim("cognito:groups").unwrap_or_default()).filter_map(|group| group.parse().ok()).max();
        let role = role.ok_or_else(|| Problem::new(Kind::Forbidden, "The user has no role yet."))?;
        let tenant = claim("custom:tenant").map(str::parse).transpose();
        let tenant = tenant.map_err(|_| Problem::new(Kind::Forbidden, "The user's tenant is none."))?;
        if tenant.is_none() && role != Role::Operator {
            return Err(Problem::new(Kind::Forbidden, "The user belongs to no tenant."));
        }
        let (email, name) = (claim("email").map(str::to_owned), claim("name").map(str::to_owned));
        Ok(Self { subject: subject.to_owned(), role, tenant, from_outside: false, scopes: None, email, name })
    }

    /// The same caller in the tenant that a request names by header. A tenant's own user may name none but the own.
    ///
    /// # Errors
    /// A problem if that is not for the caller to choose, or not a tenant's id.
    pub fn choosing(mut self, named: Option<&HeaderValue>) -> Result<Self, Problem> {
        let Some(named) = named else { return Ok(self) };
        let tenant: Option<TenantId> = named.to_str().ok().and_then(|text| text.parse().ok());
        let tenant = tenant.ok_or_else(|| {
            Problem::new(Kind::BadHeader, format!("{TENANT_HEADER} must be a tenant's id."))
        })?;
        if self.tenant.as_ref() == Some(&tenant) {
            return Ok(self);
        }
        if self.role != Role::Operator {
            return Err(Problem::new(Kind::Forbidden, "Only operators act in other tenants than their own."));
        }
        self.tenant = Some(tenant);
        self.from_outside = true;
        Ok(self)
    }
}

/// The groups in a claim. An HTTP API turns the list into text: `[admin agent]`, or elsewhere `["admin","agent"]`.
fn groups(claim: &str) -> impl Iterator<Item = &str> {
    claim
        .split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | ','))
        .filter(|group| !group.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(pairs: &[(&str, &str)]) -> Result<Caller, Kind> {
        let claims = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Caller::of_claims(&claims).map_err(|problem| problem.kind)
    }

    #[test]
    fn a_claim_of_groups_is_read_in_every_spelling() {
        for (groups, role) in [
            ("[admin]", Role::Admin),
            ("[agent supervisor]", Role::Supervisor),
            (r#"["agent","operator"]"#, Role::Operator),
            ("admin,agent", Role::Admin),
            ("agent", Role::Agent),
        ] {
            let found = caller(&[
                ("token_use", "id"),
                ("sub", "u"),
                ("custom:tenant", "acme"),
                ("cognito:groups", groups),
            ]);
            assert_eq!(found.map(|caller| caller.role), Ok(role), "{groups}");
        }
    }

    #[test]
    fn who_is_not_fully_known_is_refused() {
        let id = [("token_use", "id"), ("sub", "u")];
        let with = |more: &[(&'static str, &'static str)]| [&id[..], more].concat();
        for (claims, kind) in [
            (vec![("token_use", "access"), ("sub", "u")], Kind::Unauthenticated),
            (vec![("token_use", "id")], Kind::Unauthenticated),
            (with(&[("custom:tenant", "acme")]), Kind::Forbidden),
            (with(&[("custom:tenant", "acme"), ("cognito:groups", "[administrators]")]), Kind::Forbidden),
            (with(&[("cognito:groups", "[admin]")]), Kind::Forbidden),
            (with(&[("cognito:groups", "[admin]"), ("custom:tenant", "a#b")]), Kind::Forbidden),
        ] {
            assert_eq!(caller(&claims), Err(kind), "{claims:?}");
        }
        assert!(caller(&with(&[("cognito:groups", "[operator]")])).is_ok(), "an operator needs no tenant");
    }

    #[test]
    fn only_an_operator_chooses_a_tenant() {
        let of = |groups: &str| {
            caller(&[
                ("token_use", "id"),
                ("sub", "u"),
                ("custom:tenant", "acme"),
                ("cognito:groups", groups),
            ])
            .expect("signed in")
        };
        let named = |tenant: &'static str| Some(HeaderValue::from_static(tenant));
        let choose = |groups: &str, tenant| {
            let chosen = of(groups).choosing(named(tenant).as_ref());
            chosen.map(|caller| (caller.tenant.map(String::from), caller.from_outside)).map_err(|p| p.kind)
        };
        assert_eq!(choose("[operator]", "globex"), Ok((Some("globex".into()), true)));
        assert_eq!(choose("[operator]", "acme"), Ok((Some("acme".into()), false)));
        assert_eq!(choose("[admin]", "acme"), Ok((Some("acme".into()), false)));
        assert_eq!(choose("[admin]", "globex"), Err(Kind::Forbidden));
        assert_eq!(choose("[operator]", "a#b"), Err(Kind::BadHeader));
    }
}
