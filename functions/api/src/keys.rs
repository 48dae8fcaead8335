//! API keys: `ck.<tenant>.<id>.<secret>`.
//!
//! The tenant stands in the key, so that looking one up is one read in that tenant's part of the table. What is stored
//! is a digest of the secret, whose 256 bits are random: a slow hash would protect nothing more.

use carillon_domain::ids::TenantId;
use carillon_store::{ApiKey, Table, TenantTable};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::roles::{Operation, Role};

/// How a key begins, so that scanners of leaked secrets know one.
pub const PREFIX: &str = "ck";

/// What a key is shown as once.
#[must_use]
pub fn text(tenant: &TenantId, id: &str, secret: &str) -> String {
    format!("{PREFIX}.{tenant}.{id}.{secret}")
}

/// What is kept of a secret.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// Bytes as text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The parts of a key.
fn parts(text: &str) -> Option<(TenantId, &str, &str)> {
    let mut parts = text.split('.');
    let (prefix, tenant, id, secret) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit());
    if prefix != PREFIX || parts.next().is_some() || !plain(id, 16) || !plain(secret, 64) {
        return None;
    }
    Some((tenant.parse().ok()?, id, secret))
}

fn refused() -> Problem {
    Problem::new(Kind::Unauthenticated, "The request carries no valid API key.")
}

/// Whoever presents a key may do what its scopes say, as a supervisor would.
///
/// # Errors
/// A problem if it is no key, or not one that is good for this.
pub async fn admit(
    table: &dyn Table,
    authorization: Option<&str>,
    operation: Operation,
    now: Timestamp,
) -> Result<Caller, Problem> {
    let presented = authorization.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(refused)?;
    let (tenant, id, secret) = parts(presented.trim()).ok_or_else(refused)?;
    let table = TenantTable::new(table, &tenant);
    let key: ApiKey = table.api_key(id).await?.ok_or_else(refused)?.value;
    if !bool::from(key.hash.as_bytes().ct_eq(hash(secret).as_bytes())) {
        return Err(refused());
    }
    if key.revoked_at.is_some() || key.expires.is_some_and(|at| at <= now) {
        return Err(Problem::new(Kind::Unauthenticated, "The API key is no longer good."));
    }
    if operation != Operation::Me {
        let scope = operation.scope().ok_or_else(|| {
            Problem::new(Kind::Forbidden, "This takes somebody who has signed in: no API key may do it.")
        })?;
        if !key.scopes.contains(&scope) {
            return Err(Problem::new(Kind::Forbidden, format!("The API key lacks the scope {scope}.")));
        }
    }
    table.api_key_used(id, now).await?;
    Ok(Caller {
        subject: format!("key {id}"),
        role: Role::Supervisor,
        tenant: Some(tenant),
        from_outside: false,
        scopes: Some(key.scopes),
        email: None,
        name: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_apart_as_it_was_made_and_nothing_else_is_a_key() {
        let tenant: TenantId = "acme".parse().expect("an id");
        let (id, secret) = ("0123456789abcdef", "ab".repeat(32));
        let key = text(&tenant, id, &secret);
        assert_eq!(parts(&key), Some((tenant, id, secret.as_str())));
        for bad in ["", "ck", "ck.acme.0123456789abcdef", &key[1..], &format!("{key}.x"), &format!("{key}0")]
        {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert!(!hash(&secret).contains(&secret));
    }
}
