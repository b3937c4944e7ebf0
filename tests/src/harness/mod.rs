//! Harness of the API tests: the whole of dibs in memory, callers with roles, and responses that are
//! validated against the OpenAPI document before a test sees them.

mod accounts;
mod backend;
mod caller;
mod concerts;
mod deals;
mod document;
mod instances;
mod live;
mod payments;
mod reply;
mod snapshot;
mod staff;
mod tables;
mod world;

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_sdk_sqs::types::QueueAttributeName;
use config::Settings;
use dibs_http::axum::Router;
use domain::Timestamp;
use domain::accounts::{Role, Roles};
use domain::ids::UserId;
use local::fakes::Fakes;
use local::{Options, Stack, front};
use runtime::{ACCESS_TOKEN_SECONDS, App, Tokens};
use store::schema::{ACCOUNTS, QUEUES, Queue, Table};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::grants::{self, Recorder};
use crate::replies::observe_events;

pub use accounts::{Member, PASSWORD};
pub use backend::{TestBackend, differences};
pub use caller::{Call, Caller};
pub use document::document;
pub use live::LiveClient;
pub use reply::Reply;

use staff::Staff;

/// Maximum number of receives of a message in [`QUEUES_WITH_QUICK_RETRIES`].
const QUICK_RECEIVES_MAX: u32 = 5;

/// Queues of the schema, in which a message that failed is visible again after a second, and is a dead letter
/// after fewer receives.
static QUEUES_WITH_QUICK_RETRIES: LazyLock<Vec<&Queue>> = LazyLock::new(|| {
    let quick = |queue: &&Queue| {
        let receives_max = queue.receives_max.min(QUICK_RECEIVES_MAX);
        &*Box::leak(Box::new(Queue { name: queue.name, visibility_s: 1, receives_max }))
    };
    QUEUES.iter().map(quick).collect()
});

/// Timeout of a call to an outside service in a test, in milliseconds.
const PARTIES_TIMEOUT_MS: u64 = 1_500;
const SHORT_PARTIES_TIMEOUT_MS: u64 = 200;

/// Whole system in memory for one test. The test must end it with [`TestApp::finish`] or
/// [`TestApp::abandon`], otherwise it fails.
pub struct TestApp {
    stack: Stack,
    router: Router,
    address: String,
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    callers: AtomicU64,
    clock_ahead_ms: Arc<AtomicI64>,
    recorder: Recorder,
    backend: Option<TestBackend>,
    finished: bool,
}

impl TestApp {
    /// Starts an empty system.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts an empty system with these settings.
    pub async fn with_settings(settings: Settings) -> Self {
        Self::with(|options| options.settings = settings).await
    }

    /// Starts a system on this data file, with the functions' clock at `now_ms` (Unix time in milliseconds).
    pub async fn on(file: &Path, now_ms: i64) -> Self {
        Self::with(|options| {
            options.engines.data = Some(file.to_owned());
            set_clock(options, now_ms);
        })
        .await
    }

    /// Starts an empty system with the functions' clock at `now_ms` (Unix time in milliseconds).
    pub async fn at(now_ms: i64) -> Self {
        Self::with(|options| set_clock(options, now_ms)).await
    }

    /// Starts a system in which a failed message is visible again after a second, instead of a minute.
    pub async fn with_quick_retries() -> Self {
        Self::with(|options| options.queues = Some(&QUEUES_WITH_QUICK_RETRIES)).await
    }

    /// Starts a system in which a failed message is visible again after a second, and calls to outside
    /// services time out after 200 ms, before the worker does.
    pub async fn with_little_patience() -> Self {
        Self::with(|options| {
            options.queues = Some(&QUEUES_WITH_QUICK_RETRIES);
            options.parties_timeout_ms = Some(SHORT_PARTIES_TIMEOUT_MS);
        })
        .await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it has an address"));
        let parties_timeout_ms = Some(PARTIES_TIMEOUT_MS);
        let fakes_at = address.clone();
        let recorder = Recorder::default();
        let interceptor = Some(SharedInterceptor::new(recorder.clone()));
        let mut options = Options { fakes_at, parties_timeout_ms, interceptor, ..Options::default() };
        change(&mut options);
        let backend = TestBackend::of_terraform().filter(|_| options.engines.data.is_none());
        if let Some(backend) = &backend {
            backend.empty().await;
            options.engines = backend.engines();
            options.prefix = Some(backend.prefix().to_owned());
        }
        let clock_ahead_ms = options.clock_ahead_ms.clone();
        let stack = Stack::start(&options).await.expect("the stack starts");
        let router = stack.router();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = front::serve(listener, router.clone(), async { drop(stopped.await) });
        let server = tokio::spawn(async { serving.await.expect("the front serves") });
        let (server, callers) = (Some((stop, server)), AtomicU64::new(1));
        Self { stack, router, address, server, callers, clock_ahead_ms, recorder, backend, finished: false }
    }

