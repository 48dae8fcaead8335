//! A tenant's users: who may sign in, and as what.

use carillon_domain::ids::TenantId;
use carillon_store::{Cursor, Member, MemberState, StoreError, Stored};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contacts::is_email;
use crate::directory::DirectoryError;
use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::roles::Role;
use crate::schema;

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// The user's id.
    #[schema(example = "0192f3a4-b5c6-7d8e-9f00-112233445566")]
    id: String,
    /// What one signs in with.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// What people call them.
    #[schema(example = "Ada Example")]
    name: Option<String>,
    /// What the user may do.
    role: Role,
    /// Where it stands.
    #[schema(value_type = schema::UserState)]
    state: MemberState,
    /// Whoever sent the invitation: a user's id.
    invited_by: Option<String>,
    /// Since when.
    created_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<Member>> for UserView {
    fn from(Stored { value, version }: Stored<Member>) -> Self {
        let Member { id, email, name, role, state, invited_by, created_at } = value;
        Self {
            id,
            email,
            name,
            role: role.parse().unwrap_or(Role::Agent),
            state,
            invited_by,
            created_at,
            version,
        }
    }
}

impl From<Stored<Member>> for Versioned<UserView> {
    fn from(stored: Stored<Member>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// Everybody in the tenant.
///
/// Somebody whom the directory knew before there was a list appears in it with the first request.
#[utoipa::path(get, path = "/v1/users", operation_id = "list_users", tag = "users", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<UserView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<UserView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "users", &query)?;
    let page = scope.table().members_of_tenant(paging::limit(&query)?, after).await;
    let page = page.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "users", page.next)?;
    Ok(Json(Page { items: page.entries.into_iter().map(UserView::from).collect(), next_cursor }))
}

async fn load(scope: &Scope, id: &str) -> Result<Stored<Member>, Problem> {
    scope.table().member(id).await?.ok_or_else(|| Problem::not_found("user"))
}

/// One of them.
#[utoipa::path(get, path = "/v1/users/{user}", operation_id = "read_user", tag = "users",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "The user", body = UserView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<String>) -> Result<Versioned<UserView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Where the temporary password goes.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// What people call them.
    #[serde(default)]
    #[schema(example = "Ada Example", max_length = 200)]
    name: Option<String>,
    /// What the user may do: `agent`, `supervisor` or `admin`.
    role: Role,
}

/// A tenant's roles. Operators are made by whoever runs the installation, outside any tenant.
fn assignable(role: Role) -> Result<Role, Problem> {
    match role {
        Role::Agent | Role::Supervisor | Role::Admin => Ok(role),
        Role::Operator => Err(Problem::field("role", "must be agent, supervisor or admin")),
    }
}

fn directory(error: DirectoryError) -> Problem {
    match error {
        DirectoryError::Exists => {
            Problem::new(Kind::Exists, "Somebody signs in with this address already, here or elsewhere.")
        }
        DirectoryError::Missing => Problem::not_found("user"),
        DirectoryError::Failed(error) => Problem::internal(error),
    }
}

/// Invite somebody.
///
/// A mail brings a temporary password, good for seven days.
#[utoipa::path(post, path = "/v1/users", operation_id = "invite_user", tag = "users", request_body = Invitation,
    responses((status = 201, description = "Invited", body = UserView)))]
pub(crate) async fn invite(
    scope: Scope,
    Json(new): Json<Invitation>,
) -> Result<Created<Versioned<UserView>>, Problem> {
    let mut errors = Vec::new();
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        errors.push(FieldError::new("email", "is not an email address"));
    }
    if new.name.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().count() > 200) {
        errors.push(FieldError::new("name", "must have 1 to 200 characters"));
    }
    let role = assignable(new.role).map_err(|problem| errors.extend(problem.errors));
    let (Ok(role), true) = (role, errors.is_empty()) else { return Err(Problem::validation(errors)) };
    let id = match scope.deps.directory.invite(&email, new.name.as_deref(), &scope.tenant).await {
        Ok(id) => id,
        Err(DirectoryError::Exists) => unfinished(&scope, &email, &scope.tenant).await?,
        Err(error) => return Err(directory(error)),
    };
    scope.deps.directory.set_role(&id, role).await.map_err(directory)?;
    let member = Stored::new(Member {
        id: id.clone(),
        email: Some(email),
        name: new.name,
        role: role.name().to_owned(),
        state: MemberState::Invited,
        invited_by: Some(scope.caller.subject.clone()),
        created_at: scope.now,
    });
    let stored = match scope.table().save_member(&member).await {
        Ok(()) => member.saved(),
        Err(StoreError::Conflict) => load(&scope, &id).await?,
        Err(error) => return Err(error.into()),
    };
    Ok(Created { location: format!("/v1/users/{id}"), body: stored.into() })
}

