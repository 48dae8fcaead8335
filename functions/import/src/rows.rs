//! Taking rows in: contacts and enrollments, a few at a time and each at most once.

use std::collections::{BTreeMap, HashSet};

use anyhow::anyhow;
use carillon_domain::campaign::Campaign;
use carillon_domain::compliance::{Consent, SuppressionReason};
use carillon_domain::contact::{ConsentGiven, Contact, Source};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{ContactId, EnrollmentRef};
use carillon_domain::outcome::EndReason;
use carillon_domain::suppression::{Scope, Suppression};
use carillon_domain::tenant::Tenant;
use carillon_intake::{DuplicateOf, Lead, Person, Reason, RowReject, Seen, Sighting};
use carillon_store::vault::ProfileKey;
use carillon_store::{Consistency, DuplicatePolicy, Import, ImportState, StoreError, Stored, TenantTable};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::handler::Failed;

/// Rows that are written at the same time: while one waits for the table, the others are worked on.
pub(crate) const ROWS_AT_ONCE: usize = 64;

/// The priority of rows that name none: the middle.
const PRIORITY_DEFAULT: u8 = 5;

/// How many numbers of a file a dry run remembers, to find duplicates without writing.
const DRY_RUN_NUMBERS_MAX: usize = 2_000_000;

/// What became of a row.
pub(crate) enum Outcome {
    /// Its contact is there, and enrolled if the import says so: for the first time, or again.
    TakenIn { contact: ContactId, created: bool, enrolled: Option<Enrolled> },
    /// Its number was known: to the campaign, perhaps, when its contact had just been made.
    Duplicate { of: DuplicateOf, handed_back: Option<(Vec<String>, RowReject)>, created: Option<ContactId> },
    /// Its number must not be contacted: since its contact was made, perhaps.
    Suppressed { created: Option<ContactId> },
    /// It cannot be taken in.
    Refused { original: Vec<String>, reject: RowReject },
}

/// How a row has put its contact into the campaign.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enrolled {
    /// They were never in it.
    First,
    /// They had been taken out of it, and have their place in its roster.
    Again,
}

impl Enrolled {
    fn of(enrollment: &Enrollment) -> Self {
        if enrollment.returned { Self::Again } else { Self::First }
    }
}

impl Outcome {
    /// Whether this row made the contact.
    fn has_created(&self) -> bool {
        match self {
            Self::TakenIn { created, .. } => *created,
            Self::Duplicate { created, .. } | Self::Suppressed { created } => created.is_some(),
            Self::Refused { .. } => false,
        }
    }
}

struct Pending {
    id: ContactId,
    lead: Lead,
    line: u64,
    original: Option<Vec<String>>,
}

/// Rows on their way into the table.
pub(crate) struct Intake<'a> {
    table: &'a TenantTable<'a>,
    campaign: Option<&'a Campaign>,
    import: Import,
    salt: Vec<u8>,
    now: Timestamp,
    pending: Vec<Pending>,
    dry: Option<Dry>,
}

/// What a dry run knows of earlier rows, since the table does not.
struct Dry {
    seen: Seen,
    /// Whose row says that they must not be called.
    unwanted: HashSet<ContactId>,
}

/// What is to be done with a row.
enum Work {
    /// It says that nobody must call: that is written down.
    Suppress,
    /// Somebody has said so before.
    Suppressed,
    /// Its contact is written, with the next key.
    Write,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(
        table: &'a TenantTable<'a>,
        tenant: &Tenant,
        campaign: Option<&'a Campaign>,
        import: &Import,
        now: Timestamp,
    ) -> Result<Self, Failed> {
        if import.options.campaign.is_some() != campaign.is_some() {
            return Err(Failed::Fault(anyhow!("the import's campaign was not read")));
        }
        Ok(Self {
            table,
            campaign,
            import: import.clone(),
            salt: tenant.salt.clone().into_bytes(),
            now,
            pending: Vec::new(),
            dry: import
                .options
                .dry_run
                .then(|| Dry { seen: Seen::with_limit(DRY_RUN_NUMBERS_MAX), unwanted: HashSet::new() }),
        })
    }