    /// Returns the URL of this system's HTTP server, `http://127.0.0.1:…`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the dependencies of the functions.
    pub fn app(&self) -> &App {
        &self.stack.app
    }

    /// Returns the fakes of the outside services.
    pub fn fakes(&self) -> &Fakes {
        &self.stack.fakes
    }

    /// Returns the current time of the functions' clock.
    pub fn now(&self) -> Timestamp {
        self.app().now()
    }

    /// Advances the functions' clock by `seconds` seconds. Delays of messages follow the machine's clock.
    pub fn pass_seconds(&self, seconds: i64) {
        self.clock_ahead_ms.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// Advances the functions' clock and shortens the delays of messages by `seconds` seconds, and waits
    /// until the due work is done.
    pub async fn wait_seconds(&self, seconds: u32) {
        self.settle().await;
        self.pass_seconds(seconds.into());
        if let Some(sqs) = &self.stack.engines.sqs {
            sqs.advance(std::time::Duration::from_secs(seconds.into()));
        }
        if let Some(backend) = &self.backend {
            backend.advance_time(seconds).await;
        }
        self.settle().await;
    }

    /// Advances the functions' clock by `millis` milliseconds, so that the next item is newer than earlier
    /// ones.
    pub fn pass_millis(&self, millis: i64) {
        self.clock_ahead_ms.fetch_add(millis, Ordering::Relaxed);
    }

    /// Deletes a table, as an operator may do by mistake.
    pub async fn drop_table(&self, table: &Table) {
        let name = self.stack.deployed.name(table.name);
        self.stack
            .engines
            .dynamo_client
            .delete_table()
            .table_name(name)
            .send()
            .await
            .expect("the table goes");
    }

    /// Stops the event-source emulator: from now on no stream is relayed and no message is delivered. Such a
    /// test ends with [`Self::abandon`].
    pub async fn stop_relays(&mut self) {
        self.stack.event_sources.suspend().await;
    }

    /// Ends the test without the final checks, for a test that broke the system on purpose.
    pub fn abandon(mut self) {
        self.finished = true;
    }

    /// Returns a caller without a token.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.router.clone(), None, None)
    }

    /// Returns a new user with the role USER.
    pub fn user(&self) -> Caller {
        self.with_roles(&[Role::User])
    }

    /// Returns a new user with the role OPERATOR.
    pub fn operator(&self) -> Caller {
        self.with_roles(&[Role::Operator])
    }

    /// Returns a new user with the role AUDITOR.
    pub fn auditor(&self) -> Caller {
        self.with_roles(&[Role::Auditor])
    }

    /// Returns a new user with the role ADMIN.
    pub fn admin(&self) -> Caller {
        self.with_roles(&[Role::Admin])
    }

    /// Returns a new user with these roles.
    pub fn with_roles(&self, roles: &[Role]) -> Caller {
        let number = self.callers.fetch_add(1, Ordering::Relaxed);
        let kind = roles.first().map_or("nobody", |role| role.as_ref()).to_ascii_lowercase();
        self.signed_in(UserId::new(format!("{kind}-{number}")), roles, self.now(), self.app().tokens())
    }

    /// Returns a user with an expired token.
    pub fn expired(&self) -> Caller {
        let long_ago = self.now().plus_seconds(-ACCESS_TOKEN_SECONDS - 10);
        self.signed_in(UserId::new("expired"), &ALL_ROLES, long_ago, self.app().tokens())
    }

    /// Returns a user with a token signed by an unknown key.
    pub fn forger(&self) -> Caller {
        let other = local::keys::signing_key(None).expect("a key can be made");
        let tokens = Tokens::new(None, Some(&other)).expect("the key is one");
        self.signed_in(UserId::new("forger"), &ALL_ROLES, self.now(), &tokens)
    }

