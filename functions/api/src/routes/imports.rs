//! Imports: a place to upload to, how far reading has come, what was refused, and taking it all back.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use carillon_domain::ids::{CampaignId, ImportId};
use carillon_domain::ports::{ObjectError, Presigned, UploadTerms};
use carillon_intake::{Counts, FieldSpec, Mapping, template_csv};
use carillon_numbering::country_code;
use carillon_store::{Cursor, DuplicatePolicy, Import, ImportFailure, ImportOptions, ImportState, Stored};
use http::{HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// The largest file, bytes: what S3 takes in one PUT.
const FILE_BYTES_MAX: u64 = 5_000_000_000;
/// How long an address to upload to works, seconds.
const UPLOAD_SECONDS: u32 = 3_600;
/// How long an address to download from works, seconds.
const DOWNLOAD_SECONDS: u32 = 900;
/// What files are uploaded as, whatever their delimiter.
const CONTENT_TYPE: &str = "text/csv";

/// A file to be imported.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// What people call the file.
    #[schema(example = "leads.csv", min_length = 1, max_length = 200)]
    file_name: String,
    /// Its size, bytes: the address to upload to takes a file of exactly this size.
    #[schema(minimum = 1, maximum = 5_000_000_000_u64)]
    size: u64,
    /// What to do with it.
    #[serde(default)]
    #[schema(value_type = schema::ImportOptions, required = false)]
    options: ImportOptions,
}

/// An import, with the address to upload to.
#[derive(Serialize, ToSchema)]
pub struct ImportCreated {
    /// The import.
    import: ImportView,
    /// Where the file goes.
    upload: Address,
}

/// An address at which whoever holds it may do one thing for a while. Keep it to yourself.
#[derive(Serialize, ToSchema)]
pub struct Address {
    /// `GET` or `PUT`.
    #[schema(example = "PUT")]
    method: String,
    /// The address.
    url: String,
    /// Headers that must be sent exactly so.
    #[schema(example = json!({"content-type": "text/csv", "content-length": "48211"}))]
    headers: BTreeMap<String, String>,
    /// Until when it works.
    expires_at: Timestamp,
}

impl Address {
    fn new(presigned: Presigned, scope: &Scope, seconds: u32) -> Self {
        let Presigned { method, url, mut headers } = presigned;
        headers.remove("host"); // clients send their own
        Self { method, url, headers, expires_at: scope.now + SignedDuration::from_secs(seconds.into()) }
    }
}

/// An import.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportView {
    /// Its id.
    #[schema(value_type = String, example = "imp_0192f3a4b5c67d8e9f00112233445566")]
    id: ImportId,
    /// Where it stands.
    #[schema(value_type = schema::ImportState)]
    state: ImportState,
    /// What people call the file.
    file_name: String,
    /// The file's size, bytes, once it is there.
    size: Option<u64>,
    /// What to do with it.
    options: OptionsView,
    /// How much of the file has been read, percent; absent before reading begins.
    #[schema(example = 62.5)]
    percent_read: Option<f64>,
    /// What became of the rows read so far.
    counts: CountsView,
    /// Which column was taken for what, once the file has been looked at.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"Telefon": "phone", "Vorname": "first_name", "Tarif": "custom:Tarif"}))]
    mapping: Option<Mapping>,
    /// Whether there are refused rows to download.
    has_rejects: bool,
    /// Why the file was rejected, or reading it failed.
    failure: Option<Failure>,
    /// Whoever asked for it: a user, or `drop`.
    created_by: String,
    /// Asked for.
    created_at: Timestamp,
    /// Reading began.
    started_at: Option<Timestamp>,
    /// Over.
    ended_at: Option<Timestamp>,
    /// Counts its changes; the ETag.
    version: u64,
}

/// What to do with a file, as it was said.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportOptionsSaid)]
pub struct OptionsView {
    /// Enroll the contacts in this campaign.
    #[schema(value_type = Option<String>)]
    campaign: Option<CampaignId>,
    /// The country of national numbers in rows that name none.
    country: Option<String>,
    /// What to do with a row whose number is known already.
    #[schema(value_type = schema::DuplicatePolicy)]
    duplicates: DuplicatePolicy,
    /// Whether a number that the tenant knows from elsewhere counts as a duplicate.
    across_tenant: bool,
    /// Find out what would happen, and write nothing.
    dry_run: bool,
    /// Which column is what.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    mapping: Option<Mapping>,
    /// Required and typed fields.
    #[schema(value_type = Vec<schema::FieldSpec>)]
    fields: Vec<FieldSpec>,
}

