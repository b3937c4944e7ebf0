//! `PATCH /webhooks/{webhook_id}`: changes a webhook, or switches it on or off, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::ids::WebhookId;
use domain::text::Description;
use domain::webhooks::{EVENTS_KEPT_SECONDS, EventFilter, ReplayKind, Webhook, WebhookChanges};
use domain::{BusyReason, Error, Patch, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::update_with_retry;

use crate::services::replays;
use crate::views::WebhookView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names. A webhook that is switched off keeps its events for a week; when it is
    /// switched on, those that wait are sent in order. A repeat changes nothing more.
    PATCH ["/webhooks/{webhook_id}"] "webhooks-update-webhook" update_webhook,
    "Update a webhook, or switch it on or off",
    []
);

/// Fields of the webhook to change. An omitted field keeps its value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "WebhookUpdate")]
pub struct WebhookUpdate {
    /// URL of the endpoint, with the same rules as at the creation. Waiting events are sent to it, too.
    #[schemars(length(min = 1, max = 500))]
    pub url: Patch<String>,
    /// Types of the events that the endpoint receives from now on.
    pub events: Patch<EventFilter>,
    /// Description for staff; may be empty.
    pub description: Patch<Description>,
    /// Whether events are sent. `true` sends the events that wait, also if the webhook is on already.
    pub enabled: Patch<bool>,
}

async fn update_webhook(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    Json { value, .. }: Json<WebhookUpdate>,
) -> Result<Done<WebhookView>> {
    let url = match &value.url.0 {
        Some(url) => app.integrations().webhooks().check(url).await,
        None => Ok(()),
    };
    let url = url.map_err(|problem| Error::invalid_field("url", problem));
    let types = value.events.0.as_ref().map_or(Ok(()), EventFilter::check_types);
    Error::both(url, types)?;
    let changes = WebhookChanges::from(value);
    let found = app.store().get_webhook(&id).await?;
    let change = |found: &Webhook| Ok(found.change(&changes, app.now()));
    let save = async |next| app.store().save_webhook(&next).await;
    let changed = update_with_retry(BusyReason::Webhook, found, change, save).await?;
    if changes.enabled == Some(true) {
        // Also when it was on before: an earlier try of the request may have stopped here.
        let from = app.now().plus_seconds(-EVENTS_KEPT_SECONDS);
        replays::begin(&app, &id, ReplayKind::Pending, from).await?;
    }
    Ok(Done((&changed).into()))
}

impl From<WebhookUpdate> for WebhookChanges {
    fn from(update: WebhookUpdate) -> Self {
        Self {
            url: update.url.0,
            events: update.events.0,
            description: update.description.0.map(Into::into),
            enabled: update.enabled.0,
        }
    }
}
