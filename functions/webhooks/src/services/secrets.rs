//! Signing secrets of webhooks: made or given, and stored encrypted.

use config::{ExposeSecret, SecretString};
use domain::ids::WebhookId;
use domain::webhooks::{Webhook, key_of_secret, new_secret};
use domain::{Error, Result, Timestamp};
use runtime::{App, Purpose};

/// Returns the secret `given`, or a new one if there is none.
///
/// # Errors
/// `VALIDATION_ERROR` for `secret` when the given one has not the form of Standard Webhooks.
pub fn given_or_new(app: &App, given: Option<SecretString>) -> Result<SecretString> {
    match given {
        Some(secret) if key_of_secret(secret.expose_secret()).is_some() => Ok(secret),
        Some(_) => Err(Error::invalid_field("secret", "must be whsec_ and 24 to 64 bytes in base64")),
        None => Ok(SecretString::from(new_secret(app.entropy(), app.entropy()))),
    }
}

/// Encrypts a secret of the webhook with this id, for the store.
///
/// # Errors
/// `INTERNAL_ERROR` when the function has no key.
pub fn seal(app: &App, webhook: &WebhookId, secret: &SecretString) -> Result<String> {
    let secret = secret.expose_secret().as_bytes();
    app.sealing().seal(Purpose::Webhook, webhook.as_str(), secret, app.entropy())
}

/// Returns the secrets that sign at the time `now`, newest first. One that was replaced and cannot be opened any more
/// is left out, so that a rotation helps at once after a key of the deployment was lost.
///
/// # Errors
/// `INTERNAL_ERROR` when no key of the deployment opens the newest one.
pub fn open(app: &App, webhook: &Webhook, now: Timestamp) -> Result<Vec<SecretString>> {
    let open = |sealed: &str| {
        let secret = app.sealing().open(Purpose::Webhook, webhook.id.as_str(), sealed)?;
        String::from_utf8(secret).map(SecretString::from).map_err(Error::internal)
    };
    let mut secrets = webhook.signing_secrets(now).map(|secret| open(&secret.sealed));
    let newest = secrets.next().transpose()?;
    Ok(newest.into_iter().chain(secrets.flatten()).collect())
}
