//! Taking rows in: contacts and enrollments, a few at a time and each at most once.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::anyhow;
use carillon_domain::campaign::Campaign;
use carillon_domain::compliance::{Consent, SuppressionReason};
use carillon_domain::contact::{ConsentGiven, Contact, Source};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{ContactId, EnrollmentRef};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_domain::tenant::Tenant;
use carillon_intake::{DuplicateOf, Lead, Person, Reason, RowReject, Seen, Sighting};
use carillon_store::vault::ProfileKey;
use carillon_store::{Consistency, DuplicatePolicy, Import, StoreError, Stored, TenantTable};
use futures::future::join_all;
use jiff::Timestamp;

use crate::handler::Failed;

/// Rows that are written at the same time.
pub(crate) const ROWS_AT_ONCE: usize = 32;

/// The priority of rows that name none: the middle.
const PRIORITY_DEFAULT: u8 = 5;

/// How many numbers of a file a dry run remembers, to find duplicates without writing.
const DRY_RUN_NUMBERS_MAX: usize = 2_000_000;

/// What became of a row.
pub(crate) enum Outcome {
    /// Its contact is there, and enrolled if the import says so.
    TakenIn { contact: ContactId, created: bool, enrolled: bool },
    /// Its number was known.
    Duplicate { of: DuplicateOf, handed_back: Option<(Vec<String>, RowReject)> },
    /// Its number must not be contacted.
    Suppressed,
    /// It cannot be taken in.
    Refused { original: Vec<String>, reject: RowReject },
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
    dry: Option<Seen>,
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
            pending: Vec::with_capacity(ROWS_AT_ONCE),
            dry: import.options.dry_run.then(|| Seen::with_limit(DRY_RUN_NUMBERS_MAX)),
        })
    }

    pub(crate) fn hands_back_duplicates(&self) -> bool {
        self.import.options.duplicates == DuplicatePolicy::Reject
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(crate) fn add(&mut self, lead: Lead, line: u64, original: Option<Vec<String>>) {
        let id = ContactId::of_address(&self.salt, lead.number.e164.as_str());
        self.pending.push(Pending { id, lead, line, original });
    }

    /// Writes the pending rows; outcomes come in row order.
    pub(crate) async fn flush(&mut self) -> Result<Vec<Outcome>, Failed> {
        let pending = std::mem::take(&mut self.pending);
        let addresses: Vec<&str> = pending.iter().map(|row| row.lead.number.e164.as_str()).collect();
        let suppressed = self.table.suppressions_of(&addresses, Scope::Voice, Consistency::Strong).await?;
        let suppressed: HashSet<&str> = suppressed.iter().map(|entry| entry.address.as_str()).collect();
        let mut results: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut first_of: HashMap<&ContactId, usize> = HashMap::new();
        let mut writes = Vec::new();
        for (at, row) in pending.iter().enumerate() {
            let address = row.lead.number.e164.as_str();
            if row.lead.zones.is_empty() {
                let reject = self.reject(row, Reason::UnknownTimezone);
                results.insert(
                    at,
                    Outcome::Refused { original: row.original.clone().unwrap_or_default(), reject },
                );
            } else if row.lead.person.do_not_call || suppressed.contains(address) {
                writes.push((at, row, true));
            } else if first_of.contains_key(&row.id) {
                // Two rows of one number must not race: the later one finds the earlier one written, or here.
                results.insert(at, self.duplicate(row, DuplicateOf::File));
            } else {
                first_of.insert(&row.id, at);
                writes.push((at, row, false));
            }
        }
        if let Some(mut seen) = self.dry.take() {
            for (at, row, suppressed) in writes {
                let outcome = self.try_dry(row, suppressed, &mut seen).await?;
                results.insert(at, outcome);
            }
            self.dry = Some(seen);
        } else {
            let this = &*self;
            // One write for the keys of all of them.
            let keys = this.table.new_profile_keys(first_of.len()).await?;
            let mut unused = keys.iter();
            let written = writes.into_iter().map(|(at, row, suppressed)| {
                let key = if suppressed { None } else { unused.next() };
                async move {
                    let outcome = match key {
                        Some(key) => this.write(row, key).await,
                        None => this.suppress(row).await,
                    };
                    outcome.map(|outcome| (at, outcome))
                }
            });
            for written in join_all(written).await {
                let (at, outcome) = written?;
                results.insert(at, outcome);
            }
            let created = results.iter().filter_map(|(at, outcome)| match outcome {
                Outcome::TakenIn { created: true, .. } => pending.get(*at),
                Outcome::TakenIn { .. }
                | Outcome::Duplicate { .. }
                | Outcome::Suppressed
                | Outcome::Refused { .. } => None,
            });
            let created: Vec<Contact> = created.map(|row| this.contact(row)).collect();
            if created.is_empty() {
                this.table.discard_profile_keys(&keys).await?;
            }
            this.table.index_contacts(&created.iter().collect::<Vec<_>>()).await?;
        }
        Ok(results.into_values().collect())
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
        let handed_back =
            row.original.clone().map(|original| (original, self.reject(row, Reason::Duplicate(of))));
        Outcome::Duplicate { of, handed_back }
    }

    /// Whether an entity came from this very row: then this is a repetition.
    fn is_this_row(&self, source: Option<&Source>, row: &Pending) -> bool {
        source.is_some_and(|source| source.import == self.import.id && source.row == row.lead.row)
    }

    fn is_this_file(&self, source: Option<&Source>) -> bool {
        source.is_some_and(|source| source.import == self.import.id)
    }

    async fn suppress(&self, row: &Pending) -> Result<Outcome, Failed> {
        if row.lead.person.do_not_call {
            let suppression = Suppression {
                address: row.lead.number.e164.as_str().to_owned(),
                scope: Scope::All,
                reason: SuppressionReason::DoNotCall,
                source: format!("{} row {}", self.import.id, row.lead.row),
                added_at: self.now,
            };
            self.table.suppress(&suppression).await?;
        }
        Ok(Outcome::Suppressed)
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
            return Ok(Outcome::TakenIn { contact: row.id.clone(), created, enrolled: false });
        };
        let enrollment = self.enrollment(row, campaign);
        match self.table.save_enrollment(&Stored::new(enrollment.clone())).await {
            Ok(()) => Ok(Outcome::TakenIn { contact: row.id.clone(), created, enrolled: true }),
            Err(StoreError::Conflict) => {
                let known = self.table.enrollment(&enrollment.id).await?;
                let source = known.as_ref().and_then(|known| known.value.source.as_ref());
                if self.is_this_row(source, row) {
                    return Ok(Outcome::TakenIn { contact: row.id.clone(), created, enrolled: true });
                }
                let of = if self.is_this_file(source) { DuplicateOf::File } else { DuplicateOf::Campaign };
                Ok(self.duplicate(row, of))
            }
            Err(error) => Err(error.into()),
        }
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
    async fn try_dry(&self, row: &Pending, suppressed: bool, seen: &mut Seen) -> Result<Outcome, Failed> {
        if suppressed {
            return Ok(Outcome::Suppressed);
        }
        if seen.insert(&row.lead.number.e164) == Sighting::Again {
            return Ok(self.duplicate(row, DuplicateOf::File));
        }
        if let Some(campaign) = self.campaign
            && self.table.enrollment(&self.enrollment(row, campaign).id).await?.is_some()
        {
            return Ok(self.duplicate(row, DuplicateOf::Campaign));
        }
        let across = self.import.options.across_tenant || self.campaign.is_none();
        if across && self.table.contact(&row.id).await?.is_some() {
            return Ok(self.duplicate(row, DuplicateOf::Tenant));
        }
        Ok(Outcome::TakenIn { contact: row.id.clone(), created: false, enrolled: false })
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
            last_verdict: None,
        }
    }
}

enum Known {
    Ours,
    Elsewhere,
    Duplicate(Outcome),
}
