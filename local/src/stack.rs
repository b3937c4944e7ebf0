//! Local stack: engines, tables and queues, the app, the event-source emulator and the HTTP front end,
//! started in the order of their dependencies.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use axum::Router;
use config::{ArchiveConfig, IntegrationsConfig, SecretString, Settings, WebhooksConfig};
use domain::{Error, Result, Timestamp};
use integrations::Integrations;
use runtime::{App, Tokens};
use store::Store;
use store::schema::{OUTBOX, QUEUES, Queue, TABLES};
use tokio::task::JoinHandle;

use crate::crowd::Crowd;
use crate::engine::{self, Deployed, Engines, Meter};
use crate::event_sources::EventSources;
use crate::fakes::{self, Fakes};
use crate::platform_log::PlatformLog;
use crate::routes::workers;
use crate::{front, keys};

/// Default prefix of the tables and queues: `dibs-<name>`.
pub const PREFIX: &str = "dibs";
/// Secret with which dibs and the fakes sign their calls. It is public, because both are on this machine.
pub const FAKES_SECRET: &str = "local-stand-ins-only";
/// Path to which the payment provider sends its callbacks.
const CALLBACKS: &str = "/api/v1/payments/callbacks";
/// Path of the schemas of events.
const EVENT_SCHEMAS: &str = "/api/v1/event-schemas";

/// Options of a stack.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Selection of the engines.
    pub engines: engine::Options,
    /// Prefix of the tables and queues: `<prefix>-<name>`. `None` selects [`PREFIX`].
    pub prefix: Option<String>,
    /// Base URL of the fakes of the outside services, which is the address of the stack itself.
    pub fakes_at: String,
    /// Timeout of a call to an outside service, in milliseconds. `None` selects the default of the settings.
    pub parties_timeout_ms: Option<u64>,
    /// Settings of the functions.
    pub settings: Settings,
    /// Queues that replace those of the schema, under the same names and with shorter visibility timeouts,
    /// because a test cannot wait a minute for a retry. `None` selects the schema's queues.
    pub queues: Option<&'static [&'static Queue]>,
    /// Difference of the functions' clock from the machine's clock, in milliseconds. A test may change it.
    pub clock_ahead_ms: Arc<AtomicI64>,
    /// Counter of the request units that functions and workers consume on the embedded DynamoDB.
    pub meter: Option<Meter>,
    /// Interceptor of the calls that functions and workers make to DynamoDB and SQS.
    pub interceptor: Option<SharedInterceptor>,
}

/// Running local stack, without its HTTP front end.
pub struct Stack {
    /// Dependencies of the functions: store, clock, tokens and outside services.
    pub app: App,
    /// Engines of the stack, whose calls are neither metered nor intercepted.
    pub engines: Engines,
    /// Names and URLs of the tables and queues.
    pub deployed: Deployed,
    /// Fakes of the outside services.
    pub fakes: Fakes,
    /// Events that the fake data platform received.
    pub log: PlatformLog,
    /// Event-source emulator, which calls the workers.
    pub event_sources: EventSources,
    crowd: Crowd,
    signing_key: String,
    listening: JoinHandle<()>,
}

impl Stack {
    /// Starts everything except the HTTP front end.
    ///
    /// # Errors
    /// Fails if an engine cannot be opened or refuses.
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
        if options.engines.data.is_some() {
            // The messages of workers that died with an earlier process were in its memory.
            app.store().release_lanes_of_dead_workers(app.now()).await?;
        }
        let log = PlatformLog::default();
        let outbox = deployed.queue_url(&OUTBOX)?.to_owned();
        let listening = tokio::spawn(log.clone().listen(engines.sqs_client.clone(), outbox));
        let event_sources =
            EventSources::start(engines.clone(), deployed.clone(), app.clone(), workers()).await?;
        let clock = app.clone();
        let fakes = Fakes::new(SecretString::from(FAKES_SECRET), move || clock.now());
        let crowd = Crowd::new(app.clone(), &options.fakes_at);
        Ok(Self { app, engines, deployed, fakes, log, event_sources, crowd, signing_key, listening })
    }

    /// Returns the router of the web application, the API and the fakes.
    pub fn router(&self) -> Router {
        let (fakes, sockets) = (self.fakes.clone(), self.engines.sockets.clone());
        front::router(&self.app, fakes, self.log.clone(), sockets, self.crowd.clone())
    }

    /// Returns the environment variables of a function that runs outside this process on the same tables and
    /// queues. `engines` is the URL of the served engines, such as `http://127.0.0.1:8000`, and `address`
    /// that of the stack.
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
            ("DIBS_PARTIES_SECRET", FAKES_SECRET.to_owned()),
            ("DIBS_PROVIDER_URL", format!("{address}/provider")),
            ("DIBS_PROVIDER_SECRET", FAKES_SECRET.to_owned()),
            ("DIBS_CALLBACK_URL", format!("{address}{CALLBACKS}")),
            ("DIBS_LINKS_URL", address.to_owned()),
            ("DIBS_MAIL_FROM", fakes::MAIL_FROM.to_owned()),
            ("AWS_ENDPOINT_URL_SESV2", address.to_owned()),
            ("DIBS_EVENT_SCHEMAS_URL", format!("{address}{EVENT_SCHEMAS}")),
        ];
        environment.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    /// Finishes the work in progress, and stops the stack.
    pub async fn stop(self) {
        self.event_sources.stop().await;
        self.listening.abort();
    }
}

fn app(engines: &Engines, deployed: &Deployed, signing_key: &str, options: &Options) -> Result<App> {
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let store = store.with_sockets(engines.sockets_client.clone());
    let tokens = Tokens::new(None, Some(signing_key)).map_err(Error::internal)?;
    let defaults = IntegrationsConfig::default();
    let integrations = IntegrationsConfig {
        condition_url: Some(format!("{}/condition", options.fakes_at)),
        fulfilment_url: Some(format!("{}/fulfilment", options.fakes_at)),
        secret: SecretString::from(FAKES_SECRET),
        provider_url: Some(format!("{}/provider", options.fakes_at)),
        provider_secret: SecretString::from(FAKES_SECRET),
        callback_url: Some(format!("{}{CALLBACKS}", options.fakes_at)),
        mail: Some(fakes::mail_config(&options.fakes_at)),
        archive: options.engines.data.as_deref().map(archive_beside),
        timeout_ms: options.parties_timeout_ms.unwrap_or(defaults.timeout_ms),
        webhooks: WebhooksConfig {
            timeout_ms: options.parties_timeout_ms.unwrap_or(defaults.webhooks.timeout_ms),
            allows_local: true,
        },
        ..defaults
    };
    let schemas_url = format!("{}{EVENT_SCHEMAS}", options.fakes_at);
    let settings = Settings {
        links_url: Some(options.fakes_at.clone()),
        event_schemas_url: Some(schemas_url),
        ..options.settings.clone()
    };
    let ahead_ms = options.clock_ahead_ms.clone();
    let clock = move || {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond() + ahead_ms.load(Ordering::Relaxed))
    };
    Ok(App::new(store, Arc::new(clock), Arc::new(rand::random::<u128>), tokens, settings, move || {
        Integrations::new(integrations.clone())
    }))
}

/// Returns the archive of the audit of a stack that keeps its data in the file `data`: the folder with the same
/// name and the ending `audit`.
fn archive_beside(data: &Path) -> ArchiveConfig {
    let mut folder = data.as_os_str().to_owned();
    folder.push(".audit");
    ArchiveConfig::Folder(folder.into())
}