    pub(crate) fn hands_back_duplicates(&self) -> bool {
        self.import.options.duplicates == DuplicatePolicy::Reject
    }

    pub(crate) fn is_dry(&self) -> bool {
        self.dry.is_some()
    }

    pub(crate) fn add(&mut self, lead: Lead, line: u64, original: Option<Vec<String>>) {
        let id = self.id_of(&lead);
        self.pending.push(Pending { id, lead, line, original });
    }

    fn id_of(&self, lead: &Lead) -> ContactId {
        ContactId::of_address(&self.salt, lead.number.e164.as_str())
    }

    /// A row that a dry run has looked at before.
    pub(crate) fn recall(&mut self, lead: &Lead) {
        let id = self.id_of(lead);
        if let Some(dry) = &mut self.dry
            && !lead.zones.is_empty()
        {
            if lead.person.do_not_call {
                dry.unwanted.insert(id);
            } else {
                dry.seen.insert(&lead.number.e164);
            }
        }
    }

    /// Whom the pending rows may bring.
    pub(crate) fn candidates(&self) -> Vec<ContactId> {
        if self.is_dry() { Vec::new() } else { self.pending.iter().map(|row| row.id.clone()).collect() }
    }

    /// Writes the pending rows; outcomes come in row order.
    pub(crate) async fn flush(&mut self) -> Result<Vec<Outcome>, Failed> {
        let pending = std::mem::take(&mut self.pending);
        let addresses: Vec<&str> = pending.iter().map(|row| row.lead.number.e164.as_str()).collect();
        let suppressed = self.table.suppressions_of(&addresses, Scope::Voice, Consistency::Strong).await?;
        let suppressed: HashSet<&str> = suppressed.iter().map(|entry| entry.address.as_str()).collect();
        let mut dry = self.dry.take();
        let mut results: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut first_of: HashSet<&ContactId> = HashSet::new();
        let mut work = Vec::new();
        for (at, row) in pending.iter().enumerate() {
            let unwanted = dry.as_ref().is_some_and(|dry| dry.unwanted.contains(&row.id));
            if row.lead.zones.is_empty() {
                let original = row.original.clone().unwrap_or_default();
                let reject = self.reject(row, Reason::UnknownTimezone);
                results.insert(at, Outcome::Refused { original, reject });
            } else if row.lead.person.do_not_call {
                if let Some(dry) = &mut dry {
                    dry.unwanted.insert(row.id.clone());
                }
                work.push((at, row, Work::Suppress));
            } else if unwanted || suppressed.contains(row.lead.number.e164.as_str()) {
                work.push((at, row, Work::Suppressed));
            } else if let Some(dry) = &mut dry
                && dry.seen.insert(&row.lead.number.e164) == Sighting::Again
            {
                results.insert(at, self.duplicate(row, DuplicateOf::File));
            } else if first_of.insert(&row.id) {
                work.push((at, row, Work::Write));
            } else {
                // Two rows of one number must not race: the later one finds the earlier one written, or here.
                results.insert(at, self.duplicate(row, DuplicateOf::File));
            }
        }
        self.dry = dry;
        if self.is_dry() {
            let tried = work.into_iter().map(|(at, row, work)| self.try_dry(at, row, work).boxed());
            results.extend(at_once(tried.collect()).await?);
        } else {
            results.extend(self.write_all(&pending, work, first_of.len()).await?);
        }
        Ok(results.into_values().collect())
    }

