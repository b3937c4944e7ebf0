//! The stack: engines, tables and queues, the app, the pump and the front, in the order in which each needs
//! the others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use axum::Router;
use config::{PartiesConfig, Secret, Settings};
use domain::{Error, Result, Timestamp};
use edge::{App, Tokens};
use parties::Parties;
use store::Store;
use store::schema::{OUTBOX, QUEUES, Queue, TABLES};
use tokio::task::JoinHandle;

use crate::engine::{self, Deployed, Engines, Meter};
use crate::platform_log::PlatformLog;
use crate::pump::Pump;
use crate::routes::workers;
use crate::standins::StandIns;
use crate::{front, keys};

/// What tables and queues are called on a laptop: `dibs-<name>`.
pub const PREFIX: &str = "dibs";
/// The secret between dibs and its stand-ins. It guards nothing: both are on this machine.
pub const STAND_IN_SECRET: &str = "local-stand-ins-only";
/// Where the payment provider reports.
const CALLBACKS: &str = "/api/v1/payments/callbacks";

/// How a stack is to be.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which engines.
    pub engines: engine::Options,
    /// What tables and queues are called: `<prefix>-<name>`; [`PREFIX`] when none.
    pub prefix: Option<String>,
    /// Where the stand-ins of the outside services are reached: the stack's own address.
    pub standins_at: String,
    /// How long an outside service may take.
    pub parties_timeout_ms: Option<u64>,
    /// Settings of the functions.
    pub settings: Settings,
    /// The queues, by the schema's names; the schema's own when none. A test has no minute to wait for a
    /// second try.
    pub queues: Option<&'static [&'static Queue]>,
    /// How far the functions' clock is ahead of the machine's, in milliseconds; a test may move it.
    pub clock_ahead_ms: Arc<AtomicI64>,
    /// Counts what functions and workers take of the embedded DynamoDB.
    pub meter: Option<Meter>,
    /// Sees what functions and workers call of DynamoDB and SQS.
    pub interceptor: Option<SharedInterceptor>,
}

/// A running stack.
pub struct Stack {
    /// What the functions are given.
    pub app: App,
    /// The engines.
    pub engines: Engines,
    /// The tables and queues.
    pub deployed: Deployed,
    /// The stand-ins of the outside services.
    pub standins: StandIns,
    /// What the data platform has heard.
    pub log: PlatformLog,
    /// What calls the workers.
    pub pump: Pump,
    signing_key: String,
    listening: JoinHandle<()>,
}

impl Stack {
    /// Starts everything but the front.
    ///
    /// # Errors
    /// When an engine cannot be opened or refuses.
    pub async fn start(options: &Options) -> Result<Self> {
        let engines = Engines::open(&options.engines).await?;
        let prefix = options.prefix.as_deref().unwrap_or(PREFIX);
        let deployed = engines.create(prefix, TABLES, options.queues.unwrap_or(QUEUES)).await?;
        let signing_key = keys::signing_key(options.engines.data.as_deref())?;
        let mut theirs = engines.clone();
        if let Some(meter) = options.meter.clone() {
            theirs = theirs.metered(meter);
        }
        if let Some(interceptor) = &options.interceptor {
            theirs = theirs.intercepted(interceptor);
        }
        let app = app(&theirs, &deployed, &signing_key, options)?;
        let log = PlatformLog::default();
        let outbox = deployed.queue_url(&OUTBOX)?.to_owned();
        let listening = tokio::spawn(log.clone().listen(engines.sqs_client.clone(), outbox));
        let pump = Pump::start(engines.clone(), deployed.clone(), app.clone(), workers()).await?;
        let clock = app.clone();
        let standins = StandIns::new(Secret::new(STAND_IN_SECRET), move || clock.now());
        Ok(Self { app, engines, deployed, standins, log, pump, signing_key, listening })
    }

    /// Everything that it answers to.
    pub fn router(&self) -> Router {
        front::router(&self.app, self.standins.clone(), self.log.clone())
    }

    /// What a function elsewhere needs in its environment to work on the same tables and queues, when the
    /// engines are served at `engines` (`http://127.0.0.1:8000`) and the stack at `address`.
    pub fn environment(&self, engines: &str, address: &str) -> BTreeMap<String, String> {
        let mut environment = self.deployed.variables().clone();
        let public = serde_json::to_string(self.app.tokens().public()).unwrap_or_default();
        let settings = [
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", engines.to_owned()),
            ("AWS_ENDPOINT_URL_SQS", engines.to_owned()),
            ("DIBS_JWKS", public),
            ("DIBS_SIGNING_KEY", self.signing_key.trim().replace('\n', "\\n")),
            ("DIBS_CONDITION_URL", format!("{address}/condition")),
            ("DIBS_FULFILMENT_URL", format!("{address}/fulfilment")),
            ("DIBS_PARTIES_SECRET", STAND_IN_SECRET.to_owned()),
            ("DIBS_PROVIDER_URL", format!("{address}/provider")),
            ("DIBS_PROVIDER_SECRET", STAND_IN_SECRET.to_owned()),
            ("DIBS_CALLBACK_URL", format!("{address}{CALLBACKS}")),
        ];
        environment.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    /// Finishes what is under way, and ends.
    pub async fn stop(self) {
        self.pump.stop().await;
        self.listening.abort();
    }
}

fn app(engines: &Engines, deployed: &Deployed, signing_key: &str, options: &Options) -> Result<App> {
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let tokens = Tokens::new(None, Some(signing_key)).map_err(Error::internal)?;
    let defaults = PartiesConfig::default();
    let parties = PartiesConfig {
        condition_url: Some(format!("{}/condition", options.standins_at)),
        fulfilment_url: Some(format!("{}/fulfilment", options.standins_at)),
        secret: Secret::new(STAND_IN_SECRET),
        provider_url: Some(format!("{}/provider", options.standins_at)),
        provider_secret: Secret::new(STAND_IN_SECRET),
        callback_url: Some(format!("{}{CALLBACKS}", options.standins_at)),
        timeout_ms: options.parties_timeout_ms.unwrap_or(defaults.timeout_ms),
        ..defaults
    };
    let ahead_ms = options.clock_ahead_ms.clone();
    let clock = move || {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond() + ahead_ms.load(Ordering::Relaxed))
    };
    Ok(App::new(
        store,
        Arc::new(clock),
        Arc::new(rand::random::<u128>),
        tokens,
        options.settings.clone(),
        move || Parties::new(parties.clone()),
    ))
}
