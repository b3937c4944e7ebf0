//! Context of the request or message in progress: the fields of its log record and its metrics. It is
//! task-local, so that no function between the boundary and a service has to pass it on.

use std::cell::RefCell;
use std::fmt::Display;
use std::panic::PanicHookInfo;
use std::pin::pin;
use std::sync::Arc;

use domain::accounts::Role;
use domain::audit::Author;
use domain::ids::UserId;
use domain::{BusyReason, Code, Error, Timestamp};
use lambda_runtime::Context;
use store::{AwsRefusals, with_author, with_refusal_counts};

use crate::App;
use crate::log::{METRICS, cause};
use crate::metrics::{Metric, Metrics};

/// Log target of the record of each call.
const CALLS: &str = "dibs::call";
/// Name of the function that answers requests without a route.
pub const DEFAULT_FUNCTION: &str = "platform-default";
/// Maximum number of entity ids in a log record. A relay handles at most a hundred changes with two ids each.
const ENTITY_IDS_MAX: usize = 200;

tokio::task_local! {
    static CALL: RefCell<RequestContext>;
    static INVOCATION: Invocation;
}

/// Context of a request or message.
#[derive(Default)]
pub struct RequestContext {
    function: Option<&'static str>,
    route: Option<Arc<str>>,
    user: Option<UserId>,
    entity_ids: Vec<String>,
    metrics: Metrics,
    author: Author,
}

/// Ids of a Lambda invocation, which its log records carry.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Id of the invocation.
    pub request_id: Option<String>,
    /// Id of the trace, as X-Ray's console shows it.
    pub trace_id: Option<String>,
}

impl Invocation {
    /// Reads the ids from Lambda's `context`.
    pub fn of(context: &Context) -> Self {
        // A trace header has the form `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`.
        let parts = context.xray_trace_id.as_deref().unwrap_or_default().split(';');
        let root = parts.filter_map(|part| part.trim().strip_prefix("Root=")).next();
        Self { request_id: Some(context.request_id.clone()), trace_id: root.map(str::to_owned) }
    }

    /// Returns the invocation in progress. Both ids are `None` outside of Lambda.
    pub fn current() -> Self {
        INVOCATION.try_with(Self::clone).unwrap_or_default()
    }

    /// Runs `work` within this invocation and returns its output.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> T {
        INVOCATION.scope(self, work).await
    }
}

/// Outcome of a request or message, for its log record.
pub struct RequestOutcome<'a> {
    /// Id of the request, or of the Lambda invocation in a worker.
    pub request_id: Option<&'a str>,
    /// Id of the X-Ray trace, if there is one.
    pub trace_id: Option<&'a str>,
    /// Id of the SQS message, or of the first stream record, that the worker received.
    pub message_id: Option<&'a str>,
    /// HTTP status of the reply; `None` for workers.
    pub status: Option<u16>,
    /// Error with which the call was refused or failed.
    pub error: Option<&'a Error>,
    /// Duration of the call, in milliseconds.
    pub took_ms: i64,
}

/// Adds the id of an entity (a claim, order, reservation or payment) to the log record of the call in
/// progress. Records of all calls on the same entity share this id, which is also the `correlation_id` of its
/// domain events. Ids beyond 200 are dropped.
pub fn add_entity(entity_id: &impl Display) {
    with(|call| {
        let entity_id = entity_id.to_string();
        if call.entity_ids.len() < ENTITY_IDS_MAX && !call.entity_ids.contains(&entity_id) {
            call.entity_ids.push(entity_id);
        }
    });
}

/// Adds `by` to the count of `metric` when the call in progress succeeds. A failed call does not count, since
/// it is repeated. A message that is delivered twice counts twice.
pub fn count(metric: Metric, by: u64) {
    with(|call| call.metrics.count(metric, by));
}

/// Adds a duration in milliseconds to `metric` when the call in progress succeeds.
pub fn measure(metric: Metric, took_ms: i64) {
    with(|call| call.metrics.measure(metric, u64::try_from(took_ms).unwrap_or(0)));
}

