//! The API's description. What is served is the file that is checked in, `docs/openapi.json`, so that what was
//! reviewed is what clients see, and a cold start builds no document. A test writes it from the types and compares.

use std::collections::BTreeMap;

use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::problem::ProblemBody;
use crate::roles::{Needs, Operation, Repeats};
use crate::routes;

/// The document as it is served.
pub const TEXT: &str = include_str!("../../../docs/openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Carillon",
        description = "Outbound campaigns and call centre.\n\nSend Cognito's **id token** as a bearer token. Lists are paged by cursor. Every edit names the version that it is based on (`If-Match`), and every creating request may carry an `Idempotency-Key`. Errors are `application/problem+json`: match on `type`.\n\nPrograms use an API key as bearer token, at the same paths below `/keyed`. Operators name the tenant that they act in by the header `x-carillon-tenant`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers(
        (url = "/", description = "For people, with an id token"),
        (url = "/keyed", description = "For programs, with an API key")
    ),
    security(("id_token" = [])),
    tags(
        (name = "you", description = "Who is signed in"),
        (name = "overview", description = "How things stand today"),
        (name = "calls", description = "What was called, and what became of it"),
        (name = "users", description = "Who may sign in, and as what"),
        (name = "api keys", description = "For programs"),
        (name = "webhooks", description = "Where to tell what happens"),
        (name = "audit", description = "Who changed what"),
        (name = "campaigns", description = "Design, start, pause, stop"),
        (name = "results", description = "Who is in a campaign, and what became of them"),
        (name = "contacts", description = "People"),
        (name = "imports", description = "CSV files on their way in"),
        (name = "agents", description = "People on our side: queues, who is there, the calls they take"),
        (name = "suppressions", description = "Who must not be contacted"),
        (name = "settings", description = "Your tenant"),
        (name = "tenants", description = "For operators")
    ),
    paths(
        routes::who::health,
        routes::who::describe,
        routes::who::me,
        routes::live::ticket,
        routes::overview::read,
        routes::overview::minutes,
        routes::calls::list,
        routes::calls::read,
        routes::calls::handle,
        routes::calls::reopen,
        routes::calls::recording,
        routes::webhooks::list,
        routes::webhooks::create,
        routes::webhooks::read,
        routes::webhooks::edit,
        routes::webhooks::delete,
        routes::webhooks::rotate,
        routes::webhooks::test,
        routes::webhooks::deliveries,
        routes::webhooks::replay,
        routes::users::list,
        routes::users::invite,
        routes::users::read,
        routes::users::edit,
        routes::users::resend,
        routes::keys::list,
        routes::keys::create,
        routes::keys::read,
        routes::keys::revoke,
        routes::audit::list,
        routes::tenants::list,
        routes::tenants::create,
        routes::tenants::read,
        routes::tenants::settings,
        routes::tenants::edit_settings,
        routes::tenants::twilio,
        routes::tenants::set_twilio,
        routes::provider::test,
        routes::retry_templates::list,
        routes::retry_templates::create,
        routes::retry_templates::read,
        routes::retry_templates::edit,
        routes::retry_templates::delete,
        routes::campaigns::list,
        routes::campaigns::create,
        routes::campaigns::read,
        routes::campaigns::edit,
        routes::campaigns::delete,
        routes::campaigns::clone,
        routes::readiness::validate,
        routes::readiness::rules,
        routes::lifecycle::start,
        routes::lifecycle::pause,
        routes::lifecycle::resume,
        routes::lifecycle::stop,
        routes::lifecycle::archive,
        routes::progress::read,
        routes::recount::recount,
        routes::enrollments::list,
        routes::enrollments::enroll,
        routes::enrollments::read,
        routes::explanation::read,
        routes::results::export,
        routes::search::list,
        routes::contacts::create,
        routes::contacts::read,
        routes::contacts::edit,
        routes::export::export,
        routes::bulk::change,
        routes::merge::duplicates,
        routes::merge::merge,
        routes::segments::list,
        routes::segments::create,
        routes::segments::read,
        routes::segments::edit,
        routes::segments::delete,
        routes::suppression_list::import,
        routes::notes::create,
        routes::notes::read,
        routes::notes::edit,
        routes::notes::delete,
        routes::enrollments::call,
        routes::erasure::erase,
        routes::imports::list,
        routes::imports::create,
        routes::imports::upload,
        routes::imports::template,
        routes::imports::read,
        routes::imports::rejects,
        routes::imports::undo,
        routes::imports::retry,
        routes::numbers::validate,
        routes::queues::list,
        routes::queues::create,
        routes::queues::read,
        routes::queues::edit,
        routes::queues::delete,
        routes::agents::list,
        routes::agents::create,
        routes::agents::read,
        routes::agents::edit,
        routes::agents::delete,
        routes::agents::read_me,
        routes::agents::set_state,
        routes::agents::accept,
        routes::agents::decline,
        routes::agents::board,
        routes::live_calls::read,
        routes::story::read,
        routes::voicemails::list,
        routes::voicemails::message,
        routes::voicemails::talk,
        routes::live_calls::hold,
        routes::live_calls::resume,
        routes::live_calls::mute,
        routes::live_calls::unmute,
        routes::live_calls::hang_up,
        routes::live_calls::transfer,
        routes::joining::consult,
        routes::joining::complete,
        routes::joining::cancel,
        routes::joining::invite,
        routes::joining::dismiss,
        routes::joining::hand_out,
        routes::joining::supervise,
        routes::live_calls::wrap_up,
        routes::suppressions::list,
        routes::suppressions::suppress,
        routes::suppressions::unsuppress,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Conventions)
)]
struct Api;

