//! Storage of replays.

use domain::Result;
use domain::ids::WebhookId;
use domain::webhooks::{EVENTS_KEPT_SECONDS, Replay, ReplayKind};

use super::due_index::{REPLAYS, due_index};
use crate::keys::{Key, ListKey};
use crate::schema::{Table, WEBHOOKS};
use crate::{Entity, Saved, Store};

impl Entity for Replay {
    const TABLE: &'static Table = &WEBHOOKS;

    fn key(&self) -> Key {
        replay_key(&self.webhook_id, self.kind)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(due_index().key(self.due_at?, &format!("{REPLAYS}{}", self.webhook_id)))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        // The number of a later replay must be larger, as long as events have the number of this one.
        Some(self.to.as_seconds() + 2 * EVENTS_KEPT_SECONDS)
    }
}

fn replay_key(webhook: &WebhookId, kind: ReplayKind) -> Key {
    Key::new(format!("{REPLAYS}{webhook}"), kind.as_ref())
}

impl Store {
    /// Reads the last replay of a webhook, strongly consistent. Returns `None` when there was none.
    pub async fn get_replay_if_exists(
        &self,
        webhook: &WebhookId,
        kind: ReplayKind,
    ) -> Result<Option<Replay>> {
        self.get(&replay_key(webhook, kind)).await
    }

    /// Writes a replay: the first one as version 1, or the next version. Returns `Saved::Conflict` with the stored
    /// one when another write came first.
    pub async fn save_replay(&self, replay: &Replay) -> Result<Saved<Replay>> {
        self.save(replay).await
    }
}