/// Counts the refusals `ALREADY_REQUESTED`, `OUT_OF_STOCK` and `INSUFFICIENT_STOCK`, which write nothing
/// to the tables. Other codes are not counted.
pub fn count_refusal(code: Code) {
    let metric = match code {
        Code::AlreadyRequested => Metric::Duplicates,
        Code::OutOfStock | Code::InsufficientStock => Metric::SoldOut,
        _ => return,
    };
    with(|call| call.metrics.count(metric, 1));
}

/// Returns the name of the function that handles the call in progress. `None` outside of a call.
pub fn running_function() -> Option<&'static str> {
    CALL.try_with(|call| call.borrow().function).ok().flatten()
}

/// Sets the function name of the call in progress, and its `route`: HTTP method and path.
pub fn set_route(function: &'static str, route: &Arc<str>) {
    with(|call| (call.function, call.route) = (Some(function), Some(route.clone())));
}

/// Sets the user of the call in progress. The extractor of signed-in callers does so; routes without it call
/// this.
pub fn set_user(user: &UserId) {
    with(|call| call.user = Some(user.clone()));
}

/// Sets the account in whose name the call writes, and the role that allows it, for the audit.
pub fn set_author(user: &UserId, role: Role) {
    store::set_author(user, role.as_ref());
}

fn with(note: impl FnOnce(&mut RequestContext)) {
    // Without a call in progress (in tests and at startup) there is no log record to add to.
    let _ = CALL.try_with(|call| note(&mut call.borrow_mut()));
}

impl RequestContext {
    /// Runs `work` within this context and returns its output and the context afterwards.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> (T, Self) {
        let work = with_author(self.author.clone(), with_refusal_counts(work));
        let mut scope = pin!(CALL.scope(RefCell::new(self), work));
        let (outcome, AwsRefusals { conflicts, throttles }) = scope.as_mut().await;
        let mut call = scope.take_value().map(RefCell::into_inner).unwrap_or_default();
        for (metric, times) in [(Metric::Conflicts, conflicts), (Metric::Throttles, throttles)] {
            call.metrics.count(metric, times.into());
        }
        (outcome, call)
    }

    /// Creates the context of a call of the function with this name. `route` is its HTTP method and path,
    /// or its event source.
    pub fn of(function: &'static str, route: impl Into<Arc<str>>) -> Self {
        Self { function: Some(function), route: Some(route.into()), ..Self::default() }
    }

    /// Sets the id of the request or of the worker's call, and the time at which it began, for the audit.
    #[must_use]
    pub fn begun(self, request_id: Option<&str>, at: Timestamp) -> Self {
        let author = Author { request_id: request_id.map(str::to_owned), at: Some(at), ..self.author };
        Self { author, ..self }
    }

    /// Writes the log record of the call and its metrics.
    pub fn emit(mut self, app: &App, ending: &RequestOutcome<'_>) {
        let RequestOutcome { request_id, trace_id, message_id, status, error, took_ms } = *ending;
        let function = self.function.unwrap_or(DEFAULT_FUNCTION);
        let route = self.route.as_deref();
        let user_id = self.user.as_ref().map(UserId::as_str);
        let subject = Some(self.entity_ids.join(" ")).filter(|ids| !ids.is_empty());
        let outcome = error.map_or("ok", |error| error.code.as_str());
        // A worker sends no reply, so its log record also carries the message of a refusal.
        let refusal = error.filter(|_| status.is_none()).map(|error| error.message.to_string());
        let cause = error.and_then(cause).or(refusal);
        let busy_reason = error.and_then(|error| error.busy_reason).map(BusyReason::as_str);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: CALLS,
                    request_id, function, route, user_id, status, outcome, took_ms, subject, message_id,
                    trace_id, busy_reason, cause, "call"
                )
            };
        }
        self.metrics.count(Metric::Broken, error.is_some_and(Error::is_broken).into());
        match error.map(|error| error.code) {
            Some(Code::InternalError) => line!(error),
            Some(Code::Busy) => line!(warn),
            // A refusal in a worker reaches no client, and the message is delivered again.
            Some(_) if status.is_none() => line!(warn),
            _ => line!(info),
        }
        let metrics = if error.is_none() { self.metrics } else { self.metrics.without_success_metrics() };
        for line in metrics.lines(app.environment(), function, app.now()) {
            tracing::debug!(target: METRICS, "{line}");
        }
    }
}

