//! Metrics by exception: an event that carries a field named `metric.something` becomes one line in CloudWatch's
//! embedded metric format, beside its line in the log. Counted is what goes wrong; what goes right is in the table.
//!
//! ```text
//! tracing::warn!(attempt = %id, metric.calls_refused = 1, "the provider refused a call");
//! ```
//!
//! Nothing is sent and nothing aggregated here: CloudWatch reads the line. Zeros are left out, so that a metric costs
//! nothing while all is well (the first 0.30 USD a month falls due with its first value). The one dimension is the
//! stack: a tenant's or a campaign's would be a metric each, to be paid for each; they stand in the log line.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// What the names of counting fields begin with.
const PREFIX: &str = "metric.";
/// Where CloudWatch files the metrics.
const NAMESPACE: &str = "Carillon";

/// Whether an event counts anything: asked once for each place in the code.
pub(crate) fn counts(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.fields().iter().any(|field| field.name().starts_with(PREFIX))
}

/// The layer that writes the lines.
pub(crate) struct Metrics<W> {
    stack: String,
    write: W,
}

impl<W: Fn(&str)> Metrics<W> {
    /// For functions of this stack; `write` gets each line without its end.
    pub(crate) fn new(stack: impl Into<String>, write: W) -> Self {
        Self { stack: stack.into(), write }
    }

    fn line(&self, counted: &[(&'static str, u64)], now_ms: u64) -> String {
        let metrics: Vec<Value> =
            counted.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics});
        let mut line = Map::new();
        line.insert("_aws".to_owned(), json!({"Timestamp": now_ms, "CloudWatchMetrics": [directive]}));
        line.insert("Stack".to_owned(), json!(self.stack));
        line.extend(counted.iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
        Value::Object(line).to_string()
    }
}

impl<S: Subscriber, W: Fn(&str) + 'static> Layer<S> for Metrics<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut counted = Counted::default();
        event.record(&mut counted);
        if !counted.0.is_empty() {
            let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
            (self.write)(&self.line(&counted.0, u64::try_from(now_ms).unwrap_or(0)));
        }
    }
}

#[derive(Default)]
struct Counted(Vec<(&'static str, u64)>);

impl Visit for Counted {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if let (Some(name), 1..) = (field.name().strip_prefix(PREFIX), value) {
            self.0.push((name, value));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record_u64(field, u64::try_from(value).unwrap_or(0));
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn lines(during: impl FnOnce()) -> Vec<Value> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let layer = Metrics::new("carillon", move |line: &str| {
            sink.lock().expect("not poisoned").push(serde_json::from_str(line).expect("JSON"));
        });
        let layer = layer.with_filter(tracing_subscriber::filter::filter_fn(counts));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), during);
        lines.lock().expect("not poisoned").clone()
    }

    #[test]
    fn what_goes_wrong_is_a_line_that_cloudwatch_reads() {
        let lines = lines(|| tracing::warn!(metric.calls_refused = 1, metric.orders_lost = 3_u32, "refused"));
        assert_eq!(lines.len(), 1);
        let (line, directive) = (&lines[0], &lines[0]["_aws"]["CloudWatchMetrics"][0]);
        assert!(line["_aws"]["Timestamp"].as_u64().is_some_and(|at| at > 1_700_000_000_000));
        assert_eq!(directive["Namespace"], "Carillon");
        assert_eq!(directive["Dimensions"], json!([["Stack"]]));
        assert_eq!(directive["Metrics"][0], json!({"Name": "calls_refused", "Unit": "Count"}));
        // Every metric and every dimension that the directive names stands at the top of the line.
        assert_eq!((&line["calls_refused"], &line["orders_lost"]), (&json!(1), &json!(3)));
        assert_eq!(line["Stack"], "carillon");
    }

    #[test]
    fn what_goes_right_writes_nothing() {
        let lines = lines(|| {
            tracing::info!("all is well");
            tracing::info!(metric.orders_lost = 0, metric.attempts_reconciled = 0_u32, "mended nothing");
        });
        assert_eq!(lines, Vec::<Value>::new());
    }
}
