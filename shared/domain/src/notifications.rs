//! Notifications: messages to users by mail and webhook, and the mails that other domains ask for.

mod kind;
mod mail_record;
mod notification;
mod preferences;
mod quiet_hours;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;

pub use kind::{Channel, NotificationKind, NotificationRule};
pub use mail_record::{ATTEMPT_SECONDS, MailAttempt, MailRecord, MailStatus};
pub use notification::{
    DueNotification, HoldEnding, LetIn, Notification, NotificationContent, RequestDecided, StartedDeal,
};
pub use preferences::{DEALS_MAX, Departure, PreferenceSettings, Preferences, QUEUES_MAX};
pub use quiet_hours::{QuietHours, TimeOfDay};

/// Language of a mail.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, AsRefStr,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum Locale {
    /// Korean, the language of those who have not chosen one.
    #[default]
    Ko,
    /// English.
    En,
}

impl Locale {
    /// Every language that templates exist in.
    pub const ALL: &[Self] = &[Self::Ko, Self::En];
}