/// What holds for every operation, said once.
struct Conventions;

impl Modify for Conventions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let token = token.description(Some("An id token of the Cognito user pool")).build();
        let components = document.components.get_or_insert_default();
        components.security_schemes.insert("id_token".to_owned(), RefOr::T(SecurityScheme::Http(token)));
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("ck.tenant.id.secret");
        let key = key.description(Some("An API key with the scope that the operation names")).build();
        components.security_schemes.insert("api_key".to_owned(), RefOr::T(SecurityScheme::Http(key)));
        pages_by_reference(&mut components.schemas);
        for operation in Operation::ALL.iter().filter(|operation| operation.edits()) {
            let resource = operation.edited();
            let read = document.paths.paths.get_mut(resource).and_then(|item| item.get.as_mut());
            if let Some(read) = read {
                says_its_version(read);
            }
        }
        for operation in Operation::ALL {
            let (method, path) = operation.route();
            let Some(item) = document.paths.paths.get_mut(path) else { continue };
            let described = match method {
                "GET" => item.get.as_mut(),
                "POST" => item.post.as_mut(),
                "PUT" => item.put.as_mut(),
                "PATCH" => item.patch.as_mut(),
                _ => item.delete.as_mut(),
            };
            if let Some(described) = described {
                conventions(*operation, described);
            }
        }
    }
}

/// What can be edited says which version it is.
fn says_its_version(read: &mut utoipa::openapi::path::Operation) {
    use utoipa::openapi::{HeaderBuilder, ObjectBuilder, Type};

    let Some(RefOr::T(answer)) = read.responses.responses.get_mut("200") else { return };
    let version = ObjectBuilder::new().schema_type(Type::String).build();
    let header =
        HeaderBuilder::new().schema(Some(version)).description(Some("For `If-Match` of an edit.")).build();
    answer.headers.insert("ETag".to_owned(), RefOr::T(header));
}

/// A generic page spells its entries out once more; generated clients should know them by their name.
fn pages_by_reference(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for (name, schema) in schemas {
        if let (Some(entry), RefOr::T(Schema::Object(page))) = (name.strip_prefix("Page_"), schema) {
            let items = ArrayBuilder::new().items(Ref::from_schema_name(entry));
            let items = items.description(Some("The entries, in the list's order. There may be fewer than asked for, or none, before the end."));
            page.properties.insert("items".to_owned(), items.build().into());
        }
    }
}

fn conventions(operation: Operation, described: &mut utoipa::openapi::path::Operation) {
    use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
    use utoipa::openapi::{ObjectBuilder, Required, Type};

    let header = |name: &str, required, about: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(required);
        RefOr::T(header.description(Some(about)).schema(Some(schema)).build())
    };
    let mut headers = Vec::new();
    if operation.repeats() != Repeats::Harmless {
        let about = "The same request with the same key is carried out once; its answer is kept for a day.";
        headers.push(header("Idempotency-Key", Required::False, about));
    }
    if operation.edits() {
        let about = "The ETag that the edit is based on, or `*`.";
        headers.push(header("If-Match", Required::True, about));
    }
    described.parameters.get_or_insert_default().extend(headers);
    if described.parameters.as_ref().is_some_and(Vec::is_empty) {
        described.parameters = None;
    }
    if let Some(scope) = operation.scope() {
        let people = SecurityRequirement::new("id_token", Vec::<String>::new());
        described.security = Some(vec![people, SecurityRequirement::new("api_key", [scope])]);
    }
    let who = match operation.needs() {
        Needs::Nobody => "Anybody may.".to_owned(),
        Needs::Member(role) | Needs::Anywhere(role) => format!("From role `{}` on.", role.name()),
    };
    let text = described.description.take().filter(|text| !text.is_empty());
    described.description = Some(text.map_or_else(|| who.clone(), |text| format!("{text}\n\n{who}")));
    let problem =
        ResponseBuilder::new().description("A problem").content("application/problem+json", problem());
    described.responses.responses.insert("default".to_owned(), RefOr::T(problem.build()));
    if operation.needs() != Needs::Nobody {
        described.responses.responses.insert("401".to_owned(), RefOr::T(unauthenticated()));
    }
}

/// A token is looked at before the function is: API Gateway says no in its own words.
fn unauthenticated() -> utoipa::openapi::Response {
    use utoipa::openapi::{ObjectBuilder, Type};

    let word = ObjectBuilder::new().schema_type(Type::String).examples(["Unauthorized"]);
    let words = ObjectBuilder::new().property("message", word).required("message").build();
    ResponseBuilder::new()
        .description("No token or key, or none that is sound: the gateway's words, or a problem")
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(RefOr::<Schema>::T(words.into()))).build(),
        )
        .content("application/problem+json", problem())
        .build()
}

fn problem() -> Content {
    let reference = Ref::from_schema_name(ProblemBody::name());
    ContentBuilder::new().schema(Some(RefOr::<Schema>::Ref(reference))).build()
}

/// The document, from the types. For the test that holds [`TEXT`] against it.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
