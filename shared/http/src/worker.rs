//! Workers: functions that a queue, a stream or a schedule calls.

use std::fmt;

use aws_lambda_events::event::dynamodb;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::Result;
use futures::future::BoxFuture;
use store::schema::{Queue, Table};

use crate::App;
use crate::call::{Call, Ending, Invocation};
use crate::hops;

tokio::task_local! {
    /// Shard of the stream whose records are handled. It belongs to the task, as what is known of its call.
    static SHARD: Option<String>;
}

/// One worker, and so one Lambda function.
pub struct Worker {
    /// `workers-<operation>`: the name of the binary, the function, and the file in `events/`.
    pub name: &'static str,
    /// What calls it, and what it does.
    pub source: Source,
}

/// A future that a worker's function returns.
pub type Work = BoxFuture<'static, Result<()>>;

/// What calls a worker.
pub enum Source {
    /// Messages of a queue, each on its own: the others of a batch go through when one fails.
    Queue(&'static Queue, fn(App, Message) -> Work),
    /// Changes of a table, in order per item; a batch that fails comes again as a whole.
    Stream(&'static Table, fn(App, Vec<dynamodb::EventRecord>) -> Work),
    /// The clock, every so many seconds.
    Schedule(u32, fn(App) -> Work),
}

/// A message of a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// What was sent.
    pub body: String,
    /// How often it has been received, this time included.
    pub receives: u32,
}

impl Worker {
    /// Handles a batch of messages as Lambda does: what is named in the answer comes again.
    pub async fn handle_sqs(&self, app: &App, event: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        let Source::Queue(_, run) = self.source else { return response };
        let handled = event.records.into_iter().map(|record| async move {
            let receives =
                record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
            let message =
                Message { body: record.body.clone().unwrap_or_default(), receives: receives.unwrap_or(1) };
            let hops = hops::before(&record) + 1;
            let call =
                async { self.call(app, record.message_id.as_deref(), run(app.clone(), message)).await };
            let outcome = hops::within(hops, call).await;
            (record.message_id.unwrap_or_default(), outcome)
        });
        for (id, outcome) in futures::future::join_all(handled).await {
            if outcome.is_err() {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    /// Handles a batch of a stream's records.
    ///
    /// # Errors
    /// When any record could not be handled: the whole batch has to come again.
    pub async fn handle_stream(&self, app: &App, event: dynamodb::Event) -> Result<()> {
        let Source::Stream(_, run) = self.source else { return Ok(()) };
        let first = event.records.first().map(|record| record.event_id.clone());
        self.call(app, first.as_deref(), run(app.clone(), event.records)).await
    }

    /// Handles a batch of the records of `shard`, which the worker learns by [`shard`].
    ///
    /// # Errors
    /// When any record could not be handled: the whole batch has to come again.
    pub async fn handle_shard(&self, app: &App, shard: Option<String>, event: dynamodb::Event) -> Result<()> {
        SHARD.scope(shard, self.handle_stream(app, event)).await
    }

    /// Handles a tick of the schedule.
    ///
    /// # Errors
    /// When the work was not finished; the next tick goes on with it.
    pub async fn handle_tick(&self, app: &App) -> Result<()> {
        let Source::Schedule(_, run) = self.source else { return Ok(()) };
        self.call(app, None, run(app.clone())).await
    }

    /// Does `work` as one call, with a line of its own in the log.
    async fn call(&self, app: &App, message_id: Option<&str>, work: Work) -> Result<()> {
        let (began, invocation) = (app.now(), Invocation::current());
        let (outcome, call) = Call::of(self.name, self.source.to_string()).run(work).await;
        let ending = Ending {
            request_id: invocation.request_id.as_deref(),
            trace_id: invocation.trace_id.as_deref(),
            message_id,
            status: None,
            error: outcome.as_ref().err(),
            took_ms: app.now().as_millis() - began.as_millis(),
        };
        call.ended(app, &ending);
        outcome
    }
}

/// Returns the id of the shard whose records this call handles, where the caller named it. Lambda names it to
/// a function whose event source mapping has a tumbling window.
pub fn shard() -> Option<String> {
    SHARD.try_with(Clone::clone).ok().flatten()
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(queue, _) => write!(f, "queue {}", queue.name),
            Self::Stream(table, _) => write!(f, "stream {}", table.name),
            Self::Schedule(every_s, _) => write!(f, "every {every_s} s"),
        }
    }
}
