//! How quickly the API answers many who read at once: `reads [CONTACTS]`, against the local world. Prints Markdown.
//!
//! The world is a Python emulator of AWS and the functions beside it on the same cores, so these figures are a bound from
//! above: whatever takes its time there that is not the function's own would take less in AWS.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use journeys::api::Api;
use journeys::world::World;
use journeys::{campaign, people};
use serde_json::json;

/// Users at once.
const USERS: u64 = 20;
/// For how long they read.
const READING: Duration = Duration::from_secs(30);
/// How often each of them asks for something: people read what they have asked for.
const ASKS_EVERY: Duration = Duration::from_secs(1);
/// How long they ask without a pause.
const WITHOUT_PAUSE: Duration = Duration::from_secs(10);
const CONTACTS: u64 = 1_000;

fn main() -> Result<()> {
    let contacts = std::env::args().nth(1).map_or(Ok(CONTACTS), |count| count.parse())?;
    let world = World::load()?;
    world.furnish()?;
    let api = world.sign_in("acme", "admin")?;
    let seeded = Instant::now();
    seed(&api, contacts)?;
    let seeded = seeded.elapsed();
    let scroll = Scroll::of(&api, contacts)?;
    let questions = questions(&world, &api, &scroll)?;

    println!(
        "{contacts} contacts, imported in {:.0} s; {USERS} users at once, each of whom asks for something every second \
         ({} s long).\n",
        seeded.as_secs_f64(),
        READING.as_secs()
    );
    let answers = ask(&api, &questions, READING, ASKS_EVERY)?;
    println!("| question | answers | median ms | p95 ms | p99 ms |\n|---|---|---|---|---|");
    let mut all = Vec::new();
    for (at, (name, _)) in questions.iter().enumerate() {
        let mut times: Vec<Duration> =
            answers.iter().filter(|(which, _)| *which == at).map(|(_, took)| *took).collect();
        all.extend(times.iter().copied());
        row(name, &mut times);
    }
    row("**all of them**", &mut all);
    let busy = ask(&api, &questions, WITHOUT_PAUSE, Duration::ZERO)?;
    let mut times: Vec<Duration> = busy.iter().map(|(_, took)| *took).collect();
    let rate = times.len() as f64 / WITHOUT_PAUSE.as_secs_f64();
    row(&format!("the same without a pause: {rate:.0} answers a second"), &mut times);

    println!("\n{scroll}");
    Ok(())
}

/// The whole list of contacts, page by page.
struct Scroll {
    pages: Vec<Duration>,
    seen: usize,
    took: Duration,
    /// Where the page begins that has nine tenths of the list before it.
    deep: Option<String>,
}

impl Scroll {
    fn of(api: &Api, contacts: u64) -> Result<Self> {
        let begun = Instant::now();
        let (mut pages, mut seen, mut cursor, mut deep) = (Vec::new(), 0, None::<String>, None);
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let asked = Instant::now();
            let page = api.read(&format!("/v1/contacts?limit=200{after}"))?;
            pages.push(asked.elapsed());
            seen += page["items"].as_array().map_or(0, Vec::len);
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if deep.is_none() && seen as u64 >= contacts / 10 * 9 {
                deep.clone_from(&cursor);
            }
            if cursor.is_none() {
                break;
            }
        }
        ensure!(seen as u64 >= contacts, "{seen} of {contacts} contacts were listed");
        Ok(Self { pages, seen, took: begun.elapsed(), deep })
    }
}

impl std::fmt::Display for Scroll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = |page: Option<&Duration>| page.map_or(0.0, milliseconds);
        write!(
            f,
            "All {} contacts by name, 200 a page, one after the other: {} pages in {:.0} s; the first in {:.0} ms, the last \
             in {:.0} ms, p95 {:.0} ms.",
            self.seen,
            self.pages.len(),
            self.took.as_secs_f64(),
            one(self.pages.first()),
            one(self.pages.last()),
            milliseconds(&share(&mut self.pages.clone(), 0.95)),
        )
    }
}

