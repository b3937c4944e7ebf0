//! Storage of lanes, each in one partition with its events.

use domain::ids::WebhookId;
use domain::webhooks::{Lane, LaneName};
use domain::{Result, Timestamp};

use super::due_index::{LANE, LANES, due_index};
use crate::item::entity;
use crate::keys::{Key, ListKey};
use crate::schema::{Table, WEBHOOKS};
use crate::{Entity, Saved, Store};

impl Entity for Lane {
    const TABLE: &'static Table = &WEBHOOKS;

    fn key(&self) -> Key {
        lane_key(&self.webhook_id, &self.name)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(due_index().key(self.due_at?, &self.key().pk))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(Self::expires(self))
    }
}

/// Returns the partition of a lane.
pub(super) fn partition(webhook: &WebhookId, lane: &LaneName) -> String {
    format!("{LANES}{webhook}#{lane}")
}

fn lane_key(webhook: &WebhookId, lane: &LaneName) -> Key {
    Key::new(partition(webhook, lane), LANE)
}

impl Store {
    /// Reads a lane, strongly consistent. Returns `None` when it was never sent.
    pub async fn get_lane_if_exists(&self, webhook: &WebhookId, lane: &LaneName) -> Result<Option<Lane>> {
        self.get(&lane_key(webhook, lane)).await
    }

    /// Writes a lane: a new one as version 1, or the next version. Returns `Saved::Conflict` with the stored one
    /// when another write came first.
    pub async fn save_lane(&self, lane: &Lane) -> Result<Saved<Lane>> {
        self.save(lane).await
    }

    /// Makes every lane that a worker owns due at `now`, and returns their number. For the start of a system whose
    /// earlier process has ended: no worker runs then, and a message in memory that would return is lost. Reads the
    /// whole table.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` of the store. A repeat continues.
    pub async fn release_lanes_of_dead_workers(&self, now: Timestamp) -> Result<usize> {
        let (mut released, mut after) = (0, None);
        loop {
            let (items, next) = self.scan(&WEBHOOKS, after, None).await?;
            for item in items.into_iter().filter(|item| Key::of(item).is_some_and(|key| key.sk == LANE)) {
                let lane: Lane = entity(item)?;
                if lane.claim.is_none() {
                    continue;
                }
                match self.save_lane(&lane.release(Some(now), now)).await? {
                    Saved::Done => released += 1,
                    Saved::Conflict(_) => {}
                }
            }
            match next {
                None => return Ok(released),
                Some(_) => after = next,
            }
        }
    }
}
