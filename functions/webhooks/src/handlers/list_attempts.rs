//! `GET /webhooks/{webhook_id}/attempts`: lists the events of a webhook with their attempts, for operators.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Operator, Page, Path, Query, Route, axum, page, route};
use domain::Result;
use domain::ids::WebhookId;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::DeliveryView;

pub static ROUTE: Route = route!(
    /// Returns the events of the last week that the webhook received or is to receive, page by page, each with its
    /// last 12 attempts: time, status or failure, and duration; and with the time of the next one.
    GET ["/webhooks/{webhook_id}/attempts"] "webhooks-list-attempts" list_attempts,
    "List the events of a webhook with the attempts to deliver them, newest first",
    []
)
.operation_ids(&["listWebhookAttempts"]);

/// Query of the list of attempts: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_attempts(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    Query(asked): Query<Attempts>,
) -> Result<Page<DeliveryView>> {
    let after: Option<ListPosition> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    app.store().get_webhook(&id).await?;
    let limit = asked.limit.0;
    let part = ListRange { after, ..ListRange::default() };
    let found = app.store().list_deliveries(&id, &part, limit + 1).await?;
    Ok(page(found, limit, |(position, _)| position.clone(), |(_, delivery)| delivery.into()))
}