/// What became of the rows. `rows` is the sum of all others.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub struct CountsView {
    /// Rows read.
    rows: u64,
    /// Contacts created, updated or enrolled.
    valid: u64,
    /// Handed back with a reason.
    invalid: u64,
    /// The same number as an earlier row.
    duplicate_in_file: u64,
    /// In the campaign already.
    duplicate_in_campaign: u64,
    /// Known to the tenant already.
    duplicate_in_tenant: u64,
    /// Not to be contacted.
    suppressed: u64,
}

/// Why an import was rejected or failed.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportFailure)]
pub struct Failure {
    /// For programs.
    #[schema(example = "no_phone_column")]
    code: String,
    /// For people.
    #[schema(example = "no column holds the telephone number; the columns are \"Name\", \"Fax\"")]
    message: String,
}

impl From<Stored<Import>> for ImportView {
    fn from(Stored { value: import, version }: Stored<Import>) -> Self {
        let Counts {
            rows,
            valid,
            invalid,
            duplicate_in_file,
            duplicate_in_campaign,
            duplicate_in_tenant,
            suppressed,
        } = import.counts;
        let read = import.cursor.filter(|_| import.size > 0).and_then(|cursor| {
            let tenths = cursor.offset.min(import.size) * 1_000 / import.size;
            u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
        });
        let ImportOptions { campaign, country, duplicates, across_tenant, dry_run, mapping, fields } =
            import.options;
        Self {
            id: import.id,
            state: import.state,
            file_name: import.file_name,
            size: (import.size > 0).then_some(import.size),
            options: OptionsView { campaign, country, duplicates, across_tenant, dry_run, mapping, fields },
            percent_read: if import.state == ImportState::Completed { Some(100.0) } else { read },
            counts: CountsView {
                rows,
                valid,
                invalid,
                duplicate_in_file,
                duplicate_in_campaign,
                duplicate_in_tenant,
                suppressed,
            },
            mapping: import.plan.map(|plan| plan.columns().mapping()),
            has_rejects: !import.parts_with_rejects.is_empty(),
            failure: import.failure.map(|ImportFailure { code, message }| Failure { code, message }),
            created_by: import.created_by,
            created_at: import.created_at,
            started_at: import.started_at,
            ended_at: import.ended_at,
            version,
        }
    }
}

impl From<Stored<Import>> for Versioned<ImportView> {
    fn from(stored: Stored<Import>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

async fn load(scope: &Scope, id: &ImportId) -> Result<Stored<Import>, Problem> {
    scope.table().import(id).await?.ok_or_else(|| Problem::not_found("import"))
}

/// Import a CSV.
///
/// Answers with an address: upload the file there with the method and the headers given, and reading begins by itself.
#[utoipa::path(post, path = "/v1/imports", operation_id = "create_import", tag = "imports", request_body = NewImport,
    responses((status = 201, description = "The import and its address", body = ImportCreated)))]
pub(crate) async fn create(
    scope: Scope,
    new: Json<NewImport>,
) -> Result<Created<Json<ImportCreated>>, Problem> {
    add(scope, new).await
}

/// Import a CSV, by the name that it has in older documents: the same as `POST /v1/imports`.
#[utoipa::path(post, path = "/v1/contacts/upload", operation_id = "upload_contacts", tag = "imports",
    request_body = NewImport,
    responses((status = 201, description = "The import and its address", body = ImportCreated)))]
pub(crate) async fn upload(
    scope: Scope,
    new: Json<NewImport>,
) -> Result<Created<Json<ImportCreated>>, Problem> {
    add(scope, new).await
}

