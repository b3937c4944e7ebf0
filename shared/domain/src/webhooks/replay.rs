//! Replays: deliveries of a webhook that are sent again, from a time on.

use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use super::EVENTS_KEPT_SECONDS;
use crate::Timestamp;
use crate::ids::WebhookId;
use crate::time::millis;

/// Time after which the schedule continues a replay whose worker stopped, in seconds.
const CONTINUED_AFTER_SECONDS: i64 = 120;

/// Replay of a webhook. There is one of each kind, which is begun again after it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Webhook whose events are sent again.
    pub webhook_id: WebhookId,
    /// Events that are sent.
    pub kind: ReplayKind,
    /// Time from which events are sent: that at which dibs took them for the webhook.
    #[serde(with = "millis")]
    pub from: Timestamp,
    /// Time up to which events are sent, exclusive: the begin of the replay.
    #[serde(with = "millis")]
    pub to: Timestamp,
    /// Progress of the replay. `None` when it has ended.
    #[serde(default)]
    pub progress: Option<ReplayProgress>,
    /// Time at which the schedule looks whether the replay goes on. `None` when it has ended.
    #[serde(with = "millis::option", default)]
    pub due_at: Option<Timestamp>,
    /// Number of this replay among those of the webhook and the kind, from 1.
    pub number: u64,
    /// Version: raised by one with every write.
    pub version: u64,
}

/// Events that a replay sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReplayKind {
    /// All events, delivered or not.
    All,
    /// Events that wait, after the webhook was switched on again.
    Pending,
}

/// Position of a replay in the list of the webhook's events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayProgress {
    /// Shard of the list.
    pub shard: u32,
    /// Last position of the shard that was handled.
    #[serde(default)]
    pub after: Option<String>,
}

impl Replay {
    /// Creates the replay that follows `earlier`, from the time `from` but at most as far back as events are kept.
    pub fn begin(
        webhook_id: WebhookId,
        kind: ReplayKind,
        from: Timestamp,
        earlier: Option<&Self>,
        now: Timestamp,
    ) -> Self {
        Self {
            webhook_id,
            kind,
            from: from.max(now.plus_seconds(-EVENTS_KEPT_SECONDS)),
            to: now,
            progress: Some(ReplayProgress::default()),
            due_at: Some(now.plus_seconds(CONTINUED_AFTER_SECONDS)),
            number: earlier.map_or(0, |earlier| earlier.number) + 1,
            version: earlier.map_or(0, |earlier| earlier.version) + 1,
        }
    }

    /// Returns the replay with this progress; it has ended without one.
    #[must_use]
    pub fn go_on(&self, progress: Option<ReplayProgress>, now: Timestamp) -> Self {
        let due_at = progress.is_some().then(|| now.plus_seconds(CONTINUED_AFTER_SECONDS));
        Self { progress, due_at, version: self.version + 1, ..self.clone() }
    }
}
