//! What must hold of imports, whatever went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::enrollment::EnrollmentState;
use carillon_domain::ids::ContactId;
use carillon_domain::suppression::Scope;
use carillon_store::{ContactFile, Import, ImportState, TenantTable};

use super::{World, at_once};
use crate::table::text;

/// Every row of a file is counted once.
pub(super) const ROWS_COUNTED: u8 = 14;
/// What was counted as taken in is there, listed and found, and nothing twice.
pub(super) const ROWS_KEPT: u8 = 15;
/// Every refused row is handed back once, in the order of the file.
pub(super) const REFUSED_BACK: u8 = 16;
/// Of an import that was taken back nothing is left.
pub(super) const UNDONE_GONE: u8 = 17;
/// Every import comes to its end, and no campaign waits for one that has.
pub(super) const IMPORTS_END: u8 = 18;
/// Whoever does not want to be called is on the list.
pub(super) const WISHES_KEPT: u8 = 19;

/// Everything that the table holds about people.
type People = BTreeMap<ContactId, ContactFile>;

impl World {
    /// Nobody goes on any more: is everything as it should be?
    pub(super) fn finale(&mut self) {
        let people = self.people();
        let found = self
            .ends()
            .or_else(|| self.counted())
            .or_else(|| self.kept(&people))
            .or_else(|| self.listed(&people))
            .or_else(|| self.enrolled_once(&people))
            .or_else(|| self.handed_back())
            .or_else(|| self.gone(&people))
            .or_else(|| self.wishes());
        if let Some((promise, what)) = found {
            self.violate(promise, what);
        }
    }

    fn people(&self) -> People {
        let prefix = format!("T#{}#C#", self.tenant);
        let items = self.table.items();
        let ids: BTreeSet<ContactId> =
            items.iter().filter_map(|item| text(item, "pk").strip_prefix(&prefix)?.parse().ok()).collect();
        let file = |id: ContactId| {
            let file = at_once(self.tenant_table().contact_file(&id)).expect("the table is readable");
            (id, file)
        };
        ids.into_iter().map(file).collect()
    }

