//! Numbers seen before, in memory that has a limit.

use carillon_domain::phone::E164;

/// What [`Seen::insert`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Never before.
    First,
    /// Seen before.
    Again,
    /// Not seen before, and there is no room to remember it: from here on repeats can be missed.
    Forgotten,
}

/// A set of numbers for dry runs and for the rows of one chunk; a real import learns of duplicates from the
/// table's conditional writes.
///
/// A number of at most fifteen digits fits 64 bits, so there are no false alarms. Eight bytes per slot, at most three
/// quarters of the slots taken: a million numbers need 16 MiB.
#[derive(Debug)]
pub struct Seen {
    slots: Vec<u64>,
    count: usize,
    numbers_max: usize,
}

impl Seen {
    /// A set that remembers at most so many numbers.
    #[must_use]
    pub fn with_limit(numbers_max: usize) -> Self {
        Self { slots: vec![0; 1024], count: 0, numbers_max }
    }

    /// Notes a number.
    pub fn insert(&mut self, number: &E164) -> Sighting {
        self.insert_text(number.as_str())
    }

    /// Notes a number given as `+` and digits, as [`carillon_numbering::Parsed`] has it.
    pub fn insert_text(&mut self, e164: &str) -> Sighting {
        self.insert_key(Self::key(e164))
    }

    /// A number as an integer; never 0, because no calling code starts with 0.
    pub(crate) fn key(e164: &str) -> u64 {
        e164.bytes()
            .skip(1)
            .fold(0, |key: u64, digit| key.wrapping_mul(10).wrapping_add(u64::from(digit & 0x0f)))
    }

    pub(crate) fn insert_key(&mut self, key: u64) -> Sighting {
        if self.count * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let at = self.find(key);
        if self.slots[at] == key {
            return Sighting::Again;
        }
        if self.count >= self.numbers_max {
            return Sighting::Forgotten;
        }
        self.slots[at] = key;
        self.count += 1;
        Sighting::First
    }

    /// Notes many numbers. Their slots are looked up before the first is noted, so that the look-ups, each of which
    /// waits for memory, wait together.
    pub(crate) fn insert_keys(&mut self, keys: &[u64], mut note: impl FnMut(Sighting)) {
        const TOGETHER: usize = 32;
        for keys in keys.chunks(TOGETHER) {
            let mask = self.slots.len() - 1;
            let there: u64 = keys.iter().fold(0, |there, key| there ^ self.slots[Self::home(*key, mask)]);
            std::hint::black_box(there);
            keys.iter().for_each(|key| note(self.insert_key(*key)));
        }
    }

    /// How many numbers it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The slot of a key, or the free one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = Self::home(key, mask);
        while self.slots[at] != 0 && self.slots[at] != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// Fibonacci hashing: the upper bits of the product are well mixed, and the length is a power of two.
    fn home(key: u64, mask: usize) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & mask
    }

    fn grow(&mut self) {
        let doubled = vec![0; self.slots.len() * 2];
        for key in std::mem::replace(&mut self.slots, doubled) {
            if key != 0 {
                let at = self.find(key);
                self.slots[at] = key;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_seen_however_many_came_between() {
        let mut seen = Seen::with_limit(usize::MAX);
        let number = |at: u64| format!("+49{:09}", 100_000_000 + at);
        for at in 0..50_000 {
            assert_eq!(seen.insert_text(&number(at)), Sighting::First);
        }
        assert_eq!(seen.len(), 50_000);
        assert!((0..50_000).all(|at| seen.insert_text(&number(at)) == Sighting::Again));
    }

    #[test]
    fn a_full_set_says_so_and_still_knows_what_it_knew() {
        let mut seen = Seen::with_limit(1);
        assert_eq!(seen.insert(&"+4930123456".parse().expect("valid")), Sighting::First);
        assert_eq!(seen.insert(&"+4930123457".parse().expect("valid")), Sighting::Forgotten);
        assert_eq!(seen.insert(&"+4930123456".parse().expect("valid")), Sighting::Again);
    }
}
