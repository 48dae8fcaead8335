//! A tenant's own server, which is told what happens: it keeps what comes, and answers what it has been told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::wait::until;

/// A server at a port of its own, for as long as the test runs.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Where it is called.
    pub url: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// What tests are answered with, one after the other; everything else is taken.
    answers: Vec<u16>,
    told: Vec<Told>,
}

/// A receiver refuses what claims to be from another time than this, seconds.
const TOLERANCE_SECONDS: i64 = 300;

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body, byte by byte.
    pub body: Vec<u8>,
}

impl Told {
    /// A header, or nothing.
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Its id: the same however often it comes.
    #[must_use]
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Whether it says that it is about this.
    #[must_use]
    pub fn says(&self, kind: &str) -> bool {
        serde_json::from_slice::<Value>(&self.body).is_ok_and(|message| message["type"] == kind)
    }

    /// What it says, if it is signed with this secret: by the text of Standard Webhooks, and not by the code that signs.
    /// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn believed(&self, secret: &str) -> Result<Value> {
        let at: i64 = self.header("webhook-timestamp").parse().context("no time")?;
        ensure!((jiff::Timestamp::now().as_second() - at).abs() <= TOLERANCE_SECONDS, "from another time");
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").context("no secret")?)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
        mac.update(format!("{}.{at}.", self.id()).as_bytes());
        mac.update(&self.body);
        let signed = self.header("webhook-signature").split(' ').any(|signature| {
            let value = signature.strip_prefix("v1,").and_then(|value| BASE64_STANDARD.decode(value).ok());
            value.is_some_and(|value| mac.clone().verify_slice(&value).is_ok())
        });
        ensure!(signed, "not signed with this secret");
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Receiver {
    /// Listens, and answers the first test messages with these statuses and all others with 204: a tenant's other
    /// journeys have news too, and may come first.
    ///
    /// # Errors
    /// When there is no port.
    pub fn answering(statuses: &[u16]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/carillon", listener.local_addr()?);
        let kept = Arc::new(Mutex::new(Kept { answers: statuses.to_vec(), told: Vec::new() }));
        let keeping = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keeping = Arc::clone(&keeping);
                std::thread::spawn(move || {
                    let _ = take(&stream, &keeping); // whoever connects and says nothing has not told anything
                });
            }
        });
        Ok(Self { url, kept })
    }

    /// What has come so far, in its order.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).told.clone()
    }

    /// Waits for a message, and returns the first that fits.
    ///
    /// # Errors
    /// When none comes in time.
    pub fn waits_for(&self, what: &str, seconds_max: u64, fits: impl Fn(&Told) -> bool) -> Result<Told> {
        until(what, seconds_max, || Ok(self.told().into_iter().find(|told| fits(told))))
    }
}

/// Takes one request.
fn take(stream: &TcpStream, kept: &Mutex<Kept>) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").context("no length")?.parse()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let status = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let told = Told { headers, body };
        let is_test = told.says("ping");
        kept.told.push(told);
        if is_test && !kept.answers.is_empty() { kept.answers.remove(0) } else { 204 }
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Answer\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(())
}