    /// Writes rows, and what their contacts are listed and found by.
    async fn write_all(
        &self,
        pending: &[Pending],
        work: Vec<(usize, &Pending, Work)>,
        new: usize,
    ) -> Result<Vec<(usize, Outcome)>, Failed> {
        let keys = self.table.new_profile_keys(new).await?;
        let mut unused = keys.iter();
        let written = work.into_iter().map(|(at, row, work)| {
            let key = if matches!(work, Work::Write) { unused.next() } else { None };
            self.do_work(at, row, work, key).boxed()
        });
        let written = at_once(written.collect()).await?;
        let created = written.iter().filter(|(_, outcome)| outcome.has_created());
        let created: Vec<Contact> =
            created.filter_map(|(at, _)| Some(self.contact(pending.get(*at)?))).collect();
        if created.is_empty() {
            self.table.discard_profile_keys(&keys).await?;
        }
        self.table.index_contacts(&created.iter().collect::<Vec<_>>()).await?;
        Ok(written)
    }

    async fn do_work(
        &self,
        at: usize,
        row: &Pending,
        work: Work,
        key: Option<&ProfileKey>,
    ) -> Result<(usize, Outcome), Failed> {
        let outcome = match (work, key) {
            (Work::Write, Some(key)) => self.write(row, key).await?,
            (Work::Suppress, _) => self.suppress(row).await?,
            (Work::Suppressed | Work::Write, _) => self.suppressed(row).await?,
        };
        Ok((at, outcome))
    }

    fn reject(&self, row: &Pending, reason: Reason) -> RowReject {
        let columns = self.import.plan.as_ref().map(carillon_intake::Plan::columns);
        let field = columns.and_then(|columns| columns.headers().get(columns.phone()).cloned());
        RowReject {
            row: row.lead.row,
            line: row.line,
            field: field.unwrap_or_default(),
            value: row.lead.phone_given.clone(),
            reason,
        }
    }

    fn duplicate(&self, row: &Pending, of: DuplicateOf) -> Outcome {
        Outcome::Duplicate { of, handed_back: self.handed_back(row, of), created: None }
    }

    fn handed_back(&self, row: &Pending, of: DuplicateOf) -> Option<(Vec<String>, RowReject)> {
        row.original.clone().map(|original| (original, self.reject(row, Reason::Duplicate(of))))
    }

    /// Whether an entity came from this very row: then this is a repetition.
    fn is_this_row(&self, source: Option<&Source>, row: &Pending) -> bool {
        source.is_some_and(|source| source.import == self.import.id && source.row == row.lead.row)
    }

    fn is_this_file(&self, source: Option<&Source>) -> bool {
        source.is_some_and(|source| source.import == self.import.id)
    }

    /// The row says that nobody must call.
    async fn suppress(&self, row: &Pending) -> Result<Outcome, Failed> {
        let suppression = Suppression {
            address: row.lead.number.e164.as_str().to_owned(),
            scope: Scope::All,
            reason: SuppressionReason::DoNotCall,
            source: format!("{} row {}", self.import.id, row.lead.row),
            added_at: self.now,
        };
        self.table.suppress(&suppression).await?;
        Ok(Outcome::Suppressed { created: None })
    }

    /// Nobody must call. A row that was taken in before somebody said so, by a try that then died, stays so.
    async fn suppressed(&self, row: &Pending) -> Result<Outcome, Failed> {
        let known = self.table.contact(&row.id).await?;
        if let Some(known) = &known
            && self.import.options.duplicates == DuplicatePolicy::Update
        {
            // It may have been updated by that try, and not been listed by its new name.
            self.table.index_contacts(&[&known.value]).await?;
        }
        let created = self.is_this_row(known.as_ref().and_then(|known| known.value.source.as_ref()), row);
        let contact = row.id.clone();
        let Some(campaign) = self.campaign else {
            return Ok(match created {
                true => Outcome::TakenIn { contact, created, enrolled: None },
                false => Outcome::Suppressed { created: None },
            });
        };
        let known = self.table.enrollment(&self.enrollment(row, campaign).id).await?;
        let mine = known.filter(|known| self.is_this_row(known.value.source.as_ref(), row));
        Ok(match mine {
            Some(mine) => Outcome::TakenIn { contact, created, enrolled: Some(Enrolled::of(&mine.value)) },
            None => Outcome::Suppressed { created: created.then_some(contact) },
        })
    }

