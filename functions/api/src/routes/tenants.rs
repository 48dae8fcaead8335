//! Tenants and their settings.

use axum::response::IntoResponse;
use carillon_domain::compliance::FrequencyCap;
use carillon_domain::ids::TenantId;
use carillon_domain::tenant::Tenant;
use carillon_numbering::country_code;
use carillon_store::{ChangeKind, Cursor, StoreError, Stored, TenantTable, Tenants};
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::credentials::TwilioAccount;
use crate::extract::{Created, IfMatch, Json, Operator, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// A tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenant)]
pub struct TenantView {
    /// Its id.
    #[schema(value_type = String, example = "acme")]
    id: TenantId,
    /// What people call it.
    #[schema(example = "Acme Heating")]
    name: String,
    /// Country of numbers without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "GB")]
    default_country: Option<String>,
    /// IANA name: the timezone of its campaigns unless they say otherwise.
    #[schema(example = "Europe/London")]
    timezone: String,
    /// How many contacts a person may get over all campaigns.
    #[schema(value_type = Vec<schema::FrequencyCap>)]
    frequency_caps: Vec<FrequencyCap>,
    /// Created.
    created_at: Timestamp,
    /// Counts its edits; the ETag.
    version: u64,
}

impl From<Stored<Tenant>> for Versioned<TenantView> {
    fn from(stored: Stored<Tenant>) -> Self {
        let Stored { value, version } = stored;
        let Tenant { id, name, default_country, timezone, frequency_caps, salt: _, created_at } = value;
        let body = TenantView { id, name, default_country, timezone, frequency_caps, created_at, version };
        Self { body, version }
    }
}

/// A tenant's settings, to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What people call it.
    #[schema(example = "Acme Heating", min_length = 1, max_length = 200)]
    name: String,
    /// Country of numbers without a country code: a code or a name.
    #[serde(default)]
    #[schema(example = "GB")]
    default_country: Option<String>,
    /// IANA name.
    #[schema(example = "Europe/London")]
    timezone: String,
    /// How many contacts a person may get over all campaigns.
    #[serde(default)]
    #[schema(value_type = Vec<schema::FrequencyCap>, required = false)]
    frequency_caps: Vec<FrequencyCap>,
}

/// A tenant to be created.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its id for good: lower-case letters, digits, `-` and `_`, a letter first.
    #[schema(value_type = String, example = "acme", pattern = "^[a-z][a-z0-9_-]{0,63}$")]
    id: TenantId,
    /// What people call it.
    #[schema(example = "Acme Heating", min_length = 1, max_length = 200)]
    name: String,
    /// Country of numbers without a country code: a code or a name.
    #[serde(default)]
    #[schema(example = "GB")]
    default_country: Option<String>,
    /// IANA name.
    #[schema(example = "Europe/London")]
    timezone: String,
    /// How many contacts a person may get over all campaigns.
    #[serde(default)]
    #[schema(value_type = Vec<schema::FrequencyCap>, required = false)]
    frequency_caps: Vec<FrequencyCap>,
}

impl Settings {
    /// Checked, and the country by its code.
    fn checked(mut self) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            errors.push(FieldError::new("name", "must have 1 to 200 characters"));
        }
        if TimeZone::get(&self.timezone).is_err() {
            errors.push(FieldError::new("timezone", "must be an IANA name such as Europe/Berlin"));
        }
        if let Some(country) = self.default_country.take() {
            match country_code(&country) {
                Some(code) => self.default_country = Some(code.to_owned()),
                None => {
                    errors.push(FieldError::new("default_country", "must be a country such as DE or Germany"))
                }
            }
        }
        if self.frequency_caps.len() > 20 {
            errors.push(FieldError::new("frequency_caps", "may be at most 20"));
        }
        if errors.is_empty() { Ok(self) } else { Err(Problem::validation(errors)) }
    }
}

/// Create a tenant.
#[utoipa::path(post, path = "/v1/tenants", operation_id = "create_tenant", tag = "tenants", request_body = NewTenant,
    responses((status = 201, description = "Created", body = TenantView)))]
pub(crate) async fn create(
    operator: Operator,
    Json(new): Json<NewTenant>,
) -> Result<Created<Versioned<TenantView>>, Problem> {
    let NewTenant { id, name, default_country, timezone, frequency_caps } = new;
    if !id.as_str().starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(Problem::field("id", "must begin with a letter"));
    }
    let settings = Settings { name, default_country, timezone, frequency_caps }.checked()?;
    let mut salt = [0; 32];
    (operator.deps.random)(&mut salt);
    let tenant = Tenant {
        id: id.clone(),
        name: settings.name,
        default_country: settings.default_country,
        timezone: settings.timezone,
        frequency_caps: settings.frequency_caps,
        salt: salt.iter().map(|byte| format!("{byte:02x}")).collect(),
        created_at: operator.now,
    };
    match Tenants::new(&operator.audited(&id)).create(tenant.clone()).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(Problem::new(Kind::Exists, "A tenant has this id already.")),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(tenant = %id, by = operator.caller.subject, "tenant created");
    Ok(Created { location: format!("/v1/tenants/{id}"), body: Stored { value: tenant, version: 1 }.into() })
}

