//! Our check and Twilio's own SDK give the same verdict on every request. The requests and verdicts are made by
//! the SDK: see `data/make_signatures.py`.

use carillon_twilio::signature::{self, Body};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    auth_token: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    url: String,
    params: Vec<(String, String)>,
    body: Option<String>,
    signature: String,
    valid: bool,
}

#[test]
fn the_sdk_and_we_agree_on_every_request() {
    let golden: Golden = serde_json::from_str(include_str!("data/signatures.json")).expect("golden data");
    let verdicts = golden.cases.iter().filter(|case| case.valid).count();
    assert!(verdicts > 10 && golden.cases.len() - verdicts > 10, "both verdicts are represented");
    for case in &golden.cases {
        let body = match &case.body {
            Some(body) => Body::Raw(body.as_bytes()),
            None => Body::Form(&case.params),
        };
        let valid = signature::is_valid(&golden.auth_token, &case.url, body, &case.signature);
        assert_eq!(valid, case.valid, "{}", case.name);
    }
}

#[test]
fn what_we_sign_is_what_the_sdk_signs() {
    let golden: Golden = serde_json::from_str(include_str!("data/signatures.json")).expect("golden data");
    let same = |case: &&Case| signature::sign(&golden.auth_token, &case.url, &case.params) == case.signature;
    let valid = || golden.cases.iter().filter(|case| case.valid);
    // All but those that were signed with a port and seen without, or the other way round.
    let ported = valid().filter(|case| !same(case)).all(|case| case.name.contains(": signed"));
    assert!(ported && valid().filter(same).count() > 10);
}
