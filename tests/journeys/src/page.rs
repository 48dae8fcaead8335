//! A page that is open, as far as it matters here: a WebSocket that is told what has changed.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::api::{Api, unique};

/// How long a door may take to open.
const OPENS_WITHIN: Duration = Duration::from_secs(10);

/// A connection (RFC 6455, as much of it as short texts need).
#[derive(Debug)]
pub struct Page {
    stream: BufReader<TcpStream>,
    /// What has come of a frame that is not whole yet.
    begun: Vec<u8>,
}

impl Page {
    /// Gets a ticket and connects with it, as the dashboard does.
    ///
    /// # Errors
    /// When either is refused.
    pub fn open(api: &Api) -> Result<Self> {
        Self::connect(&Self::ticket(api)?)
    }

    /// An address to connect to once.
    ///
    /// # Errors
    /// When there is none for this user.
    pub fn ticket(api: &Api) -> Result<String> {
        let ticket = api.post("/v1/live/tickets", &json!({}))?.expect(&[200], "asking for a ticket")?.json();
        ticket["url"].as_str().map(str::to_owned).context("a ticket without an address")
    }

    /// Connects.
    ///
    /// # Errors
    /// When the door stays shut.
    pub fn connect(url: &str) -> Result<Self> {
        let rest = url.strip_prefix("ws://").context("the local world has plain WebSockets")?;
        let (host, path) = rest.split_once('/').context("no path")?;
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(OPENS_WITHIN))?;
        let key = BASE64_STANDARD.encode(unique().to_le_bytes());
        write!(
            stream,
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 101 "), "no connection: {}", line.trim_end());
        while !line.trim_end().is_empty() {
            line.clear();
            ensure!(stream.read_line(&mut line)? > 0, "cut off");
        }
        Ok(Self { stream, begun: Vec::new() })
    }

    /// Says something short, so that the connection is not taken for a dead one.
    ///
    /// # Errors
    /// When it is closed.
    pub fn say(&mut self, text: &str) -> Result<()> {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).context("too long")?;
        // A client masks what it sends; nothing asks that the mask be a good one here.
        let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        Ok(self.stream.get_mut().write_all(&frame)?)
    }

    /// Waits for a message that fits and drops all others; `None` if it does not come in time.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn told(&mut self, within: Duration, fits: impl Fn(&Value) -> bool) -> Result<Option<Value>> {
        let until = Instant::now() + within;
        while let Some(text) = self.text(until)? {
            let message: Value = serde_json::from_str(&text)?;
            if fits(&message) {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Drops the connection without a word, as a laptop does that is shut.
    pub fn drop_dead(self) {
        let _ = self.stream.get_ref().shutdown(Shutdown::Both);
    }

    /// The next text; `None` when the time is over.
    fn text(&mut self, until: Instant) -> Result<Option<String>> {
        loop {
            if let Some((kind, payload)) = self.frame() {
                match kind {
                    1 => return Ok(Some(String::from_utf8(payload)?)),
                    8 => bail!("the connection was closed"),
                    _ => continue, // pings are for those who stay for minutes
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.stream.get_ref().set_read_timeout(Some(left))?;
            let mut more = [0; 4_096];
            match self.stream.read(&mut more) {
                Ok(0) => bail!("the connection was cut off"),
                Ok(count) => self.begun.extend(&more[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A whole frame, if one has come: its opcode and payload. A server does not mask.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, second) = (*self.begun.first()?, *self.begun.get(1)?);
        let (from, length) = match second & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes([*self.begun.get(2)?, *self.begun.get(3)?]))),
            127 => (10, usize::try_from(u64::from_be_bytes(self.begun.get(2..10)?.try_into().ok()?)).ok()?),
            short => (2, usize::from(short)),
        };
        let payload = self.begun.get(from..from + length)?.to_vec();
        self.begun.drain(..from + length);
        Some((first & 0x0f, payload))
    }
}
