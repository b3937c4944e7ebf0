//! `GET /notifications/rules`: lists the rules of all kinds of notifications, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Done, Reader, Route, route};
use domain::Result;
use runtime::App;

use crate::views::RuleView;

pub static ROUTE: Route = route!(
    /// Returns the rule of each kind of notification: the built-in one, or that to which it was changed.
    GET ["/notifications/rules"] "notifications-list-rules" list_rules,
    "List the rules of notifications", []
)
.operation_ids(&["listNotificationRules"]);

async fn list_rules(State(app): State<App>, _: Reader) -> Result<Done<Vec<RuleView>>> {
    let rules = app.store().get_notification_rules_eventual().await?;
    Ok(Done(rules.into_values().map(Into::into).collect()))
}
