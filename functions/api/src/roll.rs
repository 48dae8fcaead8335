//! The tenant's list of users, as the gate reads it: whoever is disabled there is out, and nobody may do more than it
//! says. A token lives for an hour; the list is true within seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use carillon_domain::ids::TenantId;
use carillon_store::{Member, MemberState, StoreError, Stored, Table, TenantTable};
use jiff::{SignedDuration, Timestamp};

use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::roles::Role;

/// How long a sandbox believes what it has read.
const BELIEVED: SignedDuration = SignedDuration::from_secs(5);

/// More than a sandbox ever meets in that time.
const KEPT_MAX: usize = 1_000;

/// What has been read lately.
#[derive(Debug, Default)]
pub struct Roll(Mutex<Known>);

/// By tenant and user: until when it is believed, and the role; none for whoever is disabled.
type Known = HashMap<(TenantId, String), (Timestamp, Option<Role>)>;

impl Roll {
    /// The caller, as the list has it. Somebody whom the list does not know yet, for the directory is older, is put
    /// on it.
    ///
    /// # Errors
    /// A problem if the user is disabled, or the table cannot be read.
    pub async fn admit(
        &self,
        table: &dyn Table,
        mut caller: Caller,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let Some(tenant) = caller.tenant.clone() else { return Ok(caller) };
        // Operators are on nobody's list.
        if caller.role == Role::Operator {
            return Ok(caller);
        }
        let place = (tenant.clone(), caller.subject.clone());
        let known = self.lock().get(&place).filter(|(until, _)| now < *until).map(|(_, role)| *role);
        let role = match known {
            Some(role) => role,
            None => {
                let role = look_up(&TenantTable::new(table, &tenant), &caller, now).await?;
                let mut kept = self.lock();
                if kept.len() >= KEPT_MAX {
                    kept.clear();
                }
                kept.insert(place, (now + BELIEVED, role));
                role
            }
        };
        let role = role.ok_or_else(|| Problem::new(Kind::Forbidden, "This user has been disabled."))?;
        caller.role = caller.role.min(role);
        Ok(caller)
    }

    /// Forgets a user, whose entry has just been changed here.
    pub fn forget(&self, tenant: &TenantId, subject: &str) {
        self.lock().remove(&(tenant.clone(), subject.to_owned()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The role on the list; `None` for whoever is disabled.
async fn look_up(table: &TenantTable<'_>, caller: &Caller, now: Timestamp) -> Result<Option<Role>, Problem> {
    let member = match table.member(&caller.subject).await? {
        Some(member) => member,
        None => Stored::new(Member {
            id: caller.subject.clone(),
            email: caller.email.clone(),
            name: caller.name.clone(),
            role: caller.role.name().to_owned(),
            state: MemberState::Invited,
            invited_by: None,
            created_at: now,
        }),
    };
    let role = member.value.role.parse().unwrap_or(Role::Agent);
    match member.value.state {
        MemberState::Active => Ok(Some(role)),
        MemberState::Disabled => Ok(None),
        MemberState::Invited => {
            let active = Stored { value: Member { state: MemberState::Active, ..member.value }, ..member };
            match table.save_member(&active).await {
                // Another request of the same user was as quick.
                Ok(()) | Err(StoreError::Conflict) => Ok(Some(role)),
                Err(error) => Err(error.into()),
            }
        }
    }
}
