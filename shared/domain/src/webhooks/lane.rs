//! Lanes: the events of one subject on their way to one webhook. Lanes are sent independently, each in order.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::events::EventType;
use crate::ids::{Nonce, WebhookId};
use crate::time::millis;

/// Time for which a worker owns a lane that it sends, in seconds: longer than its function may run.
pub const CLAIM_SECONDS: i64 = 40;
/// Number of seconds by which a lane may be sent before it is due, since clocks differ.
const EARLY_SECONDS: i64 = 5;
/// Retention of a lane after its last write, in seconds. A lane that was deleted begins at its first event again.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Name of a lane: the kind of resource (the first word of the event's type) and the subject. Events of different
/// kinds come from different streams, between which there is no order. Events of `queue.no_show` have a lane of their
/// own, because they do not belong to a version of the waiting room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneName(pub String);

impl LaneName {
    /// Returns the lane of events of the type `kind` about `subject`.
    pub fn of(kind: &str, subject: &str) -> Self {
        let noun = kind.split('.').next().unwrap_or(kind);
        let name = if kind == EventType::QueueNoShow.as_str() { kind } else { noun };
        Self(format!("{name}:{subject}"))
    }
}

impl std::fmt::Display for LaneName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Place of an event in its lane. Orders compare like the versions of the subject that caused the events.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventOrder(pub String);

impl EventOrder {
    /// Returns the place of the event `id`, which ends with the version of its subject (`…:3`, or `…:3:0` for the
    /// first of several changes). An event without a version has its place by `time`.
    pub fn of(id: &str, time: Timestamp) -> Self {
        let versions: Vec<u64> = id.split(':').filter_map(|part| part.parse().ok()).collect();
        let versions = if versions.is_empty() {
            format!("{:020}", time.as_millis().max(0))
        } else {
            versions.iter().map(|version| format!("{version:020}")).collect::<Vec<_>>().join(".")
        };
        Self(format!("{versions}#{id}"))
    }

    /// Returns the place behind all events.
    pub fn end() -> Self {
        Self("~".to_owned())
    }

    /// Returns a place before this one and behind all events of earlier versions.
    #[must_use]
    pub fn before(&self) -> Self {
        Self(self.0.split('#').next().unwrap_or_default().to_owned())
    }
}

/// State of a lane. Its events are items of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Webhook that the events go to.
    pub webhook_id: WebhookId,
    /// Name of the lane.
    pub name: LaneName,
    /// Place up to which no event waits.
    pub cursor: EventOrder,
    /// Place of the newest event that was delivered. `None` before the first one.
    #[serde(default)]
    pub delivered: Option<EventOrder>,
    /// Time of the next attempt, after a failed one. The due index lists the lane until then.
    #[serde(with = "millis::option", default)]
    pub due_at: Option<Timestamp>,
    /// Worker that sends the lane at present.
    #[serde(default)]
    pub claim: Option<LaneClaim>,
    /// Place from which the owner must read again, since events came while it worked.
    #[serde(default)]
    pub wanted: Option<EventOrder>,
    /// Time of the last write.
    #[serde(with = "millis")]
    pub updated_at: Timestamp,
    /// Version: raised by one with every write.
    pub version: u64,
}

/// Ownership of a lane for a limited time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneClaim {
    /// Random number of the owner's run.
    pub nonce: Nonce,
    /// Time before which nobody else sends the lane.
    #[serde(with = "millis")]
    pub until: Timestamp,
}

impl Lane {
    /// Creates a lane that was never sent, which is read from its first event on. It is not stored yet.
    pub fn new(webhook_id: WebhookId, name: LaneName, now: Timestamp) -> Self {
        Self {
            webhook_id,
            name,
            cursor: EventOrder::default(),
            delivered: None,
            due_at: None,
            claim: None,
            wanted: None,
            updated_at: now,
            version: 0,
        }
    }

    /// Returns whether a worker owns the lane at `now`.
    pub fn is_claimed(&self, now: Timestamp) -> bool {
        self.claim.as_ref().is_some_and(|claim| now < claim.until)
    }

    /// Returns whether the lane waits for its next attempt.
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|at| now.plus_seconds(EARLY_SECONDS) < at)
    }

    /// Returns the lane with a cursor that is at most `from`.
    #[must_use]
    pub fn back_to(&self, from: &EventOrder, now: Timestamp) -> Self {
        let cursor = self.cursor.clone().min(from.clone());
        self.next(now, |lane| lane.cursor = cursor)
    }

    /// Returns the lane with the note for its owner that events behind `from` came.
    #[must_use]
    pub fn want(&self, from: &EventOrder, now: Timestamp) -> Self {
        let wanted = self.wanted.iter().chain([from]).min().cloned();
        self.next(now, |lane| lane.wanted = wanted)
    }

    /// Returns the lane to write after an event behind `from` was stored, so that its owner (even one whose time is
    /// over) or else the next one reads from `from` again. `None` when they do so anyway.
    pub fn notice(&self, from: &EventOrder, now: Timestamp) -> Option<Self> {
        match (&self.claim, &self.wanted) {
            (Some(_), Some(wanted)) if wanted <= from => None,
            (Some(_), _) => Some(self.want(from, now)),
            (None, _) if self.cursor <= *from => None,
            (None, _) => Some(self.back_to(from, now)),
        }
    }

    /// Returns the lane owned by the run `nonce`.
    #[must_use]
    pub fn claim(&self, nonce: Nonce, from: &EventOrder, now: Timestamp) -> Self {
        let cursor = self.wanted.iter().chain([&self.cursor, from]).min().cloned().unwrap_or_default();
        let claim = LaneClaim { nonce, until: now.plus_seconds(CLAIM_SECONDS) };
        self.next(now, |lane| {
            (lane.cursor, lane.claim) = (cursor, Some(claim));
            (lane.due_at, lane.wanted) = (None, None);
        })
    }

    /// Returns the lane without an owner, due at `due_at`. Events that its owner was to read again are read by the next
    /// owner.
    #[must_use]
    pub fn release(&self, due_at: Option<Timestamp>, now: Timestamp) -> Self {
        let cursor = self.wanted.iter().chain([&self.cursor]).min().cloned().unwrap_or_default();
        self.next(now, |lane| {
            lane.cursor = cursor;
            (lane.claim, lane.wanted) = (None, None);
            lane.due_at = due_at;
        })
    }

    /// Returns whether the run `nonce` owns the lane, even if its time is over.
    pub fn is_owned_by(&self, nonce: Nonce) -> bool {
        self.claim.as_ref().is_some_and(|claim| claim.nonce == nonce)
    }

    /// Returns the time, in seconds since 1970, after which the lane may be forgotten.
    pub fn expires(&self) -> i64 {
        self.updated_at.as_seconds() + KEPT_SECONDS
    }

    fn next(&self, now: Timestamp, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = Self { updated_at: now, version: self.version + 1, ..self.clone() };
        change(&mut next);
        next
    }
}
