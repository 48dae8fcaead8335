//! Reading a file part by part: from cursor to cursor, with flat memory.

use std::collections::BTreeSet;

use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{ContactId, ImportId, TenantId};
use carillon_intake::{Counts, Cursor, Event, Parser, Plan, RejectsWriter, RowReject};
use carillon_store::{Consistency, Import, Stored, TenantTable};
use jiff::Timestamp;

use crate::handler::{Deps, Failed};
use crate::rows::{Enrolled, Intake, Outcome};

/// Bytes fetched in one go.
const FETCH_BYTES: u64 = 1 << 20;

/// The first line of the rejects file.
pub(crate) fn rejects_header(plan: &Plan) -> Vec<u8> {
    RejectsWriter::new(plan.columns().headers(), plan.format().delimiter).take()
}

/// Where the rejects lie: a part's, or the whole file that is handed back.
pub(crate) fn rejects_key(tenant: &TenantId, import: &ImportId, part: Option<u32>) -> String {
    match part {
        Some(part) => format!("imports/{tenant}/{import}/rejects/{part:06}.csv"),
        None => format!("imports/{tenant}/{import}/rejects.csv"),
    }
}

/// Reads parts until the file or the time is over. Returns whether the file is.
pub(crate) async fn read(
    deps: &Deps,
    table: &TenantTable<'_>,
    mut import: Stored<Import>,
    until: Timestamp,
) -> Result<bool, Failed> {
    let fault = |what| Failed::Fault(anyhow::anyhow!("{what}"));
    let plan = import.value.plan.clone().ok_or_else(|| fault("the import has no plan"))?;
    let settings = table.settings().await?.ok_or_else(|| fault("the tenant has no settings"))?;
    let campaign = match &import.value.options.campaign {
        Some(id) => Some(table.campaign(id).await?.ok_or_else(|| fault("the campaign is gone"))?.value),
        None => None,
    };
    let mut intake = Intake::new(table, &settings.value, campaign.as_ref(), &import.value, deps.clock.now())?;
    let cursor = import.value.cursor.unwrap_or_else(|| plan.start());
    recall(deps, &plan, &import.value, cursor, &mut intake).await?;
    let mut rows = Rows::from(deps, &plan, &import.value, cursor);
    loop {
        let mut part = Part::new(import.value.parts);
        let (mut seen, mut over) = (0, false);
        while seen < deps.rows_per_part && !over {
            let Some(event) = rows.parser.next_event() else {
                over = !rows.fill().await?;
                continue;
            };
            seen += 1;
            match event {
                Event::Record(record) => match plan.lead(&record) {
                    Ok(lead) => {
                        let may_come_back = intake.hands_back_duplicates() || lead.zones.is_empty();
                        let original = may_come_back.then(|| plan.original(&record));
                        intake.add(lead, record.line, original);
                    }
                    Err(rejects) => part.refuse(plan.original(&record), rejects),
                },
                Event::Refused { row, line, reason } => {
                    part.refuse(Vec::new(), vec![RowReject::of_row(row, line, reason)]);
                }
            }
        }
        // First whom it may bring: whoever dies in the middle leaves nobody whom an undo would not find.
        let candidates = intake.candidates();
        if !candidates.is_empty() {
            table.save_import_part(&import.value.id, part.number, candidates).await?;
        }
        part.take(intake.flush().await?);
        save(deps, table, &plan, &mut import, part, rows.parser.cursor()).await?;
        if over {
            return Ok(true);
        }
        if deps.clock.now() >= until {
            return Ok(false);
        }
    }
}

/// A dry run writes nothing, so that it learns of a number's earlier rows from the file alone: those before its cursor are
/// looked at once more.
async fn recall(
    deps: &Deps,
    plan: &Plan,
    import: &Import,
    until: Cursor,
    intake: &mut Intake<'_>,
) -> Result<(), Failed> {
    if !intake.is_dry() {
        return Ok(());
    }
    let mut rows = Rows::from(deps, plan, import, plan.start());
    while rows.parser.cursor() != until {
        let Some(event) = rows.parser.next_event() else {
            if !rows.fill().await? {
                break;
            }
            continue;
        };
        if let Event::Record(record) = event
            && let Ok(lead) = plan.lead(&record)
        {
            intake.recall(&lead);
        }
    }
    Ok(())
}

/// The rows of a file from a cursor on.
struct Rows<'a> {
    deps: &'a Deps,
    key: String,
    etag: Option<String>,
    size: u64,
    parser: Parser,
    /// Where the bytes begin that the parser has not been given.
    offset: u64,
    given_all: bool,
}

impl<'a> Rows<'a> {
    fn from(deps: &'a Deps, plan: &Plan, import: &Import, cursor: Cursor) -> Self {
        Self {
            deps,
            key: import.key.clone(),
            etag: import.etag.clone(),
            size: import.size,
            parser: plan.rows(cursor),
            offset: cursor.offset,
            given_all: false,
        }
    }

