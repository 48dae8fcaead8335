//! Finding contacts.

use carillon_domain::ids::{ContactId, ImportId};
use carillon_domain::search::{address, words};
use carillon_numbering::normalise;
use carillon_store::{Found, ImportPlace, StoreError};
use serde::Deserialize;
use utoipa::IntoParams;

use super::contacts::ContactView;
use crate::extract::{Json, PageQuery, Query, Scope};
use crate::paging::{self, Page};
use crate::problem::{Kind, Problem};

/// The most contacts that one page looks at when it filters.
const SCANNED_MAX: usize = 2_000;

/// Contacts read in one go when filtering.
const BATCH_FILTERED: u32 = 200;

/// The longest search text, characters.
const TEXT_CHARS_MAX: usize = 200;

/// Which contacts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactQuery {
    /// How many at most, from 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// What one types: beginnings of words of a name, of an email address, or a whole number in any notation. Case and
    /// accents make no difference.
    #[serde(default)]
    #[param(max_length = 200, example = "mull")]
    q: Option<String>,
    /// Only the contact with this number, in any notation.
    #[serde(default)]
    phone: Option<String>,
    /// Only contacts whose email address begins so.
    #[serde(default)]
    #[param(max_length = 200)]
    email: Option<String>,
    /// Only contacts with this tag.
    #[serde(default)]
    #[param(max_length = 100)]
    tag: Option<String>,
    /// Only contacts that this import created or enrolled, in the order of its rows.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    import: Option<ImportId>,
}

/// By which of the lists a question is answered.
enum Source {
    /// One contact at most.
    Number(Option<ContactId>),
    /// Everybody whose sort name begins so, by name.
    Names(String),
    /// Everybody with a word that begins so, by word.
    Word(String),
    /// Everybody of an import.
    Import(ImportId),
}

/// A question: its source, and what else must hold.
struct Question {
    source: Source,
    words: Vec<String>,
    email: Option<String>,
    tag: Option<String>,
}

impl Question {
    fn is_filtered(&self) -> bool {
        let sifted = match self.source {
            Source::Number(_) | Source::Names(_) | Source::Word(_) => self.words.len() > 1,
            Source::Import(_) => !self.words.is_empty(),
        };
        sifted || self.tag.is_some() || self.email.is_some()
    }

    fn fits(&self, contact: &carillon_domain::contact::Contact) -> bool {
        self.tag.as_ref().is_none_or(|tag| contact.tags.contains(tag))
            && self.email.as_ref().is_none_or(|wanted| {
                contact.email.as_deref().is_some_and(|email| address(email).starts_with(wanted))
            })
            && (matches!(self.source, Source::Names(_)) || contact.is_found_by(&self.words))
    }
}

/// What is asked for, in whichever way.
async fn question(scope: &Scope, query: &ContactQuery) -> Result<Question, Problem> {
    for (name, value) in [("q", &query.q), ("email", &query.email), ("tag", &query.tag)] {
        if value.as_ref().is_some_and(|value| value.chars().count() > TEXT_CHARS_MAX) {
            let detail = format!("{name}: may have {TEXT_CHARS_MAX} characters");
            return Err(Problem::new(Kind::BadQuery, detail));
        }
    }
    let mut question = Question {
        source: Source::Names(String::new()),
        words: Vec::new(),
        email: query.email.as_deref().map(address).filter(|email| !email.is_empty()),
        tag: query.tag.clone(),
    };
    let text = query.q.as_deref().unwrap_or_default().trim();
    if let Some(phone) = &query.phone {
        let country = scope.settings().await?.value;
        let number = normalise(phone, country.default_country.as_deref());
        let number = number.map_err(|reject| Problem::new(Kind::BadQuery, format!("phone: {reject}")))?;
        let id = ContactId::of_address(country.salt.as_bytes(), number.e164.as_str());
        question.source = Source::Number(Some(id));
    } else if is_number(text) {
        // Half a number names nobody yet.
        let tenant = scope.settings().await?.value;
        let number = normalise(text, tenant.default_country.as_deref()).ok();
        let id = number.map(|number| ContactId::of_address(tenant.salt.as_bytes(), number.e164.as_str()));
        question.source = Source::Number(id);
        return Ok(question);
    } else if text.contains('@') {
        question.words = vec![address(text)];
    } else {
        question.words = words(text).collect();
    }
    if let Source::Number(_) = question.source {
        return Ok(question);
    }
    let longest = question.words.iter().chain(&question.email).max_by_key(|word| word.chars().count());
    question.source = match (&query.import, longest) {
        (Some(import), _) => Source::Import(import.clone()),
        (None, Some(word)) if word.chars().nth(1).is_some() => Source::Word(word.clone()),
        // One letter begins too many words to be one.
        (None, Some(_)) => Source::Names(fold_name(text)),
        (None, None) => Source::Names(String::new()),
    };
    Ok(question)
}

