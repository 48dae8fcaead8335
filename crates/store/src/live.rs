//! Pages that are open right now: a ticket to connect with, and who is connected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{
    AttributeValue, Condition, Consistency, Index, Key, Query, Range, StoreError, Update, Write,
};
use crate::tenant::{Extras, Stored, TenantTable, all_items, list_page, put, text_of};

/// API Gateway ends a connection after two hours.
const CONNECTION_SECONDS: i64 = 2 * 3600;

const ROLE: &str = "role";

/// Leave to connect once: made for somebody whose token has been verified, and good for a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTicket {
    /// For whom: a user's id.
    pub subject: String,
    /// As what.
    pub role: String,
    /// Until when, seconds since 1970: the table forgets it later than that.
    pub good_until: i64,
}

/// A page that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// API Gateway's id of the connection.
    pub id: String,
    /// Whose: a user's id.
    pub subject: String,
    /// As what.
    pub role: String,
    /// Since when.
    pub since: Timestamp,
}

impl TenantTable<'_> {
    /// Keeps a ticket by the digest of its secret.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_ticket(&self, digest: &str, ticket: PageTicket) -> Result<(), StoreError> {
        let extras = Extras { expires_at: Some(ticket.good_until), ..Extras::default() };
        self.table.write(put(keys::page_ticket(self.tenant, digest), &Stored::new(ticket), extras)?).await
    }

    /// Takes a ticket: whoever comes second finds none.
    ///
    /// # Errors
    /// The table's.
    pub async fn take_ticket(&self, digest: &str, now: Timestamp) -> Result<Option<PageTicket>, StoreError> {
        let key = keys::page_ticket(self.tenant, digest);
        let found: Option<Stored<PageTicket>> = self.fetch(&key, Consistency::Strong).await?;
        let Some(ticket) = found.filter(|ticket| now.as_second() < ticket.value.good_until) else {
            return Ok(None);
        };
        match self.table.write(Write::Delete { key, condition: Condition::Present }).await {
            Ok(()) => Ok(Some(ticket.value)),
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes note of a connection, until API Gateway would have ended it.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_connection(&self, connection: Connection) -> Result<(), StoreError> {
        let expires_at = Some(connection.since.as_second() + CONNECTION_SECONDS);
        let key = keys::connection(self.tenant, &connection.id);
        let item =
            crate::tenant::item(key, &Stored::new(connection), Extras { expires_at, ..Extras::default() })?;
        self.table.write(Write::Put { item, condition: Condition::None }).await
    }

    /// Forgets a connection that is no longer there.
    ///
    /// # Errors
    /// The table's.
    pub async fn delete_connection(&self, id: &str) -> Result<(), StoreError> {
        let key = keys::connection(self.tenant, id);
        self.table.write(Write::Delete { key, condition: Condition::None }).await
    }

    /// Somebody's leave to hear news has changed: `revise` says, for the role that a page of theirs or a ticket to open
    /// one was let in with, as what it hears from now on; as nothing any more, if it says nothing.
    ///
    /// # Errors
    /// The table's.
    pub async fn revise_pages_of(
        &self,
        subject: &str,
        revise: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<(), StoreError> {
        let items = all_items(self.table, keys::pages(self.tenant), Range::All, Consistency::Strong).await?;
        for item in items.iter().filter(|item| text_of(item, "subject") == Some(subject)) {
            let (Some(key), Some(role)) = (Key::of(item), text_of(item, ROLE)) else { continue };
            let write = match revise(role) {
                Some(now) if now == role => continue,
                Some(now) => {
                    let set = [(ROLE.to_owned(), AttributeValue::S(now.to_owned()))].into();
                    let update = Update { set, ..Update::default() };
                    Write::Update { key, update, condition: Condition::Present }
                }
                None => Write::Delete { key, condition: Condition::None },
            };
            match self.table.write(write).await {
                // A conflict: the page has gone meanwhile.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Who is connected.
    ///
    /// # Errors
    /// The table's.
    pub async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::pages(self.tenant),
            range: Range::Prefix(keys::CONNECTION.to_owned()),
            ascending: true,
            limit: None,
            after: None,
            consistency: Consistency::Eventual,
        };
        let page = list_page(self.table.query(&query).await?)?;
        Ok(page.entries.into_iter().map(|stored| stored.value).collect())
    }
}
