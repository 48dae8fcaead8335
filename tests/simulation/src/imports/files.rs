//! What lies in the bucket: rows of all kinds, and what has to become of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use carillon_domain::ids::{CampaignId, ImportId};
use carillon_store::{DuplicatePolicy, ImportOptions};

use super::{BUCKET, TENANT};
use crate::dice::Dice;

/// So many different numbers there are: few enough that files share some.
const NUMBERS: usize = 70;
const ROWS_MAX: i64 = 90;

/// A row of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Somebody's number.
    Good(usize),
    /// Somebody who does not want to be called.
    DoNotCall(usize),
    /// No number.
    Bad,
    /// A number that belongs to no place, and so to no hour.
    Nowhere,
}

/// A file, and what its import is told.
pub(super) struct File {
    pub(super) import: ImportId,
    pub(super) key: String,
    pub(super) rows: Vec<Row>,
    pub(super) options: ImportOptions,
    /// Whether somebody put it into the bucket without a word.
    pub(super) dropped: bool,
}

impl File {
    pub(super) fn thrown(dice: &mut Dice, number: usize, campaigns: &[CampaignId]) -> Self {
        let rows = (0..dice.between(1, ROWS_MAX)).map(|_| row(dice)).collect();
        let campaign = dice.chance(600_000).then(|| dice.pick(campaigns));
        let dropped = dice.chance(300_000);
        let mut options = ImportOptions { campaign, ..ImportOptions::default() };
        if !dropped {
            options.duplicates =
                dice.pick(&[DuplicatePolicy::Skip, DuplicatePolicy::Update, DuplicatePolicy::Reject]);
            options.across_tenant = dice.chance(300_000);
            options.dry_run = dice.chance(150_000);
        }
        let name = format!("file-{number}.csv");
        let (import, key) = match (&options.campaign, dropped) {
            (Some(campaign), true) => drop_of(format!("drops/{TENANT}/{campaign}/{name}")),
            (None, true) => drop_of(format!("drops/{TENANT}/{name}")),
            (_, false) => {
                let import: ImportId = format!("imp_{number}").parse().expect("an id");
                let key = format!("uploads/{TENANT}/{import}/{name}");
                (import, key)
            }
        };
        Self { import, key, rows, options, dropped }
    }

    /// As it lies in the bucket.
    pub(super) fn text(&self) -> String {
        let mut text = "first_name,phone,do_not_call\n".to_owned();
        for (at, row) in self.rows.iter().enumerate() {
            let (phone, wish) = match row {
                Row::Good(number) => (phone(*number), ""),
                Row::DoNotCall(number) => (phone(*number), "yes"),
                Row::Bad => ("12".to_owned(), ""),
                Row::Nowhere => ("+80012345678".to_owned(), ""),
            };
            // Infallible: a string takes everything.
            let _ = writeln!(text, "Ada {at},{phone},{wish}");
        }
        text
    }

    /// Rows that cannot be taken in, whatever else there is; rows count from one.
    pub(super) fn refused(&self) -> impl Iterator<Item = u64> + '_ {
        let refused = self.rows.iter().zip(1..).filter(|(row, _)| matches!(row, Row::Bad | Row::Nowhere));
        refused.map(|(_, number)| number)
    }

    /// Numbers of people who may be called as far as the file knows.
    pub(super) fn good(&self) -> BTreeSet<String> {
        self.phones(|row| if let Row::Good(number) = row { Some(*number) } else { None })
    }

    /// Numbers of people who may not.
    pub(super) fn unwanted(&self) -> BTreeSet<String> {
        self.phones(|row| if let Row::DoNotCall(number) = row { Some(*number) } else { None })
    }

    fn phones(&self, of: impl Fn(&Row) -> Option<usize>) -> BTreeSet<String> {
        self.rows.iter().filter_map(of).map(phone).collect()
    }
}

/// A dropped file's import is named by where it lies.
fn drop_of(key: String) -> (ImportId, String) {
    (ImportId::of_object(BUCKET, &key, "1"), key)
}

fn row(dice: &mut Dice) -> Row {
    match dice.below(100) {
        0..80 => Row::Good(dice.below(NUMBERS)),
        80..88 => Row::DoNotCall(dice.below(NUMBERS)),
        88..96 => Row::Bad,
        _ => Row::Nowhere,
    }
}

fn phone(number: usize) -> String {
    format!("+1212{:07}", 2_000_000 + number)
}