/// An invitation that broke off half-way: the directory knows the address, the tenant does not yet. Anybody else's
/// address is taken, and whose it is, is nobody's business.
async fn unfinished(scope: &Scope, email: &str, tenant: &TenantId) -> Result<String, Problem> {
    let found = scope.deps.directory.find(email).await.map_err(directory)?;
    let ours = found.filter(|account| account.is_new && account.tenant.as_deref() == Some(tenant.as_str()));
    let account = ours.ok_or_else(|| directory(DirectoryError::Exists))?;
    if scope.table().member(&account.id).await?.is_some() && !scope.is_repetition() {
        return Err(directory(DirectoryError::Exists));
    }
    Ok(account.id)
}

/// What is to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Another role. Less counts at once, on open pages too; more with the next sign-in.
    #[serde(default)]
    role: Option<Role>,
    /// Whether the user may sign in. Whoever is signed in is out at once, and open pages hear nothing more.
    #[serde(default)]
    enabled: Option<bool>,
}

/// Change what a user may do, or whether.
///
/// Nobody changes themselves: a tenant would be left without an admin.
#[utoipa::path(patch, path = "/v1/users/{user}", operation_id = "edit_user", tag = "users",
    params(("user" = String, Path, description = "The user's id")), request_body = UserPatch,
    responses((status = 200, description = "The user as it is now", body = UserView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<String>,
    if_match: IfMatch,
    Json(patch): Json<UserPatch>,
) -> Result<Versioned<UserView>, Problem> {
    let role = patch.role.map(assignable).transpose()?;
    let mut member = load(&scope, &id).await?;
    if_match.check(member.version)?;
    if id == scope.caller.subject {
        return Err(Problem::new(Kind::Forbidden, "Ask another admin to change your own account."));
    }
    let before = member.value.clone();
    if let Some(role) = role {
        role.name().clone_into(&mut member.value.role);
    }
    member.value.state = match (patch.enabled, member.value.state) {
        (Some(false), _) => MemberState::Disabled,
        (Some(true), MemberState::Disabled) => MemberState::Active,
        (Some(true) | None, state) => state,
    };
    // The list first, which the gate goes by: what is taken away is gone even if the directory cannot be asked. The
    // same change again brings the directory after it.
    if member.value != before {
        scope.table().save_member(&member).await.map_err(Problem::unsaved)?;
        member.version += 1;
    }
    scope.deps.roll.forget(&scope.tenant, &id);
    // Pages that are open were let in with the role of then.
    let now = match member.value.state {
        MemberState::Invited | MemberState::Active => Some(member.value.role.parse().unwrap_or(Role::Agent)),
        MemberState::Disabled => None,
    };
    let revised = |then: &str| Some(then.parse().unwrap_or(Role::Agent).min(now?).name());
    scope.table().revise_pages_of(&id, revised).await?;
    if let Some(role) = role {
        scope.deps.directory.set_role(&id, role).await.map_err(directory)?;
    }
    if let Some(enabled) = patch.enabled {
        scope.deps.directory.set_enabled(&id, enabled).await.map_err(directory)?;
    }
    Ok(member.into())
}

/// Mail a new temporary password to somebody who has not signed in yet.
#[utoipa::path(post, path = "/v1/users/{user}/resend", operation_id = "resend_invitation", tag = "users",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "Mailed", body = UserView)))]
pub(crate) async fn resend(scope: Scope, Params(id): Params<String>) -> Result<Versioned<UserView>, Problem> {
    let member = load(&scope, &id).await?;
    let (MemberState::Invited, Some(email)) = (member.value.state, &member.value.email) else {
        return Err(Problem::new(
            Kind::NotNow,
            "Only an invitation that nobody has followed can be sent again.",
        ));
    };
    if !scope.is_repetition() {
        scope.deps.directory.resend(email).await.map_err(directory)?;
    }
    Ok(member.into())
}
