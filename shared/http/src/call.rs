//! The call under way: what its line in the log says of it beside how it ended, and what it has counted. It
//! belongs to the task, so that nobody between the boundary and the one who knows has to hand it on.

use std::cell::RefCell;
use std::fmt::Display;
use std::panic::PanicHookInfo;
use std::pin::pin;
use std::sync::Arc;

use domain::ids::UserId;
use domain::{Code, Error};
use lambda_http::Context;
use store::{Tally, tallied};

use crate::App;
use crate::metrics::{Metric, Metrics};

/// Metrics are written under this target, and by [`crate::log`] as they are.
pub(crate) const METRICS: &str = "dibs::metrics";
/// The function of what no route took.
pub const DEFAULT_FUNCTION: &str = "platform-default";
/// How many things a line names: a relay is handed a hundred changes at most, each with two names.
const SUBJECTS_MAX: usize = 200;

tokio::task_local! {
    static CALL: RefCell<Call>;
    static INVOCATION: Invocation;
}

/// What is known of a call.
#[derive(Default)]
pub(crate) struct Call {
    function: Option<&'static str>,
    route: Option<Arc<str>>,
    user: Option<UserId>,
    subjects: Vec<String>,
    metrics: Metrics,
}

/// What Lambda says of an invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    /// Its id.
    pub request_id: Option<String>,
    /// Its trace, as X-Ray's console knows it.
    pub trace_id: Option<String>,
}

impl Invocation {
    /// That of `context`.
    pub(crate) fn of(context: &Context) -> Self {
        // `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`
        let parts = context.xray_trace_id.as_deref().unwrap_or_default().split(';');
        let root = parts.filter_map(|part| part.trim().strip_prefix("Root=")).next();
        Self { request_id: Some(context.request_id.clone()), trace_id: root.map(str::to_owned) }
    }

    /// The one under way; one that says nothing where no Lambda has called.
    pub(crate) fn current() -> Self {
        INVOCATION.try_with(Self::clone).unwrap_or_default()
    }

    /// What `work` gives, which is done in this invocation.
    pub(crate) async fn run<T>(self, work: impl Future<Output = T>) -> T {
        INVOCATION.scope(self, work).await
    }
}

/// How a call has ended.
pub(crate) struct Ending<'a> {
    /// Names the call.
    pub request_id: Option<&'a str>,
    /// Names the trace that it is part of.
    pub trace_id: Option<&'a str>,
    /// Names the message, or the first change of a stream, that a worker was called with.
    pub message_id: Option<&'a str>,
    /// The status of its reply, if it has one.
    pub status: Option<u16>,
    /// Why it was refused, or failed.
    pub error: Option<&'a Error>,
    /// How long it took.
    pub took_ms: i64,
}

/// Says that the call under way is about `subject`: the id of a claim, an order, a reservation or a payment.
/// Its line in the log names it, as do the lines of all others that had to do with the same thing, and the
/// domain event's `correlation_id`.
pub fn about(subject: &impl Display) {
    with(|call| {
        let subject = subject.to_string();
        if call.subjects.len() < SUBJECTS_MAX && !call.subjects.contains(&subject) {
            call.subjects.push(subject);
        }
    });
}

/// Adds `by` to what is counted of `metric`, once the call under way has succeeded: one that fails is called
/// again. What was delivered twice counts twice.
pub fn count(metric: Metric, by: u64) {
    with(|call| call.metrics.count(metric, by));
}

/// Notes that something took so long, once the call under way has succeeded.
pub fn measure(metric: Metric, took_ms: i64) {
    with(|call| call.metrics.measure(metric, u64::try_from(took_ms).unwrap_or(0)));
}

/// Counts a refusal that is nowhere written down.
pub fn count_refusal(code: Code) {
    let metric = match code {
        Code::AlreadyRequested => Metric::Duplicates,
        Code::OutOfStock | Code::InsufficientStock => Metric::SoldOut,
        _ => return,
    };
    with(|call| call.metrics.count(metric, 1));
}

/// The function that is being called, by the name of its route or worker.
pub fn running_function() -> Option<&'static str> {
    CALL.try_with(|call| call.borrow().function).ok().flatten()
}

/// Says whose function the call under way is, and where it came to.
pub(crate) fn serves(function: &'static str, route: &Arc<str>) {
    with(|call| (call.function, call.route) = (Some(function), Some(route.clone())));
}

/// Says who calls. The extractor of a caller does; whoever finds it out otherwise says it too.
pub fn by(user: &UserId) {
    with(|call| call.user = Some(user.clone()));
}

