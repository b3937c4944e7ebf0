//! Departure of notifications: by rule, preferences and quiet hours, to the channels.

use std::collections::BTreeMap;

use domain::Result;
use domain::events::DomainEvent;
use domain::ids::UserId;
use domain::messages::{MailContent, NotificationMail, SendMail};
use domain::notifications::{
    Channel, Departure, DueNotification, Notification, NotificationKind, NotificationRule, Preferences,
};
use runtime::{App, add_entity};
use store::schema::MAILS;

/// Notifications that leave now.
#[derive(Default)]
struct Outgoing {
    mails: Vec<SendMail>,
    events: Vec<DomainEvent>,
}

/// Rules of all kinds, and preferences of the users of one call.
pub struct Terms {
    rules: BTreeMap<NotificationKind, NotificationRule>,
    preferences: BTreeMap<UserId, Preferences>,
}

impl Terms {
    /// Reads the rules, and the preferences of `users`, eventually consistent.
    pub async fn read(app: &App, users: &[UserId]) -> Result<Self> {
        let rules = app.store().get_notification_rules_eventual().await?;
        let preferences = match users {
            [] => BTreeMap::new(),
            users => app.store().get_preferences_eventual(users).await?,
        };
        Ok(Self { rules, preferences })
    }

    /// Returns the preferences of a user whom [`Terms::read`] was given.
    pub fn of(&self, user: &UserId) -> Option<&Preferences> {
        self.preferences.get(user)
    }
}

/// Sends each of `notifications` to its channels, or stores it until the quiet hours of its user are over. A
/// repeat sends the same mails and events again, which their consumers recognize by their ids.
pub async fn depart(app: &App, notifications: Vec<Notification>) -> Result<()> {
    let users: Vec<UserId> = notifications.iter().map(|one| one.user_id.clone()).collect();
    if users.is_empty() {
        return Ok(());
    }
    let terms = Terms::read(app, &users).await?;
    let mut outgoing = Outgoing::default();
    for notification in notifications {
        match terms.departure(app, &notification) {
            Departure::Now => outgoing.add(&terms, &notification),
            Departure::At(at) => {
                let due = DueNotification { notification, at, version: 1 };
                app.store().save_due_notification(&due).await?;
            }
            Departure::Never => {}
        }
    }
    outgoing.send(app).await
}

/// Sends waiting notifications with these ids whose time has come. One whose user meanwhile chose other quiet
/// hours waits on, and one that is no longer wanted is deleted.
pub async fn deliver_due(app: &App, ids: &[String]) -> Result<()> {
    let mut waiting = Vec::new();
    for id in ids {
        waiting.extend(app.store().get_due_notification_if_exists(id).await?);
    }
    let users: Vec<UserId> = waiting.iter().map(|due| due.notification.user_id.clone()).collect();
    let terms = Terms::read(app, &users).await?;
    let (mut outgoing, mut over) = (Outgoing::default(), Vec::new());
    for due in waiting.into_iter().filter(|due| due.at <= app.now()) {
        match terms.departure(app, &due.notification) {
            Departure::Now => {
                outgoing.add(&terms, &due.notification);
                over.push(due.notification.id);
            }
            Departure::At(at) => {
                let later = DueNotification { at, version: due.version + 1, ..due };
                app.store().save_due_notification(&later).await?;
            }
            Departure::Never => over.push(due.notification.id),
        }
    }
    // The notifications leave before they are deleted, so that a crash in between repeats them.
    outgoing.send(app).await?;
    for id in over {
        app.store().delete_due_notification(&id).await?;
    }
    Ok(())
}

impl Terms {
    fn departure(&self, app: &App, notification: &Notification) -> Departure {
        let rule = self.rules.get(&notification.content.kind());
        match (rule, self.of(&notification.user_id)) {
            (Some(rule), Some(preferences)) => {
                preferences.departure(rule, app.now(), notification.useless_from())
            }
            _ => Departure::Never,
        }
    }
}

impl Outgoing {
    fn add(&mut self, terms: &Terms, notification: &Notification) {
        add_entity(&notification.user_id);
        let has = |channel| {
            let rule = terms.rules.get(&notification.content.kind());
            rule.is_some_and(|rule| rule.channels.contains(&channel))
        };
        let settings = terms.of(&notification.user_id).map(|preferences| &preferences.settings);
        if let Some(settings) = settings.filter(|settings| settings.mail && has(Channel::Mail)) {
            let clock_time = notification.content.moment().map(|at| settings.clock_time(at));
            self.mails.push(SendMail {
                id: notification.id.clone(),
                to: notification.user_id.clone(),
                locale: Some(settings.locale),
                useless_from: notification.useless_from(),
                content: MailContent::Notification(NotificationMail {
                    content: notification.content.clone(),
                    clock_time,
                }),
            });
        }
        if has(Channel::Webhook) {
            self.events.push(notification.event());
        }
    }

    async fn send(self, app: &App) -> Result<()> {
        app.store().send(&MAILS, &self.mails, 0).await?;
        runtime::outbox::publish(app, &self.events).await
    }
}
