//! `DELETE /webhooks/{webhook_id}`: deletes a webhook, for operators.

use axum::extract::State;
use dibs_http::{NoBody, NoContent, Operator, Path, Route, axum, route};
use domain::Result;
use domain::ids::WebhookId;
use runtime::App;

pub static ROUTE: Route = route!(
    /// Deletes a webhook with its secrets. Events that wait for it are not sent any more. A repeat gets `NOT_FOUND`.
    DELETE ["/webhooks/{webhook_id}"] "webhooks-delete-webhook" delete_webhook,
    "Delete a webhook; events that wait for it are dropped",
    []
);

async fn delete_webhook(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    _: NoBody,
) -> Result<NoContent> {
    app.store().get_webhook(&id).await?;
    app.store().delete_webhook(&id).await?;
    Ok(NoContent)
}