    fn imports(&self) -> impl Iterator<Item = (usize, Import)> + '_ {
        (0..self.files.len()).filter_map(|file| Some((file, self.import(file)?.value)))
    }

    fn completed(&self) -> impl Iterator<Item = (usize, Import)> + '_ {
        self.imports().filter(|(_, import)| import.state == ImportState::Completed)
    }

    fn ends(&self) -> Option<(u8, String)> {
        for (file, import) in self.imports() {
            if !matches!(import.state, ImportState::Completed | ImportState::Undone) {
                return Some((IMPORTS_END, format!("import {file} is {:?}", import.state)));
            }
        }
        if self.imports().count() < self.files.len() {
            return Some((IMPORTS_END, "a file that was dropped is not imported".to_owned()));
        }
        for id in &self.campaigns {
            let campaign = at_once(self.tenant_table().campaign(id)).expect("readable")?;
            if !campaign.value.imports_open.is_empty() {
                return Some((IMPORTS_END, format!("{id} waits for an import that is over")));
            }
        }
        None
    }

    fn counted(&self) -> Option<(u8, String)> {
        self.imports()
            .filter(|(_, import)| import.parts_with_rejects.is_empty() || import.parts > 0)
            .find_map(|(file, import)| {
                let (counts, file_of) = (import.counts, &self.files[file]);
                let sum = counts.valid + counts.invalid + counts.duplicates() + counts.suppressed;
                if import.state == ImportState::Undone {
                    return (sum != counts.rows)
                        .then(|| (ROWS_COUNTED, format!("import {file}: {counts:?} do not add up")));
                }
                let rows = file_of.rows.len() as u64;
                if (counts.rows, sum) != (rows, rows) {
                    return Some((ROWS_COUNTED, format!("import {file} has {rows} rows: {counts:?}")));
                }
                let refused = file_of.refused().count() as u64;
                let unwanted =
                    file_of.rows.iter().filter(|row| matches!(row, super::files::Row::DoNotCall(_)));
                let unwanted = unwanted.count() as u64;
                if counts.invalid != refused || counts.suppressed < unwanted {
                    let what = format!("import {file}: {refused} refused, {unwanted} unwanted: {counts:?}");
                    return Some((ROWS_COUNTED, what));
                }
                // A number that is taken in more than once in one file would be a duplicate that nobody saw.
                let numbers = file_of.good().len() as u64;
                (counts.valid > numbers)
                    .then(|| (ROWS_COUNTED, format!("import {file} has {numbers} numbers: {counts:?}")))
            })
    }

    fn kept(&self, people: &People) -> Option<(u8, String)> {
        for (file, import) in self.completed() {
            let of = |source: Option<&carillon_domain::contact::Source>| {
                source.is_some_and(|source| source.import == import.id)
            };
            let marked = people.iter().filter(|(_, person)| match &import.options.campaign {
                Some(campaign) => person.enrollments.iter().any(|enrollment| {
                    enrollment.value.id.campaign == *campaign && of(enrollment.value.source.as_ref())
                }),
                None => person.contact.as_ref().is_some_and(|contact| of(contact.value.source.as_ref())),
            });
            let marked: BTreeSet<&ContactId> = marked.map(|(id, _)| id).collect();
            let (count, valid) = (marked.len() as u64, import.counts.valid);
            if count != if import.options.dry_run { 0 } else { valid } {
                return Some((
                    ROWS_KEPT,
                    format!("import {file} took in {valid} rows, and {count} are there"),
                ));
            }
            let of_import = self.contacts_of(&import);
            if marked.iter().any(|id| people[*id].contact.is_some() && !of_import.contains(*id)) {
                return Some((ROWS_KEPT, format!("import {file} does not know all that it took in")));
            }
        }
        for (id, person) in people {
            if person.contact.is_none() && !person.enrollments.iter().all(|it| is_over(&it.value.state)) {
                return Some((ROWS_KEPT, format!("{id} is in a campaign and has no contact")));
            }
        }
        self.everybody(people)
    }

    /// Whom the list of contacts by import shows.
    fn contacts_of(&self, import: &Import) -> BTreeSet<ContactId> {
        let (mut all, mut from) = (BTreeSet::new(), None);
        loop {
            let page = at_once(self.tenant_table().contacts_of_import(&import.id, from, 100));
            let (found, next) = page.expect("the table is readable");
            all.extend(found.into_iter().map(|found| found.contact.value.id));
            match next {
                Some(next) => from = Some(next),
                None => return all,
            }
        }
    }

    /// Everybody in a file that was taken in is known; unless another import brought them, and was taken back.
    fn everybody(&self, people: &People) -> Option<(u8, String)> {
        let known: BTreeSet<String> = people
            .values()
            .filter_map(|person| Some(person.contact.as_ref()?.value.phone.as_str().to_owned()))
            .collect();
        let of = |undone: bool| {
            self.imports().filter(move |(_, import)| (import.state == ImportState::Undone) == undone)
        };
        let taken_back: BTreeSet<String> = of(true).flat_map(|(file, _)| self.files[file].good()).collect();
        let unwanted: BTreeSet<String> = self.files.iter().flat_map(super::files::File::unwanted).collect();
        of(false).filter(|(_, import)| !import.options.dry_run).find_map(|(file, _)| {
            let mut expected = self.files[file].good().into_iter();
            let missing = expected.find(|phone| {
                !known.contains(phone) && !taken_back.contains(phone) && !unwanted.contains(phone)
            });
            missing.map(|_| (ROWS_KEPT, format!("somebody of import {file} is not known")))
        })
    }

    fn listed(&self, people: &People) -> Option<(u8, String)> {
        // The checker has the keys, and asks tables that do not fail.
        self.turn.lock().hostile = false;
        let table = TenantTable::new(self.table.as_ref(), &self.tenant).with_vault(&self.vault);
        let mut listed = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let page = futures::executor::block_on(table.contacts_by_name("", after.as_deref(), 100));
            let (found, next) = page.expect("the table is readable");
            listed.extend(found.into_iter().map(|found| found.contact.value.id));
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let there: BTreeSet<ContactId> =
            people.iter().filter(|(_, person)| person.contact.is_some()).map(|(id, _)| id.clone()).collect();
        let (unlisted, unknown) = (there.difference(&listed).count(), listed.difference(&there).count());
        (unlisted + unknown > 0).then(|| {
            (ROWS_KEPT, format!("{unlisted} people are not listed, and {unknown} are who are not there"))
        })
    }

    /// A campaign's counters are counted anew from its roster: everybody in it stands there once.
    fn enrolled_once(&self, people: &People) -> Option<(u8, String)> {
        self.campaigns.iter().find_map(|campaign| {
            let mut roster = Vec::new();
            let mut after = None;
            loop {
                let page = at_once(self.tenant_table().rosters(campaign, after)).expect("readable");
                roster.extend(page.entries.into_iter().flat_map(|part| part.value.contacts));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            roster.sort();
            let enrolled: Vec<&ContactId> = people
                .iter()
                .filter(|(_, person)| person.enrollments.iter().any(|it| it.value.id.campaign == *campaign))
                .map(|(id, _)| id)
                .collect();
            let agree = roster.iter().eq(enrolled.iter().copied());
            (!agree).then(|| {
                let (listed, there) = (roster.len(), enrolled.len());
                (ROWS_KEPT, format!("{campaign} has {there} people, and {listed} places in its roster"))
            })
        })
    }

    fn handed_back(&self) -> Option<(u8, String)> {
        self.completed().find_map(|(file, import)| {
            let whole = format!("imports/{}/{}/rejects.csv", self.tenant, import.id);
            let content = self.objects.content(&whole).unwrap_or_default();
            let text = String::from_utf8_lossy(&content);
            let rows: Vec<u64> =
                text.lines().skip(1).filter_map(|line| line.split(',').nth(3)?.parse().ok()).collect();
            let mut expected: BTreeSet<u64> = self.files[file].refused().collect();
            let handed_back = import.options.duplicates == carillon_store::DuplicatePolicy::Reject;
            let duplicates = if handed_back { import.counts.duplicates() } else { 0 };
            let again = rows.iter().filter(|row| !expected.remove(row)).count() as u64;
            let sorted = rows.is_sorted();
            (!expected.is_empty() || again != duplicates || !sorted).then(|| {
                let what = format!(
                    "import {file}: {} refused rows are missing, {again} others are there for {duplicates} \
                     duplicates, in order: {sorted}",
                    expected.len()
                );
                (REFUSED_BACK, what)
            })
        })
    }

    fn gone(&self, people: &People) -> Option<(u8, String)> {
        self.imports().filter(|(_, import)| import.state == ImportState::Undone).find_map(|(file, import)| {
            let of = |source: Option<&carillon_domain::contact::Source>| {
                source.is_some_and(|source| source.import == import.id)
            };
            people.iter().find_map(|(id, person)| {
                let mut rest = person.enrollments.iter().filter(|it| !of(it.value.source.as_ref()));
                // Who is in another file's campaign stays, and so does who was changed while they were to be deleted.
                let changed = person.contact.as_ref().is_some_and(|contact| contact.version > 1);
                let needed = changed || rest.next().is_some();
                let contact = person.contact.as_ref().is_some_and(|it| of(it.value.source.as_ref()));
                let waits = person
                    .enrollments
                    .iter()
                    .any(|it| of(it.value.source.as_ref()) && !is_over(&it.value.state));
                (contact && !needed || waits)
                    .then(|| (UNDONE_GONE, format!("import {file} was taken back, and {id} is still there")))
            })
        })
    }

    fn wishes(&self) -> Option<(u8, String)> {
        for (file, import) in self.imports().filter(|(_, import)| !import.options.dry_run) {
            if import.state == ImportState::Undone {
                continue;
            }
            for phone in self.files[file].unwanted() {
                let listed = at_once(self.tenant_table().suppressions_at(&phone, Scope::Voice));
                if listed.expect("readable").is_empty() {
                    return Some((WISHES_KEPT, format!("a wish of import {file} is not kept")));
                }
            }
        }
        None
    }
}

fn is_over(state: &EnrollmentState) -> bool {
    matches!(state, EnrollmentState::Ended { .. })
}
