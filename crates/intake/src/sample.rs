//! Contact lists as they come in real life, made from a seed, with the counts that reading them must give.
//!
//! Where a country keeps numbers free for fiction they are used; no number made here is ever to be dialled outside the
//! simulated network.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use carillon_numbering::normalise;

use crate::seen::{Seen, Sighting};

/// A list and what is in it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// UTF-8 with a byte order mark, semicolons, CRLF.
    pub csv: Vec<u8>,
    /// Data rows, blank lines not counted.
    pub rows: u64,
    /// Rows with a sound number that comes for the first time.
    pub valid: u64,
    /// Rows that must be refused: the row's number, and the code of the reason.
    pub invalid: BTreeMap<u64, &'static str>,
    /// Rows whose number came before, in another notation as a rule.
    pub duplicate: u64,
    /// Sound rows whose do-not-call column says yes: to be suppressed.
    pub do_not_call: u64,
}

/// `count` rows. The same seed gives the same bytes.
#[must_use]
pub fn contacts(seed: u64, count: u64) -> Sample {
    let mut maker = Maker {
        dice: Dice(seed),
        seen: Seen::with_limit(usize::MAX),
        given_out: Vec::new(),
        csv: String::from(
            "\u{feff}First name;Last name;Mobile;Country;E-Mail;Company;Language;Time zone;Priority;Consent;DNC;Tariff;Notes\r\n",
        ),
        sample: Sample {
            csv: Vec::new(),
            rows: 0,
            valid: 0,
            invalid: BTreeMap::new(),
            duplicate: 0,
            do_not_call: 0,
        },
    };
    for row in 1..=count {
        maker.row(row);
    }
    Sample { csv: maker.csv.into_bytes(), ..maker.sample }
}

/// SplitMix64: nothing here needs better randomness, and it never changes.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or_default()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A country as lists write it, and how its numbers look.
struct Country {
    code: &'static str,
    /// What stands in the country column; an empty one leaves it to the number.
    written: &'static [&'static str],
    calling_code: &'static str,
    /// Dialled before a national number.
    trunk: &'static str,
    /// National significant numbers; `#` is any digit.
    shapes: &'static [&'static str],
    /// Whether `00` gets one out of the country.
    double_zero: bool,
    language: &'static str,
    people: &'static [(&'static str, &'static str)],
}

const COUNTRIES: [Country; 14] = [
    Country {
        code: "DE",
        written: &["DE", "Deutschland", "Germany", "DEU"],
        calling_code: "49",
        trunk: "0",
        shapes: &["3023125###", "4066969###", "8999998###", "17139200##"],
        double_zero: true,
        language: "de",
        people: &[
            ("Jörg", "Weiß"),
            ("Käthe", "Müller-Lüdenscheidt"),
            ("Anna", "Groß"),
            ("Björn", "Öztürk"),
            ("Heinz", "von der Höhe"),
        ],
    },
    Country {
        code: "US",
        written: &["US", "USA", "United States"],
        calling_code: "1",
        trunk: "",
        shapes: &["21255501##", "31255501##", "41555501##", "30355501##", "80855501##", "90755501##"],
        double_zero: false,
        language: "en-US",
        people: &[
            ("Mary-Ann", "O'Neill"),
            ("John", "Smith"),
            ("DeShawn", "Jackson"),
            ("Zoë", "Kowalski"),
            ("Luis", "Peña"),
        ],
    },
    Country {
        code: "GB",
        written: &["GB", "UK", "United Kingdom", "england"],
        calling_code: "44",
        trunk: "0",
        shapes: &["2079460###", "1134960###", "1314960###", "7700900###"],
        double_zero: true,
        language: "en-GB",
        people: &[("Siân", "Llywelyn"), ("Oliver", "Featherstonehaugh"), ("Aoife", "Brown")],
    },
    Country {
        code: "FR",
        written: &["FR", "France", "Frankreich"],
        calling_code: "33",
        trunk: "0",
        shapes: &["19900####", "26191####", "63998####"],
        double_zero: true,
        language: "fr",
        people: &[("Chloé", "Lefèvre"), ("François", "D’Artagnan"), ("Maëlle", "Çelik")],
    },
    Country {
        code: "ES",
        written: &["ES", "España", "Spain"],
        calling_code: "34",
        trunk: "",
        shapes: &["91######7", "61#####42", "93######1"],
        double_zero: true,
        language: "es",
        people: &[("José", "Núñez"), ("María Ángeles", "García de la Cruz")],
    },
    Country {
        code: "AT",
        written: &["AT", "Österreich", "Oesterreich"],
        calling_code: "43",
        trunk: "0",
        shapes: &["1505####", "6641######"],
        double_zero: true,
        language: "de-AT",
        people: &[("Xaver", "Gruber"), ("Resi", "Hölzl")],
    },
    Country {
        code: "CH",
        written: &["CH", "Schweiz", "Suisse"],
        calling_code: "41",
        trunk: "0",
        shapes: &["44668####", "79234####"],
        double_zero: true,
        language: "de-CH",
        people: &[("Urs", "Zürcher"), ("Noémie", "Favre")],
    },
    Country {
        code: "JP",
        written: &["JP", "Japan"],
        calling_code: "81",
        trunk: "0",
        shapes: &["901234####", "33456####"],
        double_zero: false,
        language: "ja",
        people: &[("太郎", "山田"), ("さくら", "佐藤")],
    },
    Country {
        code: "CN",
        written: &["CN", "China", "CHN"],
        calling_code: "86",
        trunk: "0",
        shapes: &["1381234####", "1391234####"],
        double_zero: true,
        language: "zh-Hans-CN",
        people: &[("伟", "王"), ("芳", "李")],
    },
    Country {
        code: "IN",
        written: &["IN", "India", "Indien"],
        calling_code: "91",
        trunk: "0",
        shapes: &["91234#####", "98765#####"],
        double_zero: true,
        language: "en-IN",
        people: &[("Priya", "Iyer"), ("Arjun", "Singh")],
    },
    Country {
        code: "BR",
        written: &["BR", "Brasil", "Brazil"],
        calling_code: "55",
        trunk: "0",
        shapes: &["11961234###", "2123456###"],
        double_zero: false,
        language: "pt-BR",
        people: &[("João", "Conceição"), ("Antônia", "Gonçalves")],
    },
    Country {
        code: "AU",
        written: &["AU", "Australia", "AUS"],
        calling_code: "61",
        trunk: "0",
        shapes: &["25550####", "491570###"],
        double_zero: false,
        language: "en-AU",
        people: &[("Bruce", "Wallaby"), ("Matilda", "Ng")],
    },
    Country {
        code: "CA",
        written: &["CA", "Canada", "Kanada"],
        calling_code: "1",
        trunk: "",
        shapes: &["41655501##", "51455501##", "60455501##"],
        double_zero: false,
        language: "fr-CA",
        people: &[("Étienne", "Tremblay"), ("Grace", "MacDonald")],
    },
    Country {
        code: "TR",
        written: &["TR", "Türkei", "Turkey"],
        calling_code: "90",
        trunk: "0",
        shapes: &["5321######", "2123456###"],
        double_zero: true,
        language: "tr",
        people: &[("Işıl", "Yıldız"), ("Çağlar", "Şahin")],
    },
];

