//! `POST /webhooks`: creates a webhook, for operators.

use axum::extract::State;
use config::SecretString;
use dibs_http::{
    Created, Creation, IdempotencyKey, Json, Operator, Route, axum, find_created, resolve_create, route,
};
use domain::ids::WebhookId;
use domain::text::Description;
use domain::webhooks::{EventFilter, Webhook, WebhookSecret};
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::secrets;
use crate::views::WebhookView;

pub static ROUTE: Route = route!(
    /// Creates a webhook, which receives the events that happen from now on. The response has its signing secret,
    /// which no other response shows, except that of a repeat with the same `Idempotency-Key` before the first
    /// rotation. A deployment has at most 20 webhooks: `TOO_MANY_WEBHOOKS` asks to delete one first.
    POST ["/webhooks"] "webhooks-create-webhook" create_webhook,
    "Create a webhook, which receives events by signed HTTPS calls",
    [TooManyWebhooks]
);

/// Webhook to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookCreate")]
pub struct NewWebhook {
    /// URL of the endpoint: HTTPS, a host on the public internet, port 443 or one from 1024 on.
    #[schemars(length(min = 1, max = 500))]
    pub url: String,
    /// Types of the events to receive: by name (`order.confirmed`), all of a kind (`order.*`), or all (`*`).
    pub events: EventFilter,
    /// Description for staff, empty by default.
    #[serde(default)]
    pub description: Description,
    /// Signing secret: `whsec_` and 24 to 64 bytes in base64. By default dibs makes one.
    #[schemars(length(min = 1, max = 100), extend("format" = "password", "writeOnly" = true))]
    pub secret: Option<String>,
}

async fn create_webhook(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewWebhook>,
) -> Result<Created<WebhookView>> {
    let creation = key.creation(&app, WebhookId::new, operator.id, &ROUTE, &fingerprint);
    let stored = app.store().get_webhook_if_exists(&creation.id);
    let created = match find_created(creation.request_fingerprint.as_deref(), stored).await? {
        Some(there) => there,
        None => create(&app, new, creation).await?,
    };
    let view = WebhookView::from(&created);
    match &created.secrets[..] {
        [_] => match secrets::open(&app, &created, app.now())?.first() {
            Some(secret) => Ok(Created(view.with_secret(secret))),
            None => Ok(Created(view)),
        },
        _ => Ok(Created(view)),
    }
}

/// Checks the endpoint and the secret, and writes the webhook.
async fn create(app: &App, new: NewWebhook, creation: Creation<WebhookId>) -> Result<Webhook> {
    let url = app.integrations().webhooks().check(&new.url).await;
    let url = url.map_err(|problem| Error::invalid_field("url", problem));
    let secret = secrets::given_or_new(app, new.secret.map(SecretString::from));
    let ((), ((), secret)) = Error::both(url, Error::both(new.events.check_types(), secret))?;
    let sealed = secrets::seal(app, &creation.id, &secret)?;
    let webhook = Webhook {
        id: creation.id,
        url: new.url,
        events: new.events,
        description: new.description.into(),
        enabled: true,
        disabled_reason: None,
        disabled_at: None,
        failing_since: None,
        secrets: vec![WebhookSecret { sealed, created_at: creation.at, valid_until: None }],
        created_at: creation.at,
        created_by: creation.by,
        updated_at: None,
        request_fingerprint: creation.request_fingerprint,
        version: 1,
    };
    resolve_create(app.store().create_webhook(&webhook).await?, webhook)
}
