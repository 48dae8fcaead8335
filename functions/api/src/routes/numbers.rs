//! Which of these are telephone numbers?

use carillon_domain::phone::{LineType, Place};
use carillon_numbering::{country_code, normalise};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Scope};
use crate::problem::Problem;
use crate::schema;

/// The most numbers in one request.
const NUMBERS_MAX: usize = 1_000;

/// Numbers to be looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// As people write them.
    #[schema(example = json!(["030 23125 123", "+44 20 7946 0123"]), min_items = 1, max_items = 1000)]
    numbers: Vec<String>,
    /// Country of those without a country code, by code or name; the tenant's own unless given.
    #[serde(default)]
    #[schema(example = "DE")]
    country: Option<String>,
}

/// What was found, in the order asked.
#[derive(Serialize, ToSchema)]
pub struct NumbersChecked {
    /// How many can be called.
    valid: usize,
    /// How many cannot.
    invalid: usize,
    /// One for each number.
    numbers: Vec<NumberChecked>,
}

/// One number.
#[derive(Serialize, ToSchema)]
pub struct NumberChecked {
    /// Whether it can be called.
    valid: bool,
    /// In E.164 form.
    #[schema(example = "+493023125123")]
    phone: Option<String>,
    /// Where it belongs.
    #[schema(value_type = Option<schema::Place>)]
    place: Option<Place>,
    /// What kind of line it is.
    #[schema(value_type = Option<schema::LineType>)]
    line_type: Option<LineType>,
    /// IANA zones in which the person may be.
    zones: Vec<&'static str>,
    /// Why it cannot be called, as a word.
    #[schema(example = "too_short")]
    code: Option<&'static str>,
    /// The same as a sentence.
    #[schema(example = "the number is too short for its country")]
    reason: Option<String>,
}

/// Look at numbers before uploading them. Nothing is kept.
#[utoipa::path(post, path = "/v1/numbers/validate", operation_id = "validate_numbers", tag = "contacts",
    request_body = Numbers, responses((status = 200, description = "One result for each number", body = NumbersChecked)))]
pub(crate) async fn validate(
    scope: Scope,
    Json(request): Json<Numbers>,
) -> Result<Json<NumbersChecked>, Problem> {
    if !(1..=NUMBERS_MAX).contains(&request.numbers.len()) {
        return Err(Problem::field("numbers", format!("must be 1 to {NUMBERS_MAX}")));
    }
    let country = match request.country {
        Some(text) => Some(country(&text)?),
        None => scope.table().settings().await?.and_then(|tenant| tenant.value.default_country),
    };
    let numbers: Vec<NumberChecked> =
        request.numbers.iter().map(|raw| check(raw, country.as_deref())).collect();
    let valid = numbers.iter().filter(|number| number.valid).count();
    Ok(Json(NumbersChecked { valid, invalid: numbers.len() - valid, numbers }))
}

/// A country by code or name.
pub(crate) fn country(text: &str) -> Result<String, Problem> {
    let code = country_code(text).map(str::to_owned);
    code.ok_or_else(|| Problem::field("country", "must be a country such as DE or Germany"))
}

fn check(raw: &str, country: Option<&str>) -> NumberChecked {
    match normalise(raw, country) {
        Ok(number) => NumberChecked {
            valid: true,
            zones: number.zones().to_vec(),
            phone: Some(number.e164.into()),
            place: Some(number.place),
            line_type: Some(number.line_type),
            code: None,
            reason: None,
        },
        Err(reject) => NumberChecked {
            valid: false,
            phone: None,
            place: None,
            line_type: None,
            zones: Vec::new(),
            code: Some(reject.code()),
            reason: Some(reject.to_string()),
        },
    }
}
