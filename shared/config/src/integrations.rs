//! URLs and signing secrets of the outside services: condition service, fulfilment service and payment
//! provider; and the sender of mails.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::{ArchiveConfig, ConfigError, MailConfig};

/// Variable with the URL of the condition service.
const CONDITION_URL: &str = "DIBS_CONDITION_URL";
/// Variable with the URL of the fulfilment service.
const FULFILMENT_URL: &str = "DIBS_FULFILMENT_URL";
/// Variable with the secret that signs calls to the condition and fulfilment services.
const SECRET: &str = "DIBS_PARTIES_SECRET";
/// Variable with the URL of the payment provider.
const PROVIDER_URL: &str = "DIBS_PROVIDER_URL";
/// Variable with the secret that signs calls to the payment provider and verifies its callbacks.
const PROVIDER_SECRET: &str = "DIBS_PROVIDER_SECRET";
/// Variable with the callback URL that is passed to the payment provider.
const CALLBACK_URL: &str = "DIBS_CALLBACK_URL";
/// Variable with the timeout of a call, in milliseconds.
const TIMEOUT_MS: &str = "DIBS_PARTIES_TIMEOUT_MS";

/// Default timeout of a call, in milliseconds.
pub const TIMEOUT_MS_DEFAULT: u64 = 2_000;
/// Maximum timeout of a call, in milliseconds. Workers have a time limit of their own, so a longer timeout is
/// useless.
pub const TIMEOUT_MS_MAX: u64 = 60_000;
/// Timeout of a call to a webhook, in milliseconds: the least that Standard Webhooks advises.
const WEBHOOK_TIMEOUT_MS: u64 = 15_000;
/// Default number of attempts for one condition check.
pub const ATTEMPTS_MAX_DEFAULT: u32 = 2;
/// Minimum length of a secret from the environment, in bytes (128 bits if every byte is random).
pub const SECRET_BYTES_MIN: usize = 16;

/// Settings of the outside services. A service without a URL is never called.
///
/// `Debug` prints whether a URL is set but not the URL itself, since its query may contain a key.
#[derive(Clone)]
pub struct IntegrationsConfig {
    /// URL of the condition service.
    pub condition_url: Option<String>,
    /// URL of the fulfilment service.
    pub fulfilment_url: Option<String>,
    /// Secret that signs calls to the condition and fulfilment services.
    pub secret: SecretString,
    /// URL of the payment provider.
    pub provider_url: Option<String>,
    /// Secret that signs calls to the payment provider and verifies its callbacks. It differs from `secret`
    /// because its holder can report payments as completed.
    pub provider_secret: SecretString,
    /// Callback URL that is passed to the payment provider. `None` if the URL is configured at the
    /// provider.
    pub callback_url: Option<String>,
    /// Sender of mails. `None` if mails are refused.
    pub mail: Option<MailConfig>,
    /// Archive of the audit. `None` if nothing is copied.
    pub archive: Option<ArchiveConfig>,
    /// Timeout of one call including all attempts, from connecting to the last byte of the response, in
    /// milliseconds.
    pub timeout_ms: u64,
    /// Maximum number of attempts for one condition check. 0 counts as 1.
    pub attempts_max: u32,
    /// Settings of the calls to webhooks.
    pub webhooks: WebhooksConfig,
}

/// Settings of the calls to webhooks.
#[derive(Clone, Copy, Debug)]
pub struct WebhooksConfig {
    /// Timeout of one call, from connecting to the last byte of the response, in milliseconds.
    pub timeout_ms: u64,
    /// Whether endpoints may use HTTP and loopback addresses. Only `dibs up` sets this; there is no variable
    /// for it.
    pub allows_local: bool,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self { timeout_ms: WEBHOOK_TIMEOUT_MS, allows_local: false }
    }
}

impl Default for IntegrationsConfig {
    /// Returns settings without any outside service.
    fn default() -> Self {
        Self {
            condition_url: None,
            fulfilment_url: None,
            secret: SecretString::from(""),
            provider_url: None,
            provider_secret: SecretString::from(""),
            callback_url: None,
            mail: None,
            archive: None,
            timeout_ms: TIMEOUT_MS_DEFAULT,
            attempts_max: ATTEMPTS_MAX_DEFAULT,
            webhooks: WebhooksConfig::default(),
        }
    }
}

