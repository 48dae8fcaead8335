//! Reading a file part by part: from cursor to cursor, with flat memory.

use carillon_domain::ids::{ImportId, TenantId};
use carillon_intake::{Counts, Event, Plan, Reason, RejectsWriter, RowReject};
use carillon_store::{Import, Stored, TenantTable};
use jiff::Timestamp;

use crate::handler::{Deps, Failed};
use crate::rows::{Intake, Outcome, ROWS_AT_ONCE};

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
    let mut cursor = import.value.cursor.unwrap_or_else(|| plan.start());
    let mut parser = plan.rows(cursor);
    let mut offset = cursor.offset;
    let mut part = Part::new(&plan, import.value.parts);
    let mut ended = false;
    loop {
        if let Some(event) = parser.next_event() {
            match event {
                Event::Record(record) => match plan.lead(&record) {
                    Ok(lead) => {
                        let may_come_back = intake.hands_back_duplicates() || lead.zones.is_empty();
                        let original = may_come_back.then(|| plan.original(&record));
                        intake.add(lead, record.line, original);
                    }
                    Err(rejects) => part.refuse(&plan, &plan.original(&record), &rejects),
                },
                Event::Refused { row, line, reason } => part.refuse_whole(&plan, row, line, reason),
            }
            if intake.pending() >= ROWS_AT_ONCE {
                part.take(&plan, intake.flush().await?);
            }
            cursor = parser.cursor();
        } else if ended {
            part.take(&plan, intake.flush().await?);
            save(deps, table, &mut import, &mut part, cursor).await?;
            return Ok(true);
        } else {
            let etag = import.value.etag.as_deref();
            let bytes = deps.objects.get_range(&import.value.key, etag, offset, FETCH_BYTES).await?;
            offset += bytes.len() as u64;
            parser.push(&bytes);
            if offset >= import.value.size || bytes.is_empty() {
                parser.finish();
                ended = true;
            }
            continue;
        }
        if part.counts.rows + intake.pending() as u64 >= deps.rows_per_part {
            part.take(&plan, intake.flush().await?);
            save(deps, table, &mut import, &mut part, cursor).await?;
            part = Part::new(&plan, import.value.parts);
            if deps.clock.now() >= until {
                return Ok(false);
            }
        }
    }
}

/// Saves what a part has brought: first what is merely overwritten when the part is read again, then counts and
/// cursor in one write that only one reader can win.
async fn save(
    deps: &Deps,
    table: &TenantTable<'_>,
    import: &mut Stored<Import>,
    part: &mut Part,
    cursor: carillon_intake::Cursor,
) -> Result<(), Failed> {
    let id = import.value.id.clone();
    if let Some(bytes) = part.rejects() {
        let key = rejects_key(table.tenant_id(), &id, Some(part.number));
        deps.objects.put(&key, bytes, "text/csv; charset=utf-8").await?;
        import.value.parts_with_rejects.push(part.number);
    }
    if !part.created.is_empty() {
        table.save_import_part(&id, part.number, std::mem::take(&mut part.created)).await?;
    }
    if let Some(campaign) = &import.value.options.campaign
        && !part.enrolled.is_empty()
    {
        table.save_roster(campaign, &id, part.number, std::mem::take(&mut part.enrolled)).await?;
    }
    import.value.counts += part.counts;
    import.value.cursor = Some(cursor);
    import.value.parts += 1;
    table.save_import(import).await?;
    import.version += 1;
    Ok(())
}

/// What one part has brought so far.
struct Part {
    number: u32,
    counts: Counts,
    created: Vec<carillon_domain::ids::ContactId>,
    enrolled: Vec<carillon_domain::ids::ContactId>,
    writer: RejectsWriter,
    refused: bool,
}

impl Part {
    fn new(plan: &Plan, number: u32) -> Self {
        let (headers, delimiter) = (plan.columns().headers(), plan.format().delimiter);
        // Parts are joined in the end, behind one header.
        let writer = RejectsWriter::continued(headers, delimiter);
        Self {
            number,
            counts: Counts::default(),
            created: Vec::new(),
            enrolled: Vec::new(),
            writer,
            refused: false,
        }
    }

    fn refuse(&mut self, plan: &Plan, original: &[String], rejects: &[RowReject]) {
        self.counts.invalid();
        self.hand_back(plan, original, rejects);
    }

    fn refuse_whole(&mut self, plan: &Plan, row: u64, line: u64, reason: Reason) {
        self.refuse(plan, &[], &[RowReject::of_row(row, line, reason)]);
    }

    fn hand_back(&mut self, plan: &Plan, original: &[String], rejects: &[RowReject]) {
        self.refused = true;
        self.writer.reject(plan.columns().headers(), original, rejects);
    }

    fn take(&mut self, plan: &Plan, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::TakenIn { contact, created, enrolled } => {
                    self.counts.valid();
                    if enrolled {
                        self.enrolled.push(contact.clone());
                    }
                    if created || enrolled {
                        self.created.push(contact);
                    }
                }
                Outcome::Duplicate { of, handed_back } => {
                    self.counts.duplicate(of);
                    if let Some((original, reject)) = handed_back {
                        self.hand_back(plan, &original, &[reject]);
                    }
                }
                Outcome::Suppressed => self.counts.suppressed(),
                Outcome::Refused { original, reject } => self.refuse(plan, &original, &[reject]),
            }
        }
    }

    fn rejects(&mut self) -> Option<Vec<u8>> {
        self.refused.then(|| self.writer.take())
    }
}
