//! `data/plans.txt` to the tables of the fast path: see `src/fast.rs` for how they are read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::automaton::{ASK, ASK_FLAG, Automaton, Matches, Patterns, State};

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
    let mut codes: BTreeMap<String, (u16, usize)> = BTreeMap::new();
    let prefixes: Vec<Prefixes> = regions.iter().map(Prefixes::of).collect();
    let mut first = 0;
    while let Some(main) = regions.get(first) {
        let of_code =
            regions[first..].iter().take_while(|region| region.calling_code == main.calling_code).count();
        let mut patterns = Patterns::default();
        let entered: Vec<(String, Entered)> = regions[first..first + of_code]
            .iter()
            .map(|region| (region.name.clone(), Entered::new(region, &mut patterns)))
            .collect();
        // After a calling code the library cuts off what looks like the main region's national prefix.
        prefixes[first].odd.iter().for_each(|odd| patterns.add_ask(odd));
        prefixes[first].plain.iter().for_each(|plain| patterns.add_strip(plain));
        let start = automaton.add(&patterns, &mut |matches| {
            let Some(found) = verdict(&entered, matches) else { return 0 };
            let index = labels.iter().position(|label| *label == found).unwrap_or_else(|| {
                labels.push(found);
                labels.len() - 1
            });
            u16::try_from(index).unwrap()
        });
        codes.insert(main.calling_code.clone(), (start, first));
        first += of_code;
    }
    let root = root(&mut automaton, &codes, "");
    let mut source = format!("const ROOT: u16 = {root};\n");
    writeln!(source, "static LABELS: [([u8; 3], LineType); {}] = [", labels.len()).unwrap();
    for (country, variant) in &labels {
        writeln!(source, "    (*b{country:?}, LineType::{variant}),", country = format!("{country:3}"))
            .unwrap();
    }
    writeln!(source, "];\nstatic PLANS: [Plan; {}] = [", regions.len()).unwrap();
    for (region, prefixes) in regions.iter().zip(&prefixes) {
        let (lengths, local, pattern) = &region.kinds["general"];
        let mut general = Patterns::default();
        general.add_ask_complete(pattern);
        let general = automaton.add(&general, &mut |_| 0);
        let plain = &prefixes.plain;
        writeln!(
            source,
            "    Plan {{ general: {general}, prefixes: &{plain:?}, lengths: {lengths}, local: {local} }},"
        )
        .unwrap();
    }
    writeln!(source, "];\nstatic CALLING_CODES: [CallingCode; {}] = [", codes.len()).unwrap();
    let mut by_number: Vec<(u16, u16, usize)> =
        codes.iter().map(|(code, (start, plan))| (code.parse().unwrap(), *start, *plan)).collect();
    by_number.sort_unstable();
    for (code, start, plan) in &by_number {
        writeln!(
            source,
            "    CallingCode {{ code: {code}, text: \"{code}\", start: {start}, plan: &PLANS[{plan}] }},"
        )
        .unwrap();
    }
    let mut rows = Vec::new();
    let mut slots = vec![None::<usize>; 26 * 26];
    for (index, (region, prefixes)) in
        regions.iter().zip(&prefixes).enumerate().filter(|(_, (region, _))| region.name != "001")
    {
        let mut gate = Patterns::default();
        prefixes.odd.iter().for_each(|odd| gate.add_ask(odd));
        let international = region.patterns.get("international-prefix").map_or("", String::as_str);
        let is_literal = international.bytes().all(|byte| byte.is_ascii_digit());
        if !is_literal {
            gate.add_ask(international);
        }
        let gate = automaton.add(&gate, &mut |_| 0);
        let international = if is_literal { international } else { "" };
        let code: u16 = region.calling_code.parse().unwrap();
        let code = by_number.iter().position(|(other, _, _)| *other == code).unwrap();
        slots[crate::slot(&region.name)] = Some(rows.len());
        rows.push(format!(
            "    Region {{ code: &CALLING_CODES[{code}], plan: &PLANS[{index}], gate: {gate}, \
             international_prefix: {international:?} }},\n"
        ));
    }
    let slots: String = slots
        .iter()
        .map(|slot| slot.map_or("None, ".to_owned(), |row| format!("Some(&REGIONS[{row}]), ")))
        .collect();
    writeln!(source, "];\nstatic REGIONS: [Region; {}] = [\n{}];", rows.len(), rows.concat()).unwrap();
    writeln!(source, "static REGION_SLOTS: [Option<&Region>; 676] = [{slots}];").unwrap();
    (bytes(&automaton.states), source)
}

