//! What every function is given: the store, the clock, chance, keys, and the outside parties.

use std::sync::{Arc, OnceLock};

use config::{KeysConfig, PartiesConfig, Secret};
use domain::Timestamp;
use parties::Parties;
use store::Store;

use crate::Tokens;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives 128 random bits.
pub type Chance = Arc<dyn Fn() -> u128 + Send + Sync>;

/// Everything that a handler reaches the world through. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    chance: Chance,
    tokens: Tokens,
    parties: OnceLock<Parties>,
    parties_from: Box<dyn Fn() -> Parties + Send + Sync>,
}

impl App {
    /// An app from the environment, as on Lambda.
    ///
    /// # Errors
    /// A sentence that names the variable that is missing or cannot be used.
    pub async fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let lookup = |variable: &str| std::env::var(variable).ok();
        let keys = KeysConfig::from_env(lookup);
        let tokens = Tokens::new(keys.jwks.as_deref(), keys.signing_key.as_ref().map(Secret::expose))?;
        let parties = PartiesConfig::from_env(lookup)?;
        let clock = || Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let chance = rand::random::<u128>;
        Ok(Self::new(Store::from_env().await, Arc::new(clock), Arc::new(chance), tokens, move || {
            Parties::new(parties.clone())
        }))
    }

    /// An app from its parts. `parties` is called once, by the first function that needs the outside
    /// services, so that the others start without an HTTP client.
    pub fn new(
        store: Store,
        clock: Clock,
        chance: Chance,
        tokens: Tokens,
        parties: impl Fn() -> Parties + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            chance,
            tokens,
            parties: OnceLock::new(),
            parties_from: Box::new(parties),
        }))
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

    /// The services that check conditions, fulfil rewards and take payments.
    pub fn parties(&self) -> &Parties {
        self.0.parties.get_or_init(|| (self.0.parties_from)())
    }
}
