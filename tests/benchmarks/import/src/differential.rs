//! Every answer against Google's reference (Python's `phonenumbers`), and against the `phonenumber` crate as a second
//! opinion.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use carillon_intake::{Event, Options, Plan, SAMPLE_BYTES};
use carillon_numbering::{Parsed, Reject, parse, parse_by_automaton, parse_by_library};

use crate::file::{self, Dice};
use crate::scratch;

/// Makes both corpora, each of about so many rows at most, asks everybody, and prints who differs from the reference how
/// often. Fails if we do at all.
pub(crate) fn run(rows: usize) -> anyhow::Result<()> {
    let folder = scratch()?;
    let python = python(&folder)?;
    let corpora = [("contacts", contacts(&folder, rows)?), ("mutations", spread(mutations(), rows))];
    let mut failed = false;
    println!(
        "| corpus | rows | fast path settles | Carillon | rlibphonenumber | zones | phonenumber 0.3 (a tenth of the rows) |\n|---|---|---|---|---|---|---|"
    );
    for (name, corpus) in corpora {
        let answers = reference(&folder, &python, name, &corpus)?;
        let tally = compare(&corpus, &answers);
        let share = tally.settled * 100 / corpus.len();
        println!(
            "| {name} | {} | {share}% | {} | {} | {} | {} |",
            corpus.len(),
            tally.ours,
            tally.library,
            tally.zones,
            tally.second_opinion
        );
        for example in &tally.examples {
            println!("    {example}");
        }
        failed |= tally.ours + tally.zones > 0;
    }
    println!(
        "\nMismatches with phonenumbers (Python), libphonenumber's reference, of the same metadata release."
    );
    ensure!(!failed, "there are mismatches");
    Ok(())
}

/// `(country, number)`.
type Row = (String, String);

/// Fewer rows, from all over.
fn spread(corpus: Vec<Row>, rows: usize) -> Vec<Row> {
    let apart = corpus.len().div_ceil(rows.max(1)).max(1);
    corpus.into_iter().step_by(apart).collect()
}

/// The first rows of the file that is raced on.
fn contacts(folder: &Path, rows: usize) -> anyhow::Result<Vec<Row>> {
    let path = folder.join(format!("contacts-{rows}.csv"));
    file::write(&path, u64::try_from(rows)?, file::SEED)?;
    let bytes = std::fs::read(&path)?;
    let plan = Plan::draw_up(&bytes[..SAMPLE_BYTES.min(bytes.len())], false, &Options::default())?;
    let mut rows = plan.rows(plan.start());
    rows.push(&bytes[usize::try_from(plan.start().offset)?..]);
    rows.finish();
    let column = |name: &str| {
        plan.columns().headers().iter().position(|header| header == name).context("no such column")
    };
    let (phone, country) = (column("phone")?, column("country")?);
    let mut found = Vec::new();
    while let Some(Event::Record(record)) = rows.next_event() {
        let text =
            |at| record.text(at).and_then(Result::ok).map(std::borrow::Cow::into_owned).unwrap_or_default();
        found.push((text(country), text(phone)));
    }
    Ok(found)
}

/// Numbers of every region's plan, valid and nearly, in every notation.
fn mutations() -> Vec<Row> {
    let plans = include_str!("../../../../crates/numbering/data/plans.txt");
    let mut dice = Dice(42);
    let mut rows = Vec::new();
    let mut region = ("", "");
    for line in plans.lines() {
        if let Some(rest) = line.strip_prefix("region ") {
            region = rest.split_once(' ').unwrap_or_default();
        }
        let mut parts = line.split(' ');
        let kind = parts.next().unwrap_or_default();
        let is_kind = [
            "general",
            "premium",
            "tollfree",
            "shared",
            "voip",
            "personal",
            "pager",
            "uan",
            "voicemail",
            "fixed",
            "mobile",
        ];
        if !is_kind.contains(&kind) {
            continue;
        }
        let lengths: Vec<usize> =
            parts.next().unwrap_or_default().split(',').filter_map(|n| n.parse().ok()).collect();
        if lengths.is_empty() {
            continue;
        }
        let (code, name) = region;
        for _ in 0..6 {
            let national = near(&mut dice, code, &lengths);
            let country = if name == "001" { "" } else { name };
            for raw in notations(&mut dice, code, &national) {
                rows.push((country.to_owned(), raw));
            }
        }
    }
    rows
}

/// A valid number of one of these lengths if a hundred draws give one, with one digit changed in half of the cases.
fn near(dice: &mut Dice, code: &str, lengths: &[usize]) -> String {
    let mut national = String::new();
    for _ in 0..100 {
        let length = dice.pick(lengths);
        national = dice.digits(&"#".repeat(length));
        if parse_by_library(&format!("+{code}{national}"), None).is_ok() {
            break;
        }
    }
    if dice.below(2) == 0 && !national.is_empty() {
        let at = dice.below(national.len());
        national.replace_range(at..=at, &dice.digits("#"));
    }
    national
}