    /// Gives the parser more to read; `false` if there is no more.
    async fn fill(&mut self) -> Result<bool, Failed> {
        if self.given_all {
            return Ok(false);
        }
        let objects = &self.deps.objects;
        let bytes = objects.get_range(&self.key, self.etag.as_deref(), self.offset, FETCH_BYTES).await?;
        self.offset += bytes.len() as u64;
        self.parser.push(&bytes);
        if self.offset >= self.size || bytes.is_empty() {
            self.parser.finish();
            self.given_all = true;
        }
        Ok(true)
    }
}

/// Saves what a part has brought: first what is merely overwritten when the part is read again, then counts and
/// cursor in one write that only one reader can win.
async fn save(
    deps: &Deps,
    table: &TenantTable<'_>,
    plan: &Plan,
    import: &mut Stored<Import>,
    mut part: Part,
    cursor: Cursor,
) -> Result<(), Failed> {
    let id = import.value.id.clone();
    if !part.handed_back.is_empty() {
        let key = rejects_key(table.tenant_id(), &id, Some(part.number));
        deps.objects.put(&key, part.rejects(plan), "text/csv; charset=utf-8").await?;
        import.value.parts_with_rejects.push(part.number);
    }
    table.save_import_part(&id, part.number, part.created).await?;
    if let Some(campaign) = &import.value.options.campaign
        && !part.enrolled.is_empty()
    {
        table.save_roster(campaign, &id, part.number, part.enrolled).await?;
    }
    import.value.counts += part.counts;
    import.value.cursor = Some(cursor);
    import.value.parts += 1;
    table.save_import(import).await?;
    import.version += 1;
    Ok(())
}

/// Takes those of the unfinished part who are in the campaign into its roster: they are called, whether the rest of the file
/// is ever read or not. Whoever goes on with the part writes over this.
pub(crate) async fn leave_off(table: &TenantTable<'_>, import: &Import) -> Result<(), Failed> {
    let Some(campaign) = &import.options.campaign else { return Ok(()) };
    let begun = table.import_part(&import.id, import.parts).await?;
    let contacts = begun.map(|part| part.contacts).unwrap_or_default();
    let read = import.cursor.map_or(0, |cursor| cursor.row);
    let enrollments = table.enrollments(campaign, &contacts, Consistency::Strong).await?;
    let ours = |enrollment: &Stored<Enrollment>| {
        // Numbers that an earlier part has brought stand in that part's roster.
        let source = enrollment.value.source.as_ref();
        source.is_some_and(|source| source.import == import.id && source.row > read)
            && !enrollment.value.returned
    };
    let ours: BTreeSet<ContactId> =
        enrollments.into_iter().filter(ours).map(|enrollment| enrollment.value.id.contact).collect();
    if !ours.is_empty() {
        table.save_roster(campaign, &import.id, import.parts, ours.into_iter().collect()).await?;
    }
    Ok(())
}

/// What one part has brought so far.
struct Part {
    number: u32,
    counts: Counts,
    created: Vec<ContactId>,
    enrolled: Vec<ContactId>,
    /// Rows as they came, and what is wrong with each.
    handed_back: Vec<(Vec<String>, Vec<RowReject>)>,
}

impl Part {
    fn new(number: u32) -> Self {
        Self {
            number,
            counts: Counts::default(),
            created: Vec::new(),
            enrolled: Vec::new(),
            handed_back: Vec::new(),
        }
    }

    fn refuse(&mut self, original: Vec<String>, rejects: Vec<RowReject>) {
        self.counts.invalid();
        self.handed_back.push((original, rejects));
    }

    fn take(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::TakenIn { contact, created, enrolled } => {
                    self.counts.valid();
                    if enrolled == Some(Enrolled::First) {
                        self.enrolled.push(contact.clone());
                    }
                    if created || enrolled.is_some() {
                        self.created.push(contact);
                    }
                }
                Outcome::Duplicate { of, handed_back, created } => {
                    self.counts.duplicate(of);
                    self.created.extend(created);
                    self.handed_back.extend(handed_back.map(|(original, reject)| (original, vec![reject])));
                }
                Outcome::Suppressed { created } => {
                    self.counts.suppressed();
                    self.created.extend(created);
                }
                Outcome::Refused { original, reject } => self.refuse(original, vec![reject]),
            }
        }
    }

    /// The rows that are handed back, in the order of the file.
    fn rejects(&mut self, plan: &Plan) -> Vec<u8> {
        let (headers, delimiter) = (plan.columns().headers(), plan.format().delimiter);
        // Parts are joined in the end, behind one header.
        let mut writer = RejectsWriter::continued(headers, delimiter);
        self.handed_back.sort_by_key(|(_, rejects)| rejects.first().map(|reject| reject.row));
        for (original, rejects) in &self.handed_back {
            writer.reject(headers, original, rejects);
        }
        writer.take()
    }
}