/// Values that cannot be dialled, and why.
const BAD_NUMBERS: [(&str, &str, &str); 10] = [
    ("", "DE", "empty"),
    ("n/a", "US", "not_a_number"),
    ("ask at reception", "GB", "not_a_number"),
    ("4.93012E+11", "DE", "spreadsheet_damage"),
    ("+49 30 1", "DE", "too_short"),
    ("(212) 136-5000", "US", "invalid_for_region"),
    ("+1 212 555 0123 99 88", "US", "too_long"),
    ("+999 123 456 789", "", "unknown_calling_code"),
    ("+44 909 879 0123", "GB", "not_callable"),
    ("030 23125 123", "Atlantis", "unknown_country"),
];

const COMPANIES: [&str; 6] = [
    "Acme; Sons & Co.",
    "Bäckerei \"Zum Löwen\"",
    "Initech",
    "株式会社サンプル",
    "Müller, Meier & Partner",
    "",
];

/// What must come out of an export as text.
const FORMULAS: [&str; 4] =
    ["=HYPERLINK(\"http://evil.example\",\"click\")", "@SUM(A1:A9)", "+cmd|' /C calc'!A0", "-2+3"];

struct Maker {
    dice: Dice,
    seen: Seen,
    /// Country and national number of every valid row: what duplicates are made of.
    given_out: Vec<(usize, String)>,
    csv: String,
    sample: Sample,
}

impl Maker {
    fn row(&mut self, row: u64) {
        self.sample.rows += 1;
        match self.dice.below(100) {
            0..=3 => self.invalid(row),
            4..=7 if !self.given_out.is_empty() => {
                let (country, national) = self.given_out[self.dice.below(self.given_out.len())].clone();
                self.sample.duplicate += 1;
                self.write(&COUNTRIES[country], &national, false);
            }
            8..=10 => {
                let (country, national) = self.fresh();
                self.sample.do_not_call += 1;
                self.write(&COUNTRIES[country], &national, true);
            }
            _ => {
                let (country, national) = self.fresh();
                self.sample.valid += 1;
                self.write(&COUNTRIES[country], &national, false);
                self.given_out.push((country, national));
            }
        }
        // Spreadsheets leave blank lines behind.
        if self.dice.chance(1) {
            self.csv.push_str(if self.dice.chance(50) { "\r\n" } else { ";;;;;;;;;;;;\r\n" });
        }
    }

