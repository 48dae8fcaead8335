//! One module a resource. A handler loads, asks the domain, and saves.

pub mod agents;
pub mod audit;
pub mod bulk;
pub mod calls;
pub mod campaigns;
pub mod contacts;
pub mod enrollments;
pub mod erasure;
pub mod explanation;
pub mod export;
pub mod imports;
pub mod joining;
pub mod keys;
pub mod lifecycle;
pub mod live;
pub mod live_calls;
pub mod merge;
pub mod notes;
pub mod numbers;
pub mod overview;
pub mod progress;
pub mod provider;
pub mod queues;
pub mod readiness;
pub mod recount;
pub mod results;
pub mod retry_templates;
pub mod search;
pub mod segments;
pub mod story;
pub mod suppression_list;
pub mod suppressions;
pub mod tenants;
pub mod timeline;
pub mod users;
pub mod voicemails;
pub mod webhooks;
pub mod who;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::app::Deps;

/// Every route. A route that is missing here, in [`crate::roles`] or in [`crate::openapi`] fails a test.
pub(crate) fn all() -> Router<Arc<Deps>> {
    Router::new()
        .route("/v1/health", get(who::health))
        .route("/v1/openapi.json", get(who::describe))
        .route("/v1/me", get(who::me))
        .route("/v1/live/tickets", post(live::ticket))
        .route("/v1/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/v1/webhooks/{hook}", get(webhooks::read).put(webhooks::edit).delete(webhooks::delete))
        .route("/v1/webhooks/{hook}/rotate", post(webhooks::rotate))
        .route("/v1/webhooks/{hook}/test", post(webhooks::test))
        .route("/v1/webhooks/{hook}/deliveries", get(webhooks::deliveries))
        .route("/v1/webhooks/{hook}/deliveries/{delivery}/replay", post(webhooks::replay))
        .route("/v1/overview", get(overview::read))
        .route("/v1/audit", get(audit::list))
        .route("/v1/api-keys", get(keys::list).post(keys::create))
        .route("/v1/api-keys/{key}", get(keys::read))
        .route("/v1/api-keys/{key}/revoke", post(keys::revoke))
        .route("/v1/users", get(users::list).post(users::invite))
        .route("/v1/users/{user}", get(users::read).patch(users::edit))
        .route("/v1/users/{user}/resend", post(users::resend))
        .route("/v1/calls", get(calls::list))
        .route("/v1/calls/{attempt}", get(calls::read))
        .route("/v1/calls/{attempt}/handled", put(calls::handle).delete(calls::reopen))
        .route("/v1/calls/{attempt}/recording", get(calls::recording))
        .route("/v1/tenants", get(tenants::list).post(tenants::create))
        .route("/v1/tenants/{tenant}", get(tenants::read))
        .route("/v1/settings", get(tenants::settings).put(tenants::edit_settings))
        .route("/v1/settings/twilio", get(tenants::twilio).put(tenants::set_twilio))
        .route("/v1/settings/twilio/test", post(provider::test))
        .route("/v1/retry-templates", get(retry_templates::list).post(retry_templates::create))
        .route(
            "/v1/retry-templates/{template}",
            get(retry_templates::read).put(retry_templates::edit).delete(retry_templates::delete),
        )
        .route("/v1/campaigns", get(campaigns::list).post(campaigns::create))
        .route(
            "/v1/campaigns/{campaign}",
            get(campaigns::read).put(campaigns::edit).delete(campaigns::delete),
        )
        .route("/v1/campaigns/{campaign}/clone", post(campaigns::clone))
        .route("/v1/campaigns/{campaign}/validate", post(readiness::validate))
        .route("/v1/campaigns/{campaign}/rules", get(readiness::rules))
        .route("/v1/campaigns/{campaign}/start", post(lifecycle::start))
        .route("/v1/campaigns/{campaign}/pause", post(lifecycle::pause))
        .route("/v1/campaigns/{campaign}/resume", post(lifecycle::resume))
        .route("/v1/campaigns/{campaign}/stop", post(lifecycle::stop))
        .route("/v1/campaigns/{campaign}/archive", post(lifecycle::archive))
        .route("/v1/campaigns/{campaign}/progress", get(progress::read))
        .route("/v1/campaigns/{campaign}/recount", post(recount::recount))
        .route("/v1/campaigns/{campaign}/minutes", get(overview::minutes))
        .route("/v1/campaigns/{campaign}/enrollments", get(enrollments::list).post(enrollments::enroll))
        .route("/v1/campaigns/{campaign}/enrollments/{contact}", get(enrollments::read))
        .route("/v1/campaigns/{campaign}/enrollments/{contact}/explanation", get(explanation::read))
        .route("/v1/campaigns/{campaign}/results.csv", get(results::export))
        .route("/v1/contacts", get(search::list).post(contacts::create))
        .route("/v1/contacts/{contact}", get(contacts::read).patch(contacts::edit))
        .route("/v1/contacts/{contact}/notes", post(notes::create))
        .route("/v1/contacts/{contact}/notes/{note}", get(notes::read).put(notes::edit).delete(notes::delete))
        .route("/v1/contacts/{contact}/call", post(enrollments::call))
        .route("/v1/contacts/{contact}/erase", post(erasure::erase))
        .route("/v1/contacts/upload", post(imports::upload))
        .route("/v1/contacts/bulk", post(bulk::change))
        .route("/v1/contacts.csv", get(export::export))
        .route("/v1/contacts/{contact}/duplicates", get(merge::duplicates))
        .route("/v1/contacts/{contact}/merge", post(merge::merge))
        .route("/v1/segments", get(segments::list).post(segments::create))
        .route("/v1/segments/{segment}", get(segments::read).put(segments::edit).delete(segments::delete))
        .route("/v1/suppressions/import", post(suppression_list::import))
        .route("/v1/imports", get(imports::list).post(imports::create))
        .route("/v1/imports/template.csv", get(imports::template))
        .route("/v1/imports/{import}", get(imports::read))
        .route("/v1/imports/{import}/rejects", get(imports::rejects))
        .route("/v1/imports/{import}/undo", post(imports::undo))
        .route("/v1/imports/{import}/retry", post(imports::retry))
        .route("/v1/numbers/validate", post(numbers::validate))
        .route("/v1/queues", get(queues::list).post(queues::create))
        .route("/v1/queues/{queue}", get(queues::read).put(queues::edit).delete(queues::delete))
        .route("/v1/agents", get(agents::list).post(agents::create))
        .route("/v1/agents/{agent}", get(agents::read).put(agents::edit).delete(agents::delete))
        .route("/v1/agents/me", get(agents::read_me))
        .route("/v1/agents/me/state", put(agents::set_state))
        .route("/v1/agents/me/offer/accept", post(agents::accept))
        .route("/v1/agents/me/offer/decline", post(agents::decline))
        .route("/v1/board", get(agents::board))
        .route("/v1/live-calls/{call}", get(live_calls::read))
        .route("/v1/live-calls/{call}/story", get(story::read))
        .route("/v1/live-calls/{call}/recording", get(voicemails::talk))
        .route("/v1/live-calls/{call}/voicemail", get(voicemails::message))
        .route("/v1/voicemails", get(voicemails::list))
        .route("/v1/live-calls/{call}/hold", post(live_calls::hold))
        .route("/v1/live-calls/{call}/resume", post(live_calls::resume))
        .route("/v1/live-calls/{call}/mute", post(live_calls::mute))
        .route("/v1/live-calls/{call}/unmute", post(live_calls::unmute))
        .route("/v1/live-calls/{call}/hang-up", post(live_calls::hang_up))
        .route("/v1/live-calls/{call}/transfer", post(live_calls::transfer))
        .route("/v1/live-calls/{call}/consult", post(joining::consult))
        .route("/v1/live-calls/{call}/consult/complete", post(joining::complete))
        .route("/v1/live-calls/{call}/consult/cancel", post(joining::cancel))
        .route("/v1/live-calls/{call}/guests", post(joining::invite))
        .route("/v1/live-calls/{call}/guests/{guest}/dismiss", post(joining::dismiss))
        .route("/v1/live-calls/{call}/hand-out", post(joining::hand_out))
        .route("/v1/live-calls/{call}/supervise", post(joining::supervise))
        .route("/v1/live-calls/{call}/wrap-up", put(live_calls::wrap_up))
        .route("/v1/suppressions", get(suppressions::list))
        .route("/v1/suppressions/{address}", put(suppressions::suppress).delete(suppressions::unsuppress))
}
