//! Due index of the webhooks: lanes by the time of their next attempt, and replays by the time at which somebody
//! looks whether they go on. Once a minute the worker `webhooks-resume-sending` reads what is due.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::WebhookId;
use domain::webhooks::{LaneName, ReplayKind};
use domain::{Result, Timestamp};

use crate::Store;
use crate::keys::Key;
use crate::list::List;
use crate::schema::WEBHOOKS;
use crate::update::ConditionalUpdate;

/// Beginning of the partitions of lanes.
pub(super) const LANES: &str = "LANE#";
/// Sort key of the lane's own item.
pub(super) const LANE: &str = "LANE";
/// Beginning of the partitions of replays.
pub(super) const REPLAYS: &str = "REPLAY#";

/// Returns the due index.
pub(super) fn due_index() -> List {
    List::sharded("WEBHOOKS#DUE")
}

/// Work that is due, as the due index lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWork {
    /// Webhook that the work is for.
    pub webhook_id: WebhookId,
    /// Lane or replay that is due.
    pub kind: DueWorkKind,
    key: Key,
    place: String,
}

/// Kind of the work that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueWorkKind {
    /// Lane with its next attempt.
    Lane(LaneName),
    /// Replay that may have stopped.
    Replay(ReplayKind),
}

impl DueWork {
    fn of(place: &str, key: Key) -> Option<Self> {
        let place = place.to_owned();
        if let Some(webhook) = key.pk.strip_prefix(REPLAYS) {
            let kinds = [ReplayKind::All, ReplayKind::Pending];
            let kind = DueWorkKind::Replay(kinds.into_iter().find(|kind| kind.as_ref() == key.sk)?);
            return Some(Self { webhook_id: WebhookId::parse(webhook)?, kind, key, place });
        }
        let (webhook, lane) = key.pk.strip_prefix(LANES)?.split_once('#')?;
        let kind = DueWorkKind::Lane(LaneName(lane.to_owned()));
        (key.sk == LANE).then_some(Self { webhook_id: WebhookId::parse(webhook)?, kind, key, place })
    }
}

impl Store {
    /// Lists work that is due at the time `now`, the longest due first in each of 16 shards, of which each adds up
    /// to `limit`.
    pub async fn list_due_deliveries(&self, now: Timestamp, limit: usize) -> Result<Vec<DueWork>> {
        let found = self.due_index_entries(&WEBHOOKS, &due_index(), now, limit).await?;
        Ok(found.into_iter().filter_map(|(place, key)| DueWork::of(&place, key)).collect())
    }

    /// Moves work in the due index, and nowhere else, to the time `at`, after a message was sent for it. Does
    /// nothing when it is no longer where the index listed it.
    pub async fn postpone_due_delivery(&self, due: &DueWork, at: Timestamp) -> Result<()> {
        let place = due_index().key(at, &due.key.pk).sk;
        let change =
            ConditionalUpdate::new("SET list_sk = :place", "attribute_exists(pk) AND list_sk = :seen")
                .value(":place", AttributeValue::S(place))
                .value(":seen", AttributeValue::S(due.place.clone()));
        self.update(&WEBHOOKS, &due.key, change.without_item()).await.map(drop)
    }
}