fn milliseconds(time: &Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The time that so great a share of answers did not exceed.
fn share(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let at = (times.len() as f64 * share).ceil() as usize;
    times.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

fn row(name: &str, times: &mut [Duration]) {
    let [median, p95, p99] = [0.5, 0.95, 0.99].map(|part| milliseconds(&share(times, part)));
    println!("| {name} | {} | {median:.0} | {p95:.0} | {p99:.0} |", times.len());
}

/// Imports so many people with names of their own.
fn seed(api: &Api, count: u64) -> Result<()> {
    const GIVEN: [&str; 12] = [
        "Ada", "Bruno", "Carla", "Deniz", "Emil", "Frida", "Gustav", "Hanna", "Ivan", "Jana", "Karl", "Lena",
    ];
    const BEGINS: [&str; 16] = [
        "Acker", "Berg", "Claus", "Dorn", "Ester", "Feld", "Graf", "Holz", "Itter", "Jung", "Kron", "Lind",
        "Müll", "Nord", "Ober", "Post",
    ];
    const ENDS: [&str; 20] = [
        "er", "mann", "bach", "hausen", "meier", "stein", "wald", "hof", "brecht", "ing", "ler", "sen",
        "dorf", "rich", "wein", "lich", "feld", "burg", "tal", "kamp",
    ];
    // Numbers that no other run has.
    let base = u64::try_from(journeys::api::unique() >> 20)? % 9_000_000;
    let pick = |from: &[&'static str], by: u64| from[usize::try_from(by).unwrap_or(0) % from.len()];
    let mut csv = String::from("First name,Last name,Email,Phone\r\n");
    for at in 0..count {
        let (given, begin, end) = (pick(&GIVEN, at), pick(&BEGINS, at / 12), pick(&ENDS, at / 192));
        let number = (base + at) % 10_000_000;
        csv += &format!("{given},{begin}{end},reader{number:07}@readers.example,+491511{number:07}\r\n");
    }
    let import = campaign::upload(api, "people.csv", csv.as_bytes(), json!({}))?;
    let import = campaign::imported(api, &import, 3_600, |_| {})?;
    ensure!(import["state"] == "completed", "the import ended as {}", import["state"]);
    Ok(())
}

/// What people ask for, by name and path.
fn questions(world: &World, api: &Api, scroll: &Scroll) -> Result<Vec<(&'static str, String)>> {
    let numbers: Vec<String> = (0..30).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::presses("1")])))?;
    let id = campaign::create(api, &campaign::plan_at_any_hour("Read by twenty"))?;
    campaign::fill(api, &id, &people::list(&numbers))?;
    campaign::command(api, &id, "start")?;
    campaign::completed(api, &id, 120, |_| {})?;
    let first = api.read("/v1/contacts?limit=200")?;
    let somebody = first["items"][0]["phone"].as_str().context("nobody there")?.replace('+', "%2B");
    let called = campaign::enrollments(api, &id)?[0]["contact"].as_str().context("no contact")?.to_owned();
    let email = first["items"].as_array().into_iter().flatten().find_map(|it| it["email"].as_str());
    let email = email.context("nobody with an address")?.split('@').next().unwrap_or_default().to_owned();
    let deep = scroll.deep.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let second = first["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    Ok(vec![
        ("contacts by name, the first 50", "/v1/contacts".to_owned()),
        ("the next 50", format!("/v1/contacts?limit=50{second}")),
        ("50 after nine tenths of the list", format!("/v1/contacts?limit=50{deep}")),
        ("search by the beginning of a name", "/v1/contacts?q=mull".to_owned()),
        ("search by two of them", "/v1/contacts?q=ada+mull".to_owned()),
        ("search by the beginning of an address", format!("/v1/contacts?q={email}")),
        ("search by number", format!("/v1/contacts?q={somebody}")),
        ("a contact with its timeline", format!("/v1/contacts/{called}")),
        ("campaigns", "/v1/campaigns".to_owned()),
        ("a campaign", format!("/v1/campaigns/{id}")),
        ("its progress", format!("/v1/campaigns/{id}/progress")),
        ("its contacts", format!("/v1/campaigns/{id}/enrollments")),
        ("calls, the last 50", "/v1/calls".to_owned()),
        ("today at a glance", "/v1/overview".to_owned()),
    ])
}

/// Everybody asks one question after the other; which was answered after how long.
fn ask(
    api: &Api,
    questions: &[(&str, String)],
    during: Duration,
    every: Duration,
) -> Result<Vec<(usize, Duration)>> {
    let (answers, failed) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for user in 0..USERS {
            let (answers, failed, next) = (&answers, &failed, &next);
            scope.spawn(move || {
                let mut mine = Vec::new();
                // They did not all come at the same moment.
                std::thread::sleep(every.mul_f64(user as f64 / USERS as f64));
                while begun.elapsed() < during {
                    let which =
                        usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(0) % questions.len();
                    let asked = Instant::now();
                    match api.get(&questions[which].1) {
                        Ok(reply) if reply.status == 200 => mine.push((which, asked.elapsed())),
                        Ok(_) | Err(_) => failed.store(true, Ordering::Relaxed),
                    }
                    std::thread::sleep(every.saturating_sub(asked.elapsed()));
                }
                if let Ok(mut answers) = answers.lock() {
                    answers.extend(mine);
                }
            });
        }
    });
    ensure!(!failed.into_inner(), "not every question was answered");
    Ok(answers.into_inner().unwrap_or_default())
}
