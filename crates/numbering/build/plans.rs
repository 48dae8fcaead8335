//! `data/plans.txt` to the tables of the fast path: see `src/fast.rs` for how they are read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::automaton::{ASK, Automaton, Matches, Patterns, State};

/// One region's plan.
#[derive(Default)]
struct Region {
    calling_code: String,
    name: String,
    /// By word: national-prefix, parse-prefix, leading-digits, international-prefix.
    patterns: BTreeMap<String, String>,
    same_mobile_and_fixed: bool,
    /// By word: possible lengths, local lengths, pattern.
    kinds: BTreeMap<String, (u32, u32, String)>,
}

/// What the library asks, in its order, with the variant of `LineType` that a match means.
const KINDS: [(&str, &str); 8] = [
    ("premium", "PremiumRate"),
    ("tollfree", "TollFree"),
    ("shared", "SharedCost"),
    ("voip", "Voip"),
    ("personal", "PersonalNumber"),
    ("pager", "Pager"),
    ("uan", "Uan"),
    ("voicemail", "Voicemail"),
];

fn read(lines: &[String]) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mask =
        |list: &str| list.split(',').filter_map(|n| n.parse::<u32>().ok()).fold(0, |mask, n| mask | 1 << n);
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "region" {
            let (calling_code, name) = rest.split_once(' ').unwrap();
            regions.push(Region {
                calling_code: calling_code.to_owned(),
                name: name.to_owned(),
                ..Region::default()
            });
            continue;
        }
        let region = regions.last_mut().unwrap();
        match word {
            "national-prefix" | "parse-prefix" | "leading-digits" | "international-prefix" | "transform" => {
                region.patterns.insert(word.to_owned(), rest.to_owned());
            }
            "same-mobile-and-fixed" => region.same_mobile_and_fixed = true,
            _ => {
                let mut parts = rest.splitn(3, ' ');
                let (lengths, local) = (mask(parts.next().unwrap()), mask(parts.next().unwrap()));
                region.kinds.insert(word.to_owned(), (lengths, local, parts.next().unwrap().to_owned()));
            }
        }
    }
    regions
}

/// A region's patterns, entered into an automaton's.
struct Entered {
    general: (u32, u128),
    kinds: Vec<((u32, u128), &'static str)>,
    fixed: (u32, u128),
    mobile: (u32, u128),
    same_mobile_and_fixed: bool,
    leading: Option<u128>,
}

impl Entered {
    fn new(region: &Region, patterns: &mut Patterns) -> Self {
        let mut enter = |word: &str| {
            region.kinds.get(word).map_or((0, 0), |(lengths, _, pattern)| (*lengths, patterns.add(pattern)))
        };
        Self {
            general: enter("general"),
            kinds: KINDS.iter().map(|(word, variant)| (enter(word), *variant)).collect(),
            fixed: enter("fixed"),
            mobile: enter("mobile"),
            same_mobile_and_fixed: region.same_mobile_and_fixed,
            leading: region.patterns.get("leading-digits").map(|pattern| patterns.add_prefix(pattern)),
        }
    }

    /// The library's `get_number_type_helper`.
    fn line_type(&self, matches: &Matches) -> Option<&'static str> {
        let is = |(lengths, bit): (u32, u128)| {
            matches.complete & bit != 0 && (lengths == 0 || lengths & (1 << matches.length) != 0)
        };
        if !is(self.general) {
            return None;
        }
        if let Some((_, variant)) = self.kinds.iter().find(|(kind, _)| is(*kind)) {
            return Some(variant);
        }
        match (is(self.fixed), self.same_mobile_and_fixed, is(self.mobile)) {
            (true, true, _) | (true, false, true) => Some("FixedLineOrMobile"),
            (true, false, false) => Some("FixedLine"),
            (false, false, true) => Some("Mobile"),
            (false, true, _) | (false, false, false) => None,
        }
    }

    /// Whether the library takes a number for this region's because of how it begins.
    fn leads(&self, matches: &Matches) -> bool {
        self.leading.is_some_and(|bit| (matches.touched | matches.complete) & bit != 0)
    }
}

/// The library's `get_region_for_number` and `is_valid_number` in one.
fn verdict(regions: &[(String, Entered)], matches: &Matches) -> Option<(String, &'static str)> {
    let (name, region) = match regions {
        [only] => only,
        several => {
            several.iter().find(|(_, region)| region.leads(matches) || region.line_type(matches).is_some())?
        }
    };
    Some((name.clone(), region.line_type(matches)?))
}

