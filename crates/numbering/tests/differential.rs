//! The fast path against the library it stands in for, on numbers of every plan and what can go wrong with them.

#![allow(clippy::unwrap_used, missing_docs)]

use carillon_numbering::{parse_by_automaton, parse_by_library};

/// Regions with their calling codes and a pattern each, from the very data that the automaton is made of.
fn regions() -> Vec<(String, String, Vec<u32>)> {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let text = std::fs::read_to_string(format!("{package}/data/plans.txt")).unwrap();
    let mut regions: Vec<(String, String, Vec<u32>)> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("region ") {
            let (code, name) = rest.split_once(' ').unwrap();
            regions.push((code.to_owned(), name.to_owned(), Vec::new()));
        } else if let Some(rest) = line.strip_prefix("general ") {
            let lengths = rest.split(' ').next().unwrap();
            regions.last_mut().unwrap().2 = lengths.split(',').map(|n| n.parse().unwrap()).collect();
        }
    }
    regions
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }
}

/// Valid numbers are rare among random digits, so walk: keep a change if the number stays valid longer.
fn numbers_near(dice: &mut Dice, code: &str, lengths: &[u32]) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..60 {
        let length = lengths[dice.below(lengths.len())] as usize;
        let national = dice.digits(length);
        found.push(national.clone());
        if parse_by_library(&format!("+{code}{national}"), None).is_ok() {
            // A sound one: one digit changed, one missing, one too many.
            for _ in 0..6 {
                let mut changed = national.clone().into_bytes();
                let at = dice.below(changed.len());
                changed[at] = b'0' + u8::try_from(dice.below(10)).unwrap();
                found.push(String::from_utf8(changed).unwrap());
            }
            found.push(national[1..].to_owned());
            found.push(format!("{national}{}", dice.digits(1)));
        }
    }
    found
}

#[test]
fn the_fast_path_says_what_the_library_says_or_nothing() {
    let mut dice = Dice(20_261_121);
    let (mut asked, mut settled) = (0_u64, 0_u64);
    for (code, name, lengths) in regions() {
        for national in numbers_near(&mut dice, &code, &lengths) {
            let spaced = national
                .as_bytes()
                .chunks(3)
                .map(|part| std::str::from_utf8(part).unwrap())
                .collect::<Vec<_>>();
            let inputs = [
                format!("+{code}{national}"),
                format!("+{code} (0) {}", spaced.join(" ")),
                national.clone(),
                format!("0{national}"),
                format!("(0{}) {}", spaced[0], spaced[1..].join("-")),
                format!("1{national}"),
                format!("8 {}", spaced.join("-")),
                format!("00{code}{national}"),
                format!("{code} {}", spaced.join(".")),
                format!("011 {code} {national}"),
                format!("{}{national}", dice.digits(2)),
            ];
            for input in inputs {
                let country = (name != "001").then_some(name.as_str());
                match parse_by_automaton(input.as_bytes(), country) {
                    None => asked += 1,
                    Some(ours) => {
                        settled += 1;
                        let theirs = parse_by_library(&input, country);
                        let shown = |result: &Result<carillon_numbering::Parsed, _>| match result {
                            Ok(number) => {
                                format!("{} {} {:?}", number.as_str(), number.country(), number.line_type())
                            }
                            Err(reject) => format!("{reject:?}"),
                        };
                        assert_eq!(shown(&ours), shown(&theirs), "{input} in {name}");
                    }
                }
            }
        }
    }
    println!("settled {settled}, left to the library {asked}");
    assert!(settled > asked * 2, "the fast path settles {settled} and leaves {asked}");
}

#[test]
fn on_any_jumble_of_digits_and_marks_the_fast_path_and_the_library_agree() {
    let regions: Vec<String> =
        regions().into_iter().map(|(_, name, _)| name).filter(|name| name != "001").collect();
    let pieces = [
        "0", "00", "1", "8", "011", "+", " ", "-", "(", ")", ".", "/", "x", "'", "90", "49", "44", "7", "n/a",
    ];
    let mut dice = Dice(7);
    for _ in 0..60_000 {
        let region = &regions[dice.below(regions.len())];
        let country = (dice.below(8) > 0).then_some(region.as_str());
        let mut input = String::new();
        for _ in 0..dice.below(6) {
            if dice.below(3) == 0 {
                let count = dice.below(8);
                input.push_str(&dice.digits(count));
            } else {
                input.push_str(pieces[dice.below(pieces.len())]);
            }
        }
        let count = dice.below(11);
        input.push_str(&dice.digits(count));
        if let Some(ours) = parse_by_automaton(input.as_bytes(), country) {
            assert_eq!(ours, parse_by_library(&input, country), "{input:?} in {country:?}");
        }
    }
}
