//! Workers: functions that a queue, a stream, a schedule or the WebSocket API invokes.

use std::fmt;

use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use aws_lambda_events::event::dynamodb;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::{Error, Result, Timestamp};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::schema::{Queue, Table};

use crate::App;
use crate::context::{Invocation, RequestContext, RequestOutcome};
use crate::hops;

tokio::task_local! {
    /// Shard of the stream records being handled. It is task-local, like the request context.
    static SHARD: Option<String>;
}

/// A worker, served by one Lambda function.
pub struct Worker {
    /// Name `<domain>-<operation>` of the function. The binary and the file in `events/` follow from it.
    pub name: &'static str,
    /// Event source with the function that handles its events.
    pub source: Source,
}

/// Future that a worker's function returns.
pub type Work = BoxFuture<'static, Result<()>>;

/// Future that a socket worker's function returns: the message to send back, if any.
pub type SocketWork = BoxFuture<'static, Result<Option<String>>>;

/// Event source of a worker.
pub enum Source {
    /// Messages of an SQS queue, each handled on its own. A failed message does not affect the others of its
    /// batch.
    Queue(&'static Queue, fn(App, Message) -> Work),
    /// Stream records of a table, in order for each item. A failed batch is delivered again as a whole.
    Stream(&'static Table, fn(App, Vec<dynamodb::EventRecord>) -> Work),
    /// Schedule with its period in seconds, and the function that each run calls.
    Schedule(u32, fn(App) -> Work),
    /// Route of the WebSocket API, such as `$disconnect`, and the function that each of its events calls.
    Socket(&'static str, fn(App, SocketEvent) -> SocketWork),
}

/// Event of a client's connection: a message, or its end.
#[derive(Clone, Debug)]
pub struct SocketEvent {
    /// Id that API Gateway gave to the connection.
    pub connection_id: String,
    /// Time at which the client connected, in UTC.
    pub connected_at: Timestamp,
    /// Message of the client. Empty at the end of the connection.
    pub body: String,
}

impl From<ApiGatewayWebsocketProxyRequest> for SocketEvent {
    fn from(request: ApiGatewayWebsocketProxyRequest) -> Self {
        let context = request.request_context;
        Self {
            connection_id: context.connection_id.unwrap_or_default(),
            connected_at: Timestamp::from_millis(context.connected_at),
            body: request.body.unwrap_or_default(),
        }
    }
}

/// A message of an SQS queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// Body of the message, as it was sent.
    pub body: String,
    /// Number of deliveries, including this one.
    pub receives: u32,
}

impl Message {
    /// Parses the body as the JSON of a `T`.
    ///
    /// # Errors
    /// Fails when it is no JSON of a `T`: the message then goes to the dead-letter queue.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.body)
            .map_err(|error| Error::internal(format!("a message cannot be read: {error}")))
    }
}

/// Longest delay of an SQS message, in seconds.
const DELAY_SECONDS_MAX: i64 = 900;

/// Returns the delay, in seconds, of a message that is due `at`: 900 at most, 0 when it is overdue.
pub fn seconds_until(at: Timestamp, now: Timestamp) -> u32 {
    let seconds = (at.as_millis() - now.as_millis() + 999).div_euclid(1000);
    u32::try_from(seconds.clamp(0, DELAY_SECONDS_MAX)).unwrap_or(0)
}

impl Worker {
    /// Handles an event as Lambda delivers it to the function, and returns the answer to Lambda.
    ///
    /// # Errors
    /// Fails when the event is no batch of this worker's source, and with every error of the stream's or the
    /// schedule's work.
    pub async fn handle_event(&self, app: &App, payload: Value) -> Result<Value, lambda_runtime::Error> {
        match self.source {
            Source::Queue(..) => {
                let batch: SqsEvent = read(self, payload)?;
                Ok(serde_json::to_value(self.handle_sqs(app, batch).await)?)
            }
            Source::Stream(..) => {
                let shard = payload["shardId"].as_str().map(str::to_owned);
                // Lambda names the shard only if the event source mapping has a tumbling window. It then
                // treats a response without a state as a failure, so the response has the shape of a
                // `TimeWindowEventResponse`.
                let answer =
                    if shard.is_some() { json!({"state": {}, "batchItemFailures": []}) } else { Value::Null };
                let batch: dynamodb::Event = read(self, with_records(payload))?;
                self.handle_shard(app, shard, batch).await?;
                Ok(answer)
            }
            Source::Schedule(..) => {
                self.handle_tick(app).await?;
                Ok(Value::Null)
            }
            Source::Socket(..) => {
                let request: ApiGatewayWebsocketProxyRequest = read(self, payload)?;
                let reply = self.handle_socket(app, request.into()).await?;
                Ok(json!({"statusCode": 200, "body": reply}))
            }
        }
    }

