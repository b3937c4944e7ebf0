//! Storage of notifications: records of mails, rules, preferences, reminders, and notifications that wait for the
//! end of quiet hours.

mod due;
mod reminders;

pub use reminders::REMINDER_SHARDS;

use std::collections::BTreeMap;

use domain::Result;
use domain::ids::UserId;
use domain::notifications::{MailRecord, NotificationKind, NotificationRule, Preferences};

use crate::item::entity;
use crate::keys::Key;
use crate::schema::{NOTIFICATIONS, Table};
use crate::{Entity, Saved, Store};

/// Partition of all rules. Operators alone write it.
const RULES: &str = "RULES";

impl Entity for MailRecord {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        mail_key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.kept_until())
    }
}

impl Entity for NotificationRule {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        Key::new(RULES, self.kind.as_ref())
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

impl Entity for Preferences {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        preferences_key(&self.user_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn mail_key(id: &str) -> Key {
    Key::new(format!("MAIL#{id}"), "MAIL")
}

fn preferences_key(user: &UserId) -> Key {
    Key::new(format!("USER#{user}"), "PREFERENCES")
}

impl Store {
    /// Reads the record of a mail, strongly consistent. Returns `None` if no delivery of its message has begun.
    pub async fn get_mail_record(&self, id: &str) -> Result<Option<MailRecord>> {
        self.get(&mail_key(id)).await
    }

    /// Writes the next version of a mail's record, on condition that the previous one is stored.
    pub async fn save_mail_record(&self, record: &MailRecord) -> Result<Saved<MailRecord>> {
        self.save(record).await
    }

    /// Returns the rule of each kind of notification, eventually consistent: the changed one or the built-in
    /// one.
    pub async fn get_notification_rules_eventual(
        &self,
    ) -> Result<BTreeMap<NotificationKind, NotificationRule>> {
        let changed: Vec<NotificationRule> = self.query(crate::item::PartitionRange::of(RULES, "")).await?;
        let built_in = NotificationKind::ALL.iter().map(|kind| NotificationRule::built_in(*kind));
        Ok(built_in.chain(changed).map(|rule| (rule.kind, rule)).collect())
    }

    /// Reads the rule of a kind, strongly consistent: the changed one or the built-in one.
    pub async fn get_notification_rule(&self, kind: NotificationKind) -> Result<NotificationRule> {
        let found = self.get(&NotificationRule::built_in(kind).key()).await?;
        Ok(found.unwrap_or_else(|| NotificationRule::built_in(kind)))
    }

    /// Writes the next version of a rule, on condition that the previous one is stored.
    pub async fn save_notification_rule(&self, rule: &NotificationRule) -> Result<Saved<NotificationRule>> {
        self.save(rule).await
    }

    /// Reads the preferences of a user, strongly consistent. Those of a user who has chosen none have version 0.
    pub async fn get_preferences(&self, user: &UserId) -> Result<Preferences> {
        let found = self.get(&preferences_key(user)).await?;
        Ok(found.unwrap_or_else(|| Preferences::of_new_user(user.clone())))
    }

    /// Reads the preferences of `users`, eventually consistent.
    pub async fn get_preferences_eventual(&self, users: &[UserId]) -> Result<BTreeMap<UserId, Preferences>> {
        let keys: Vec<Key> = users.iter().map(preferences_key).collect();
        let items = self.get_all_eventual(&NOTIFICATIONS, &keys).await?;
        let found = items.into_iter().map(entity::<Preferences>).collect::<Result<Vec<_>>>()?;
        let new = users.iter().map(|user| Preferences::of_new_user(user.clone()));
        Ok(new.chain(found).map(|preferences| (preferences.user_id.clone(), preferences)).collect())
    }

    /// Writes the next version of a user's preferences, on condition that the previous one is stored.
    pub async fn save_preferences(&self, preferences: &Preferences) -> Result<Saved<Preferences>> {
        self.save(preferences).await
    }
}
