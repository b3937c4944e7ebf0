//! `POST /webhooks/{webhook_id}/replay`: sends events of a webhook again, for operators.

use axum::extract::State;
use dibs_http::{Accepted, Json, Operator, Path, Route, axum, route};
use domain::ids::WebhookId;
use domain::webhooks::ReplayKind;
use domain::{Code, Error, Result, Timestamp};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::replays;
use crate::views::ReplayView;

pub static ROUTE: Route = route!(
    /// Sends all events again that dibs stored for the webhook from a time on, with the `webhook-id` that they had,
    /// those of each subject in order. Events are kept for a week. `CONFLICT` while the webhook is off, or while a
    /// replay is under way.
    POST ["/webhooks/{webhook_id}/replay"] "webhooks-replay-events" replay_events,
    "Send the events of a webhook again from a time on",
    [Conflict]
)
.operation_ids(&["replayWebhookEvents"]);

/// Replay to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookReplayCreate")]
pub struct NewReplay {
    /// Time from which events are sent again, in UTC; not in the future. Events are kept for a week, so an earlier time
    /// counts as a week ago.
    pub from: Timestamp,
}

async fn replay_events(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    Json { value: NewReplay { from }, .. }: Json<NewReplay>,
) -> Result<Accepted<ReplayView>> {
    let webhook = app.store().get_webhook(&id).await?;
    if from > app.now() {
        return Err(Error::invalid_field("from", "must not be in the future"));
    }
    if !webhook.enabled {
        let message = "The webhook is off: switch it on first, which sends the events that wait.";
        return Err(Error::refused(Code::Conflict, message));
    }
    Ok(Accepted((&replays::begin(&app, &id, ReplayKind::All, from).await?).into()))
}
