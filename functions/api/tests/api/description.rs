//! The OpenAPI document is the code's: operations, roles and router agree, and the file that is served is current.

use std::collections::BTreeSet;

use api_fn::openapi;
use api_fn::roles::{Needs, Operation, Repeats};
use serde_json::Value;

use crate::rig::{AGENT, Rig};

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

/// To bring the file up to date: `UPDATE_OPENAPI=1 cargo test -p api`.
#[test]
fn the_served_document_is_current() {
    let path = format!("{}/../../docs/openapi.json", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let wanted = format!("{}\n", serde_json::to_string_pretty(&openapi::document()).unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(
        found == wanted,
        "docs/openapi.json is out of date: run with UPDATE_OPENAPI=1 and look at the difference"
    );
}

#[test]
fn every_operation_is_described_and_nothing_else_is() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            described.insert((method.to_uppercase(), path.clone(), id));
        }
    }
    let known = Operation::ALL.iter().map(|operation| {
        let (method, path) = operation.route();
        (method.to_owned(), path.to_owned(), operation.id())
    });
    assert_eq!(described, known.collect());
}

#[test]
fn the_document_says_what_every_operation_asks() {
    let document = document();
    for operation in Operation::ALL {
        let (method, path) = operation.route();
        let described = &document["paths"][path][method.to_lowercase()];
        let parameter = |name: &str| {
            described["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
        };
        assert_eq!(parameter("If-Match"), operation.edits(), "{method} {path}");
        assert_eq!(parameter("Idempotency-Key"), operation.repeats() != Repeats::Harmless, "{method} {path}");
        assert_eq!(
            described["security"] == serde_json::json!([{}]),
            operation.needs() == Needs::Nobody,
            "{method} {path}"
        );
        let problem =
            &described["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{method} {path}");
        let summary = described["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} has no summary");
    }
}

/// The schema of an operation's answer with this status, if it is JSON.
fn answer<'d>(document: &'d Value, operation: &'d Value, status: &str) -> Option<&'d Value> {
    let schema = &operation["responses"][status]["content"]["application/json"]["schema"];
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#')?),
        None => schema.is_object().then_some(schema),
    }
}

fn parameters(operation: &Value) -> BTreeSet<&str> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect()
}

/// Suggestions, of which the best twenty are all.
const SHORT_LISTS: [&str; 1] = ["/v1/contacts/{contact}/duplicates"];

/// Replaced or taken away as a whole, whatever was there before: there is no version to be based on.
const WHOLE: [&str; 7] =
    ["set_my_state", "wrap_up_call", "set_twilio", "suppress", "unsuppress", "handle_lead", "reopen_lead"];

#[test]
fn every_list_pages_by_cursor() {
    let document = document();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(answer) = answer(&document, &item["get"], "200") else { continue };
        assert_ne!(answer["type"], "array", "{path}: a bare list cannot say where it goes on");
        if answer["properties"]["items"].is_null() || SHORT_LISTS.contains(&path.as_str()) {
            continue;
        }
        lists += 1;
        let asked = parameters(&item["get"]);
        assert!(asked.contains("cursor") && asked.contains("limit"), "{path}: {asked:?}");
        assert!(answer["properties"]["next_cursor"].is_object(), "{path}");
    }
    assert!(lists >= 10, "{lists}");
}

#[test]
fn every_creation_is_idempotent_by_key() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let post = &item["post"];
        let creates = ["201", "202"].iter().any(|status| post["responses"][*status].is_object());
        if creates {
            assert!(parameters(post).contains("Idempotency-Key"), "POST {path}");
        }
    }
}

#[test]
fn every_edit_is_guarded_by_an_etag_that_can_be_read() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["put", "patch", "delete", "post"] {
            let operation = &item[method];
            let Some(id) = operation["operationId"].as_str() else { continue };
            let guarded = parameters(operation).contains("If-Match");
            assert!(guarded || method == "post" || WHOLE.contains(&id), "{method} {path} ({id})");
            // `/campaigns/{campaign}/…/rotate` is based on what `/campaigns/{campaign}` reads.
            let resource =
                path.rfind('}').filter(|_| method == "post").map_or(path.as_str(), |end| &path[..=end]);
            let read = &document["paths"][resource]["get"];
            let etag = &read["responses"]["200"]["headers"]["ETag"];
            assert!(
                !guarded || etag.is_object(),
                "GET {resource} says no ETag, which {method} {path} asks for"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn anybody_may_read_the_document() {
    let rig = Rig::new().await;
    let served = rig.get(&AGENT, "/v1/openapi.json").await.must(200);
    assert_eq!(served.json()["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
}
