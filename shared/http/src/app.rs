//! What every function is given: the store, the clock, chance, keys, and the outside parties.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use config::{KeptSecret, KeysConfig, PartiesConfig, Secret, Settings};
use domain::Timestamp;
use futures::future::try_join_all;
use parties::Parties;
use store::{Aws, Store};

use crate::call::cause;
use crate::{Revocations, Tokens};

/// The environment of a stack that nobody has deployed.
const LOCAL: &str = "local";

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives 128 random bits.
pub type Chance = Arc<dyn Fn() -> u128 + Send + Sync>;

/// Everything that a handler reaches the world through. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    environment: String,
    behind_cdn: bool,
    settings: Settings,
    store: Store,
    clock: Clock,
    chance: Chance,
    tokens: Tokens,
    revocations: Revocations,
    parties: OnceLock<Parties>,
    parties_from: Box<dyn Fn() -> Parties + Send + Sync>,
}

impl App {
    /// An app from the environment, as on Lambda. Secrets that it only names are read once, here.
    ///
    /// # Errors
    /// A sentence that names the variable that is missing or cannot be used, and never its value.
    pub async fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = Aws::from_env();
        let from_env = |variable: &str| std::env::var(variable).ok();
        let secrets = secrets(&aws, &KeptSecret::all_from_env(from_env)).await?;
        let lookup = |variable: &str| secrets.get(variable).cloned().or_else(|| from_env(variable));
        let keys = KeysConfig::from_env(lookup);
        let tokens = Tokens::new(keys.jwks.as_deref(), keys.signing_key.as_ref().map(Secret::expose))?;
        let parties = PartiesConfig::from_env(lookup)?;
        let environment = from_env("DIBS_ENVIRONMENT").unwrap_or_else(|| LOCAL.to_owned());
        let settings = Settings::from_env(&environment, lookup)?;
        Ok(Self(Arc::new(Inner {
            environment,
            behind_cdn: from_env("DIBS_BEHIND_CDN").is_some_and(|text| text == "true"),
            settings,
            store: Store::from_env(&aws),
            clock: Arc::new(|| Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())),
            chance: Arc::new(rand::random::<u128>),
            tokens,
            revocations: Revocations::default(),
            parties: OnceLock::new(),
            parties_from: Box::new(move || Parties::new(parties.clone())),
        })))
    }

    /// An app from its parts. `parties` is called once, by the first function that needs the outside
    /// services, so that the others start without an HTTP client.
    pub fn new(
        store: Store,
        clock: Clock,
        chance: Chance,
        tokens: Tokens,
        settings: Settings,
        parties: impl Fn() -> Parties + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            environment: LOCAL.to_owned(),
            behind_cdn: false,
            settings,
            store,
            clock,
            chance,
            tokens,
            revocations: Revocations::default(),
            parties: OnceLock::new(),
            parties_from: Box::new(parties),
        }))
    }

    /// Which of the deployments this is, `dev` or `prod`: metrics are told apart by it.
    pub fn environment(&self) -> &str {
        &self.0.environment
    }

    /// Whether CloudFront stands in front, so that the address of a call is not its caller's.
    pub fn is_behind_cdn(&self) -> bool {
        self.0.behind_cdn
    }

    /// Returns the settings of this deployment.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Tables and queues.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// 128 random bits.
    pub fn chance(&self) -> u128 {
        (self.0.chance)()
    }

    /// The keys of access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Returns what this instance knows of revoked access.
    pub fn revocations(&self) -> &Revocations {
        &self.0.revocations
    }

    /// The services that check conditions, fulfil rewards and take payments.
    pub fn parties(&self) -> &Parties {
        self.0.parties.get_or_init(|| (self.0.parties_from)())
    }
}

/// The texts of `kept`, by the variables that they stand for.
async fn secrets(aws: &Aws, kept: &[KeptSecret]) -> Result<BTreeMap<&'static str, String>, String> {
    let read = kept.iter().map(|secret| async move {
        let text = aws.secret(&secret.arn).await.map_err(|error| {
            let cause = cause(&error).unwrap_or_default();
            format!("{} names {}, which cannot be read: {cause}", secret.named_by, secret.arn)
        })?;
        // Whoever puts a file there does not mean its last line break.
        Ok::<_, String>((secret.variable, text.trim_end_matches(['\r', '\n']).to_owned()))
    });
    Ok(try_join_all(read).await?.into_iter().collect())
}
