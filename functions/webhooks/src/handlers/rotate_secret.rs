//! `POST /webhooks/{webhook_id}/rotate-secret`: replaces the signing secret of a webhook, for operators.

use axum::extract::State;
use config::{ExposeSecret, SecretString};
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::ids::WebhookId;
use domain::webhooks::{ROTATION_SECONDS, Webhook};
use domain::{BusyReason, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::update_with_retry;

use crate::services::secrets;
use crate::views::SecretView;

pub static ROUTE: Route = route!(
    /// Gives the webhook a new signing secret. The one before is valid for another day, in which calls have a
    /// signature of each. At most four secrets are valid at once: `CONFLICT` asks to wait until one has expired. A
    /// repeat replaces the secret once more.
    POST ["/webhooks/{webhook_id}/rotate-secret"] "webhooks-rotate-secret" rotate_secret,
    "Replace the signing secret of a webhook; the one before is valid for another day",
    [Conflict]
)
.operation_ids(&["rotateWebhookSecret"]);

/// New signing secret of a webhook.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "WebhookSecretRotation")]
pub struct NewSecret {
    /// Signing secret: `whsec_` and 24 to 64 bytes in base64. By default dibs makes one.
    #[schemars(length(min = 1, max = 100), extend("format" = "password", "writeOnly" = true))]
    pub secret: Option<String>,
}

async fn rotate_secret(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<WebhookId>,
    Json { value: new, .. }: Json<NewSecret>,
) -> Result<Done<SecretView>> {
    let secret = secrets::given_or_new(&app, new.secret.map(SecretString::from))?;
    let (now, sealed) = (app.now(), secrets::seal(&app, &id, &secret)?);
    let found = app.store().get_webhook(&id).await?;
    let rotate = |found: &Webhook| {
        // The write of an earlier try, whose response was lost, is recognized by its sealed text.
        let is_done = found.secrets.iter().any(|known| known.sealed == sealed);
        if is_done { Ok(found.clone()) } else { found.rotate(sealed.clone(), now) }
    };
    let save = async |next| app.store().save_webhook(&next).await;
    update_with_retry(BusyReason::Webhook, found, rotate, save).await?;
    let previous_valid_until = now.plus_seconds(ROTATION_SECONDS);
    Ok(Done(SecretView { secret: secret.expose_secret().to_owned(), previous_valid_until }))
}
