//! The request to create a call, with Twilio's bounds and error codes.

use std::sync::Arc;
use std::time::Duration;

use super::call::Direction;
use super::error::ApiError;
use super::form::{Form, Hook};
use crate::config::Account;
use crate::people::amd::{Mode, Tuning};
use crate::rooms::Joining;

/// Longest TwiML that may be passed in the request itself.
const TWIML_CHARS_MAX: usize = 4_000;

/// What a call is to be, whoever asked for it.
#[derive(Clone, Debug)]
pub(crate) struct CreateCall {
    pub(crate) direction: Direction,
    /// The call whose instructions dial this one.
    pub(crate) parent: Option<String>,
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) source: Source,
    pub(crate) fallback: Option<Hook>,
    pub(crate) status: Option<StatusHook>,
    pub(crate) ring: Duration,
    pub(crate) time_limit: Duration,
    pub(crate) send_digits: Option<String>,
    pub(crate) detection: Option<Detection>,
    pub(crate) record: Option<RecordCall>,
}

/// Where the call's instructions come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Hook(Hook),
    Twiml(String),
    /// A conference, and then the end.
    Conference(Arc<Joining>),
    /// None: it is ready to be connected with whoever dialled it.
    Nothing,
}

/// Who is told how the call goes on, and of what.
#[derive(Clone, Debug)]
pub(crate) struct StatusHook {
    pub(crate) hook: Hook,
    pub(crate) events: Vec<&'static str>,
}

/// Answering-machine detection.
#[derive(Clone, Debug)]
pub(crate) struct Detection {
    pub(crate) mode: Mode,
    pub(crate) tuning: Tuning,
    /// Whether the call's instructions run meanwhile.
    pub(crate) asynchronous: bool,
    /// Who is told the verdict when they do.
    pub(crate) callback: Option<Hook>,
}

/// The recording of a whole call.
#[derive(Clone, Debug)]
pub(crate) struct RecordCall {
    pub(crate) channels: u8,
    pub(crate) track: &'static str,
    pub(crate) callback: Option<Hook>,
    pub(crate) events: Vec<&'static str>,
}