    /// Handles a batch of messages. Returns the ids of failed messages, which Lambda delivers again.
    pub async fn handle_sqs(&self, app: &App, event: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        let Source::Queue(_, run) = self.source else { return response };
        let handled = event.records.into_iter().map(|record| async move {
            let receives =
                record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
            let message =
                Message { body: record.body.clone().unwrap_or_default(), receives: receives.unwrap_or(1) };
            let hops = hops::of_message(&record) + 1;
            let call =
                async { self.call(app, record.message_id.as_deref(), run(app.clone(), message)).await };
            let outcome = hops::run_with(hops, call).await;
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

    /// Handles a batch of stream records.
    ///
    /// # Errors
    /// Any error of a record. Lambda then delivers the whole batch again.
    pub async fn handle_stream(&self, app: &App, event: dynamodb::Event) -> Result<()> {
        let Source::Stream(_, run) = self.source else { return Ok(()) };
        let first = event.records.first().map(|record| record.event_id.clone());
        self.call(app, first.as_deref(), run(app.clone(), event.records)).await
    }

    /// Handles a batch of records of `shard`, which the worker can read by [`shard`].
    ///
    /// # Errors
    /// Any error of a record. Lambda then delivers the whole batch again.
    pub async fn handle_shard(&self, app: &App, shard: Option<String>, event: dynamodb::Event) -> Result<()> {
        SHARD.scope(shard, self.handle_stream(app, event)).await
    }

    /// Handles one run of the schedule.
    ///
    /// # Errors
    /// Any error of the work. The next run continues it.
    pub async fn handle_tick(&self, app: &App) -> Result<()> {
        let Source::Schedule(_, run) = self.source else { return Ok(()) };
        self.call(app, None, run(app.clone())).await
    }

    /// Handles an event of a connection, and returns the message to send back, if any.
    ///
    /// # Errors
    /// Any error of the work.
    pub async fn handle_socket(&self, app: &App, event: SocketEvent) -> Result<Option<String>> {
        let Source::Socket(_, run) = self.source else { return Ok(None) };
        self.call(app, None, run(app.clone(), event)).await
    }

    /// Runs `work` as one call with a log record of its own.
    async fn call<T>(
        &self,
        app: &App,
        message_id: Option<&str>,
        work: BoxFuture<'static, Result<T>>,
    ) -> Result<T> {
        let (began, invocation) = (app.now(), Invocation::current());
        let request_id = invocation.request_id.as_deref().or(message_id);
        let call = RequestContext::of(self.name, self.source.to_string()).begun(request_id, began);
        let (outcome, call) = call.run(work).await;
        let ending = RequestOutcome {
            request_id: invocation.request_id.as_deref(),
            trace_id: invocation.trace_id.as_deref(),
            message_id,
            status: None,
            error: outcome.as_ref().err(),
            took_ms: app.now().as_millis() - began.as_millis(),
        };
        call.emit(app, &ending);
        outcome
    }
}

/// Returns the id of the shard being handled, if Lambda named it. Lambda does so for event source mappings
/// with a tumbling window.
pub fn shard() -> Option<String> {
    SHARD.try_with(Clone::clone).ok().flatten()
}

impl Source {
    /// Tells whether `arn` is that of this queue, of this table's stream, or of the rule of this schedule's
    /// worker, or the key of this route. Deployed names end with the short name: `dibs-dev-grants`.
    pub fn is_named_by(&self, worker: &str, arn: &str) -> bool {
        match self {
            Self::Queue(queue, _) => ends_with_name(arn, queue.name),
            Self::Stream(table, _) => {
                let table_arn = arn.split("/stream/").next().unwrap_or(arn);
                arn.contains("/stream/") && ends_with_name(table_arn, table.name)
            }
            Self::Schedule(..) => ends_with_name(arn, worker),
            Self::Socket(route, _) => arn == *route,
        }
    }
}

fn ends_with_name(arn: &str, name: &str) -> bool {
    arn.strip_suffix(name).is_some_and(|before| before.ends_with(['-', ':', '/']))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(queue, _) => write!(f, "queue {}", queue.name),
            Self::Stream(table, _) => write!(f, "stream {}", table.name),
            Self::Schedule(every_s, _) => write!(f, "every {every_s} s"),
            Self::Socket(route, _) => write!(f, "socket {route}"),
        }
    }
}

/// Adds an empty list of records to the last call of a window that has none. Lambda stops the shard until
/// that call succeeds.
fn with_records(mut payload: Value) -> Value {
    if payload["isFinalInvokeForWindow"] == true && payload["Records"].is_null() {
        payload["Records"] = json!([]);
    }
    payload
}

/// Parses `payload` as a batch of the worker's source.
fn read<T: DeserializeOwned>(worker: &Worker, payload: Value) -> Result<T, lambda_runtime::Error> {
    serde_json::from_value(payload).map_err(|_| {
        let problem = "an event that is no batch of this worker's source";
        tracing::error!(function = worker.name, cause = problem, "event");
        problem.into()
    })
}
