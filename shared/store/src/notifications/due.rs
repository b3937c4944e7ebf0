//! Storage of notifications that wait for the end of quiet hours, in a due index.

use domain::notifications::DueNotification;
use domain::{Result, Timestamp};

use crate::keys::{Key, ListKey};
use crate::list::List;
use crate::schema::{NOTIFICATIONS, Table};
use crate::{Entity, Saved, Store};

/// Time in seconds after which a notification that nobody has delivered is deleted.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

impl Entity for DueNotification {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        due_key(&self.notification.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(due_index().key(self.at, &self.notification.id))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.at.plus_seconds(KEPT_SECONDS).as_seconds())
    }
}

fn due_key(id: &str) -> Key {
    Key::new(format!("{DUE}{id}"), "DUE")
}

const DUE: &str = "DUE#";

/// Returns the due index: the waiting notifications by the time at which they leave.
fn due_index() -> List {
    List::sharded("DUE")
}

impl Store {
    /// Stores a notification that waits, or moves the time of one that waits already. Does nothing if another
    /// write came first.
    pub async fn save_due_notification(&self, due: &DueNotification) -> Result<()> {
        match self.save(due).await? {
            Saved::Done | Saved::Conflict(_) => Ok(()),
        }
    }

    /// Returns the ids of notifications that are due at `now`, the longest due first in each of 16 shards, of which
    /// each adds up to `limit`. Eventually consistent.
    pub async fn list_due_notifications_eventual(&self, now: Timestamp, limit: usize) -> Result<Vec<String>> {
        let found = self.due_index_entries(&NOTIFICATIONS, &due_index(), now, limit).await?;
        Ok(found.into_iter().filter_map(|(_, key)| Some(key.pk.strip_prefix(DUE)?.to_owned())).collect())
    }

    /// Reads a notification that waits, strongly consistent. `None` if it has left.
    pub async fn get_due_notification_if_exists(&self, id: &str) -> Result<Option<DueNotification>> {
        self.get(&due_key(id)).await
    }

    /// Deletes a notification that has left. A repeat changes nothing.
    pub async fn delete_due_notification(&self, id: &str) -> Result<()> {
        let call = self.dynamo.delete_item().table_name(self.names.table(&NOTIFICATIONS)?);
        let call = call.set_key(Some(due_key(id).attributes()));
        call.send().await.map_err(crate::failure::failed).map(drop)
    }
}