    async fn write(&self, row: &Pending, key: &ProfileKey) -> Result<Outcome, Failed> {
        let created = match self.table.create_contact(&self.contact(row), key).await {
            Ok(()) => true,
            Err(StoreError::Conflict) => match self.known_contact(row).await? {
                Known::Ours => true,
                Known::Elsewhere => false,
                Known::Duplicate(outcome) => return Ok(outcome),
            },
            Err(error) => return Err(error.into()),
        };
        let Some(campaign) = self.campaign else {
            return Ok(Outcome::TakenIn { contact: row.id.clone(), created, enrolled: None });
        };
        let enrolled = |how| Outcome::TakenIn { contact: row.id.clone(), created, enrolled: Some(how) };
        let enrollment = self.enrollment(row, campaign);
        match self.table.save_enrollment(&Stored::new(enrollment.clone())).await {
            // Taken back with another import just now: once more, and the contact is made anew.
            Ok(()) if !created && self.table.contact(&row.id).await?.is_none() => {
                return Err(Failed::Busy(None));
            }
            Ok(()) => return Ok(enrolled(Enrolled::First)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        let Some(mut known) = self.table.enrollment(&enrollment.id).await? else {
            return Err(Failed::Busy(None)); // deleted in between: once more
        };
        let source = known.value.source.as_ref();
        if self.is_this_row(source, row) {
            return Ok(enrolled(Enrolled::of(&known.value)));
        }
        if self.may_return(&known.value, created).await? {
            known.value = Enrollment { history: known.value.history, returned: true, ..enrollment };
            self.table.save_enrollment(&known).await?;
            return Ok(enrolled(Enrolled::Again));
        }
        let of = if self.is_this_file(source) { DuplicateOf::File } else { DuplicateOf::Campaign };
        let handed_back = self.handed_back(row, of);
        Ok(Outcome::Duplicate { of, handed_back, created: created.then(|| row.id.clone()) })
    }

    /// Whether somebody who was in the campaign may come in again: they left it with the file that had brought them, or
    /// with their contact, and not of their own will.
    async fn may_return(&self, known: &Enrollment, created: bool) -> Result<bool, Failed> {
        if !matches!(known.state, EnrollmentState::Ended { reason: EndReason::Withdrawn, .. }) {
            return Ok(false);
        }
        let Some(source) = known.source.as_ref().filter(|source| !created && source.import != self.import.id)
        else {
            return Ok(created);
        };
        let import = self.table.import(&source.import).await?;
        Ok(import.is_some_and(|import| import.value.state == ImportState::Undone))
    }

    /// The number is known: by this row's own earlier try, by an earlier row, or from elsewhere.
    async fn known_contact(&self, row: &Pending) -> Result<Known, Failed> {
        let Some(known) = self.table.contact(&row.id).await? else {
            return Err(Failed::Busy(None)); // deleted in between: once more
        };
        let source = known.value.source.as_ref();
        if self.is_this_row(source, row) {
            return Ok(Known::Ours);
        }
        if self.is_this_file(source) {
            return Ok(Known::Duplicate(self.duplicate(row, DuplicateOf::File)));
        }
        if self.import.options.duplicates == DuplicatePolicy::Update {
            let mut updated = known.clone();
            updated.value = Contact {
                source: known.value.source.clone(),
                merged: known.value.merged.clone(),
                created_at: known.value.created_at,
                ..self.contact(row)
            };
            match self.table.save_contact(&updated).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Err(Failed::Busy(None)),
                Err(error) => return Err(error.into()),
            }
        }
        if self.import.options.across_tenant || self.campaign.is_none() {
            return Ok(Known::Duplicate(self.duplicate(row, DuplicateOf::Tenant)));
        }
        Ok(Known::Elsewhere)
    }

    /// What would happen, without writing.
    async fn try_dry(&self, at: usize, row: &Pending, work: Work) -> Result<(usize, Outcome), Failed> {
        if !matches!(work, Work::Write) {
            return Ok((at, Outcome::Suppressed { created: None }));
        }
        if let Some(campaign) = self.campaign
            && self.table.enrollment(&self.enrollment(row, campaign).id).await?.is_some()
        {
            return Ok((at, self.duplicate(row, DuplicateOf::Campaign)));
        }
        let across = self.import.options.across_tenant || self.campaign.is_none();
        if across && self.table.contact(&row.id).await?.is_some() {
            return Ok((at, self.duplicate(row, DuplicateOf::Tenant)));
        }
        Ok((at, Outcome::TakenIn { contact: row.id.clone(), created: false, enrolled: None }))
    }

    fn source(&self, row: &Pending) -> Source {
        Source { import: self.import.id.clone(), row: row.lead.row }
    }

    fn contact(&self, row: &Pending) -> Contact {
        let (lead, person) = (&row.lead, &row.lead.person);
        let mut custom = person.custom.clone();
        custom.extend(person.notes.clone().map(|notes| ("notes".to_owned(), notes)));
        Contact {
            id: row.id.clone(),
            phone: lead.number.e164.clone(),
            phone_given: lead.phone_given.clone(),
            place: lead.number.place.clone(),
            line_type: lead.number.line_type,
            zones: lead.zones.clone(),
            first_name: person.first_name.clone().or_else(|| person.full_name.clone()),
            last_name: person.last_name.clone(),
            company: person.company.clone(),
            email: person.email.clone(),
            locale: person.locale.clone(),
            external_id: person.external_id.clone(),
            tags: person.tags.clone(),
            custom,
            consents: self.consents(lead.row, person),
            source: Some(self.source(row)),
            merged: std::collections::BTreeSet::new(),
            created_at: self.now,
            updated_at: self.now,
        }
    }

    /// The consents that the row states, with the cell as their evidence.
    fn consents(&self, row: u64, person: &Person) -> Vec<ConsentGiven> {
        let given = person.consents.iter().filter(|consent| consent.given == Some(true));
        given
            .filter_map(|consent| {
                let kind = match consent.kind.as_str() {
                    "calls" => Consent::Calls,
                    "automated_calls" => Consent::AutomatedCalls,
                    "automated_calls_in_writing" => Consent::AutomatedCallsInWriting,
                    "recording" => Consent::Recording,
                    "sms" => Consent::Texts,
                    "email" => Consent::Emails,
                    _ => return None,
                };
                let evidence = format!("{} row {row}: {}", self.import.id, consent.text);
                Some(ConsentGiven { kind, evidence, at: self.now })
            })
            .collect()
    }

    fn enrollment(&self, row: &Pending, campaign: &Campaign) -> Enrollment {
        let id = EnrollmentRef {
            tenant: self.table.tenant_id().clone(),
            campaign: campaign.id.clone(),
            contact: row.id.clone(),
        };
        // Before the first start all are due alike, so that priority alone decides. Later ones are due now: the
        // planner has passed what was due earlier.
        let due = if campaign.started_at.is_none() { Timestamp::UNIX_EPOCH } else { self.now };
        Enrollment {
            id,
            state: EnrollmentState::Waiting { due },
            shard: campaign.shard_of(&row.id),
            priority: row.lead.person.priority.unwrap_or(PRIORITY_DEFAULT),
            to: row.lead.number.e164.clone(),
            place: row.lead.number.place.clone(),
            zones: row.lead.zones.clone(),
            consents: self.consents(row.lead.row, &row.lead.person),
            history: Vec::new(),
            source: Some(self.source(row)),
            promised: None,
            for_agent: None,
            returned: false,
            last_verdict: None,
        }
    }
}

/// Some at a time.
async fn at_once(
    work: Vec<BoxFuture<'_, Result<(usize, Outcome), Failed>>>,
) -> Result<Vec<(usize, Outcome)>, Failed> {
    stream::iter(work).buffer_unordered(ROWS_AT_ONCE).try_collect().await
}

enum Known {
    Ours,
    Elsewhere,
    Duplicate(Outcome),
}