fn notations(dice: &mut Dice, code: &str, national: &str) -> Vec<String> {
    let (head, tail) = national.split_at(national.len().min(3));
    let one_more = dice.digits("#");
    vec![
        format!("+{code}{national}"),
        format!("+{code} (0){head} {tail}"),
        format!("({head}) {tail}"),
        format!("0{head}-{tail}"),
        format!("00{code}{national}"),
        format!("{code}{national}"),
        format!("{national}{one_more}"),
        format!("+{code}{}", &national[1.min(national.len())..]),
    ]
}

/// The second opinion is asked about every tenth row.
const SECOND_OPINION_EVERY: usize = 10;

#[derive(Default)]
struct Tally {
    settled: usize,
    ours: usize,
    library: usize,
    zones: usize,
    second_opinion: usize,
    examples: Vec<String>,
}

fn compare(corpus: &[Row], answers: &[String]) -> Tally {
    let mut tally = Tally::default();
    for (at, ((country, raw), answer)) in corpus.iter().zip(answers).enumerate() {
        let country = Some(country.as_str()).filter(|country| !country.is_empty());
        tally.settled += usize::from(parse_by_automaton(raw.as_bytes(), country).is_some());
        let expected: Vec<&str> = answer.split('\t').collect();
        let ours = parse(raw, country);
        if !agrees(&ours, &expected) {
            tally.ours += 1;
            if tally.examples.len() < 5 {
                tally
                    .examples
                    .push(format!("{country:?} {raw:?}: the reference says {answer:?}, we say {ours:?}"));
            }
        }
        tally.library += usize::from(!agrees(&parse_by_library(raw, country), &expected));
        if let (Ok(number), [_, _, _, zones]) = (&ours, &expected[..]) {
            tally.zones += usize::from(number.zones().join("|") != **zones);
        }
        // Some thousand rows a second is all it does.
        if at % SECOND_OPINION_EVERY == 0 {
            let number = expected.first().copied().filter(|text| *text != "-");
            tally.second_opinion += usize::from(second_opinion(raw, country).as_deref() != number);
        }
    }
    tally
}

/// Same number, country and kind; or both refuse. The reference accepts a few numbers that do not fit E.164, which we
/// refuse.
fn agrees(ours: &Result<Parsed, Reject>, expected: &[&str]) -> bool {
    match (ours, expected) {
        (Ok(number), [e164, country, kind, _]) => {
            let words: BTreeMap<&str, &str> = BTreeMap::from([
                ("FixedLine", "FIXED_LINE"),
                ("Mobile", "MOBILE"),
                ("FixedLineOrMobile", "FIXED_LINE_OR_MOBILE"),
                ("TollFree", "TOLL_FREE"),
                ("PremiumRate", "PREMIUM_RATE"),
                ("SharedCost", "SHARED_COST"),
                ("Voip", "VOIP"),
                ("PersonalNumber", "PERSONAL_NUMBER"),
                ("Pager", "PAGER"),
                ("Uan", "UAN"),
                ("Voicemail", "VOICEMAIL"),
            ]);
            let our_kind = format!("{:?}", number.line_type());
            number.as_str() == *e164
                && number.country() == *country
                && words.get(our_kind.as_str()) == Some(kind)
        }
        (Err(_), ["-"]) => true,
        (Err(Reject::TooShort | Reject::TooLong), [e164, ..]) => !(8..=16).contains(&e164.len()),
        (Ok(_) | Err(_), _) => false,
    }
}

fn second_opinion(raw: &str, country: Option<&str>) -> Option<String> {
    let country = country.and_then(|code| code.parse().ok());
    let number = phonenumber::parse(country, raw).ok().filter(phonenumber::is_valid)?;
    Some(number.format().mode(phonenumber::Mode::E164).to_string())
}

fn reference(folder: &Path, python: &Path, name: &str, corpus: &[Row]) -> anyhow::Result<Vec<String>> {
    let (input, output) = (folder.join(format!("{name}.tsv")), folder.join(format!("{name}.answers")));
    let mut out = BufWriter::new(std::fs::File::create(&input)?);
    for (country, raw) in corpus {
        writeln!(out, "{country}\t{raw}")?;
    }
    out.flush()?;
    drop(out);
    let status =
        Command::new(python).arg(crate::scripts().join("reference.py")).args([&input, &output]).status()?;
    ensure!(status.success(), "reference.py failed");
    Ok(BufReader::new(std::fs::File::open(output)?).lines().collect::<Result<_, _>>()?)
}

/// A Python with the pinned reference in it.
fn python(folder: &Path) -> anyhow::Result<PathBuf> {
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    let requirements = crate::scripts().join("../../../tools/requirements-numbering.txt");
    if !python.exists() {
        ensure!(
            Command::new("python3").args(["-m", "venv"]).arg(&venv).status()?.success(),
            "python3 -m venv failed"
        );
    }
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(requirements)
        .status()?;
    ensure!(installed.success(), "pip install failed");
    Ok(python)
}