    /// Returns a caller with the account id `id`, whose access token names these roles and was issued by
    /// `tokens` at the time `at`.
    pub fn signed_in(&self, id: UserId, roles: &[Role], at: Timestamp, tokens: &Tokens) -> Caller {
        let roles: Roles = roles.iter().copied().collect();
        let token = tokens.issue(&id, &roles, at).expect("there is a key");
        let caller = Caller::new(self.router.clone(), Some(token), Some(id.clone()));
        let table = self.stack.deployed.name(ACCOUNTS.name).to_owned();
        caller.with_account(Staff::new(self.stack.engines.dynamo_client.clone(), table, id, roles))
    }

    /// Returns a caller with this access token.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(self.router.clone(), Some(token.to_owned()), None)
    }

    /// Waits until streams are read and queues are empty, except for delayed messages.
    pub async fn settle(&self) {
        self.stack.event_sources.settle_due().await.expect("everything comes to rest");
    }

    /// Returns the number of messages in the dead-letter queue of `queue`.
    pub async fn dead_letters(&self, queue: &Queue) -> usize {
        let (_, url) = self.dead_letter_queue(queue);
        self.count_messages(url, QueueAttributeName::ApproximateNumberOfMessages).await
    }

    /// Returns SQS and the address of the dead letters of `queue`.
    pub fn dead_letter_queue(&self, queue: &Queue) -> (&aws_sdk_sqs::Client, &str) {
        let url = self.stack.deployed.dead_letter_url(queue).expect("it has dead letters");
        (&self.stack.engines.sqs_client, url)
    }

    /// Returns the number of delayed messages of `queue`.
    pub async fn delayed_messages(&self, queue: &Queue) -> usize {
        let url = self.stack.deployed.queue_url(queue).expect("it is deployed");
        self.count_messages(url, QueueAttributeName::ApproximateNumberOfMessagesDelayed).await
    }

    async fn count_messages(&self, url: &str, of: QueueAttributeName) -> usize {
        let call = self.stack.engines.sqs_client.get_queue_attributes().queue_url(url);
        let call = call.attribute_names(QueueAttributeName::All);
        let attributes = call.send().await.expect("SQS answers").attributes.unwrap_or_default();
        attributes.get(&of).and_then(|count| count.parse().ok()).expect("a number")
    }

    /// Moves the dead-letter messages of `queue` back, as `dibs redrive` does, and returns their number.
    pub async fn redrive(&self, queue: &Queue) -> usize {
        local::event_sources::redrive(&self.stack.engines, &self.stack.deployed, queue)
            .await
            .expect("SQS answers")
    }

    /// Sets whether the fake data platform rejects all events.
    pub fn platform_fails(&self, fail: bool) {
        self.stack.log.set(local::platform_log::PlatformSettings { fail });
    }

    /// Returns the domain events that the fake data platform received.
    pub fn events(&self) -> Vec<domain::events::DomainEvent> {
        self.stack.log.events()
    }

    /// Ends the test. Panics if a message was moved to a dead-letter queue, if a domain event is not valid by its
    /// schema, or if a function made a call that its role does not allow.
    pub async fn finish(mut self) {
        self.settle().await;
        observe_events(&self.events());
        for queue in self.stack.deployed.queues() {
            assert_eq!(self.dead_letters(queue).await, 0, "dead letters of {}", queue.name);
        }
        if let Some(roles) = grants::roles().expect("terraform/functions.json can be read").0 {
            let refused = grants::not_allowed(&self.recorder.calls(&self.stack.deployed), &roles);
            let refused = refused.join("\n");
            assert!(refused.is_empty(), "AWS would refuse this, until tests/generate adds it:\n{refused}");
        }
        self.finished = true;
        if let Some((stop, server)) = self.server.take() {
            // A failure of the server is reported when its task is joined below.
            let _ = stop.send(());
            server.abort();
        }
    }
}

fn set_clock(options: &Options, now_ms: i64) {
    let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let ahead = now_ms - i64::try_from(machine).unwrap_or(i64::MAX);
    options.clock_ahead_ms.store(ahead, Ordering::Relaxed);
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Err(error) = grants::keep(self.recorder.calls(&self.stack.deployed)) {
            eprintln!("what was called is not kept: {error}");
        }
        if !self.finished && !std::thread::panicking() {
            panic!("the test did not call finish(), so nobody looked whether its queues are empty");
        }
    }
}

/// Every role of the API.
pub const ALL_ROLES: [Role; 4] = [Role::User, Role::Operator, Role::Auditor, Role::Admin];
