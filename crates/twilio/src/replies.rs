//! What Twilio's answers prove.

use carillon_domain::ports::{AskError, CallId, CallReport, Refusal};
use carillon_shell::http::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;

use crate::words;

/// "Call is not in-progress. Cannot redirect."
pub(crate) const CALL_IS_OVER: u32 = 21220;

/// What the answer to a request to place a call proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    Call(CallId),
    Refused { reason: Refusal, code: u32 },
    Throttled,
    NotSignedIn,
    Unknown,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: u32,
}

/// Twilio's error code, if the answer is one of Twilio's errors.
pub(crate) fn code(response: &Response) -> Option<u32> {
    if response.status < 400 {
        return None;
    }
    serde_json::from_slice::<ErrorBody>(&response.body).ok().map(|body| body.code)
}

pub(crate) fn placed(response: &Response) -> Placed {
    #[derive(Deserialize)]
    struct Created {
        sid: String,
    }
    match (response.status, code(response)) {
        (200..300, _) => match serde_json::from_slice::<Created>(&response.body) {
            Ok(created) if created.sid.starts_with("CA") => Placed::Call(CallId(created.sid)),
            Ok(_) | Err(_) => Placed::Unknown,
        },
        // Whatever stands before the API to protect it lets nothing through when it says so.
        (429, _) => Placed::Throttled,
        (401, _) => Placed::NotSignedIn,
        // "Request time-out": of which half is not said.
        (408, _) => Placed::Unknown,
        (400..500, Some(code)) => refused(code),
        (_, _) => Placed::Unknown,
    }
}

/// Source: <https://www.twilio.com/docs/api/errors>.
fn refused(code: u32) -> Placed {
    let reason = match code {
        // Requests, and calls at once.
        20429 | 10004 => return Placed::Throttled,
        20003 => return Placed::NotSignedIn,
        // `To` missing, invalid, unreachable, not plausible; and the same as `From`.
        13223 | 13224 | 13226 | 21201 | 21211 | 21214 | 21217 | 21421 => Refusal::InvalidNumber,
        21610 => Refusal::OptedOut,
        // Account closed, suspended, on trial, voice disabled; the number barred; geography; caller id unverified,
        // invalid or not ours; `To` unverified on a trial account.
        10001 | 10002 | 10003 | 10005 | 13225 | 13227 | 20005 | 21203 | 21210 | 21212 | 21213 | 21215
        | 21216 | 21219 => Refusal::NotPermitted,
        _ => Refusal::Other,
    };
    Placed::Refused { reason, code }
}