async fn add(scope: Scope, Json(new): Json<NewImport>) -> Result<Created<Json<ImportCreated>>, Problem> {
    check(&scope, &new).await?;
    let id = ImportId::from_uuid(scope.fresh("import"));
    let import = Import {
        id: id.clone(),
        state: ImportState::AwaitingUpload,
        key: format!("uploads/{}/{id}/{}", scope.tenant, object_name(&new.file_name)),
        file_name: new.file_name,
        size: 0,
        etag: None,
        options: new.options,
        plan: None,
        cursor: None,
        counts: Counts::default(),
        parts: 0,
        parts_with_rejects: Vec::new(),
        execution: None,
        failure: None,
        created_by: scope.caller.subject.clone(),
        created_at: scope.now,
        started_at: None,
        ended_at: None,
    };
    let stored = Stored::new(import);
    let saved = scope.table().save_import(&stored).await;
    let stored = scope.created(stored, saved, load(&scope, &id)).await?;
    let terms = UploadTerms {
        content_type: CONTENT_TYPE.to_owned(),
        content_length: new.size,
        valid_seconds: UPLOAD_SECONDS,
    };
    let upload =
        scope.deps.objects.presign_put(&stored.value.key, &terms).await.map_err(Problem::internal)?;
    let upload = Address::new(upload, &scope, UPLOAD_SECONDS);
    Ok(Created {
        location: format!("/v1/imports/{id}"),
        body: Json(ImportCreated { import: stored.into(), upload }),
    })
}

async fn check(scope: &Scope, new: &NewImport) -> Result<(), Problem> {
    let mut errors = Vec::new();
    if new.file_name.trim().is_empty() || new.file_name.chars().count() > 200 {
        errors.push(FieldError::new("file_name", "must have 1 to 200 characters"));
    }
    if !(1..=FILE_BYTES_MAX).contains(&new.size) {
        errors.push(FieldError::new("size", format!("must be 1 to {FILE_BYTES_MAX} bytes")));
    }
    if new.options.country.as_ref().is_some_and(|country| country_code(country).is_none()) {
        errors.push(FieldError::new("options.country", "must be a country such as DE or Germany"));
    }
    if new.options.fields.len() > 500
        || new.options.mapping.as_ref().is_some_and(|mapping| mapping.0.len() > 1_000)
    {
        errors.push(FieldError::new("options", "may have 1,000 columns and 500 fields"));
    }
    if let Some(campaign) = &new.options.campaign {
        match scope.table().campaign(campaign).await? {
            None => errors.push(FieldError::new("options.campaign", "there is no such campaign")),
            Some(campaign) if !campaign.value.state.accepts_contacts() => {
                let message =
                    format!("a campaign that is {} takes no more contacts", campaign.value.state.name());
                errors.push(FieldError::new("options.campaign", message));
            }
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

/// A name that needs no escaping anywhere. What people call the file is kept beside it.
fn object_name(file_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = file_name.chars().map(plain).take(100).collect();
    format!("{}.csv", name.trim_end_matches(".csv").trim_start_matches('.'))
}

/// Imports, newest first.
#[utoipa::path(get, path = "/v1/imports", operation_id = "list_imports", tag = "imports", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<ImportView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ImportView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "imports", &query)?;
    let page = scope.table().imports(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "imports", page.next)?;
    Ok(Json(Page { items: page.entries.into_iter().map(ImportView::from).collect(), next_cursor }))
}

/// One import: how far it has come, and what became of the rows.
#[utoipa::path(get, path = "/v1/imports/{import}", operation_id = "read_import", tag = "imports",
    params(("import" = String, Path, description = "Its id")),
    responses((status = 200, description = "The import", body = ImportView)))]
pub(crate) async fn read(
    scope: Scope,
    Params(id): Params<ImportId>,
) -> Result<Versioned<ImportView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// An address to download the refused rows from.
///
/// They are the file's own columns and four more that say why. Mend them and import the file as it is.
#[utoipa::path(get, path = "/v1/imports/{import}/rejects", operation_id = "read_rejects", tag = "imports",
    params(("import" = String, Path, description = "The import")),
    responses((status = 200, description = "The address", body = Address)))]
pub(crate) async fn rejects(scope: Scope, Params(id): Params<ImportId>) -> Result<Json<Address>, Problem> {
    let import = load(&scope, &id).await?.value;
    match import.state {
        ImportState::Completed | ImportState::Undoing | ImportState::Undone => {}
        ImportState::AwaitingUpload | ImportState::Reading | ImportState::Rejected | ImportState::Failed => {
            return Err(Problem::new(
                Kind::NotNow,
                "The refused rows are there once the file has been read to its end.",
            ));
        }
    }
    if import.parts_with_rejects.is_empty() {
        return Err(Problem::not_found("rejects file: no row was refused"));
    }
    let key = format!("imports/{}/{id}/rejects.csv", scope.tenant);
    let name = format!("rejects-{}", object_name(&import.file_name));
    match scope.deps.objects.presign_get(&key, Some(&name), DOWNLOAD_SECONDS).await {
        Ok(presigned) => Ok(Json(Address::new(presigned, &scope, DOWNLOAD_SECONDS))),
        Err(ObjectError::Missing) => Err(Problem::not_found("rejects file")),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Take an import back.
///
/// Contacts that it created are deleted unless they have been called or changed since; enrollments that have not been
/// called end as withdrawn.
#[utoipa::path(post, path = "/v1/imports/{import}/undo", operation_id = "undo_import", tag = "imports",
    params(("import" = String, Path, description = "The import")),
    responses((status = 202, description = "It is being taken back", body = ImportView)))]
