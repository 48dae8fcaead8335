//! The steps, in the order in which they come.

use anyhow::anyhow;
use carillon_domain::campaign::CampaignState;
use carillon_domain::ids::{CampaignId, ImportId, TenantId};
use carillon_engine::runs::{RunError, start_run};
use carillon_intake::{FileError, Options, Plan, SAMPLE_BYTES};
use carillon_store::{Import, ImportFailure, ImportOptions, ImportState, StoreError, Stored, TenantTable};

use crate::handler::{Answer, Deps, Failed, ObjectCreated, Request};
use crate::{part, undo};

fn opened(next: &'static str, tenant: &TenantId, import: &ImportId) -> Answer {
    Answer::Opened { next, tenant: Some(tenant.clone()), import_id: Some(import.clone()) }
}

const NOT_OURS: Answer = Answer::Opened { next: "handled", tenant: None, import_id: None };

/// Which import an execution is about, and the file that was announced, if it was started by one.
struct Subject {
    tenant: TenantId,
    import: ImportId,
    dropped: Option<Dropped>,
}

struct Dropped {
    key: String,
    campaign: Option<CampaignId>,
}

/// Reads the names in the file's place: `uploads/<tenant>/<import>/<file>`, `drops/<tenant>/<file>` or
/// `drops/<tenant>/<campaign>/<file>`. The place was chosen by whoever may write there, so it is what tells tenants
/// apart.
fn subject_of(event: &ObjectCreated) -> Option<Subject> {
    let key = &event.object.key;
    let parts: Vec<&str> = key.split('/').collect();
    let version = event.object.version_id.as_deref().or(event.object.etag.as_deref()).unwrap_or_default();
    let drop_id = || ImportId::of_object(&event.bucket.name, key, version);
    let dropped = |campaign| Some(Dropped { key: key.clone(), campaign });
    match parts.as_slice() {
        ["uploads", tenant, import, _] => {
            Some(Subject { tenant: tenant.parse().ok()?, import: import.parse().ok()?, dropped: None })
        }
        ["drops", tenant, _] => {
            Some(Subject { tenant: tenant.parse().ok()?, import: drop_id(), dropped: dropped(None) })
        }
        ["drops", tenant, campaign, _] => {
            let campaign = campaign.parse().ok()?;
            Some(Subject {
                tenant: tenant.parse().ok()?,
                import: drop_id(),
                dropped: dropped(Some(campaign)),
            })
        }
        _ => None,
    }
}

fn subject_of_request(request: &Request) -> Option<Subject> {
    match (&request.detail, &request.tenant, &request.import_id) {
        (_, Some(tenant), Some(import)) => {
            Some(Subject { tenant: tenant.clone(), import: import.clone(), dropped: None })
        }
        (Some(event), ..) => subject_of(event),
        (None, ..) => None,
    }
}

/// Looks at the file and decides how it is read.
pub(crate) async fn open(deps: &Deps, request: &Request) -> Result<Answer, Failed> {
    let Some(Subject { tenant, import: id, dropped }) = subject_of_request(request) else {
        tracing::warn!("a file in a place that belongs to nobody");
        return Ok(NOT_OURS);
    };
    let table = TenantTable::new(deps.table.as_ref(), &tenant).with_vault(&deps.vault);
    let Some(settings) = table.settings().await? else {
        tracing::warn!(%tenant, "a file for a tenant that does not exist");
        return Ok(NOT_OURS);
    };
    let now = deps.clock.now();
    let mut import = match (table.import(&id).await?, dropped) {
        (Some(import), _) => import,
        (None, Some(dropped)) => Stored::new(of_drop(id.clone(), dropped, now)),
        (None, None) => {
            tracing::warn!(%tenant, import = %id, "an upload that nobody asked for");
            return Ok(NOT_OURS);
        }
    };
    let mine = request.execution.is_some() && import.value.execution == request.execution;
    match import.value.state {
        ImportState::AwaitingUpload | ImportState::Failed => {}
        ImportState::Undoing | ImportState::Reading if mine => return Ok(opened("read", &tenant, &id)),
        // A person has asked, or nobody is at it: whoever had it before finds that its version has moved on.
        ImportState::Undoing | ImportState::Reading
            if request.detail.is_none() || import.value.execution.is_none() =>
        {
            import.value.execution.clone_from(&request.execution);
            import.value.failure = None;
            table.save_import(&import).await?;
            return Ok(opened("read", &tenant, &id));
        }
        // The announcement came twice, or the file is read already.
        ImportState::Reading
        | ImportState::Undoing
        | ImportState::Completed
        | ImportState::Rejected
        | ImportState::Undone => return Ok(opened("handled", &tenant, &id)),
    }
    let Some(info) = deps.objects.head(&import.value.key).await? else {
        return Ok(opened("handled", &tenant, &id)); // deleted since
    };
    let was_begun = import.value.plan.is_some();
    if was_begun && import.value.etag.as_ref() != Some(&info.etag) {
        // Rows of two files would be counted as one's.
        return Err(Failed::FileReplaced);
    }
    if !was_begun {
        let remembered = table.remembered_mapping().await?.map(|mapping| mapping.value);
        let options = Options {
            mapping: import.value.options.mapping.clone(),
            remembered,
            fields: import.value.options.fields.clone(),
            import_country: import.value.options.country.clone(),
            tenant_country: settings.value.default_country.clone(),
        };
        let wanted = SAMPLE_BYTES as u64;
        let sample = deps.objects.get_range(&import.value.key, Some(&info.etag), 0, wanted).await?;
        import.value.size = info.size;
        import.value.etag = Some(info.etag);
        match Plan::draw_up(&sample, info.size <= wanted, &options) {
            Ok(plan) => {
                import.value.cursor = Some(plan.start());
                import.value.plan = Some(plan);
            }
            Err(error) => return reject(&table, import, &error, now).await,
        }
    }
    if let Some(campaign) = &import.value.options.campaign
        && let Err(failure) = join_campaign(&table, campaign, &import.value).await?
    {
        return give_back(&table, import, failure, now).await;
    }
    import.value.state = ImportState::Reading;
    import.value.failure = None;
    import.value.execution.clone_from(&request.execution);
    import.value.started_at.get_or_insert(now);
    table.save_import(&import).await?;
    Ok(opened("read", &tenant, &id))
}

