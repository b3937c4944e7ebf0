//! `PUT /notifications/rules/{kind}`: replaces the rule of a kind of notification, for operators.

use std::collections::BTreeSet;

use dibs_http::axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, route};
use domain::notifications::{Channel, NotificationKind, NotificationRule};
use domain::{BusyReason, Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Saved, TryResult, retry};

use crate::views::RuleView;

pub static ROUTE: Route = route!(
    /// Replaces the rule with effect from now on; a notification that waits for the end of quiet hours leaves by the
    /// rule of that time. A repeat changes nothing more.
    PUT ["/notifications/rules/{kind}"] "notifications-update-rule" update_rule,
    "Replace the rule of a kind of notification", [NotFound]
)
.operation_ids(&["updateNotificationRule"]);

/// Rule of a kind of notification.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NotificationRuleUpdate")]
struct RuleUpdate {
    /// Whether notifications of this kind leave at all.
    enabled: bool,
    /// Channels of the notifications: `mail` to the user, `webhook` as event `notification.created`.
    channels: BTreeSet<Channel>,
    /// Whether the notifications leave in the quiet hours of a user, too.
    urgent: bool,
}

async fn update_rule(
    State(app): State<App>,
    operator: Operator,
    Path(kind): Path<String>,
    Json { value, .. }: Json<RuleUpdate>,
) -> Result<Done<RuleView>> {
    let kind = NotificationKind::ALL.iter().find(|known| known.as_ref() == kind);
    let kind = *kind.ok_or_else(|| Error::not_found("kind of notification"))?;
    let (store, found) = (app.store(), app.store().get_notification_rule(kind).await?);
    let attempt = async |found: NotificationRule| {
        let next = found.changed(value.enabled, &value.channels, value.urgent, &operator.id, app.now());
        if next == found {
            return Ok(TryResult::Done(next));
        }
        match store.save_notification_rule(&next).await? {
            Saved::Done => Ok(TryResult::Done(next)),
            Saved::Conflict(_) => Ok(TryResult::Conflict(store.get_notification_rule(kind).await?)),
        }
    };
    Ok(Done(retry(BusyReason::Notifications, found, attempt).await?.into()))
}