/// The states before a calling code is complete. A code that does not exist is the library's business: it tries
/// again without the plus.
fn root(automaton: &mut Automaton, codes: &BTreeMap<String, (u16, usize)>, digits: &str) -> u16 {
    if let Some((start, _)) = codes.get(digits) {
        return *start;
    }
    if !codes.keys().any(|code| code.starts_with(digits)) {
        return ASK;
    }
    let next = std::array::from_fn(|digit| root(automaton, codes, &format!("{digits}{digit}")));
    automaton.state(State { next, label: ASK_FLAG })
}

/// What a region's numbers may begin with that does not belong to them.
#[derive(Default)]
struct Prefixes {
    /// Plain strings, to be cut off; the first that fits counts, as in the expression they come from.
    plain: Vec<String>,
    /// Expressions that are more than that, or that rewrite the number.
    odd: Vec<String>,
}

impl Prefixes {
    /// Takes the region's `parse-prefix` apart at its outermost alternatives. Where an odd one matches, the library is
    /// asked; where none does, what is left are the plain ones.
    fn of(region: &Region) -> Self {
        let Some(pattern) = region.patterns.get("parse-prefix") else { return Self::default() };
        let rewrites = region.patterns.contains_key("transform");
        let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).unwrap();
        let alternatives =
            if let HirKind::Alternation(parts) = hir.kind() { parts.clone() } else { vec![hir.clone()] };
        let mut found = Self::default();
        for alternative in alternatives {
            found.take(&alternative, rewrites);
        }
        found
    }

    fn take(&mut self, hir: &Hir, rewrites: bool) {
        const PLAIN_MAX: usize = 32;
        let harmless = !(rewrites && hir.properties().explicit_captures_len() > 0);
        if let Some(texts) = texts(hir).filter(|texts| harmless && texts.len() <= PLAIN_MAX) {
            return self.plain.extend(texts.into_iter().filter(|text| !text.is_empty()));
        }
        // `0(…)?` is `0(…)` or else `0`: the first is odd, the second plain. Not so if one plain text begins another,
        // because then the second would have a say before the first is through.
        if let HirKind::Concat(parts) = hir.kind()
            && let Some((last, head)) = parts.split_last()
            && let HirKind::Repetition(optional) = last.kind()
            && (optional.min, optional.max, optional.greedy) == (0, Some(1), true)
        {
            let head = Hir::concat(head.to_vec());
            let plain =
                texts(&head).filter(|_| head.properties().explicit_captures_len() == 0).unwrap_or_default();
            let apart = |a: &String| plain.iter().filter(|b| b.starts_with(a.as_str())).count() == 1;
            if !plain.is_empty() && plain.iter().all(|text| !text.is_empty() && apart(text)) {
                self.odd.push(Hir::concat(vec![head, (*optional.sub).clone()]).to_string());
                return self.plain.extend(plain);
            }
        }
        self.odd.push(hir.to_string());
    }
}

/// All texts that an expression matches, in its order of preference, if they are few.
fn texts(hir: &Hir) -> Option<Vec<String>> {
    const MANY: usize = 1_000;
    let product = |heads: Vec<String>, tails: &[String]| -> Option<Vec<String>> {
        (heads.len() * tails.len() <= MANY).then(|| {
            heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect()
        })
    };
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![String::from_utf8(literal.0.to_vec()).ok()?]),
        HirKind::Class(Class::Bytes(class)) => Some(
            class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .map(|byte| char::from(byte).to_string())
                .collect(),
        ),
        HirKind::Class(Class::Unicode(_)) | HirKind::Look(_) => None,
        HirKind::Capture(capture) => texts(&capture.sub),
        HirKind::Concat(parts) => {
            parts.iter().try_fold(vec![String::new()], |heads, part| product(heads, &texts(part)?))
        }
        HirKind::Alternation(parts) => Some(parts.iter().map(texts).collect::<Option<Vec<_>>>()?.concat()),
        HirKind::Repetition(repetition) => {
            let once = texts(&repetition.sub)?;
            let max = repetition.max.filter(|max| *max <= 4 && repetition.greedy)?;
            // The longer is preferred.
            let mut found = Vec::new();
            for count in (repetition.min..=max).rev() {
                found.extend((0..count).try_fold(vec![String::new()], |heads, _| product(heads, &once))?);
            }
            Some(found)
        }
    }
}

/// Twenty-two bytes a state: ten successors and the label, little endian.
fn bytes(states: &[State]) -> Vec<u8> {
    states
        .iter()
        .flat_map(|state| state.next.iter().chain([&state.label]).flat_map(|word| word.to_le_bytes()))
        .collect()
}
