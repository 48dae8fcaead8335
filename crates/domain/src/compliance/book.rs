//! All rules, by country. A pack is parsed when somebody of its country first comes up: a function that calls
//! Germany does not pay for fifty states at its start.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Rule, RuleRef};

/// Every file in `crates/domain/rules`. Sorted by country; the world's comes first.
const BUNDLED: [(&str, &str); 8] = [
    ("*", include_str!("../../rules/world.toml")),
    ("AU", include_str!("../../rules/au.toml")),
    ("CA", include_str!("../../rules/ca.toml")),
    ("DE", include_str!("../../rules/de.toml")),
    ("FR", include_str!("../../rules/fr.toml")),
    ("GB", include_str!("../../rules/gb.toml")),
    ("IN", include_str!("../../rules/in.toml")),
    ("US", include_str!("../../rules/us.toml")),
];

/// Something is wrong with a rule pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not TOML, or not rules.
    #[error("the rule pack of {country} does not parse")]
    Syntax {
        /// Whose.
        country: String,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// Two rules have one name.
    #[error("the rule {id} occurs twice")]
    Duplicate {
        /// The name.
        id: String,
    },
    /// A rule stands in another country's file.
    #[error("the rule {id} stands in the rule pack of {country}, where it does not hold")]
    Misplaced {
        /// The rule.
        id: String,
        /// The file.
        country: String,
    },
}

/// A file of rules.
#[derive(Debug)]
struct Pack {
    country: Cow<'static, str>,
    text: Cow<'static, str>,
    rules: OnceLock<Vec<Rule>>,
}

/// A file's shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

impl Pack {
    fn new(country: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { country: country.into(), text: text.into(), rules: OnceLock::new() }
    }

    fn parse(&self) -> Result<Vec<Rule>, PackError> {
        let file: File = toml::from_str(&self.text)
            .map_err(|source| PackError::Syntax { country: self.country.to_string(), source })?;
        let here = |rule: &Rule| {
            rule.jurisdictions.iter().all(|place| place.country().unwrap_or("*") == self.country)
                && !rule.jurisdictions.is_empty()
        };
        match file.rule.iter().find(|rule| !here(rule)) {
            Some(rule) => {
                Err(PackError::Misplaced { id: rule.id.clone(), country: self.country.to_string() })
            }
            None => Ok(file.rule),
        }
    }

    fn rules(&self) -> &[Rule] {
        // Bundled packs are parsed by a test, others when the book is made.
        self.rules.get_or_init(|| self.parse().expect("a pack in a book parses"))
    }
}

/// Rules of all countries, in an order that does not change.
#[derive(Debug)]
pub struct RuleBook {
    packs: Vec<Pack>,
    digest: OnceLock<String>,
}

impl RuleBook {
    /// The rules that ship with Carillon.
    #[must_use]
    pub fn bundled() -> &'static Self {
        static BOOK: LazyLock<RuleBook> = LazyLock::new(|| RuleBook {
            packs: BUNDLED.iter().map(|&(country, text)| Pack::new(country, text)).collect(),
            digest: OnceLock::new(),
        });
        &BOOK
    }

    /// Other rules: pairs of a country (`*` for the world) and the text of its file.
    ///
    /// # Errors
    /// When a file does not parse, a rule stands in the wrong one, or two rules have one name.
    pub fn new(packs: impl IntoIterator<Item = (String, String)>) -> Result<Self, PackError> {
        let mut packs: Vec<Pack> =
            packs.into_iter().map(|(country, text)| Pack::new(country, text)).collect();
        packs.sort_by(|a, b| a.country.cmp(&b.country));
        let mut ids = BTreeSet::new();
        for pack in &packs {
            let rules = pack.parse()?;
            if let Some(rule) = rules.iter().find(|rule| !ids.insert(rule.id.clone())) {
                return Err(PackError::Duplicate { id: rule.id.clone() });
            }
            // Set once: the pack is new.
            let _ = pack.rules.set(rules);
        }
        Ok(Self { packs, digest: OnceLock::new() })
    }

    /// The rules of a country, then those of the world. A country without a pack has the world's alone.
    pub(super) fn rules_for(&self, country: &str) -> impl Iterator<Item = &Rule> {
        let of = |wanted: &str| {
            let found = self.packs.binary_search_by(|pack| (*pack.country).cmp(wanted));
            found.map_or(&[][..], |at| self.packs[at].rules())
        };
        of(country).iter().chain(of("*"))
    }

    /// Every rule.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.packs.iter().flat_map(Pack::rules)
    }

    /// The countries that have rules of their own.
    pub fn countries(&self) -> impl Iterator<Item = &str> {
        self.packs.iter().map(|pack| &*pack.country).filter(|country| *country != "*")
    }

    /// A rule by name and version.
    #[must_use]
    pub fn find(&self, wanted: &RuleRef) -> Option<&Rule> {
        self.rules().find(|rule| rule.id == wanted.id && rule.version == wanted.version)
    }

    /// Names these rules, to the letter: 16 hexadecimal digits of a SHA-256 over all files. Verdicts carry it.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| {
            let mut hash = Sha256::new();
            for pack in &self.packs {
                for part in [&pack.country, &pack.text] {
                    hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
                    hash.update(part.as_bytes());
                }
            }
            hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}
