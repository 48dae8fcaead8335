//! A suppression list from elsewhere, a thousand addresses at a time.

use carillon_domain::compliance::SuppressionReason;
use carillon_domain::suppression::{Scope as Of, Suppression};
use carillon_store::ChangeKind;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::numbers::country;
use super::suppressions::given;
use crate::extract::{Json, Scope};
use crate::problem::Problem;
use crate::schema;

/// The most addresses in one request.
const ADDRESSES_MAX: usize = 1_000;

/// Addresses that are written at the same time.
const AT_ONCE: usize = 32;

/// Addresses to be suppressed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"addresses": ["020 7946 0999", "ada@example.com"], "reason": "do_not_call", "country": "GB"}))]
pub struct SuppressionList {
    /// Numbers in any notation, and email addresses.
    #[schema(min_items = 1, max_items = 1000)]
    addresses: Vec<String>,
    /// For which kind of contact; every kind unless given.
    #[serde(default)]
    #[schema(value_type = Option<schema::Scope>)]
    scope: Option<Of>,
    /// Why.
    #[schema(value_type = schema::SuppressionReason)]
    reason: SuppressionReason,
    /// Country of numbers without a country code, by code or name; the tenant's own unless given.
    #[serde(default)]
    country: Option<String>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
pub struct SuppressedList {
    /// On the list now, whether by this request or before.
    suppressed: usize,
    /// What is no address.
    invalid: Vec<InvalidAddress>,
}

/// What is no address. It is not repeated here: its place says which it was.
#[derive(Serialize, ToSchema)]
pub struct InvalidAddress {
    /// Its place in the request, 0 for the first.
    index: usize,
    /// What is wrong with it.
    #[schema(example = "too short for a number")]
    message: String,
}

/// Suppress many addresses.
///
/// What cannot be read is handed back by its place, and everything else is suppressed. A long list is sent in parts;
/// sending one again changes nothing.
#[utoipa::path(post, path = "/v1/suppressions/import", operation_id = "import_suppressions", tag = "suppressions",
    request_body = SuppressionList, responses((status = 200, description = "How many", body = SuppressedList)))]
pub(crate) async fn import(
    scope: Scope,
    Json(list): Json<SuppressionList>,
) -> Result<Json<SuppressedList>, Problem> {
    if !(1..=ADDRESSES_MAX).contains(&list.addresses.len()) {
        return Err(Problem::field("addresses", format!("must be 1 to {ADDRESSES_MAX}")));
    }
    let default = match list.country {
        Some(text) => Some(country(&text)?),
        None => scope.settings().await?.value.default_country,
    };
    let (mut addresses, mut invalid) = (std::collections::BTreeSet::new(), Vec::new());
    for (index, text) in list.addresses.iter().enumerate() {
        match given(text, default.as_deref()) {
            Ok(address) => drop(addresses.insert(address)),
            Err(message) => invalid.push(InvalidAddress { index, message }),
        }
    }
    let count = addresses.len();
    // One entry for all of them.
    scope.note_with("suppressions", ChangeKind::Created, vec![("count", count.into())]).await?;
    let table = scope.unaudited();
    let of = list.scope.unwrap_or(Of::All);
    let source = format!("user {}", scope.caller.subject);
    let table = &table;
    let writes = addresses.into_iter().map(|address| {
        let (source, added_at) = (source.clone(), scope.now);
        let suppression = Suppression { address, scope: of, reason: list.reason, source, added_at };
        async move { table.suppress(&suppression).await }
    });
    let written: Vec<()> = stream::iter(writes).buffer_unordered(AT_ONCE).try_collect().await?;
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, count = written.len(), "addresses suppressed");
    Ok(Json(SuppressedList { suppressed: count, invalid }))
}