impl CreateCall {
    /// Reads a request, or refuses it as Twilio would. `strict` refuses unknown parameters as well.
    pub(crate) fn read(mut form: Form, account: &Account, strict: bool) -> Result<Self, ApiError> {
        let form = &mut form;
        let (to, from) = ends(form, account)?;
        let call = Self {
            direction: Direction::OutboundApi,
            parent: None,
            source: source(form)?,
            fallback: form.hook("FallbackUrl", "FallbackMethod")?,
            status: status(form)?,
            ring: ring(form)?,
            time_limit: form
                .number("TimeLimit", 1..=14_400, || ApiError::invalid("TimeLimit"))?
                .map_or(Duration::from_secs(14_400), |seconds| Duration::from_secs(seconds.into())),
            send_digits: send_digits(form)?,
            detection: {
                let asynchronous = form.boolean("AsyncAmd")?.unwrap_or(false);
                detection(form, asynchronous, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod")?
            },
            record: record(form)?,
            to,
            from,
        };
        for (accepted, length_max) in
            [("CallerId", 64), ("CallReason", 50), ("CallToken", 2_000), ("Byoc", 34)]
        {
            if form.text(accepted).is_some_and(|value| value.chars().count() > length_max) {
                return Err(ApiError::invalid(accepted));
            }
        }
        form.one_of("Trim", &["trim-silence", "do-not-trim"])?;
        match form.unknown() {
            Some(unknown) if strict => Err(ApiError::bad(20001, format!("Unknown parameter {unknown}"))),
            Some(_) | None => Ok(call),
        }
    }
}

/// Who calls whom: numbers, or browsers as `client:name`.
pub(crate) fn ends(form: &mut Form, account: &Account) -> Result<(String, String), ApiError> {
    let to = form.text("To").ok_or_else(|| ApiError::bad(21201, "No 'To' number is specified"))?;
    let from = form.text("From").ok_or_else(|| ApiError::bad(21213, "No 'From' number is specified"))?;
    if !is_e164(&to) && !is_client(&to) {
        let message = format!("The phone number you are attempting to call, {to}, is not valid.");
        return Err(ApiError::bad(21211, message));
    }
    // Only a browser can be called by one.
    let shown = is_e164(&from) || is_client(&to) && is_client(&from);
    if !shown {
        return Err(ApiError::bad(21212, format!("The source phone number provided, {from}, is not valid.")));
    }
    if is_e164(&from) && !account.may_show(&from) {
        let message = format!(
            "The source phone number provided, {from}, is not yet verified for your account. \
             You may only make calls from phone numbers that you've verified or purchased from Twilio."
        );
        return Err(ApiError::bad(21210, message));
    }
    refuse_magic_number(&to)?;
    Ok((to, from))
}

/// `client:` and the name under which a browser signed in.
pub(crate) fn is_client(end: &str) -> bool {
    let name = end.strip_prefix("client:").unwrap_or_default();
    (1..=121).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@+".contains(&b))
}

/// `+`, a country code, and 7 to 15 digits altogether.
pub(crate) fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// The numbers that Twilio's test credentials refuse, each for its reason.
fn refuse_magic_number(to: &str) -> Result<(), ApiError> {
    match to {
        "+15005550001" => Err(ApiError::bad(21217, "Phone number does not appear to be valid")),
        "+15005550002" => Err(ApiError::bad(21214, "'To' phone number cannot be reached")),
        "+15005550003" => Err(ApiError::bad(21215, "Account not authorized to call the number")),
        "+15005550004" => Err(ApiError::bad(21216, "Account not allowed to call the number")),
        _ => Ok(()),
    }
}

/// Exactly one of Url and Twiml; the network keeps no applications.
pub(crate) fn source(form: &mut Form) -> Result<Source, ApiError> {
    if form.text("ApplicationSid").is_some() {
        return Err(ApiError::bad(21218, "Invalid ApplicationSid"));
    }
    let twiml = form.text("Twiml");
    let hook = form.hook("Url", "Method")?;
    match (hook, twiml) {
        (Some(hook), None) => Ok(Source::Hook(hook)),
        (None, Some(twiml)) if twiml.chars().count() <= TWIML_CHARS_MAX => Ok(Source::Twiml(twiml)),
        (None, Some(_)) => Err(ApiError::bad(20001, "Twiml must be at most 4000 characters long")),
        (Some(_), Some(_)) => Err(ApiError::bad(20001, "Url and Twiml may not be given together")),
        (None, None) => Err(ApiError::bad(21205, "Url is not a valid URL: ")),
    }
}

pub(crate) fn status(form: &mut Form) -> Result<Option<StatusHook>, ApiError> {
    let mut events =
        form.several_of("StatusCallbackEvent", &["initiated", "ringing", "answered", "completed"])?;
    if events.is_empty() {
        events.push("completed");
    }
    Ok(form.hook("StatusCallback", "StatusCallbackMethod")?.map(|hook| StatusHook { hook, events }))
}

pub(crate) fn ring(form: &mut Form) -> Result<Duration, ApiError> {
    let invalid = || ApiError::bad(21208, "Invalid Timeout");
    let seconds = form.number("Timeout", 1..=600, invalid)?.unwrap_or(60);
    Ok(Duration::from_secs(seconds.into()))
}

fn send_digits(form: &mut Form) -> Result<Option<String>, ApiError> {
    match form.text("SendDigits") {
        Some(keys) if keys.len() > 32 || !keys.chars().all(|key| "0123456789#*wW".contains(key)) => {
            Err(ApiError::bad(21206, "Invalid SendDigits"))
        }
        keys => Ok(keys),
    }
}

pub(crate) fn detection(
    form: &mut Form,
    asynchronous: bool,
    callback: &str,
    method: &str,
) -> Result<Option<Detection>, ApiError> {
    let mode = form.one_of("MachineDetection", &["Enable", "DetectMessageEnd"])?;
    let mut span = |name: &str, bounds, unit: Duration, default: Duration| {
        let number = form.number(name, bounds, || ApiError::invalid(name))?;
        Ok::<_, ApiError>(number.map_or(default, |number| unit * number))
    };
    let (second, ms) = (Duration::from_secs(1), Duration::from_millis(1));
    let usual = Tuning::default();
    let tuning = Tuning {
        timeout: span("MachineDetectionTimeout", 3..=59, second, usual.timeout)?,
        speech: span("MachineDetectionSpeechThreshold", 1_000..=6_000, ms, usual.speech)?,
        speech_end: span("MachineDetectionSpeechEndThreshold", 500..=5_000, ms, usual.speech_end)?,
        silence: span("MachineDetectionSilenceTimeout", 2_000..=10_000, ms, usual.silence)?,
    };
    let callback = form.hook(callback, method)?;
    Ok(mode.map(|mode| Detection {
        mode: if mode == "Enable" { Mode::Enable } else { Mode::DetectMessageEnd },
        tuning,
        asynchronous,
        callback,
    }))
}

pub(crate) fn record(form: &mut Form) -> Result<Option<RecordCall>, ApiError> {
    let wanted = form.boolean("Record")?.unwrap_or(false);
    let channels = form.one_of("RecordingChannels", &["mono", "dual"])?;
    let track = form.one_of("RecordingTrack", &["inbound", "outbound", "both"])?.unwrap_or("both");
    let mut events =
        form.several_of("RecordingStatusCallbackEvent", &["in-progress", "completed", "absent"])?;
    if events.is_empty() {
        events.push("completed");
    }
    let callback = form.hook("RecordingStatusCallback", "RecordingStatusCallbackMethod")?;
    let channels = if channels == Some("dual") { 2 } else { 1 };
    Ok(wanted.then_some(RecordCall { channels, track, callback, events }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENOUGH: &str = "To=%2B4930123456&From=%2B15005550006&Url=http%3A%2F%2F127.0.0.1%3A9%2Fanswer";

    fn read(body: &str) -> Result<CreateCall, u32> {
        CreateCall::read(Form::parse(body.as_bytes()), &Account::example(), true).map_err(|error| error.code)
    }

    #[test]
    fn a_minimal_call_has_twilios_defaults() {
        let call = read(ENOUGH).expect("a valid request");
        assert_eq!(call.ring, Duration::from_secs(60));
        assert!(call.detection.is_none() && call.record.is_none() && call.status.is_none());
    }

    #[test]
    fn each_refusal_has_its_code() {
        for (body, code) in [
            ("From=%2B15005550006&Url=http%3A%2F%2Fx.test", 21201),
            ("To=%2B4930123456&Url=http%3A%2F%2Fx.test", 21213),
            ("To=030123456&From=%2B15005550006&Url=http%3A%2F%2Fx.test", 21211),
            ("To=%2B4930123456&From=anonymous&Url=http%3A%2F%2Fx.test", 21212),
            ("To=%2B4930123456&From=%2B15005550006", 21205),
            ("To=%2B4930123456&From=%2B15005550006&Url=nonsense", 21205),
            ("To=%2B15005550002&From=%2B15005550006&Url=http%3A%2F%2Fx.test", 21214),
        ] {
            assert_eq!(read(body).map(|_| ()), Err(code), "{body}");
        }
        for (parameter, code) in [
            ("Timeout=0", 21208),
            ("Timeout=601", 21208),
            ("Method=PUT", 21209),
            ("SendDigits=12a", 21206),
            ("ApplicationSid=AP1", 21218),
            ("StatusCallback=relative", 21205),
            ("StatusCallbackEvent=finished", 21626),
            ("MachineDetection=Maybe", 20001),
            ("MachineDetectionTimeout=2", 20001),
            ("MachineDetectionTimeout=60", 20001),
            ("MachineDetectionSpeechThreshold=999", 20001),
            ("MachineDetectionSpeechEndThreshold=5001", 20001),
            ("MachineDetectionSilenceTimeout=1999", 20001),
            ("AsyncAmd=yes", 20001),
            ("Record=1", 20001),
            ("RecordingChannels=stereo", 20001),
            ("Twiml=%3CResponse%2F%3E", 20001),
            ("Tiemout=5", 20001),
        ] {
            assert_eq!(read(&format!("{ENOUGH}&{parameter}")).map(|_| ()), Err(code), "{parameter}");
        }
    }

    #[test]
    fn a_call_may_only_come_from_the_accounts_own_numbers_when_it_has_some() {
        let account = Account { numbers: vec!["+4930111111".into()], ..Account::example() };
        let refused = CreateCall::read(Form::parse(ENOUGH.as_bytes()), &account, true);
        assert_eq!(refused.map(|_| ()).map_err(|error| error.code), Err(21210));
    }
}