/// All tenants of the installation, by id.
///
/// To act in one of them, send its id in the header `x-carillon-tenant` with any other request.
#[utoipa::path(get, path = "/v1/tenants", operation_id = "list_tenants", tag = "tenants", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<TenantView>)))]
pub(crate) async fn list(
    operator: Operator,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<TenantView>>, Problem> {
    // The list is of no tenant; its cursors are an operator's alone.
    let nobody = TenantId::from_uuid(uuid::Uuid::nil());
    let after: Option<Cursor> = paging::place(&nobody, "tenants", &query)?;
    let page = Tenants::new(operator.deps.table.as_ref()).all(paging::limit(&query)?, after).await;
    let page = page.map_err(paging::refused(&query))?;
    let items = page.entries.into_iter().map(|stored| Versioned::from(stored).body).collect();
    Ok(Json(Page { items, next_cursor: paging::cursor(&nobody, "tenants", page.next)? }))
}

/// One tenant.
#[utoipa::path(get, path = "/v1/tenants/{tenant}", operation_id = "read_tenant", tag = "tenants",
    params(("tenant" = String, Path, description = "Its id")),
    responses((status = 200, description = "The tenant", body = TenantView)))]
pub(crate) async fn read(
    operator: Operator,
    Params(tenant): Params<TenantId>,
) -> Result<Versioned<TenantView>, Problem> {
    let table = TenantTable::new(operator.deps.table.as_ref(), &tenant);
    Ok(table.settings().await?.ok_or_else(|| Problem::not_found("tenant"))?.into())
}

/// Your tenant's settings.
#[utoipa::path(get, path = "/v1/settings", operation_id = "read_settings", tag = "settings",
    responses((status = 200, description = "The settings", body = TenantView)))]
pub(crate) async fn settings(scope: Scope) -> Result<Versioned<TenantView>, Problem> {
    Ok(scope.settings().await?.into())
}

/// Change your tenant's settings.
#[utoipa::path(put, path = "/v1/settings", operation_id = "edit_settings", tag = "settings", request_body = Settings,
    responses((status = 200, description = "The settings as they are now", body = TenantView)))]
pub(crate) async fn edit_settings(
    scope: Scope,
    if_match: IfMatch,
    Json(settings): Json<Settings>,
) -> Result<Versioned<TenantView>, Problem> {
    let settings = settings.checked()?;
    let mut stored = scope.settings().await?;
    if_match.check(stored.version)?;
    let tenant = &mut stored.value;
    tenant.name = settings.name;
    tenant.default_country = settings.default_country;
    tenant.timezone = settings.timezone;
    tenant.frequency_caps = settings.frequency_caps;
    scope.table().save_settings(&stored).await.map_err(Problem::unsaved)?;
    stored.version += 1;
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, "settings changed");
    Ok(stored.into())
}

/// Whether calls can be placed.
#[derive(Serialize, ToSchema)]
pub struct TwilioView {
    /// Whether an account is set up.
    configured: bool,
    /// Which. Its secret is never shown.
    #[schema(example = "AC00000000000000000000000000000000")]
    account_sid: Option<String>,
}

/// An account at Twilio, to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioSettings {
    /// The account: `AC` and 32 hexadecimal digits.
    #[schema(example = "AC00000000000000000000000000000000", pattern = "^AC[0-9a-fA-F]{32}$")]
    account_sid: String,
    /// Its secret.
    #[schema(write_only, min_length = 1, max_length = 128)]
    auth_token: String,
}

/// Whether Twilio is set up.
#[utoipa::path(get, path = "/v1/settings/twilio", operation_id = "read_twilio", tag = "settings",
    responses((status = 200, description = "The account, without its secret", body = TwilioView)))]
pub(crate) async fn twilio(scope: Scope) -> Result<Json<TwilioView>, Problem> {
    let account_sid = scope.deps.credentials.account_sid(&scope.tenant).await.map_err(Problem::internal)?;
    Ok(Json(TwilioView { configured: account_sid.is_some(), account_sid }))
}

/// Set Twilio up.
///
/// The secret goes to Secrets Manager and is never shown again. Functions that hold an older one notice when it is
/// refused, or within five minutes.
#[utoipa::path(put, path = "/v1/settings/twilio", operation_id = "set_twilio", tag = "settings",
    request_body = TwilioSettings, responses((status = 204, description = "Set up")))]
pub(crate) async fn set_twilio(
    scope: Scope,
    Json(new): Json<TwilioSettings>,
) -> Result<impl IntoResponse, Problem> {
    let mut errors = Vec::new();
    let digits = new.account_sid.strip_prefix("AC").unwrap_or_default();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        errors.push(FieldError::new("account_sid", "must be AC and 32 hexadecimal digits"));
    }
    if !(1..=128).contains(&new.auth_token.len()) || !new.auth_token.bytes().all(|b| b.is_ascii_graphic()) {
        errors.push(FieldError::new("auth_token", "must have 1 to 128 visible ASCII characters"));
    }
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    let account = TwilioAccount { account_sid: new.account_sid, auth_token: new.auth_token };
    // The log first: a change that nobody can trace must not be possible, one that was only tried may be.
    scope.note("provider_credentials", ChangeKind::Changed).await?;
    scope.deps.credentials.save(&scope.tenant, &account).await.map_err(Problem::internal)?;
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, "provider credentials set");
    Ok(StatusCode::NO_CONTENT)
}