fn with(note: impl FnOnce(&mut Call)) {
    // Where nobody has called, nobody reads a line.
    let _ = CALL.try_with(|call| note(&mut call.borrow_mut()));
}

impl Call {
    /// What `work` gives, and the call as it is known then.
    pub(crate) async fn run<T>(self, work: impl Future<Output = T>) -> (T, Self) {
        let mut scope = pin!(CALL.scope(RefCell::new(self), tallied(work)));
        let (outcome, Tally { conflicts, throttles }) = scope.as_mut().await;
        let mut call = scope.take_value().map(RefCell::into_inner).unwrap_or_default();
        for (metric, times) in [(Metric::Conflicts, conflicts), (Metric::Throttles, throttles)] {
            call.metrics.count(metric, times.into());
        }
        (outcome, call)
    }

    /// A call of the function of this name.
    pub(crate) fn of(function: &'static str, route: impl Into<Arc<str>>) -> Self {
        Self { function: Some(function), route: Some(route.into()), ..Self::default() }
    }

    /// Writes the one line that each call leaves, and its metrics.
    pub(crate) fn ended(mut self, app: &App, ending: &Ending<'_>) {
        let Ending { request_id, trace_id, message_id, status, error, took_ms } = *ending;
        let function = self.function.unwrap_or(DEFAULT_FUNCTION);
        let route = self.route.as_deref();
        let user_id = self.user.as_ref().map(UserId::as_str);
        let subject = Some(self.subjects.join(" ")).filter(|subject| !subject.is_empty());
        let outcome = error.map_or("ok", |error| error.code.as_str());
        // A worker's caller is told nothing, so its line says also what a refusal would have said.
        let refusal = error.filter(|_| status.is_none()).map(|error| error.message.to_string());
        let cause = error.and_then(cause).or(refusal);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id, function, route, user_id, status, outcome, took_ms, subject, message_id,
                    trace_id, cause, "call"
                )
            };
        }
        self.metrics.count(Metric::Broken, error.is_some_and(Error::is_broken).into());
        match error.map(|error| error.code) {
            Some(Code::InternalError) => line!(error),
            Some(Code::Busy) => line!(warn),
            // A worker has nobody to refuse something to: it will be called again.
            Some(_) if status.is_none() => line!(warn),
            _ => line!(info),
        }
        let metrics = if error.is_none() { self.metrics } else { self.metrics.of_failed() };
        for line in metrics.lines(app.environment(), function, app.now()) {
            tracing::debug!(target: METRICS, "{line}");
        }
    }
}

/// Writes the line of a call that ends in a panic, or of a function that does before any.
pub(crate) fn panicked(function: &'static str, panic: &PanicHookInfo<'_>) {
    let invocation = Invocation::current();
    let known = CALL.try_with(|call| {
        let call = call.try_borrow().ok()?;
        Some((call.route.clone(), call.user.clone(), call.subjects.join(" ")))
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

/// The chain of causes, in one line.
pub(crate) fn cause(error: &Error) -> Option<String> {
    let mut text = String::new();
    let mut next = error.cause().map(|cause| cause as &dyn std::error::Error);
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_said_stays_with_its_call() {
        about(&"nobody");
        let one = Call::of("one", "POST /").run(async {
            about(&"a");
            tokio::task::yield_now().await;
            about(&"b");
            about(&"a");
            running_function()
        });
        let other = Call::of("other", "queue grants").run(async { about(&"c") });
        let ((function, one), ((), other)) = tokio::join!(one, other);
        assert_eq!((function, one.subjects), (Some("one"), vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((other.subjects, running_function()), (vec!["c".to_owned()], None));
    }

    #[tokio::test]
    async fn a_full_batch_of_changes_is_named_with_both_names_of_each() {
        let ids: Vec<String> = (0..100).map(|number| format!("usr_a:{number}")).collect();
        let orders: Vec<String> = ids.iter().map(|id| format!("order of {id}")).collect();
        let batch = Call::of("relay", "stream wallet").run(async {
            ids.iter().chain(&orders).for_each(about);
        });
        let ((), call) = batch.await;
        assert_eq!(call.subjects, [ids, orders].concat());
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
            about(&"usr_a:cmp_b");
            panic!("no such thing");
        };
        let invocation = Invocation { request_id: Some("r1".to_owned()), trace_id: None };
        let call = invocation.run(Call::of("claim", "POST /claims").run(work));
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
        assert!(cause.contains("call.rs") && cause.contains("no such thing"), "{cause}");
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
        assert_eq!((context(Some("Sampled=0")), context(None)), (None, None));
    }
}
