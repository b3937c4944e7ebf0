//! Kinds of notifications, and the rules that operators set for them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use crate::Timestamp;
use crate::events::EventType;
use crate::ids::UserId;
use crate::time::millis;

/// Kind of a notification, which decides its template and its rule.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, AsRefStr,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum NotificationKind {
    /// A queue has admitted the user.
    LetIn,
    /// The hold of seats or units ends in a minute.
    HoldEnds,
    /// An operator approved a requested reward.
    RequestApproved,
    /// An operator rejected a requested reward.
    RequestRejected,
    /// A reward was granted.
    Granted,
    /// A time deal has started.
    DealStarts,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::LetIn,
        Self::HoldEnds,
        Self::RequestApproved,
        Self::RequestRejected,
        Self::Granted,
        Self::DealStarts,
    ];

    /// Returns the kind of the notifications that an event of this type may cause. `None` if it causes none.
    pub const fn of(event: EventType) -> Option<Self> {
        match event {
            EventType::QueueLetIn => Some(Self::LetIn),
            EventType::ReservationMade | EventType::OrderReserved => Some(Self::HoldEnds),
            EventType::ClaimApproved => Some(Self::RequestApproved),
            EventType::ClaimRejected => Some(Self::RequestRejected),
            EventType::ClaimGranted => Some(Self::Granted),
            EventType::DealActive => Some(Self::DealStarts),
            _ => None,
        }
    }

    /// Returns the time in seconds after which a notification of this kind is useless.
    pub const fn useful_seconds(self) -> i64 {
        match self {
            Self::LetIn | Self::HoldEnds => 10 * 60,
            Self::DealStarts => 12 * 60 * 60,
            Self::RequestApproved | Self::RequestRejected | Self::Granted => 3 * 24 * 60 * 60,
        }
    }
}

/// Way by which a notification leaves dibs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Channel {
    /// Mail to the address of the account.
    Mail,
    /// Domain event `notification.created`, which webhooks deliver.
    Webhook,
}

/// Rule of one kind of notification, for all users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRule {
    /// Kind of the notifications.
    pub kind: NotificationKind,
    /// Whether notifications of this kind leave at all.
    pub enabled: bool,
    /// Channels of the notifications.
    pub channels: BTreeSet<Channel>,
    /// Whether the notifications leave in quiet hours, too.
    pub urgent: bool,
    /// Time of the last change; `None` for a built-in rule.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Account that changed the rule; `None` for a built-in rule.
    #[serde(default)]
    pub updated_by: Option<UserId>,
    /// Version for optimistic locking: 0 for a built-in rule, rises by one with every write.
    pub version: u64,
}

impl NotificationRule {
    /// Returns the rule that applies until somebody changes it.
    pub fn built_in(kind: NotificationKind) -> Self {
        // An approved request is granted within seconds, which causes a mail of its own.
        let channels = match kind {
            NotificationKind::RequestApproved => BTreeSet::from([Channel::Webhook]),
            _ => BTreeSet::from([Channel::Mail, Channel::Webhook]),
        };
        Self {
            kind,
            enabled: true,
            channels,
            urgent: matches!(kind, NotificationKind::LetIn | NotificationKind::HoldEnds),
            updated_at: None,
            updated_by: None,
            version: 0,
        }
    }

    /// Returns the next version with these settings, or the same version if nothing changes.
    #[must_use]
    pub fn changed(
        &self,
        enabled: bool,
        channels: &BTreeSet<Channel>,
        urgent: bool,
        by: &UserId,
        now: Timestamp,
    ) -> Self {
        if self.enabled == enabled && self.channels == *channels && self.urgent == urgent {
            return self.clone();
        }
        Self {
            kind: self.kind,
            enabled,
            channels: channels.clone(),
            urgent,
            updated_at: Some(now),
            updated_by: Some(by.clone()),
            version: self.version + 1,
        }
    }
}
