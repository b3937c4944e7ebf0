//! Notification preferences of a user.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Locale, NotificationKind, NotificationRule, QuietHours};
use crate::ids::{DealId, Nonce, QueueId, UserId};
use crate::time::millis;
use crate::{Error, Result, Timestamp};

/// Maximum number of deals whose start one user may be told.
pub const DEALS_MAX: usize = 50;
/// Maximum number of queues whose admission one user may be told.
pub const QUEUES_MAX: usize = 10;
/// Time zone of those who have not chosen one.
const TIME_ZONE: &str = "Asia/Seoul";

/// Notification preferences of one user. They hold no personal data: the address is in the account alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Account that the preferences belong to.
    pub user_id: UserId,
    /// Settings that the user chooses.
    #[serde(flatten)]
    pub settings: PreferenceSettings,
    /// Time of the last change, in UTC; `None` if the user has changed nothing.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Random number of the last write.
    #[serde(default)]
    pub nonce: Nonce,
    /// Version for optimistic locking: 0 until the user changes something, rises by one with every write.
    pub version: u64,
}

/// Settings that a user chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceSettings {
    /// Language of mails.
    pub locale: Locale,
    /// IANA name of the time zone of quiet hours and of times in mails.
    pub time_zone: String,
    /// Quiet hours; `None` for none.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// Whether notifications leave by mail. Mails about the security of the account leave in any case.
    pub mail: bool,
    /// Kinds of notifications that the user does not want on any channel.
    #[serde(default)]
    pub muted: BTreeSet<NotificationKind>,
    /// Deals whose start the user wants to be told, at most [`DEALS_MAX`].
    #[serde(default)]
    pub deals: BTreeSet<DealId>,
    /// Queues whose admission the user wants to be told, at most [`QUEUES_MAX`].
    #[serde(default)]
    pub queues: BTreeSet<QueueId>,
}

/// Time at which a notification leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The notification leaves now.
    Now,
    /// The notification waits for the end of the quiet hours.
    At(Timestamp),
    /// The notification does not leave: it is not wanted, or useless by then.
    Never,
}

impl Default for PreferenceSettings {
    fn default() -> Self {
        Self {
            locale: Locale::default(),
            time_zone: TIME_ZONE.to_owned(),
            quiet_hours: None,
            mail: true,
            muted: BTreeSet::new(),
            deals: BTreeSet::new(),
            queues: BTreeSet::new(),
        }
    }
}

impl PreferenceSettings {
    /// Checks time zone, quiet hours and the lengths of both lists.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with the field that is not valid.
    pub fn check(&self) -> Result<()> {
        crate::campaigns::zone(&self.time_zone)?;
        self.quiet_hours.map_or(Ok(()), |hours| hours.check())?;
        let limit = |field: &str, count: usize, max: usize| {
            let message = format!("must have at most {max} entries");
            if count <= max { Ok(()) } else { Err(Error::invalid_field(field, message)) }
        };
        limit("deals", self.deals.len(), DEALS_MAX)?;
        limit("queues", self.queues.len(), QUEUES_MAX)
    }

    fn zone(&self) -> TimeZone {
        crate::campaigns::zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Returns the time of day of `at` in the user's time zone, as `21:05`.
    pub fn clock_time(&self, at: Timestamp) -> String {
        let local = at.datetime_in(&self.zone());
        format!("{:02}:{:02}", local.hour(), local.minute())
    }
}

impl Preferences {
    /// Returns the preferences of a user who has not chosen any.
    pub fn of_new_user(user_id: UserId) -> Self {
        let settings = PreferenceSettings::default();
        Self { user_id, settings, updated_at: None, nonce: Nonce::NONE, version: 0 }
    }

    /// Returns the next version with `settings`, or the same version if they are the present ones.
    #[must_use]
    pub fn changed(&self, settings: &PreferenceSettings, now: Timestamp, nonce: Nonce) -> Self {
        if self.settings == *settings && self.version > 0 {
            return self.clone();
        }
        Self {
            user_id: self.user_id.clone(),
            settings: settings.clone(),
            updated_at: Some(now),
            nonce,
            version: self.version + 1,
        }
    }

    /// Decides when a notification of the kind of `rule` leaves. It is useless from `useless_from`.
    pub fn departure(&self, rule: &NotificationRule, now: Timestamp, useless_from: Timestamp) -> Departure {
        if !rule.enabled || self.settings.muted.contains(&rule.kind) || now >= useless_from {
            return Departure::Never;
        }
        let hours = self.settings.quiet_hours.filter(|_| !rule.urgent);
        match hours.and_then(|hours| hours.end_at(now, &self.settings.zone())) {
            None => Departure::Now,
            Some(end) if end >= useless_from => Departure::Never,
            Some(end) => Departure::At(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rule(kind: NotificationKind) -> NotificationRule {
        NotificationRule::built_in(kind)
    }

    fn quiet() -> Preferences {
        let mut preferences = Preferences::of_new_user(UserId::new("1"));
        let hours = r#"{"from": "22:00", "to": "07:00"}"#;
        preferences.settings.quiet_hours = Some(serde_json::from_str(hours).unwrap());
        preferences
    }

    #[test]
    fn quiet_hours_delay_all_but_urgent_notifications() {
        let (night, later) = (at("2026-11-28T15:00:00Z"), at("2026-12-01T00:00:00Z"));
        let departure = |kind| quiet().departure(&rule(kind), night, later);
        assert_each_eq!(
            (departure(NotificationKind::Granted), Departure::At(at("2026-11-28T22:00:00Z"))),
            (departure(NotificationKind::HoldEnds), Departure::Now)
        );
    }

    #[test]
    fn notification_that_is_useless_by_the_end_of_the_quiet_hours_never_leaves() {
        let night = at("2026-11-28T15:00:00Z");
        let departure =
            quiet().departure(&rule(NotificationKind::DealStarts), night, at("2026-11-28T20:00:00Z"));
        assert_eq!(departure, Departure::Never);
    }

    #[test]
    fn muted_or_disabled_kind_never_leaves() {
        let (day, later) = (at("2026-11-28T03:00:00Z"), at("2026-12-01T00:00:00Z"));
        let mut muted = quiet();
        muted.settings.muted.insert(NotificationKind::HoldEnds);
        let off = NotificationRule { enabled: false, ..rule(NotificationKind::Granted) };
        assert_each_eq!(
            (muted.departure(&rule(NotificationKind::HoldEnds), day, later), Departure::Never),
            (quiet().departure(&off, day, later), Departure::Never),
            (quiet().departure(&rule(NotificationKind::Granted), day, later), Departure::Now)
        );
    }

    #[test]
    fn settings_with_an_unknown_zone_or_too_many_deals_are_refused() {
        let zone =
            PreferenceSettings { time_zone: "Mars/Olympus".to_owned(), ..PreferenceSettings::default() };
        let deals = (0..=DEALS_MAX).map(DealId::new).collect();
        let many = PreferenceSettings { deals, ..PreferenceSettings::default() };
        assert!(
            PreferenceSettings::default().check().is_ok() && zone.check().is_err() && many.check().is_err()
        );
    }

    #[test]
    fn same_settings_make_no_new_version() {
        let first = quiet().changed(&quiet().settings, at("2026-11-28T00:00:00Z"), Nonce(1));
        let again = first.changed(&first.settings, at("2026-11-29T00:00:00Z"), Nonce(2));
        assert_each_eq!((first.version, 1), (again == first, true));
    }
}
