//! A server for tests that answers from a script.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::aws::Aws;
use crate::env::Env;

/// Answers requests one after another with a status, further headers and a body, and keeps what it was asked.
/// Beyond the script it closes connections without a word.
pub(crate) struct Scripted {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) async fn start(script: &[(u16, &str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<String> = script
            .iter()
            .map(|(status, headers, body)| {
                let length = body.len();
                format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
            })
            .collect();
        let server = Self { url, asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = request(&mut socket).await;
                asked.lock().expect("not poisoned").push(request);
                let answer = answers.next().unwrap_or_default();
                socket.write_all(answer.as_bytes()).await.expect("written");
            }
        });
        server
    }

    /// Clients of this server.
    pub(crate) fn aws(&self) -> Aws {
        let env = Env::of([
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_ENDPOINT_URL", &self.url),
        ]);
        Aws::from_env(&env).expect("complete")
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

async fn request(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.expect("readable");
        text.push_str(std::str::from_utf8(&buffer[..read]).expect("text"));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}