impl fmt::Debug for IntegrationsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntegrationsConfig")
            .field("condition_url", &self.condition_url.as_ref().map(|_| "set"))
            .field("fulfilment_url", &self.fulfilment_url.as_ref().map(|_| "set"))
            .field("provider_url", &self.provider_url.as_ref().map(|_| "set"))
            .field("callback_url", &self.callback_url.as_ref().map(|_| "set"))
            .field("mail", &self.mail)
            .field("archive", &self.archive)
            .field("timeout_ms", &self.timeout_ms)
            .field("attempts_max", &self.attempts_max)
            .finish_non_exhaustive()
    }
}

impl IntegrationsConfig {
    /// Reads `DIBS_CONDITION_URL`, `DIBS_FULFILMENT_URL`, `DIBS_PARTIES_SECRET`, `DIBS_PROVIDER_URL`,
    /// `DIBS_PROVIDER_SECRET`, `DIBS_CALLBACK_URL`, `DIBS_PARTIES_TIMEOUT_MS`, the sender of mails
    /// ([`MailConfig::from_env`]) and the archive of the audit ([`ArchiveConfig::from_env`]). An empty variable counts as unset.
    ///
    /// # Errors
    /// Names the variable that is not a usable URL, is outside its range, or holds a secret of fewer than
    /// [`SECRET_BYTES_MIN`] bytes. A secret is required if a URL that uses it is set.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = |variable| lookup(variable).filter(|text| !text.is_empty());
        let condition_url = service_url(CONDITION_URL, read(CONDITION_URL))?;
        let fulfilment_url = service_url(FULFILMENT_URL, read(FULFILMENT_URL))?;
        let has_service = condition_url.is_some() || fulfilment_url.is_some();
        let secret = long_enough(SECRET, read(SECRET), has_service)?;
        let provider_url = service_url(PROVIDER_URL, read(PROVIDER_URL))?;
        let callback_url = service_url(CALLBACK_URL, read(CALLBACK_URL))?;
        let provider_secret = long_enough(PROVIDER_SECRET, read(PROVIDER_SECRET), provider_url.is_some())?;
        let timeout_ms = match read(TIMEOUT_MS) {
            None => TIMEOUT_MS_DEFAULT,
            Some(text) => text.parse().ok().filter(|ms| (1..=TIMEOUT_MS_MAX).contains(ms)).ok_or(
                ConfigError::new(TIMEOUT_MS, "must be a whole number of milliseconds from 1 to 60000"),
            )?,
        };
        Ok(Self {
            condition_url,
            fulfilment_url,
            secret,
            provider_url,
            provider_secret,
            callback_url,
            mail: MailConfig::from_env(&lookup)?,
            archive: ArchiveConfig::from_env(&lookup)?,
            timeout_ms,
            attempts_max: ATTEMPTS_MAX_DEFAULT,
            webhooks: WebhooksConfig::default(),
        })
    }
}

/// Returns `text` as a secret, or an empty secret if there is none and it is not `needed`. Rejects a secret
/// of fewer than [`SECRET_BYTES_MIN`] bytes.
fn long_enough(
    variable: &'static str,
    text: Option<String>,
    needed: bool,
) -> Result<SecretString, ConfigError> {
    if text.is_none() && !needed {
        return Ok(SecretString::from(""));
    }
    let text = text.unwrap_or_default();
    if text.len() < SECRET_BYTES_MIN {
        let problem = "must be at least 16 bytes, since it signs calls to outside services";
        return Err(ConfigError::new(variable, problem));
    }
    Ok(SecretString::from(text))
}