pub(crate) async fn undo(scope: Scope, Params(id): Params<ImportId>) -> Result<Response, Problem> {
    let mut import = load(&scope, &id).await?;
    match import.value.state {
        ImportState::Completed | ImportState::Failed if import.value.options.dry_run => {
            return Err(Problem::new(Kind::NotNow, "A dry run has written nothing."));
        }
        ImportState::Completed | ImportState::Failed => {
            import.value.state = ImportState::Undoing;
            import.value.execution = None;
            import.value.failure = None;
            import.value.ended_at = None;
            import = save(&scope, import).await?;
        }
        // Asked for before, and never begun, or broken off.
        ImportState::Undoing if import.value.execution.is_none() => {}
        ImportState::AwaitingUpload
        | ImportState::Reading
        | ImportState::Rejected
        | ImportState::Undoing
        | ImportState::Undone => return Err(not_now(&import.value, "taken back")),
    }
    start(&scope, import).await
}

/// Go on with an import that failed, from the last part that was read.
///
/// One whose reading, or taking back, stands still may be started again, too: whatever still works on it finds that it has
/// been relieved. A file that was replaced while it was read cannot be gone on with: take the import back, and import the
/// file anew.
#[utoipa::path(post, path = "/v1/imports/{import}/retry", operation_id = "retry_import", tag = "imports",
    params(("import" = String, Path, description = "The import")),
    responses((status = 202, description = "It goes on", body = ImportView)))]
pub(crate) async fn retry(scope: Scope, Params(id): Params<ImportId>) -> Result<Response, Problem> {
    let import = load(&scope, &id).await?;
    match import.value.state {
        ImportState::Failed
            if import.value.failure.as_ref().is_some_and(|it| it.code == ImportFailure::FILE_REPLACED) =>
        {
            Err(Problem::new(
                Kind::NotNow,
                "The file was replaced while it was read. Take the import back, and import the file anew.",
            ))
        }
        ImportState::Failed | ImportState::Reading | ImportState::Undoing => start(&scope, import).await,
        ImportState::AwaitingUpload
        | ImportState::Completed
        | ImportState::Rejected
        | ImportState::Undone => Err(not_now(&import.value, "tried again")),
    }
}

/// The name tells one start from the next, and makes starting twice in the same state harmless.
async fn start(scope: &Scope, import: Stored<Import>) -> Result<Response, Problem> {
    let id = &import.value.id;
    let name = format!("{id}-{}", import.version);
    scope.deps.importer.start(&scope.tenant, id, &name).await.map_err(Problem::internal)?;
    tracing::info!(import = %id, tenant = %scope.tenant, by = scope.caller.subject, "import commanded");
    let mut response = Versioned::<ImportView>::from(import).into_response();
    *response.status_mut() = http::StatusCode::ACCEPTED;
    Ok(response)
}

async fn save(scope: &Scope, mut import: Stored<Import>) -> Result<Stored<Import>, Problem> {
    scope.table().save_import(&import).await?;
    import.version += 1;
    Ok(import)
}

fn not_now(import: &Import, past: &str) -> Problem {
    let state = serde_json::to_value(import.state).unwrap_or_default();
    let state = state.as_str().unwrap_or_default().replace('_', " ");
    Problem::new(Kind::NotNow, format!("An import that is {state} cannot be {past}."))
}

/// A CSV to start from: every column that is understood, with an example.
#[utoipa::path(get, path = "/v1/imports/template.csv", operation_id = "read_template", tag = "imports",
    responses((status = 200, description = "The template", content_type = "text/csv", body = String)))]
pub(crate) async fn template() -> Response {
    let mut response = template_csv(&[]).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"contacts.csv\""),
    );
    response
}
