//! What a verdict costs: the first of a process, which parses the rules of its country, and the ones after it.
//!
//! `cargo run --release -p carillon-domain --example compliance_cost`

use std::hint::black_box;
use std::time::Instant;

use carillon_domain::compliance::{Candidate, Channel, Purpose, RuleBook, Terms, evaluate};
use carillon_domain::phone::Place;
use carillon_domain::window::{HORIZON, WeekWindow, Zones, next_open};
use jiff::{SignedDuration, Timestamp};

const ROUNDS: i32 = 20_000;
const PLACES: [(&str, Option<&str>, &[&str]); 6] = [
    ("US", Some("FL"), &["America/New_York", "America/Chicago"]),
    ("US", Some("AL"), &["America/Chicago"]),
    ("FR", None, &["Europe/Paris"]),
    ("DE", None, &["Europe/Berlin"]),
    ("AU", Some("NSW"), &["Australia/Sydney"]),
    ("TG", None, &["Africa/Lome"]),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let terms = Terms {
        channel: Channel::Voice,
        purpose: Purpose::Marketing,
        subject: "cmp_1".into(),
        window: "Mon-Sat 09:00-18:00".parse()?,
        artificial_voice: false,
        record: false,
        caps: Vec::new(),
        waive_house_rules: false,
    };
    // A Saturday evening: closed, so that the search for the next opening is part of the cost.
    let start: Timestamp = "2026-06-06T20:00:00Z".parse()?;
    let book = RuleBook::bundled();
    timed("digest of all rules", || {
        black_box(book.digest());
    });
    for (country, subdivision, names) in PLACES {
        let zones = Zones::new(names)?;
        let place = Place { country: country.into(), subdivision: subdivision.map(Into::into) };
        let candidate =
            Candidate { place, zones, consents: Vec::new(), suppressions: Vec::new(), attempts: Vec::new() };
        timed(&format!("{country}: the first verdict"), || {
            black_box(evaluate(book, &terms, &candidate, start));
        });
        let before = Instant::now();
        for round in 0..ROUNDS {
            let now = start + SignedDuration::from_secs(i64::from(round));
            black_box(evaluate(book, &terms, &candidate, now));
        }
        println!("{country}: every other verdict: {:?}", before.elapsed() / ROUNDS.unsigned_abs());
    }
    let window = WeekWindow::always().intersection(&"Mon-Fri 09:00-12:00 13:00-17:00".parse()?)?;
    let coasts = Zones::new(["America/New_York", "America/Los_Angeles"])?;
    let before = Instant::now();
    for round in 0..ROUNDS {
        let now = start + SignedDuration::from_secs(i64::from(round));
        black_box(next_open(&window, &coasts, now, HORIZON));
    }
    println!("next opening over a weekend, two zones: {:?}", before.elapsed() / ROUNDS.unsigned_abs());
    let before = Instant::now();
    for _ in 0..ROUNDS {
        black_box(Zones::new(["America/New_York", "America/Los_Angeles"])?);
    }
    println!("two zones by name: {:?}", before.elapsed() / ROUNDS.unsigned_abs());
    Ok(())
}

fn timed(what: &str, run: impl FnOnce()) {
    let before = Instant::now();
    run();
    println!("{what}: {:?}", before.elapsed());
}
