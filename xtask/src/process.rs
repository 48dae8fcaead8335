//! Running programs: to their end, or in the background until `down`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Cargo, as a developer would start it by hand. `cargo run` tells its program about the package it runs; were that
/// passed on, build scripts that look at it would run again, and everything that depends on them be compiled anew.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let of_the_package = name.to_str().is_some_and(|name| {
            let about = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
            about.iter().any(|prefix| name.starts_with(prefix))
        });
        if of_the_package {
            command.env_remove(name);
        }
    }
    command
}

/// A program in the background, as it is remembered between commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Background {
    /// What it is, for messages.
    pub(crate) name: String,
    /// Its process id, which is its process group's too.
    pub(crate) pid: u32,
    /// When it was born, as the system tells it. A pid alone may by now belong to somebody else.
    pub(crate) born: String,
}

impl Background {
    /// Starts `command` in a process group of its own, so that a Ctrl-C here does not reach it.
    ///
    /// # Errors
    /// When the program cannot be started or its log not be opened.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let log_file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", command.get_program().display()))?;
        let pid = child.id();
        Ok(Self { name: name.to_owned(), pid, born: born(pid).unwrap_or_default() })
    }

    /// Whether this very process still runs.
    pub(crate) fn is_alive(&self) -> bool {
        !self.born.is_empty() && born(self.pid).is_some_and(|born| born == self.born)
    }

    /// Asks it to stop, and after ten seconds stops it and what it started.
    pub(crate) fn stop(&self) {
        if !self.is_alive() {
            return;
        }
        signal("TERM", &self.pid.to_string());
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.is_alive() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(50));
        }
        signal("KILL", &format!("-{}", self.pid));
    }
}

/// The standard library can only kill its own children, and a shell is everywhere.
fn signal(name: &str, target: &str) {
    let script = format!("kill -s {name} -- {target} 2>/dev/null");
    // It may be gone already, and that is what was wanted.
    drop(Command::new("sh").args(["-c", &script]).status());
}

/// What tells a process from an earlier one of the same id; `None` when there is none, or only a zombie.
fn born(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything. After it: state (3), ... start time (22).
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        return if fields.first() == Some(&"Z") {
            None
        } else {
            fields.get(19).map(|&ticks| ticks.to_owned())
        };
    }
    let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Runs to the end; what it prints is shown.
///
/// # Errors
/// When it cannot be started or ends badly.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns what it wrote to standard output; standard error is shown.
///
/// # Errors
/// When it cannot be started or ends badly.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{} ended with {}", shown(command), output.status);
    }
    String::from_utf8(output.stdout).context("not UTF-8")
}

/// Runs to the end, shows every line as it comes, and returns whether it ended well and all that it wrote.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn watch(command: &mut Command) -> Result<(bool, String)> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    // The command holds the pipe's writing ends, and reading ends only when all of them are gone.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut text = String::new();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    Ok((child.wait()?.success(), text))
}

/// Whether `program arguments` can be run at all.
pub(crate) fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().display().to_string();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// A port of the loopback interface that nobody listens at.
///
/// # Errors
/// When there is none.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).context("no free port")?.local_addr()?.port())
}

/// Waits until `GET path` at the loopback port is answered with anything but 5xx, as long as `process` lives.
///
/// # Errors
/// When the process ends or half a minute passes; the message shows the end of its log.
pub(crate) fn wait_until_ready(process: &Background, port: u16, path: &str, log: &Path) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if answers(port, path) {
            return Ok(());
        }
        let why = if !process.is_alive() {
            "stopped"
        } else if Instant::now() > deadline {
            "is not ready after 30 s"
        } else {
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let text = fs::read_to_string(log).unwrap_or_default();
        let tail: Vec<&str> = text.lines().rev().take(15).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!("{} {why}; the end of {}:\n{}", process.name, log.display(), tail.join("\n"));
    }
}

fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.starts_with(b"HTTP/1.") && head.get(9) != Some(&b'5'))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_another_of_the_same_id() {
        let me = Background {
            name: "me".into(),
            pid: std::process::id(),
            born: born(std::process::id()).expect("this process runs"),
        };
        assert!(me.is_alive());
        assert!(!Background { born: "long ago".into(), ..me.clone() }.is_alive());
        assert!(!Background { born: String::new(), ..me }.is_alive());
    }

    #[test]
    fn a_background_process_stops_when_asked() {
        let log = std::env::temp_dir().join(format!("carillon-xtask-{}.log", std::process::id()));
        let sleeper =
            Background::start("sleeper", Command::new("sleep").arg("60"), &log).expect("sleep exists");
        assert!(sleeper.is_alive());
        sleeper.stop();
        assert!(!sleeper.is_alive());
        drop(fs::remove_file(log));
    }

    #[test]
    fn what_was_watched_is_returned_from_both_streams() {
        let (ok, text) = watch(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]))
            .expect("there is a shell");
        assert!(!ok);
        assert!(text.contains("out\n") && text.contains("err\n"));
    }
}