/// Returns `text` if it is an HTTP(S) URL without user name, password and fragment. Credentials in a URL
/// appear in logs of proxies and servers; fragments are never sent.
fn service_url(variable: &'static str, text: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let url = Url::parse(&text)
        .map_err(|_| ConfigError::new(variable, "must be a URL like https://example.com/path"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ConfigError::new(variable, "must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::new(variable, "must not hold a user name or a password"));
    }
    if url.fragment().is_some() {
        return Err(ConfigError::new(variable, "must not have a fragment (#...)"));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use secrecy::ExposeSecret;

    fn read(pairs: &[(&str, &str)]) -> Result<IntegrationsConfig, ConfigError> {
        IntegrationsConfig::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const GOOD: &str = "0123456789abcdef";

    #[test]
    fn nothing_set_is_no_service() {
        for pairs in [&[][..], &[(CONDITION_URL, ""), (SECRET, ""), (TIMEOUT_MS, "")]] {
            let config = read(pairs).unwrap();
            assert!(config.condition_url.is_none() && config.fulfilment_url.is_none());
            assert!(config.provider_url.is_none() && config.callback_url.is_none());
            assert_each_eq!(
                (config.timeout_ms, TIMEOUT_MS_DEFAULT),
                (config.attempts_max, ATTEMPTS_MAX_DEFAULT)
            );
        }
    }

    #[test]
    fn everything_set_is_read() {
        let config = read(&[
            (CONDITION_URL, "https://one.example/check?k=v"),
            (FULFILMENT_URL, "http://127.0.0.1:9/fulfilment"),
            (SECRET, GOOD),
            (PROVIDER_URL, "https://two.example/pay"),
            (PROVIDER_SECRET, "fedcba9876543210"),
            (CALLBACK_URL, "https://api.example/api/v1/payments/callbacks"),
            (TIMEOUT_MS, "250"),
        ])
        .unwrap();
        assert_eq!(config.condition_url.as_deref(), Some("https://one.example/check?k=v"));
        assert_eq!(config.fulfilment_url.as_deref(), Some("http://127.0.0.1:9/fulfilment"));
        assert_each_eq!((config.secret.expose_secret(), GOOD), (config.timeout_ms, 250));
        assert_eq!(config.provider_url.as_deref(), Some("https://two.example/pay"));
        assert_eq!(config.provider_secret.expose_secret(), "fedcba9876543210");
        let callback_url = "https://api.example/api/v1/payments/callbacks";
        assert_eq!(config.callback_url.as_deref(), Some(callback_url));
    }

    #[test]
    fn an_error_names_the_variable_and_not_its_value() {
        let bad = "hunter2";
        for (variable, pairs) in [
            (CONDITION_URL, vec![(CONDITION_URL, bad), (SECRET, GOOD)]),
            (CONDITION_URL, vec![(CONDITION_URL, "ftp://hunter2/"), (SECRET, GOOD)]),
            (CONDITION_URL, vec![(CONDITION_URL, "http://[::hunter2/"), (SECRET, GOOD)]),
            (FULFILMENT_URL, vec![(FULFILMENT_URL, "https://me:hunter2@example.com/"), (SECRET, GOOD)]),
            (FULFILMENT_URL, vec![(FULFILMENT_URL, "https://example.com/#hunter2"), (SECRET, GOOD)]),
            (SECRET, vec![(FULFILMENT_URL, "https://example.com/"), (SECRET, bad)]),
            (SECRET, vec![(CONDITION_URL, "https://example.com/")]),
            (PROVIDER_URL, vec![(PROVIDER_URL, bad), (PROVIDER_SECRET, GOOD)]),
            (CALLBACK_URL, vec![(CALLBACK_URL, "https://me:hunter2@example.com/")]),
            (PROVIDER_SECRET, vec![(PROVIDER_URL, "https://example.com/"), (PROVIDER_SECRET, bad)]),
            (PROVIDER_SECRET, vec![(PROVIDER_URL, "https://example.com/"), (SECRET, GOOD)]),
            (PROVIDER_SECRET, vec![(PROVIDER_SECRET, bad)]),
            (TIMEOUT_MS, vec![(TIMEOUT_MS, bad)]),
            (TIMEOUT_MS, vec![(TIMEOUT_MS, "0")]),
            (TIMEOUT_MS, vec![(TIMEOUT_MS, "60001")]),
        ] {
            let error = read(&pairs).unwrap_err();
            assert_eq!(error.variable, variable);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(variable) && !shown.contains(bad), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_secret_and_no_url() {
        let config = read(&[(CONDITION_URL, "https://example.com/?key=hunter2"), (SECRET, GOOD)]).unwrap();
        let shown = format!("{config:?} {:?}", config.secret);
        assert!(!shown.contains(GOOD) && !shown.contains("hunter2"), "{shown}");
    }
}