/// Writes the log record of a panic, during a call or before any.
pub fn panicked(function: &'static str, panic: &PanicHookInfo<'_>) {
    let invocation = Invocation::current();
    let known = CALL.try_with(|call| {
        let call = call.try_borrow().ok()?;
        Some((call.route.clone(), call.user.clone(), call.entity_ids.join(" ")))
    });
    let (route, user, subject) = known.ok().flatten().unwrap_or_default();
    tracing::error!(
        request_id = invocation.request_id,
        function,
        route = route.as_deref(),
        user_id = user.as_ref().map(UserId::as_str),
        outcome = Code::InternalError.as_str(),
        subject,
        trace_id = invocation.trace_id,
        cause = %panic,
        "panic"
    );
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;
    use std::sync::Mutex;

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_said_stays_with_its_call() {
        add_entity(&"nobody");
        let one = RequestContext::of("one", "POST /").run(async {
            add_entity(&"a");
            tokio::task::yield_now().await;
            add_entity(&"b");
            add_entity(&"a");
            running_function()
        });
        let other = RequestContext::of("other", "queue grants").run(async { add_entity(&"c") });
        let ((function, one), ((), other)) = tokio::join!(one, other);
        assert_each_eq!((function, Some("one")), (one.entity_ids, vec!["a".to_owned(), "b".to_owned()]));
        assert_each_eq!((other.entity_ids, vec!["c".to_owned()]), (running_function(), None));
    }

    #[tokio::test]
    async fn a_full_batch_of_changes_is_named_with_both_names_of_each() {
        let ids: Vec<String> = (0..100).map(|number| format!("usr_a:{number}")).collect();
        let orders: Vec<String> = ids.iter().map(|id| format!("order of {id}")).collect();
        let batch = RequestContext::of("relay", "stream wallet").run(async {
            ids.iter().chain(&orders).for_each(add_entity);
        });
        let ((), call) = batch.await;
        assert_eq!(call.entity_ids, [ids, orders].concat());
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_panic_leaves_a_line_that_says_where_and_over_what() {
        let written = Written::default();
        let writer = written.clone();
        let log = crate::log::subscriber(move || writer.clone(), None);
        let _listening = tracing::subscriber::set_default(log);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(|panic| panicked("claim", panic)));
        let work = async {
            add_entity(&"usr_a:cmp_b");
            panic!("no such thing");
        };
        let invocation = Invocation { request_id: Some("r1".to_owned()), trace_id: None };
        let call = invocation.run(RequestContext::of("claim", "POST /claims").run(work));
        let ended = std::panic::AssertUnwindSafe(call).catch_unwind().await;
        std::panic::set_hook(before);
        assert!(ended.is_err());
        let line: serde_json::Value = serde_json::from_slice(&written.0.lock().unwrap()).unwrap();
        assert_eq!(
            serde_json::json!([
                line["level"],
                line["function"],
                line["route"],
                line["subject"],
                line["request_id"]
            ]),
            serde_json::json!(["ERROR", "claim", "POST /claims", "usr_a:cmp_b", "r1"])
        );
        let cause = line["cause"].as_str().unwrap();
        assert!(cause.contains("context.rs") && cause.contains("no such thing"), "{cause}");
    }

    #[test]
    fn the_trace_is_known_by_its_root() {
        let context = |trace: Option<&str>| {
            let mut context = Context::default();
            context.xray_trace_id = trace.map(str::to_owned);
            Invocation::of(&context).trace_id
        };
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(context(Some(header)).as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
        assert_each_eq!((context(Some("Sampled=0")), None), (context(None), None));
    }
}
