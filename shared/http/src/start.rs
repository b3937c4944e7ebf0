//! How a Lambda function begins. Not generic, so that the runtime is compiled once and the mains stay small.

use aws_lambda_events::event::{dynamodb, sqs::SqsEvent};
use config::ConfigError;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::{self, DEFAULT_FUNCTION, Invocation};
use crate::{Access, App, Route, Source, Worker, boundary, log};

/// Why a function did not start.
pub type StartError = lambda_runtime::Error;

/// Serves `route` as a Lambda function behind API Gateway, until the runtime ends the process.
///
/// # Errors
/// When the environment is incomplete or the runtime API is out of reach.
pub fn start(route: &'static Route) -> Result<(), StartError> {
    run(route.name, async move {
        let operation = route.operation();
        // What bodies are checked with takes longest to make, and while a function starts it has a second processor.
        drop(tokio::task::spawn_blocking(operation.body_required));
        let app = App::from_env().await?;
        // Better no function than one that takes everybody for a stranger.
        if operation.access != Access::Open && !app.tokens().can_verify() {
            return Err(ConfigError::new("DIBS_JWKS", "must hold the public keys of access tokens").into());
        }
        let routes: &'static [&'static Route] = Box::leak(Box::new([route]));
        lambda_http::run(boundary::router(routes, app)).await
    })
}

/// Serves what no route of API Gateway matches: 405 with `Allow` where the OpenAPI `document` has the path,
/// else 404.
///
/// # Errors
/// When the document cannot be read, the environment is incomplete or the runtime API is out of reach.
pub fn start_default(document: &'static str) -> Result<(), StartError> {
    run(DEFAULT_FUNCTION, async move {
        let document: Value = serde_json::from_str(document)?;
        lambda_http::run(boundary::default_router(&document, App::from_env().await?)).await
    })
}

/// Serves `worker` as a Lambda function behind a queue, a stream or a schedule.
///
/// # Errors
/// When the environment is incomplete or the runtime API is out of reach.
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
            // A tumbling window, without which Lambda does not name the shard, wants its state back; it has none.
            let answer = if shard.is_some() { json!({"state": {}}) } else { Value::Null };
            let batch: dynamodb::Event = read(worker, payload)?;
            worker.handle_shard(app, shard, batch).await?;
            Ok(answer)
        }
        Source::Schedule(..) => {
            worker.handle_tick(app).await?;
            Ok(Value::Null)
        }
    }
}

/// The batch that `payload` holds.
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
    // As functions are deployed the process ends with a panic, and Lambda starts another.
    std::panic::set_hook(Box::new(move |panic| call::panicked(function, panic)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve);
    ended.inspect_err(|error| tracing::error!(function, cause = %error, "start"))
}
