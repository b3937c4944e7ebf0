//! Calls of notifications.

use notifications::services::unsubscription;
use serde_json::{Value, json};

use super::recorder::Recording;
use crate::harness::TestApp;

/// Calls each operation on preferences and rules.
pub async fn notifications(app: &TestApp, examples: &mut Recording) {
    let (user, operator) = (app.user(), app.operator());
    let preferences = json!({
        "locale": "en", "time_zone": "Asia/Seoul", "quiet_hours": {"from": "22:00", "to": "08:00"},
        "muted": ["granted"],
    });
    examples.call(&user, "PUT", "/users/me/notifications", preferences).await;
    examples.call(&user, "GET", "/users/me/notifications", Value::Null).await;
    let token = unsubscription::token(app.app(), user.id()).expect("the application has a sealing key");
    let path = format!("/notifications/unsubscribe?token={token}");
    examples.call(&app.anonymous(), "POST", &path, Value::Null).await;
    let rule = json!({"enabled": true, "channels": ["mail", "webhook"], "urgent": false});
    examples.call(&operator, "PUT", "/notifications/rules/granted", rule).await;
    examples.call(&operator, "GET", "/notifications/rules", Value::Null).await;
}
