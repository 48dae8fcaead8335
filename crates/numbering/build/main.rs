//! Turns `data/*.txt` into static tables, so that looking a number up costs no start-up work at all.

#![allow(clippy::unwrap_used, reason = "a malformed data file must stop the build")]

mod automaton;
mod plans;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    let out = env::var("OUT_DIR").unwrap();
    let write = |name: &str, text: String| fs::write(Path::new(&out).join(name), text).unwrap();
    write("zones.rs", zones());
    write("subdivisions.rs", subdivisions());
    write("countries.rs", countries());
    let (states, source) = plans::tables(&lines("plans.txt"));
    fs::write(Path::new(&out).join("states.bin"), states).unwrap();
    write("plans.rs", source);
}

/// The lines of a data file, without comments.
fn lines(name: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new("data").join(name)).unwrap();
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}

/// `ZONE_SETS`, and `ZONE_PREFIXES`: sorted pairs of a prefix (as an integer) and the index of its set.
fn zones() -> String {
    let mut sets = String::new();
    let mut prefixes: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, line) in lines("zones.txt").iter().enumerate() {
        let (names, list) = line.split_once(": ").unwrap();
        let names: Vec<&str> = names.split('|').collect();
        writeln!(sets, "    &{names:?},").unwrap();
        for prefix in list.split(' ') {
            assert!(prefixes.insert(prefix.parse().unwrap(), index).is_none(), "{prefix} is there twice");
        }
    }
    let pairs: String = prefixes.iter().map(|(prefix, index)| format!("({prefix}, {index}), ")).collect();
    format!(
        "static ZONE_SETS: &[&[&str]] = &[\n{sets}];\nstatic ZONE_PREFIXES: [(u32, u16); {}] = [{pairs}];\n",
        prefixes.len()
    )
}

/// `SUBDIVISIONS`: sorted triples of a prefix, the country and the subdivision ("" where a prefix straddles).
fn subdivisions() -> String {
    let mut prefixes: BTreeMap<u32, (String, String)> = BTreeMap::new();
    for line in lines("subdivisions.txt") {
        let (place, list) = line.split_once(": ").unwrap();
        let (country, subdivision) = place.split_once('-').unwrap();
        for prefix in list.split(' ') {
            prefixes.insert(prefix.parse().unwrap(), (country.to_owned(), subdivision.to_owned()));
        }
    }
    let rows: String = prefixes
        .iter()
        .map(|(prefix, (country, subdivision))| format!("({prefix}, {country:?}, {subdivision:?}), "))
        .collect();
    format!("static SUBDIVISIONS: [(u32, &str, &str); {}] = [{rows}];\n", prefixes.len())
}

/// `COUNTRIES`: alpha-2 codes by [`slot`], "" where there is none; `COUNTRY_NAMES`: sorted pairs of a folded name (or
/// alpha-3) and alpha-2.
fn countries() -> String {
    let mut codes = vec![String::new(); 26 * 26];
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for line in lines("countries.txt") {
        let mut parts = line.splitn(3, ' ');
        let (alpha2, alpha3, list) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        codes[slot(alpha2)] = alpha2.to_owned();
        names.insert(alpha3.to_ascii_lowercase(), alpha2.to_owned());
        for name in list.split('|').filter(|name| !name.is_empty()) {
            names.insert(name.to_owned(), alpha2.to_owned());
        }
    }
    let pairs: String = names.iter().map(|(name, code)| format!("({name:?}, {code:?}), ")).collect();
    format!(
        "static COUNTRIES: [&str; {}] = {codes:?};\nstatic COUNTRY_NAMES: [(&str, &str); {}] = [{pairs}];\n",
        codes.len(),
        names.len()
    )
}

/// Where two upper-case letters stand in a table of all pairs.
fn slot(alpha2: &str) -> usize {
    alpha2.bytes().fold(0, |slot, letter| slot * 26 + usize::from(letter - b'A'))
}
