//! Finding contacts.

use std::cmp::Reverse;

use carillon_domain::contact::Contact;
use carillon_domain::ids::{ContactId, ImportId, SegmentId};
use carillon_domain::search::{address, words};
use carillon_numbering::normalise;
use carillon_store::{Found, ImportPlace, SegmentFilter, StoreError, Stored};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::contacts::ContactView;
use super::segments;
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
    /// Only contacts whom this segment finds.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    segment: Option<SegmentId>,
}

impl ContactQuery {
    /// The question that a segment asks.
    pub(crate) fn of(filter: SegmentFilter) -> Self {
        let SegmentFilter { q, email, tag, import } = filter;
        Self { q, email, tag, import, ..Self::default() }
    }

    pub(crate) fn cursor(&self) -> Option<&String> {
        self.cursor.as_ref()
    }

    /// The question together with that of the segment which it names: both must hold.
    pub(crate) async fn whole(&self, scope: &Scope) -> Result<Self, Problem> {
        let Some(id) = &self.segment else { return Ok(self.clone()) };
        let segment = segments::load(scope, id).await?.value.filter;
        let q = [segment.q, self.q.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let twice = (segment.email.is_some() && self.email.is_some())
            || (segment.tag.is_some() && self.tag.is_some())
            || (segment.import.is_some() && self.import.is_some());
        if twice {
            return Err(Problem::new(Kind::BadQuery, "segment: it asks for one of the others already"));
        }
        Ok(Self {
            q: Some(q).filter(|q| !q.is_empty()),
            email: segment.email.or_else(|| self.email.clone()),
            tag: segment.tag.or_else(|| self.tag.clone()),
            import: segment.import.or_else(|| self.import.clone()),
            ..self.clone()
        })
    }

    /// What tells this question from others, for its cursors: a digest, since a cursor must not repeat what was
    /// searched for.
    pub(crate) fn digest(&self) -> String {
        let Self { limit: _, cursor: _, q, phone, email, tag, import, segment } = self;
        let digest = Sha256::digest(format!("{q:?} {phone:?} {email:?} {tag:?} {import:?} {segment:?}"));
        crate::keys::hex(&digest[..8])
    }
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

    fn fits(&self, contact: &Contact) -> bool {
        self.tag.as_ref().is_none_or(|tag| contact.tags.contains(tag))
            && self.email.as_ref().is_none_or(|wanted| {
                contact.email.as_deref().is_some_and(|email| address(email).starts_with(wanted))
            })
            && (matches!(self.source, Source::Names(_)) || contact.is_found_by(&self.words))
    }
}

/// What is asked for, in whichever way.
async fn question(scope: &Scope, query: &ContactQuery, place: Option<&str>) -> Result<Question, Problem> {
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
    let words: Vec<&String> = question.words.iter().chain(&question.email).collect();
    let source = match &query.import {
        Some(import) => Source::Import(import.clone()),
        None if words.is_empty() => Source::Names(String::new()),
        None => match rarest(scope, &words, place).await? {
            Some(word) => Source::Word(word),
            // One letter begins too many words to be one.
            None => Source::Names(fold_name(text)),
        },
    };
    question.source = source;
    Ok(question)
}

/// The word that the fewest people have, as far as one looks: with a first name and a family name typed, either may be
/// everybody's. A list that goes on stays the one it was, for its place begins with its word.
async fn rarest(scope: &Scope, words: &[&String], place: Option<&str>) -> Result<Option<String>, StoreError> {
    // Whoever has "anna" has "an".
    let is_part = |word: &str| words.iter().any(|other| *other != word && other.starts_with(word));
    let mut words: Vec<&String> = words.iter().copied().filter(|word| !is_part(word)).collect();
    words.retain(|word| word.chars().nth(1).is_some());
    words.sort_unstable();
    words.dedup();
    if let Some(place) = place {
        words.retain(|word| place.starts_with(word.as_str()));
    }
    if words.len() < 2 {
        return Ok(words.first().map(|word| (*word).clone()));
    }
    let table = scope.table();
    let counts = words.iter().map(|word| table.count_by_word(word, BATCH_FILTERED));
    let counts = futures::future::try_join_all(counts).await?;
    let by_count =
        words.iter().zip(counts).min_by_key(|(word, count)| (*count, Reverse(word.chars().count())));
    Ok(by_count.map(|(word, _)| (*word).clone()))
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

/// At most `limit` contacts that a question finds, from a place on, and the place where it goes on. There may be fewer
/// before the end.
pub(crate) async fn find(
    scope: &Scope,
    query: &ContactQuery,
    mut place: Option<String>,
    limit: usize,
    page: &PageQuery,
) -> Result<(Vec<Stored<Contact>>, Option<String>), Problem> {
    let question = question(scope, query, place.as_deref()).await?;
    let batch =
        if question.is_filtered() { BATCH_FILTERED } else { u32::try_from(limit).unwrap_or(u32::MAX) };
    let (mut items, mut scanned) = (Vec::new(), 0);
    loop {
        let some = some(scope, &question.source, place.as_deref(), batch).await;
        let (found, next) = some.map_err(paging::refused(page))?;
        scanned += found.len();
        for Found { place: behind, contact } in found {
            if items.len() == limit {
                // It was full before this one.
                return Ok((items, place));
            }
            if question.fits(&contact.value) {
                items.push(contact);
                place = Some(behind);
            }
        }
        place = next;
        if place.is_none() || items.len() >= limit || scanned >= SCANNED_MAX {
            return Ok((items, place));
        }
    }
}

/// Contacts by name, or those that are searched for.
///
/// With a filter, a page may hold fewer than asked for before the end: go on while there is a `next_cursor`. What has
/// just been created or renamed is found a few seconds later.
#[utoipa::path(get, path = "/v1/contacts", operation_id = "list_contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, description = "A page of them", body = Page<ContactView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Page<ContactView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let query = query.whole(&scope).await?;
    let name = format!("contacts {}", query.digest());
    let place = paging::place(&scope.tenant, &name, &page)?;
    let (found, next) = find(&scope, &query, place, paging::limit(&page)? as usize, &page).await?;
    let next_cursor = paging::cursor(&scope.tenant, &name, next)?;
    Ok(Json(Page { items: found.into_iter().map(ContactView::from).collect(), next_cursor }))
}