#[derive(Deserialize)]
struct CallBody {
    sid: String,
    status: String,
    answered_by: Option<String>,
    duration: Option<String>,
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct PageBody {
    calls: Vec<CallBody>,
    next_page_uri: Option<String>,
}

/// One page of calls.
pub(crate) struct Page {
    pub(crate) reports: Vec<CallReport>,
    pub(crate) next: Option<String>,
}

#[derive(Deserialize)]
struct EventsBody {
    events: Vec<EventBody>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct EventBody {
    request: Option<EventRequest>,
}

#[derive(Deserialize)]
struct EventRequest {
    url: Option<String>,
    #[serde(default)]
    parameters: serde_json::Map<String, serde_json::Value>,
}

/// One page of a call's events.
pub(crate) struct Events {
    /// Every address that was asked, and every parameter that it was asked with, in order.
    pub(crate) texts: Vec<String>,
    pub(crate) next: Option<String>,
}

fn error(what: &str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AskError {
    AskError { what: what.to_owned(), source: Some(why.into()) }
}

/// Nothing but a 2xx will do.
pub(crate) fn expect_success(what: &str, response: &Response) -> Result<(), AskError> {
    match (response.status, code(response)) {
        (200..300, _) => Ok(()),
        (status, Some(code)) => Err(error(what, format!("HTTP {status}, Twilio's code {code}"))),
        (status, None) => Err(error(what, format!("HTTP {status}"))),
    }
}

fn body<'a, T: Deserialize<'a>>(what: &str, response: &'a Response) -> Result<T, AskError> {
    expect_success(what, response)?;
    // The parser's own words might quote a telephone number.
    serde_json::from_slice(&response.body).map_err(|_| error(what, "not the JSON that Twilio documents"))
}

pub(crate) fn report(what: &str, response: &Response) -> Result<CallReport, AskError> {
    to_report(what, body(what, response)?, None)
}

/// The calls of a page that were created at `since` or later.
pub(crate) fn page(what: &str, response: &Response, since: Timestamp) -> Result<Page, AskError> {
    let page: PageBody = body(what, response)?;
    // Twilio's times are whole seconds: one of the same second may be the one that is looked for.
    let since = Timestamp::from_second(since.as_second()).unwrap_or(since);
    let mut reports = Vec::new();
    for call in page.calls {
        let report = to_report(what, call, Some(since))?;
        if report.created_at >= since {
            reports.push(report);
        }
    }
    Ok(Page { reports, next: next_page(what, page.next_page_uri)? })
}

/// A path of the API and nothing else: our credentials go where it leads.
fn next_page(what: &str, uri: Option<String>) -> Result<Option<String>, AskError> {
    match uri {
        Some(uri) if !uri.starts_with('/') || uri.starts_with("//") => Err(error(what, "an odd next page")),
        next => Ok(next),
    }
}

/// What a page of a call's events says of the requests in them.
pub(crate) fn events(what: &str, response: &Response) -> Result<Events, AskError> {
    let page: EventsBody = body(what, response)?;
    let mut texts = Vec::new();
    for request in page.events.into_iter().filter_map(|event| event.request) {
        texts.extend(request.url);
        texts.extend(
            request.parameters.into_iter().filter_map(|(_, value)| value.as_str().map(str::to_owned)),
        );
    }
    Ok(Events { texts, next: next_page(what, page.next_page_uri)? })
}

/// A call that was accepted a moment ago may have no date yet: in a list, it counts as new.
fn to_report(what: &str, call: CallBody, undated: Option<Timestamp>) -> Result<CallReport, AskError> {
    const PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let created_at = match call.date_created {
        Some(text) => Some(PARSER.parse_timestamp(&text).map_err(|_| error(what, "an odd date"))?),
        None => undated,
    };
    let duration = call.duration.filter(|text| !text.is_empty());
    let duration =
        duration.map(|text| text.parse().map_err(|_| error(what, "an odd duration"))).transpose()?;
    let status = words::status(&call.status).ok_or_else(|| error(what, "an unknown status"))?;
    Ok(CallReport {
        call: CallId(call.sid),
        status,
        answered_by: call.answered_by.as_deref().map(words::answered_by),
        duration_seconds: duration.filter(|_| status.is_final()),
        created_at: created_at.ok_or_else(|| error(what, "a call without a date"))?,
    })
}

#[cfg(test)]
mod tests {
    use carillon_domain::ports::CallStatus;

    use super::*;

    fn reply(status: u16, body: &str) -> Response {
        Response { status, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_answer_is_believed_only_where_it_proves_something() {
        use Placed::{NotSignedIn, Throttled, Unknown};
        let no = |reason, code| Placed::Refused { reason, code };
        let table = [
            (201, r#"{"sid":"CA1","status":"queued","new":1}"#, Placed::Call(CallId("CA1".into()))),
            (200, r#"{"sid":"CA1"}"#, Placed::Call(CallId("CA1".into()))),
            (201, "", Unknown),
            (201, r#"{"sid":"SM1"}"#, Unknown),
            (201, r#"{"sid":"CA1""#, Unknown),
            (201, r#"{"code":21211}"#, Unknown),
            (302, "", Unknown),
            (400, r#"{"code":21211,"message":"m","status":400}"#, no(Refusal::InvalidNumber, 21211)),
            (400, r#"{"code":21214}"#, no(Refusal::InvalidNumber, 21214)),
            (400, r#"{"code":21217}"#, no(Refusal::InvalidNumber, 21217)),
            (400, r#"{"code":21610}"#, no(Refusal::OptedOut, 21610)),
            (400, r#"{"code":21210}"#, no(Refusal::NotPermitted, 21210)),
            (400, r#"{"code":21215}"#, no(Refusal::NotPermitted, 21215)),
            (400, r#"{"code":21216}"#, no(Refusal::NotPermitted, 21216)),
            (400, r#"{"code":13227}"#, no(Refusal::NotPermitted, 13227)),
            (403, r#"{"code":20005}"#, no(Refusal::NotPermitted, 20005)),
            (400, r#"{"code":99999}"#, no(Refusal::Other, 99999)),
            (400, r#"{"code":20429}"#, Throttled),
            (400, r#"{"code":10004}"#, Throttled),
            (429, r#"{"code":20429}"#, Throttled),
            (429, "slow down", Throttled),
            (401, r#"{"code":20003}"#, NotSignedIn),
            (401, "", NotSignedIn),
            (403, r#"{"code":20003}"#, NotSignedIn),
            (404, "<html>no such page</html>", Unknown),
            (400, r#"{"message":"no code"}"#, Unknown),
            (408, r#"{"code":20408}"#, Unknown),
            (500, r#"{"code":20500}"#, Unknown),
            (500, r#"{"code":21211}"#, Unknown),
            (503, "", Unknown),
            (504, "<html>gateway</html>", Unknown),
        ];
        for (status, body, proves) in table {
            assert_eq!(placed(&reply(status, body)), proves, "{status} {body}");
        }
    }

    #[test]
    fn a_list_keeps_the_second_of_the_start_and_calls_without_a_date() {
        let body = r#"{"next_page_uri":"/2010-04-01/x?Page=1","calls":[
            {"sid":"CA1","status":"queued","answered_by":null,"duration":null,"date_created":null},
            {"sid":"CA2","status":"completed","answered_by":"human","duration":"13",
             "date_created":"Fri, 20 Nov 2026 10:00:01 +0000"},
            {"sid":"CA3","status":"in-progress","duration":"0","date_created":"Fri, 20 Nov 2026 10:00:00 +0000"},
            {"sid":"CA4","status":"busy","duration":"0","date_created":"Fri, 20 Nov 2026 09:59:59 +0000"}]}"#;
        let since = "2026-11-20T10:00:00.9Z".parse().expect("valid");
        let found = page("list", &reply(200, body), since).expect("readable");
        let ids: Vec<_> = found.reports.iter().map(|report| report.call.0.as_str()).collect();
        assert_eq!(ids, ["CA1", "CA2", "CA3"]);
        assert_eq!(
            (found.reports[1].status, found.reports[1].duration_seconds),
            (CallStatus::Completed, Some(13))
        );
        assert_eq!(found.reports[2].duration_seconds, None, "not over yet");
        assert_eq!(found.next.as_deref(), Some("/2010-04-01/x?Page=1"));
    }

    #[test]
    fn nothing_personal_and_no_foreign_page_comes_out_of_a_bad_answer() {
        let since = Timestamp::UNIX_EPOCH;
        for body in [
            r#"{"calls":[],"next_page_uri":"https://evil.example/"}"#,
            r#"{"calls":[],"next_page_uri":"//evil.example/"}"#,
            r#"{"calls":[{"sid":"CA1","status":"+4930123456"}]}"#,
            r#"{"calls":[{"sid":"CA1","status":"queued","date_created":"+4930123456"}]}"#,
            r#"{"calls":"+4930123456"}"#,
        ] {
            let error = page("list", &reply(200, body), since).map(|_| ()).expect_err("bad");
            assert!(!format!("{error} {error:?}").contains("30123456"), "{error:?}");
        }
        for body in [
            r#"{"events":[],"next_page_uri":"https://evil.example/"}"#,
            r#"{"events":[{"request":"+4930123456"}]}"#,
            r#"{"events":"+4930123456"}"#,
        ] {
            let error = events("list", &reply(200, body)).map(|_| ()).expect_err("bad");
            assert!(!format!("{error} {error:?}").contains("30123456"), "{error:?}");
        }
    }
}
