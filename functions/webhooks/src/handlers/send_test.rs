//! `POST /webhooks/{webhook_id}/test`: sends a test event, for operators.

use axum::extract::State;
use dibs_http::{Accepted, NoBody, Operator, Path, Route, axum, route};
use domain::Result;
use domain::ids::WebhookId;
use runtime::App;

use crate::services::events::add_test;
use crate::views::TestView;

pub static ROUTE: Route = route!(
    /// Sends an event of the type `webhook.test` once, through the same queue as all events, also while the webhook
    /// is off. `GET /webhooks/{webhook_id}/attempts` shows what the endpoint answered. A repeat sends another one.
    POST ["/webhooks/{webhook_id}/test"] "webhooks-send-test" send_test,
    "Send a test event to a webhook",
    []
)
.operation_ids(&["sendWebhookTest"]);

async fn send_test(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    _: NoBody,
) -> Result<Accepted<TestView>> {
    let webhook = app.store().get_webhook(&id).await?;
    let sent = add_test(&app, &webhook).await?;
    Ok(Accepted(TestView { message_id: sent.message_id(), event_id: sent.event_id }))
}
