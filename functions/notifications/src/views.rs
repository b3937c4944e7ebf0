//! Request and response types of preferences and rules.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::ids::{DealId, QueueId, UserId};
use domain::notifications::{
    Channel, DEALS_MAX, Locale, NotificationKind, NotificationRule, PreferenceSettings, Preferences,
    QUEUES_MAX, QuietHours,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Notification preferences to set. A field that is left out takes its default.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "NotificationPreferencesUpdate")]
pub struct PreferencesUpdate {
    /// Language of mails: `ko`, the default, or `en`.
    locale: Locale,
    /// IANA name of the time zone of quiet hours and of times in mails, by default `Asia/Seoul`.
    #[schemars(length(min = 1, max = 64))]
    time_zone: String,
    /// Hours in which notifications wait, by default null for none.
    quiet_hours: Option<QuietHours>,
    /// Whether notifications leave by mail, by default true. Mails about the security of the account leave in
    /// any case.
    mail: bool,
    /// Kinds of notifications that are not wanted, by default none.
    muted: BTreeSet<NotificationKind>,
    /// Ids of the deals whose start is to be told, by default none.
    #[schemars(length(max = DEALS_MAX))]
    deals: BTreeSet<DealId>,
    /// Ids of the queues whose admission is to be told, by default none.
    #[schemars(length(max = QUEUES_MAX))]
    queues: BTreeSet<QueueId>,
}

impl Default for PreferencesUpdate {
    fn default() -> Self {
        let PreferenceSettings { locale, time_zone, quiet_hours, mail, muted, deals, queues } =
            PreferenceSettings::default();
        Self { locale, time_zone, quiet_hours, mail, muted, deals, queues }
    }
}

impl From<PreferencesUpdate> for PreferenceSettings {
    fn from(update: PreferencesUpdate) -> Self {
        let PreferencesUpdate { locale, time_zone, quiet_hours, mail, muted, deals, queues } = update;
        Self { locale, time_zone, quiet_hours, mail, muted, deals, queues }
    }
}

/// Notification preferences of the caller.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NotificationPreferences")]
pub struct PreferencesView {
    /// Language of mails.
    pub locale: Locale,
    /// IANA name of the time zone of quiet hours and of times in mails.
    pub time_zone: String,
    /// Hours in which notifications wait; null for none.
    pub quiet_hours: Option<QuietHours>,
    /// Whether notifications leave by mail.
    pub mail: bool,
    /// Kinds of notifications that are not wanted.
    pub muted: BTreeSet<NotificationKind>,
    /// Ids of the deals whose start is told.
    pub deals: BTreeSet<DealId>,
    /// Ids of the queues whose admission is told.
    pub queues: BTreeSet<QueueId>,
    /// Time of the last change, in UTC; null if the user has changed nothing.
    pub updated_at: Option<Timestamp>,
}

impl From<Preferences> for PreferencesView {
    fn from(preferences: Preferences) -> Self {
        let PreferenceSettings { locale, time_zone, quiet_hours, mail, muted, deals, queues } =
            preferences.settings;
        let updated_at = preferences.updated_at;
        Self { locale, time_zone, quiet_hours, mail, muted, deals, queues, updated_at }
    }
}

/// Rule of a kind of notification, for all users.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NotificationRule")]
pub struct RuleView {
    /// Kind of the notifications.
    pub kind: NotificationKind,
    /// Whether notifications of this kind leave at all.
    pub enabled: bool,
    /// Channels of the notifications: `mail` to the user, `webhook` as event `notification.created`.
    pub channels: BTreeSet<Channel>,
    /// Whether the notifications leave in the quiet hours of a user, too.
    pub urgent: bool,
    /// Time of the last change, in UTC; null for a built-in rule.
    pub updated_at: Option<Timestamp>,
    /// Id of the operator who changed the rule; null for a built-in rule.
    pub updated_by: Option<UserId>,
}

impl From<NotificationRule> for RuleView {
    fn from(rule: NotificationRule) -> Self {
        let NotificationRule { kind, enabled, channels, urgent, updated_at, updated_by, version: _ } = rule;
        Self { kind, enabled, channels, urgent, updated_at, updated_by }
    }
}
