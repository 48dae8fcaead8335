//! What became of the rows.

use serde::{Deserialize, Serialize};

use crate::error::DuplicateOf;

/// Every row is counted once: `rows = valid + invalid + duplicates + suppressed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Taken in: written as new, or as an update where the policy says so.
    pub valid: u64,
    /// Refused for what they say.
    pub invalid: u64,
    /// Repeats of an earlier row of the file.
    pub duplicate_in_file: u64,
    /// Repeats of a contact of the campaign.
    pub duplicate_in_campaign: u64,
    /// Repeats of a contact of the tenant.
    pub duplicate_in_tenant: u64,
    /// On the do-not-call list, or put there by the row itself.
    pub suppressed: u64,
}

impl Counts {
    /// Counts a row that was taken in.
    pub fn valid(&mut self) {
        self.rows += 1;
        self.valid += 1;
    }

    /// Counts a row that was refused.
    pub fn invalid(&mut self) {
        self.rows += 1;
        self.invalid += 1;
    }

    /// Counts a row that repeats something.
    pub fn duplicate(&mut self, of: DuplicateOf) {
        self.rows += 1;
        match of {
            DuplicateOf::File => self.duplicate_in_file += 1,
            DuplicateOf::Campaign => self.duplicate_in_campaign += 1,
            DuplicateOf::Tenant => self.duplicate_in_tenant += 1,
        }
    }

    /// Counts a row whose number must not be contacted.
    pub fn suppressed(&mut self) {
        self.rows += 1;
        self.suppressed += 1;
    }

    /// All duplicates.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicate_in_file + self.duplicate_in_campaign + self.duplicate_in_tenant
    }

    /// Whether every row is accounted for.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.rows == self.valid + self.invalid + self.duplicates() + self.suppressed
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.valid += other.valid;
        self.invalid += other.invalid;
        self.duplicate_in_file += other.duplicate_in_file;
        self.duplicate_in_campaign += other.duplicate_in_campaign;
        self.duplicate_in_tenant += other.duplicate_in_tenant;
        self.suppressed += other.suppressed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        let (mut first, mut second) = (Counts::default(), Counts::default());
        first.valid();
        first.duplicate(DuplicateOf::File);
        second.invalid();
        second.suppressed();
        second.duplicate(DuplicateOf::Tenant);
        first += second;
        assert_eq!((first.rows, first.duplicates()), (5, 2));
        assert!(first.add_up());
    }
}