    /// A sound number that was not given out yet.
    fn fresh(&mut self) -> (usize, String) {
        loop {
            // The first few countries have most of the people.
            let at = self.dice.below(COUNTRIES.len()).min(self.dice.below(COUNTRIES.len()));
            let country = &COUNTRIES[at];
            let shape = self.dice.pick(country.shapes);
            let digit = |dice: &mut Dice| char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or_default());
            let mut national: String =
                shape.chars().map(|c| if c == '#' { digit(&mut self.dice) } else { c }).collect();
            // A list longer than the numbers kept for fiction needs others.
            if self.seen.len() > 400 && self.dice.chance(70) {
                let from = national.len() - 6;
                national.truncate(from);
                (0..6).for_each(|_| national.push(digit(&mut self.dice)));
            }
            let e164 = format!("+{}{national}", country.calling_code);
            let sound = normalise(&e164, None)
                .is_ok_and(|number| number.e164.as_str() == e164 && number.place.country == country.code);
            if sound && self.seen.insert_text(&e164) == Sighting::First {
                return (at, national);
            }
        }
    }

    /// A number as somebody typed it, and what they put into the country column.
    fn written(&mut self, country: &Country, national: &str) -> (String, &'static str) {
        let code = country.calling_code;
        let named = self.dice.pick(country.written);
        let grouped = |digits: &str, mark: char| {
            let mut out = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && at % 3 == 0 && at + 1 < digits.len() {
                    out.push(mark);
                }
                out.push(digit);
            }
            out
        };
        let (international, in_country) =
            (format!("+{code}{national}"), format!("{}{national}", country.trunk));
        let text = match self.dice.below(10) {
            0 | 1 => return (international, if self.dice.chance(50) { named } else { "" }),
            2 => format!("+{code} {}", grouped(national, ' ')),
            3 => format!("+{code}-{}", grouped(national, '-')),
            4 if country.double_zero => format!("00{code} {}", grouped(national, ' ')),
            5 if country.trunk == "0" && country.code != "CN" => {
                format!("+{code} (0) {}", grouped(national, ' '))
            }
            6 => format!("\u{a0}{}\u{200b}", grouped(&in_country, '.')),
            7 => format!("=\"{international}\""),
            8 => format!("'{international}"),
            _ => grouped(&in_country, ' '),
        };
        (text, named)
    }

    fn write(&mut self, country: &Country, national: &str, do_not_call: bool) {
        let (number, named) = self.written(country, national);
        let (mut first, mut last) = self.dice.pick(country.people);
        match self.dice.below(100) {
            0..=3 => (first, last) = ("", ""),
            4..=6 => first = "",
            7..=8 => last = self.dice.pick(&FORMULAS),
            _ => {}
        }
        let language = if self.dice.chance(60) { country.language } else { "" };
        let dnc = if do_not_call {
            self.dice.pick(&["yes", "X", "ja", "1", "TRUE"])
        } else {
            self.dice.pick(&["", "", "no", "0", "nein"])
        };
        self.record(first, last, &number, named, language, dnc);
    }

    fn invalid(&mut self, row: u64) {
        let (number, country, code) = self.dice.pick(&BAD_NUMBERS);
        self.sample.invalid.insert(row, code);
        let (first, last) = self.dice.pick(COUNTRIES[0].people);
        self.record(first, last, number, country, "", "");
    }

    fn record(&mut self, first: &str, last: &str, number: &str, country: &str, language: &str, dnc: &str) {
        let email = if first.is_ascii() && !first.is_empty() && self.dice.chance(70) {
            format!("{}.{}@Example.com", first.to_lowercase().replace(' ', ""), self.dice.below(10_000))
        } else {
            String::new()
        };
        let company = self.dice.pick(&COMPANIES);
        let priority = self.dice.pick(&["", "", "", "0", "5", "9", "high", "niedrig"]);
        let consent = self.dice.pick(&["yes", "yes", "ja", "2025-03-01", "no", ""]);
        let tariff = self.dice.pick(&["Basic", "Gold", "", "Flat 1.000"]);
        let notes = match self.dice.below(20) {
            0 => "two lines:\ncall after lunch; ask for the boss",
            1 => "said \"maybe\"; call again\r\nnext week",
            2 => self.dice.pick(&FORMULAS),
            3 => "\u{a0} ",
            _ => "",
        };
        let fields = [
            first, last, number, country, &email, company, language, "", priority, consent, dnc, tariff,
            notes,
        ];
        for (at, field) in fields.iter().enumerate() {
            let mark = if at == 0 { "" } else { ";" };
            let _infallible = if field.contains([';', '"', '\n', '\r']) {
                write!(self.csv, "{mark}\"{}\"", field.replace('"', "\"\""))
            } else {
                write!(self.csv, "{mark}{field}")
            };
        }
        self.csv.push_str("\r\n");
    }
}