/// Lists of names keep their marks.
fn fold_name(text: &str) -> String {
    text.to_lowercase()
}

/// Whether somebody is typing a number: nothing but what numbers are written with, and enough of it.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 && text.chars().all(|c| c.is_ascii_digit() || "+()-./ \u{a0}".contains(c))
}

/// Some of the contacts of a source, each with its place as a cursor's text, and where the source goes on.
async fn some(
    scope: &Scope,
    source: &Source,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Found<String>>, Option<String>), StoreError> {
    let table = scope.table();
    match source {
        Source::Number(None) => Ok((Vec::new(), None)),
        Source::Number(Some(id)) => {
            let contact = table.contact(id).await?;
            let found = contact.map(|contact| Found { place: String::new(), contact });
            Ok((found.into_iter().collect(), None))
        }
        Source::Names(prefix) => table.contacts_by_name(prefix, after, limit).await,
        Source::Word(word) => table.contacts_by_word(word, after, limit).await,
        Source::Import(import) => {
            let text = |place: &ImportPlace| serde_json::to_string(place).unwrap_or_default();
            let from = after.map(serde_json::from_str).transpose();
            let from = from.map_err(|_| StoreError::Refused("a place of another list".into(), None))?;
            let (found, next) = table.contacts_of_import(import, from, limit as usize).await?;
            let found =
                found.into_iter().map(|found| Found { place: text(&found.place), contact: found.contact });
            Ok((found.collect(), next.as_ref().map(text)))
        }
    }
}

/// Contacts by name, or those that are searched for.
///
/// With a filter, a page may hold fewer than asked for before the end: go on while there is a `next_cursor`.
#[utoipa::path(get, path = "/v1/contacts", operation_id = "list_contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, description = "A page of them", body = Page<ContactView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Page<ContactView>>, Problem> {
    let question = question(&scope, &query).await?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let name = {
        let import = query.import.as_ref().map_or("", ImportId::as_str);
        format!(
            "contacts {:?} {:?} {:?} {:?} {import}",
            question.words, query.phone, question.email, query.tag
        )
    };
    // A digest, for a cursor must not repeat what was searched for.
    let name = digest(&name);
    let limit = paging::limit(&page)? as usize;
    let mut place: Option<String> = paging::place(&scope.tenant, &name, &page)?;
    let batch = if question.is_filtered() { BATCH_FILTERED } else { limit as u32 };
    let (mut items, mut scanned) = (Vec::new(), 0);
    loop {
        let some = some(&scope, &question.source, place.as_deref(), batch).await;
        let (found, next) = some.map_err(paging::refused(&page))?;
        scanned += found.len();
        for Found { place: behind, contact } in found {
            if items.len() == limit {
                // The page was full before this one.
                return Ok(Json(Page { items, next_cursor: paging::cursor(&scope.tenant, &name, place)? }));
            }
            if question.fits(&contact.value) {
                items.push(ContactView::from(contact));
                place = Some(behind);
            }
        }
        place = next;
        if place.is_none() || items.len() >= limit || scanned >= SCANNED_MAX {
            let next_cursor = paging::cursor(&scope.tenant, &name, place)?;
            return Ok(Json(Page { items, next_cursor }));
        }
    }
}

fn digest(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text);
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
