//! Dependencies of every function: the store, the clock, random numbers, keys and the external services.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use config::{ExposeSecret, IntegrationsConfig, KeysConfig, SecretReference, Settings};
use domain::Timestamp;
use domain::ids::Nonce;
use futures::future::try_join_all;
use integrations::Integrations;
use store::{Aws, Store};

use crate::log::cause;
use crate::{Revocations, SealingKeys, Tokens};

/// Name of the environment of a local stack.
const LOCAL: &str = "local";

/// Source of the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Source of 128 random bits.
pub type Entropy = Arc<dyn Fn() -> u128 + Send + Sync>;

/// Dependencies that a handler or worker uses. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    environment: String,
    behind_cdn: bool,
    settings: Settings,
    store: Store,
    clock: Clock,
    entropy: Entropy,
    tokens: Tokens,
    sealing: SealingKeys,
    revocations: Revocations,
    integrations: OnceLock<Integrations>,
    integrations_from: Box<dyn Fn() -> Integrations + Send + Sync>,
}

impl App {
    /// Builds the dependencies on Lambda from the environment. Reads each secret that the environment names
    /// by ARN once.
    ///
    /// # Errors
    /// A sentence that names the variable that is missing or invalid, but never its value.
    pub async fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = Aws::from_env();
        let from_env = |variable: &str| std::env::var(variable).ok();
        let secrets = secrets(&aws, &SecretReference::all_from_env(from_env)).await?;
        let lookup = |variable: &str| secrets.get(variable).cloned().or_else(|| from_env(variable));
        let keys = KeysConfig::from_env(lookup);
        let tokens =
            Tokens::new(keys.jwks.as_deref(), keys.signing_key.as_ref().map(ExposeSecret::expose_secret))?;
        let integrations = IntegrationsConfig::from_env(lookup)?;
        let environment = from_env("DIBS_ENVIRONMENT").unwrap_or_else(|| LOCAL.to_owned());
        let settings = Settings::from_env(&environment, lookup)?;
        Ok(Self(Arc::new(Inner {
            environment,
            behind_cdn: from_env("DIBS_BEHIND_CDN").is_some_and(|text| text == "true"),
            sealing: SealingKeys::new(&settings.sealing_keys),
            settings,
            store: Store::from_env(&aws),
            clock: Arc::new(|| Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())),
            entropy: Arc::new(rand::random::<u128>),
            tokens,
            revocations: Revocations::default(),
            integrations: OnceLock::new(),
            integrations_from: Box::new(move || Integrations::new(integrations.clone())),
        })))
    }

    /// Builds the dependencies from parts. Calls `integrations` once, when a function first uses the external
    /// services, so that other functions start without an HTTP client.
    pub fn new(
        store: Store,
        clock: Clock,
        entropy: Entropy,
        tokens: Tokens,
        settings: Settings,
        integrations: impl Fn() -> Integrations + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            environment: LOCAL.to_owned(),
            behind_cdn: false,
            sealing: SealingKeys::new(&settings.sealing_keys),
            settings,
            store,
            clock,
            entropy,
            tokens,
            revocations: Revocations::default(),
            integrations: OnceLock::new(),
            integrations_from: Box::new(integrations),
        }))
    }

    /// Returns the name of the deployment, such as `dev` or `prod`. It is the dimension of all metrics.
    pub fn environment(&self) -> &str {
        &self.0.environment
    }

    /// Returns whether CloudFront forwards the requests, so that the address of a connection is not its
    /// client's.
    pub fn is_behind_cdn(&self) -> bool {
        self.0.behind_cdn
    }

    /// Returns the settings of this deployment.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Returns the access to tables and queues.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Returns a random number for a version of an item, by which two writes of equal content differ.
    pub fn nonce(&self) -> Nonce {
        Nonce::new(self.entropy())
    }

    /// Returns 128 random bits.
    pub fn entropy(&self) -> u128 {
        (self.0.entropy)()
    }

    /// Returns the keys that sign and verify tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Returns the keys under which secrets are sealed and derived.
    pub fn sealing(&self) -> &SealingKeys {
        &self.0.sealing
    }

    /// Returns this instance's cache of revoked access.
    pub fn revocations(&self) -> &Revocations {
        &self.0.revocations
    }

    /// Returns the clients of the services that check conditions, fulfil rewards and take payments.
    pub fn integrations(&self) -> &Integrations {
        self.0.integrations.get_or_init(|| (self.0.integrations_from)())
    }
}

/// Reads the secrets `kept` and returns their texts by the variables that they replace.
async fn secrets(aws: &Aws, kept: &[SecretReference]) -> Result<BTreeMap<&'static str, String>, String> {
    let read = kept.iter().map(|secret| async move {
        let text = aws.secret(&secret.arn).await.map_err(|error| {
            let cause = cause(&error).unwrap_or_default();
            format!("{} names {}, which cannot be read: {cause}", secret.named_by, secret.arn)
        })?;
        // A secret that was stored from a file may end with a line break that does not belong to it.
        Ok::<_, String>((secret.variable, text.trim_end_matches(['\r', '\n']).to_owned()))
    });
    Ok(try_join_all(read).await?.into_iter().collect())
}
