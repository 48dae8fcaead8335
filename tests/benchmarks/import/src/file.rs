//! The file that is imported: 40% E.164, 40% national notation of six countries, 10% invalid, 10% duplicates, with
//! quoted line breaks and delimiters in one note of twenty.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use carillon_numbering::parse_by_library;

/// The seed of the published figures.
pub(crate) const SEED: u64 = 20_261_121;

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or_default()
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(crate) fn digits(&mut self, shape: &str) -> String {
        shape
            .chars()
            .map(|c| {
                if c == '#' { char::from(b'0' + u8::try_from(self.below(10)).unwrap_or_default()) } else { c }
            })
            .collect()
    }
}

/// Country, calling code, and shapes of the number after it; `#` is any digit.
const INTERNATIONAL: [(&str, &str, &[&str]); 16] = [
    ("US", "1", &["212#######", "415#######", "702#######", "305#######"]),
    ("DE", "49", &["171#######", "30########", "89#######", "1512#######"]),
    ("GB", "44", &["7700######", "20########", "161#######"]),
    ("FR", "33", &["6########", "1########"]),
    ("IN", "91", &["98########", "91########", "22########"]),
    ("BR", "55", &["119########", "21########"]),
    ("ES", "34", &["6########", "91#######"]),
    ("IT", "39", &["3#########", "06#######"]),
    ("NL", "31", &["6########", "20#######"]),
    ("PL", "48", &["5########", "22#######"]),
    ("AU", "61", &["4########", "2########"]),
    ("JP", "81", &["90########", "3########"]),
    ("CN", "86", &["138########", "10########"]),
    ("MX", "52", &["55########", "81########"]),
    ("TR", "90", &["53########", "212#######"]),
    ("ZA", "27", &["82#######", "11#######"]),
];

/// Country and notations of six countries.
const NATIONAL: [(&str, &[&str]); 6] = [
    ("US", &["(212) ###-####", "415-###-####", "702.###.####", "3055######"]),
    ("DE", &["0171 #######", "030/########", "(089) #######", "0221-######"]),
    ("GB", &["07700 ######", "020 #### ####", "(0161) ### ####"]),
    ("FR", &["06 ## ## ## ##", "01.##.##.##.##", "07########"]),
    ("IN", &["098### #####", "91########", "022-########"]),
    ("BR", &["(11) 9####-####", "21 ####-####", "(31) 9########"]),
];

/// Nearly numbers.
const INVALID: [(&str, &[&str]); 6] = [
    ("US", &["(112) ###-####", "415-0##-####", "+1 212 ####", "n/a"]),
    ("DE", &["+49 0", "030 1", "+49 1", "call me"]),
    ("GB", &["01 ####", "+44 55#### ###### ##", "0999 ######"]),
    ("FR", &["00 ## ## ##", "+33 0########0", "12####"]),
    ("IN", &["+91 0#########", "1#########", "-"]),
    ("BR", &["(00) 9####-####", "+55 119########99", ""]),
];

const FIRST: [&str; 8] = ["Ada", "Björn", "Chloé", "Dmitri", "Élodie", "Fatima", "Grace", "Hiroshi"];
const LAST: [&str; 8] =
    ["Smith", "Müller", "Lefèvre", "O'Neill", "García", "Yıldız", "Nakamura", "van der Berg"];

/// Writes `rows` rows below a header.
pub(crate) fn write(path: &Path, rows: u64, seed: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    let mut dice = Dice(seed);
    let mut given: Vec<(&str, String)> = Vec::new();
    writeln!(out, "id,first_name,last_name,phone,country,email,notes")?;
    for id in 1..=rows {
        let (country, phone) = match dice.below(10) {
            0..=3 => sound(&mut dice, international),
            4..=7 => sound(&mut dice, national),
            8 => invalid(&mut dice),
            _ if given.is_empty() => sound(&mut dice, international),
            _ => given[dice.below(given.len())].clone(),
        };
        if given.len() < 100_000 && dice.below(8) == 0 {
            given.push((country, phone.clone()));
        }
        let (first, last) = (dice.pick(&FIRST), dice.pick(&LAST));
        let notes = match dice.below(40) {
            0 => "\"first line\nsecond line\"",
            1 => "\"says \"\"later\"\", perhaps\"",
            2..=9 => "call in the afternoon",
            _ => "",
        };
        writeln!(out, "{id},{first},{last},{phone},{country},user{id}@example.com,{notes}")?;
    }
    Ok(out.flush()?)
}

/// Draws until the library says that it is a number.
fn sound(dice: &mut Dice, draw: fn(&mut Dice) -> (&'static str, String)) -> (&'static str, String) {
    loop {
        let (country, phone) = draw(dice);
        if parse_by_library(&phone, Some(country)).is_ok() {
            return (country, phone);
        }
    }
}

fn international(dice: &mut Dice) -> (&'static str, String) {
    let (country, code, shapes) = dice.pick(&INTERNATIONAL);
    let shape = dice.pick(shapes);
    (country, format!("+{code}{}", dice.digits(shape)))
}

fn national(dice: &mut Dice) -> (&'static str, String) {
    let (country, shapes) = dice.pick(&NATIONAL);
    let shape = dice.pick(shapes);
    (country, dice.digits(shape))
}

fn invalid(dice: &mut Dice) -> (&'static str, String) {
    loop {
        let (country, shapes) = dice.pick(&INVALID);
        let shape = dice.pick(shapes);
        let phone = dice.digits(shape);
        if parse_by_library(&phone, Some(country)).is_err() {
            return (country, phone);
        }
    }
}
