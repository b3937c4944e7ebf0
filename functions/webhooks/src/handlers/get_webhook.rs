//! `GET /webhooks/{webhook_id}`: returns a webhook, for operators.

use axum::extract::State;
use dibs_http::{Done, Operator, Path, Route, axum, route};
use domain::Result;
use domain::ids::WebhookId;
use runtime::App;

use crate::views::WebhookView;

pub static ROUTE: Route = route!(
    /// Returns a webhook, and why it is off if it is. Its secret is not shown.
    GET ["/webhooks/{webhook_id}"] "webhooks-get-webhook" get_webhook,
    "Get a webhook with its state",
    []
);

async fn get_webhook(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
) -> Result<Done<WebhookView>> {
    Ok(Done((&app.store().get_webhook(&id).await?).into()))
}
