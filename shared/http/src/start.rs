//! Start of Lambda functions. Nothing here is generic, so that the runtime is compiled once and the binaries
//! stay small.

use aws_lambda_events::event::{dynamodb, sqs::SqsEvent};
use config::ConfigError;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::{self, DEFAULT_FUNCTION, Invocation};
use crate::{Access, App, Route, Source, Worker, boundary, log};

/// Reason for which a function did not start.
pub type StartError = lambda_runtime::Error;

/// Serves `route` as a Lambda function behind API Gateway, until the runtime ends the process.
///
/// # Errors
/// A [`StartError`] when the environment is incomplete or the runtime API cannot be reached.
pub fn start(route: &'static Route) -> Result<(), StartError> {
    run(route.name, async move {
        let operation = route.operation();
        // Compiling the validator of the body takes longest, and a starting function has a second processor.
        drop(tokio::task::spawn_blocking(operation.body_required));
        let app = App::from_env().await?;
        // Fail at startup: without public keys every request would answer 401.
        if operation.access != Access::Open && !app.tokens().can_verify() {
            return Err(ConfigError::new("DIBS_JWKS", "must hold the public keys of access tokens").into());
        }
        let routes: &'static [&'static Route] = Box::leak(Box::new([route]));
        lambda_http::run(boundary::router(routes, app)).await
    })
}

/// Serves requests that no route of API Gateway matches. Paths of the OpenAPI `document` answer 405 with
/// `Allow`, all others 404.
///
/// # Errors
/// A [`StartError`] when the document is invalid, the environment is incomplete or the runtime API cannot be
/// reached.
pub fn start_default(document: &'static str) -> Result<(), StartError> {
    run(DEFAULT_FUNCTION, async move {
        let document: Value = serde_json::from_str(document)?;
        lambda_http::run(boundary::default_router(&document, App::from_env().await?)).await
    })
}

/// Serves `worker` as a Lambda function behind a queue, a stream or a schedule.
///
/// # Errors
/// A [`StartError`] when the environment is incomplete or the runtime API cannot be reached.
pub fn start_worker(worker: &'static Worker) -> Result<(), StartError> {
    run(worker.name, async move {
        let app = &App::from_env().await?;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            Invocation::of(&event.context).run(handle(app, worker, event.payload))
        }))
        .await
    })
}

async fn handle(app: &App, worker: &Worker, payload: Value) -> Result<Value, StartError> {
    match worker.source {
        Source::Queue(..) => {
            let batch: SqsEvent = read(worker, payload)?;
            Ok(serde_json::to_value(worker.handle_sqs(app, batch).await)?)
        }
        Source::Stream(..) => {
            let shard = payload["shardId"].as_str().map(str::to_owned);
            // Lambda names the shard only with a tumbling window. It takes a call of a window for failed whose
            // response has no state, so the response has the shape of a `TimeWindowEventResponse`.
            let answer =
                if shard.is_some() { json!({"state": {}, "batchItemFailures": []}) } else { Value::Null };
            let batch: dynamodb::Event = read(worker, with_records(payload))?;
            worker.handle_shard(app, shard, batch).await?;
            Ok(answer)
        }
        Source::Schedule(..) => {
            worker.handle_tick(app).await?;
            Ok(Value::Null)
        }
    }
}

/// Adds an empty list of records to the last call of a window that has none. Lambda stops the shard until that
/// call succeeds.
fn with_records(mut payload: Value) -> Value {
    if payload["isFinalInvokeForWindow"] == true && payload["Records"].is_null() {
        payload["Records"] = json!([]);
    }
    payload
}

/// Parses `payload` as a batch of the worker's source.
fn read<T: DeserializeOwned>(worker: &Worker, payload: Value) -> Result<T, StartError> {
    serde_json::from_value(payload).map_err(|_| {
        let problem = "an event that is no batch of this worker's source";
        tracing::error!(function = worker.name, cause = problem, "event");
        problem.into()
    })
}

fn run(
    function: &'static str,
    serve: impl Future<Output = Result<(), StartError>>,
) -> Result<(), StartError> {
    let levels = std::env::var("DIBS_LOG").ok();
    tracing::subscriber::set_global_default(log::subscriber(std::io::stdout, levels.as_deref()))?;
    // Deployed functions abort on a panic, and Lambda starts another process.
    std::panic::set_hook(Box::new(move |panic| call::panicked(function, panic)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve);
    ended.inspect_err(|error| tracing::error!(function, cause = %error, "start"))
}
