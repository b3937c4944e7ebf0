//! `GET /webhooks`: lists all webhooks, for operators.

use axum::extract::State;
use dibs_http::{Done, Operator, Route, axum, route};
use domain::Result;
use runtime::App;

use crate::views::WebhookView;

pub static ROUTE: Route = route!(
    /// Returns all webhooks, at most 20, in the order of their ids. Secrets are not shown.
    GET ["/webhooks"] "webhooks-list-webhooks" list_webhooks,
    "List the webhooks with their state",
    []
);

async fn list_webhooks(State(app): State<App>, _: Operator) -> Result<Done<Vec<WebhookView>>> {
    Ok(Done(app.store().list_webhooks().await?.iter().map(WebhookView::from).collect()))
}
