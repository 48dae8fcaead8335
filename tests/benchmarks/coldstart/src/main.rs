//! Starts functions against a Runtime API that never has work for them, and measures until they ask for it.
//!
//! ```text
//! coldstart ROUNDS BARE FUNCTION...
//! ```
//!
//! Each argument is the path of a binary. Rounds are interleaved, so that a neighbour's noise falls on all of them, and
//! what is printed of each is the median. The table goes to the standard output as Markdown.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// What a function that knows nothing but the table is to keep to: zipped, beside the bare runtime, and in memory.
const ZIP_MB_MAX: f64 = 2.3;
const TIMES_BARE_MAX: f64 = 2.0;
const RESIDENT_MIB_MAX: f64 = 7.0;

/// A function that has not asked for work by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// What Lambda and the template put into a function's environment. Nothing is connected to before the first event.
const ENVIRONMENT: [(&str, &str); 27] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "hush"),
    ("STACK", "benchmark"),
    ("TABLE_NAME", "table"),
    ("PRIVATE_TABLE_NAME", "private"),
    ("TENANT_KEY_ARN", "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000001"),
    ("DATA_BUCKET", "bucket"),
    ("DIAL_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/dial"),
    ("PLAN_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/plan"),
    ("WEBHOOK_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/webhooks"),
    ("RECORDING_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/recordings"),
    ("LIVE_URL", "wss://live.example.com/v1"),
    ("PRIVATE_WEBHOOKS", "false"),
    ("PUBLIC_URL", "https://voice.example.com"),
    ("TWILIO_API_URL", "https://api.twilio.com"),
    ("SECRETS_PREFIX", "carillon/benchmark/"),
    ("RECONCILE_AFTER_SECONDS", "300"),
    ("CAMPAIGN_MACHINE_ARN", "arn:aws:states:eu-central-1:123456789012:stateMachine:campaign"),
    ("IMPORT_MACHINE_ARN", "arn:aws:states:eu-central-1:123456789012:stateMachine:import"),
    ("SECRETS_KEY_ARN", "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"),
    ("USER_POOL_ID", "eu-central-1_benchmark"),
];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().context("usage: coldstart ROUNDS BARE FUNCTION...")?.parse()?;
    let binaries: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    ensure!(rounds > 0 && !binaries.is_empty(), "nothing to measure");
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let asked = ask_for_work(listener);
    let mut starts: Vec<Vec<Start>> = binaries.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for _ in 0..rounds {
        for (binary, starts) in binaries.iter().zip(&mut starts) {
            starts.push(start(binary, &address, &asked)?);
        }
    }
    let sizes = binaries.iter().map(|binary| sizes(binary)).collect::<Result<Vec<_>>>()?;
    print(&binaries, &starts, &sizes);
    Ok(())
}

/// One start.
struct Start {
    took: Duration,
    resident_kib: u64,
}

/// Answers nobody, and tells when somebody asks for work.
fn ask_for_work(listener: TcpListener) -> Receiver<Instant> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let read = BufReader::new(&stream).read_line(&mut line);
            let at = Instant::now();
            if read.is_ok() && line.contains("/runtime/invocation/next") && sender.send(at).is_err() {
                return;
            }
            // Kept open: there is no work, but there may be some time.
            held.push(stream);
            let surplus = held.len().saturating_sub(8);
            held.drain(..surplus);
        }
    });
    receiver
}

fn start(binary: &Path, address: &str, asked: &Receiver<Instant>) -> Result<Start> {
    let mut command = Command::new(binary);
    command.env_clear().envs(ENVIRONMENT).env("AWS_LAMBDA_RUNTIME_API", address);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{} cannot be started", binary.display()))?;
    let result = asked.recv_timeout(PATIENCE).map(|at| (at.duration_since(begun), resident(&child)));
    let ended = child.try_wait()?;
    child.kill()?;
    child.wait()?;
    let Ok((took, resident)) = result else {
        bail!("{} asks for no work (it ended: {ended:?})", binary.display());
    };
    Ok(Start { took, resident_kib: resident? })
}

fn resident(child: &Child) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// Of the binary, and zipped as it is uploaded.
fn sizes(binary: &Path) -> Result<(u64, u64)> {
    let script = "import io, sys, zipfile\n\
        buffer = io.BytesIO()\n\
        with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:\n    \
            archive.write(sys.argv[1], 'bootstrap')\n\
        print(buffer.tell())";
    let output = Command::new("python3").args(["-c", script]).arg(binary).output()?;
    ensure!(output.status.success(), "python3: {}", String::from_utf8_lossy(&output.stderr));
    let zipped = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok((fs::metadata(binary)?.len(), zipped))
}

/// In the middle, and below which nine of ten lie.
fn median_and_p90<T: Ord + Copy>(mut values: Vec<T>) -> (T, T) {
    values.sort_unstable();
    (values[values.len() / 2], values[values.len() * 9 / 10])
}

fn print(binaries: &[PathBuf], starts: &[Vec<Start>], sizes: &[(u64, u64)]) {
    let mib = |bytes: u64| bytes as f64 / 1_000_000.0;
    let took = |starts: &[Start]| median_and_p90(starts.iter().map(|start| start.took).collect());
    let bare = starts.first().map_or(1.0, |starts| took(starts).0.as_secs_f64());
    println!("{} starts of each, in turns:\n", starts.first().map_or(0, Vec::len));
    println!(
        "| function | binary MB | zip MB | start to first request ms | nine of ten ms | times bare | resident MiB | above target |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for ((binary, starts), (size, zipped)) in binaries.iter().zip(starts).zip(sizes) {
        let (median, p90) = took(starts);
        let (resident, _) = median_and_p90(starts.iter().map(|start| start.resident_kib).collect());
        let (ratio, resident) = (median.as_secs_f64() / bare, resident as f64 / 1_024.0);
        let above: Vec<&str> = [
            (mib(*zipped) > ZIP_MB_MAX, "zip"),
            (ratio > TIMES_BARE_MAX, "start"),
            (resident > RESIDENT_MIB_MAX, "memory"),
        ]
        .into_iter()
        .filter_map(|(above, what)| above.then_some(what))
        .collect();
        println!(
            "| {} | {:.2} | {:.2} | {:.1} | {:.1} | {ratio:.1} | {resident:.1} | {} |",
            binary.file_name().unwrap_or_default().display(),
            mib(*size),
            mib(*zipped),
            median.as_secs_f64() * 1_000.0,
            p90.as_secs_f64() * 1_000.0,
            above.join(", "),
        );
    }
}
