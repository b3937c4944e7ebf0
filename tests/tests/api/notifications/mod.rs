//! Tests of the domain `notifications`.

mod create_notifications;
mod get_preferences;
mod list_rules;
mod quiet_hours;
mod reminders;
mod send_mails;
mod unsubscribe;
mod update_preferences;
mod update_rule;

use dibs_tests::harness::{Member, TestApp};
use serde_json::{Value, json};

/// Path of the caller's preferences.
const PREFERENCES: &str = "/users/me/notifications";

/// Returns the recipients of the mails that were sent with this template, oldest first.
fn told(app: &TestApp, template: &str) -> Vec<String> {
    app.fakes().mails().into_iter().filter(|mail| mail.template == template).map(|mail| mail.to).collect()
}

/// Registers a user with this name, with English mails.
async fn member(app: &TestApp, name: &str) -> Member {
    let member = app.member(&format!("{name}@example.com")).await;
    prefer(&member, json!({})).await;
    member
}

/// Replaces the preferences of `member`. Mails are in English.
async fn prefer(member: &Member, mut preferences: Value) {
    preferences["locale"] = "en".into();
    member.caller.put(PREFERENCES, preferences).await.expect(200);
}

/// Lets `member` claim a reward that is granted at once.
async fn grant(app: &TestApp, member: &Member) {
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    member.caller.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
}

/// Runs the scheduled worker that delivers notifications whose quiet hours are over.
async fn deliver_due(app: &TestApp) {
    notifications::workers::send_due::WORKER.handle_tick(app.app()).await.expect("it runs");
    app.settle().await;
}