/// The tables' bytes, and the Rust source that goes with them.
pub(crate) fn tables(lines: &[String]) -> (Vec<u8>, String) {
    let regions = read(lines);
    let mut automaton = Automaton::new();
    let mut labels: Vec<(String, &'static str)> = vec![(String::new(), "Unknown")];
    let mut codes: BTreeMap<String, (u16, u32, u32)> = BTreeMap::new();
    let mut rest = regions.as_slice();
    while let Some(main) = rest.first() {
        let of_code = rest.iter().take_while(|region| region.calling_code == main.calling_code).count();
        let mut patterns = Patterns::default();
        let entered: Vec<(String, Entered)> = rest[..of_code]
            .iter()
            .map(|region| (region.name.clone(), Entered::new(region, &mut patterns)))
            .collect();
        // After a calling code the library cuts off what looks like the main region's national prefix.
        if let Some(prefix) = main.patterns.get("parse-prefix") {
            patterns.add_ask(prefix);
        }
        let start = automaton.add(&patterns, &mut |matches| {
            let Some(found) = verdict(&entered, matches) else { return 0 };
            let index = labels.iter().position(|label| *label == found).unwrap_or_else(|| {
                labels.push(found);
                labels.len() - 1
            });
            u16::try_from(index).unwrap()
        });
        let (lengths, local, _) = main.kinds["general"];
        codes.insert(main.calling_code.clone(), (start, lengths, local));
        rest = &rest[of_code..];
    }
    let root = root(&mut automaton, &codes, "");
    let mut rows = Vec::new();
    let mut geographic: Vec<&Region> = regions.iter().filter(|region| region.name != "001").collect();
    geographic.sort_by(|a, b| a.name.cmp(&b.name));
    for region in geographic {
        rows.push(region_row(region, &mut automaton, codes[&region.calling_code].0));
    }
    let mut source = format!("const ROOT: u16 = {root};\n");
    writeln!(source, "static LABELS: [([u8; 3], LineType); {}] = [", labels.len()).unwrap();
    for (country, variant) in &labels {
        writeln!(source, "    (*b{country:?}, LineType::{variant}),", country = format!("{country:3}"))
            .unwrap();
    }
    writeln!(source, "];\nstatic CALLING_CODES: [(u16, u32, u32); {}] = [", codes.len()).unwrap();
    let mut by_number: Vec<(u16, u32, u32)> =
        codes.iter().map(|(code, (_, lengths, local))| (code.parse().unwrap(), *lengths, *local)).collect();
    by_number.sort_unstable();
    by_number.iter().for_each(|row| writeln!(source, "    {row:?},").unwrap());
    writeln!(source, "];\nstatic REGIONS: [Region; {}] = [\n{}];", rows.len(), rows.concat()).unwrap();
    (bytes(&automaton.states), source)
}

/// The states before a calling code is complete. A code that does not exist is the library's business: it tries
/// again without the plus.
fn root(automaton: &mut Automaton, codes: &BTreeMap<String, (u16, u32, u32)>, digits: &str) -> u16 {
    if let Some((start, _, _)) = codes.get(digits) {
        return *start;
    }
    if !codes.keys().any(|code| code.starts_with(digits)) {
        return ASK;
    }
    let next = std::array::from_fn(|digit| root(automaton, codes, &format!("{digits}{digit}")));
    automaton.state(State { next, label: crate::automaton::ASK_FLAG })
}

/// What is needed to read national notation as the library would.
fn region_row(region: &Region, automaton: &mut Automaton, start: u16) -> String {
    let is_literal = |pattern: &str| pattern.bytes().all(|byte| byte.is_ascii_digit());
    let (lengths, local, general) = &region.kinds["general"];
    let mut gate = Patterns::default();
    let international = region.patterns.get("international-prefix").map_or("", String::as_str);
    let international_literal = if is_literal(international) {
        international
    } else {
        gate.add_ask(international);
        ""
    };
    // A prefix is cut off without further questions only if no whole number starts with it.
    let parse_prefix = region.patterns.get("parse-prefix").map_or("", String::as_str);
    let prefix = if is_literal(parse_prefix) && !can_start_with(general, parse_prefix) {
        parse_prefix
    } else {
        gate.add_ask(parse_prefix);
        ""
    };
    let gate = automaton.add(&gate, &mut |_| 0);
    let Region { name, calling_code, .. } = region;
    format!(
        "    Region {{ name: *b{name:?}, calling_code: {calling_code:?}, start: {start}, gate: {gate}, \
         international_prefix: {international_literal:?}, national_prefix: {prefix:?}, lengths: {lengths}, local: {local} }},\n"
    )
}

/// Whether some text that the pattern matches begins so.
fn can_start_with(pattern: &str, beginning: &str) -> bool {
    if beginning.is_empty() {
        return false;
    }
    let mut patterns = Patterns::default();
    patterns.add(pattern);
    let mut automaton = Automaton::new();
    let start = automaton.add(&patterns, &mut |matches| u16::from(matches.complete != 0));
    let end = beginning
        .bytes()
        .fold(start, |state, byte| automaton.states[state as usize].next[usize::from(byte - b'0')]);
    end != crate::automaton::DEAD
}

/// Twenty-two bytes a state: ten successors and the label, little endian.
fn bytes(states: &[State]) -> Vec<u8> {
    states
        .iter()
        .flat_map(|state| state.next.iter().chain([&state.label]).flat_map(|word| word.to_le_bytes()))
        .collect()
}
