//! Lists: filters and pages, as Twilio's SDKs ask for them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::call::Call;
use super::error::ApiError;
use super::form::Form;

/// Which calls are asked for.
#[derive(Debug, Default)]
pub(crate) struct CallFilter {
    to: Option<String>,
    from: Option<String>,
    status: Option<&'static str>,
    parent: Option<String>,
    start: Span,
    end: Span,
}

/// A half-open span of time; without a bound it holds everything, even what has no time yet.
#[derive(Debug, Default)]
pub(crate) struct Span {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// Which page of a list, and how long pages are.
#[derive(Debug)]
pub(crate) struct Page {
    number: usize,
    size: usize,
}

const STATUSES: [&str; 8] =
    ["queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer"];

impl CallFilter {
    pub(crate) fn read(form: &mut Form) -> Result<Self, ApiError> {
        Ok(Self {
            to: form.text("To"),
            from: form.text("From"),
            status: form.one_of("Status", &STATUSES)?,
            parent: form.text("ParentCallSid"),
            start: Span::read(form, "StartTime")?,
            end: Span::read(form, "EndTime")?,
        })
    }

    pub(crate) fn keeps(&self, call: &Call) -> bool {
        let report = &call.report;
        (self.parent.is_none() || self.parent == report.parent_call_sid)
            && self.to.as_ref().is_none_or(|to| *to == report.to)
            && self.from.as_ref().is_none_or(|from| *from == report.from)
            && self.status.is_none_or(|status| status == report.status.in_resources())
            && self.start.holds(report.started_at)
            && self.end.holds(report.ended_at)
    }
}

impl Span {
    /// `Name=` is a day or instant, `Name>=` and `Name<=` are inclusive bounds whatever sign is written.
    pub(crate) fn read(form: &mut Form, name: &str) -> Result<Self, ApiError> {
        let mut bound = |sign: &str| {
            let name = format!("{name}{sign}");
            form.text(&name).map(|text| instant(&text).ok_or_else(|| ApiError::invalid(&name))).transpose()
        };
        let (on, after, before) = (bound("")?, bound(">")?, bound("<")?);
        if let Some((from, unit)) = on {
            return Ok(Self { from: Some(from), to: Some(from + unit) });
        }
        Ok(Self { from: after.map(|(from, _)| from), to: before.map(|(to, unit)| to + unit) })
    }

    pub(crate) fn holds(&self, at: Option<Timestamp>) -> bool {
        match at {
            None => self.from.is_none() && self.to.is_none(),
            Some(at) => self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to),
        }
    }
}

/// A date with its day, or an instant with its second.
fn instant(text: &str) -> Option<(Timestamp, SignedDuration)> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some((at, SignedDuration::from_secs(1)));
    }
    let day: Date = text.parse().ok()?;
    let begins = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((begins, SignedDuration::from_hours(24)))
}

impl Page {
    pub(crate) fn read(form: &mut Form) -> Result<Self, ApiError> {
        let size = form.number("PageSize", 1..=1_000, || ApiError::invalid("PageSize"))?.unwrap_or(50);
        let number = form.number("Page", 0..=u32::MAX, || ApiError::invalid("Page"))?.unwrap_or(0);
        form.text("PageToken");
        Ok(Self { number: number as usize, size: size as usize })
    }

    /// One page of a list, with the addresses of its neighbours.
    pub(crate) fn render(&self, key: &str, path: &str, query: &str, all: Vec<Value>) -> Value {
        let start = self.number * self.size;
        let total = all.len();
        let shown: Vec<Value> = all.into_iter().skip(start).take(self.size).collect();
        let address = |number: usize| {
            let kept = form_urlencoded::parse(query.as_bytes())
                .filter(|(name, _)| !["Page", "PageSize", "PageToken"].contains(&name.as_ref()));
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(kept).append_pair("PageSize", &self.size.to_string());
            format!("{path}?{}", pairs.append_pair("Page", &number.to_string()).finish())
        };
        let end = start + shown.len().saturating_sub(1);
        let mut page = json!({
            "page": self.number,
            "page_size": self.size,
            "start": start,
            "end": end,
            "uri": address(self.number),
            "first_page_uri": address(0),
            "previous_page_uri": (self.number > 0).then(|| address(self.number - 1)),
            "next_page_uri": (start + self.size < total).then(|| address(self.number + 1)),
        });
        page[key] = Value::Array(shown);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(query: &str) -> Span {
        Span::read(&mut Form::parse(query.as_bytes()), "StartTime").expect("a valid filter")
    }

    #[test]
    fn start_times_are_days_instants_and_bounds() {
        let at = Some("2026-03-01T10:00:00Z".parse().expect("a timestamp"));
        assert!(span("").holds(None));
        assert!(span("StartTime=2026-03-01").holds(at));
        assert!(!span("StartTime=2026-03-02").holds(at));
        assert!(span("StartTime%3E=2026-03-01T10%3A00%3A00Z").holds(at));
        assert!(!span("StartTime%3E=2026-03-01T10%3A00%3A01Z").holds(at));
        assert!(span("StartTime%3C=2026-03-01").holds(at));
        assert!(!span("StartTime%3E=2026-01-01").holds(None));
        assert!(Span::read(&mut Form::parse(b"StartTime=soon"), "StartTime").is_err());
    }

    #[test]
    fn pages_point_to_their_neighbours() {
        let all = (0..5).map(|n| json!({ "n": n })).collect();
        let page =
            Page { number: 1, size: 2 }.render("calls", "/Calls.json", "To=%2B49&Page=1&PageSize=2", all);
        assert_eq!(page["calls"], json!([{"n": 2}, {"n": 3}]));
        assert_eq!(page["next_page_uri"], "/Calls.json?To=%2B49&PageSize=2&Page=2");
        assert_eq!(page["previous_page_uri"], "/Calls.json?To=%2B49&PageSize=2&Page=0");
    }
}