fn of_drop(id: ImportId, dropped: Dropped, now: jiff::Timestamp) -> Import {
    Import {
        id,
        state: ImportState::AwaitingUpload,
        file_name: dropped.key.rsplit('/').next().unwrap_or_default().to_owned(),
        key: dropped.key,
        size: 0,
        etag: None,
        options: ImportOptions { campaign: dropped.campaign, ..ImportOptions::default() },
        plan: None,
        cursor: None,
        counts: carillon_intake::Counts::default(),
        parts: 0,
        parts_with_rejects: Vec::new(),
        execution: None,
        failure: None,
        created_by: "drop".to_owned(),
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

async fn reject(
    table: &TenantTable<'_>,
    import: Stored<Import>,
    error: &FileError,
    now: jiff::Timestamp,
) -> Result<Answer, Failed> {
    let failure = ImportFailure { code: error.code().to_owned(), message: error.to_string() };
    give_back(table, import, failure, now).await
}

async fn give_back(
    table: &TenantTable<'_>,
    mut import: Stored<Import>,
    failure: ImportFailure,
    now: jiff::Timestamp,
) -> Result<Answer, Failed> {
    tracing::info!(import = %import.value.id, code = failure.code, "a file was rejected");
    // What has been read stays, and can be taken back: that is not a file of which nothing was written.
    let begun = import.value.started_at.is_some();
    import.value.state = if begun { ImportState::Failed } else { ImportState::Rejected };
    import.value.failure = Some(failure);
    import.value.ended_at = Some(now);
    table.save_import(&import).await?;
    Ok(opened("rejected", table.tenant_id(), &import.value.id))
}

/// Lets a campaign know that contacts are on their way, so that it does not complete before they are there.
async fn join_campaign(
    table: &TenantTable<'_>,
    id: &CampaignId,
    import: &Import,
) -> Result<Result<(), ImportFailure>, Failed> {
    let refuse = |code: &str, message: String| Ok(Err(ImportFailure { code: code.to_owned(), message }));
    let Some(mut campaign) = table.campaign(id).await? else {
        return refuse("unknown_campaign", "there is no such campaign".to_owned());
    };
    if !campaign.value.state.accepts_contacts() {
        let state = campaign.value.state.name();
        return refuse("campaign_closed", format!("the campaign is {state} and takes no more contacts"));
    }
    if !import.options.dry_run && campaign.value.imports_open.insert(import.id.clone()) {
        table.save_campaign(&campaign).await?;
    }
    Ok(Ok(()))
}

/// The import that a later step is about.
pub(crate) async fn find(table: &TenantTable<'_>, request: &Request) -> Result<Stored<Import>, Failed> {
    let id = request.import_id.as_ref().ok_or_else(|| Failed::Fault(anyhow!("no import named")))?;
    table.import(id).await?.ok_or_else(|| Failed::Fault(anyhow!("no such import")))
}

fn tenant_of(request: &Request) -> Result<&TenantId, Failed> {
    request.tenant.as_ref().ok_or_else(|| Failed::Fault(anyhow!("no tenant named")))
}

/// Takes in as much as time allows.
pub(crate) async fn read(deps: &Deps, request: &Request) -> Result<Answer, Failed> {
    let table = TenantTable::new(deps.table.as_ref(), tenant_of(request)?).with_vault(&deps.vault);
    let import = find(&table, request).await?;
    let until = deps.clock.now() + deps.time_per_step;
    let done = match import.value.state {
        ImportState::Reading => part::read(deps, &table, import, until).await?,
        ImportState::Undoing => undo::undo(deps, &table, import, until).await?,
        ImportState::AwaitingUpload
        | ImportState::Completed
        | ImportState::Rejected
        | ImportState::Failed
        | ImportState::Undone => true,
    };
    Ok(Answer::Read { done })
}

/// Joins the rejects, remembers the mapping, and lets the campaign go on.
pub(crate) async fn close(deps: &Deps, request: &Request) -> Result<Answer, Failed> {
    let tenant = tenant_of(request)?;
    let table = TenantTable::new(deps.table.as_ref(), tenant).with_vault(&deps.vault);
    let mut import = find(&table, request).await?;
    let now = deps.clock.now();
    match import.value.state {
        ImportState::Undoing => {
            import.value.state = ImportState::Undone;
            import.value.ended_at = Some(now);
            table.save_import(&import).await?;
            return Ok(Answer::Done {});
        }
        ImportState::Reading => {}
        ImportState::AwaitingUpload
        | ImportState::Completed
        | ImportState::Rejected
        | ImportState::Failed
        | ImportState::Undone => return Ok(Answer::Done {}),
    }
    if let Some(plan) = &import.value.plan
        && !import.value.parts_with_rejects.is_empty()
    {
        let parts: Vec<String> = import
            .value
            .parts_with_rejects
            .iter()
            .map(|part| part::rejects_key(tenant, &import.value.id, Some(*part)))
            .collect();
        let whole = part::rejects_key(tenant, &import.value.id, None);
        deps.objects.concat(part::rejects_header(plan), &parts, &whole, "text/csv; charset=utf-8").await?;
    }
    remember(&table, &import.value).await?;
    leave_campaign(deps, &table, &import.value, now).await?;
    import.value.state = ImportState::Completed;
    import.value.ended_at = Some(now);
    table.save_import(&import).await?;
    Ok(Answer::Done {})
}

/// What somebody said about columns holds for the tenant's next file.
async fn remember(table: &TenantTable<'_>, import: &Import) -> Result<(), Failed> {
    let Some(said) = &import.options.mapping else { return Ok(()) };
    let before = table.remembered_mapping().await?;
    let mut mapping = before.unwrap_or_else(|| Stored::new(carillon_intake::Mapping::default()));
    mapping.value.0.extend(said.0.iter().map(|(header, field)| (header.clone(), field.clone())));
    match table.remember_mapping(&mapping).await {
        // Another import has just done so: what it says is as good.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Takes the import off the campaign's list of open ones. A campaign that runs is planned afresh, for the new
/// contacts are due at once and its planner may be asleep.
async fn leave_campaign(
    deps: &Deps,
    table: &TenantTable<'_>,
    import: &Import,
    now: jiff::Timestamp,
) -> Result<(), Failed> {
    let Some(id) = &import.options.campaign else { return Ok(()) };
    let Some(mut campaign) = table.campaign(id).await? else { return Ok(()) };
    if !campaign.value.imports_open.remove(&import.id) {
        return Ok(()); // this has been done before
    }
    if campaign.value.state == CampaignState::Running {
        let started =
            start_run(deps.table.as_ref(), deps.launcher.as_ref(), table.tenant_id(), &mut campaign, now);
        return match started.await {
            Ok(()) => Ok(()),
            Err(RunError::Store(error)) => Err(error.into()),
            Err(RunError::Launch(error)) => Err(Failed::Busy(Some(error.into()))),
        };
    }
    table.save_campaign(&campaign).await?;
    Ok(())
}

/// Records that the execution gave up: what was read stays, and the import can be started again.
pub(crate) async fn fail(deps: &Deps, request: &Request) -> Result<Answer, Failed> {
    let Some(Subject { tenant, import: id, .. }) = subject_of_request(request) else {
        return Ok(Answer::Done {});
    };
    let table = TenantTable::new(deps.table.as_ref(), &tenant).with_vault(&deps.vault);
    let Some(mut import) = table.import(&id).await? else { return Ok(Answer::Done {}) };
    match import.value.state {
        ImportState::AwaitingUpload | ImportState::Reading | ImportState::Undoing => {}
        ImportState::Completed | ImportState::Rejected | ImportState::Failed | ImportState::Undone => {
            return Ok(Answer::Done {});
        }
    }
    let code = request.error.clone().unwrap_or_default();
    let message = match code.as_str() {
        ImportFailure::FILE_REPLACED => {
            "the file was replaced or deleted while it was being read; take the import back, and import the file anew"
        }
        _ if import.value.state == ImportState::Undoing => {
            "taking it back stopped by a fault of ours; ask for it again and it goes on from there"
        }
        _ => "reading stopped by a fault of ours; what was read stays, and starting again goes on from there",
    };
    let now = deps.clock.now();
    part::leave_off(&table, &import.value).await?;
    leave_campaign(deps, &table, &import.value, now).await?;
    import.value.failure = Some(ImportFailure { code, message: message.to_owned() });
    if import.value.state == ImportState::Undoing {
        // Half taken back, it can only be taken back: nobody is at it now.
        import.value.execution = None;
    } else {
        import.value.state = ImportState::Failed;
        import.value.ended_at = Some(now);
    }
    table.save_import(&import).await?;
    Ok(Answer::Done {})
}
