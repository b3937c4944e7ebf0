//! Start of Lambda functions. Nothing here is generic, so that the runtime is compiled once and the binaries
//! stay small.

use aws_lambda_events::event::{dynamodb, sqs::SqsEvent};
use config::ConfigError;
use lambda_http::request::LambdaRequest;
use lambda_runtime::{LambdaEvent, Service, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::{self, DEFAULT_FUNCTION, Invocation};
use crate::{Access, App, Route, Source, Worker, boundary, log};

/// Reason for which a function did not start.
pub type StartError = lambda_runtime::Error;

/// The functions of one domain, which one binary serves.
pub struct Domain {
    /// Name of the binary, and the beginning of each function's name.
    pub name: &'static str,
    /// Functions behind API Gateway.
    pub routes: &'static [&'static Route],
    /// Functions behind queues, streams and schedules.
    pub workers: &'static [&'static Worker],
    /// OpenAPI document of the domain whose binary also serves API Gateway's `$default` route.
    pub default_document: Option<&'static str>,
}

/// Value of `_HANDLER` in functions that `cargo lambda` runs: it names no function.
const UNNAMED_HANDLER: &str = "bootstrap";

/// Serves the function that `_HANDLER` names, until the runtime ends the process. Only that function is
/// built. Without `_HANDLER`, or with `bootstrap`, every function of the domain is served, each found by its
/// event.
///
/// # Errors
/// Fails when `_HANDLER` names no function of `domain`, the environment is incomplete or the runtime API is
/// out of reach.
pub fn start(domain: &'static Domain) -> Result<(), StartError> {
    let handler = std::env::var("_HANDLER").ok().filter(|name| !name.is_empty() && name != UNNAMED_HANDLER);
    let Some(name) = handler else { return run(domain.name, serve_all(domain)) };
    if let Some(route) = domain.routes.iter().find(|route| route.name == name) {
        return run(route.name, serve_route(route));
    }
    if let Some(worker) = domain.workers.iter().find(|worker| worker.name == name) {
        return run(worker.name, serve_worker(worker));
    }
    match domain.default_document {
        Some(document) if name == DEFAULT_FUNCTION => run(DEFAULT_FUNCTION, serve_default(document)),
        _ => run(domain.name, async move {
            Err(format!("_HANDLER must name a function of this binary: {}", names(domain).join(", ")).into())
        }),
    }
}

async fn serve_route(route: &'static Route) -> Result<(), StartError> {
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
}

/// Serves what no route of API Gateway matches: 405 with `Allow` where the OpenAPI `document` has the path,
/// else 404.
async fn serve_default(document: &'static str) -> Result<(), StartError> {
    let document: Value = serde_json::from_str(document)?;
    lambda_http::run(boundary::default_router(&document, App::from_env().await?)).await
}

async fn serve_worker(worker: &'static Worker) -> Result<(), StartError> {
    let app = &App::from_env().await?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        Invocation::of(&event.context).run(handle(app, worker, event.payload))
    }))
    .await
}

/// Serves every function of `domain`: an HTTP event goes to the route that it matches, any other to the
/// worker of its source.
async fn serve_all(domain: &'static Domain) -> Result<(), StartError> {
    let app = &App::from_env().await?;
    let router = &boundary::router(domain.routes, app.clone());
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let LambdaEvent { payload, context } = event;
        if let Some(key) = payload["routeKey"].as_str() {
            if !domain.routes.iter().any(|route| serves(route, key)) {
                return Err(no_function(domain, key));
            }
            let request = LambdaEvent::new(serde_json::from_value::<LambdaRequest>(payload)?, context);
            let response = lambda_http::Adapter::from(router.clone()).call(request).await?;
            return Ok(serde_json::to_value(response)?);
        }
        let arn = source_arn(&payload).unwrap_or_default();
        let worker = domain.workers.iter().find(|worker| worker.source.is_named_by(worker.name, arn));
        let worker = worker.ok_or_else(|| no_function(domain, arn))?;
        Invocation::of(&context).run(handle(app, worker, payload)).await
    }))
    .await
}

/// Tells whether `key`, a route key of API Gateway such as `POST /api/v1/auth/login`, is one of `route`.
fn serves(route: &Route, key: &str) -> bool {
    let addresses = route.paths.iter().flat_map(|path| boundary::addresses(path));
    addresses.into_iter().any(|address| key == format!("{} {address}", route.method))
}

/// Returns the ARN of the queue, the stream or the rule that sent an event.
fn source_arn(payload: &Value) -> Option<&str> {
    payload["Records"][0]["eventSourceARN"].as_str().or_else(|| payload["resources"][0].as_str())
}

fn names(domain: &Domain) -> Vec<&'static str> {
    let routes = domain.routes.iter().map(|route| route.name);
    let default = domain.default_document.map(|_| DEFAULT_FUNCTION);
    routes.chain(default).chain(domain.workers.iter().map(|worker| worker.name)).collect()
}

fn no_function(domain: &Domain, event: &str) -> StartError {
    let names = names(domain).join(", ");
    format!("no function of this binary takes the event of '{event}'; it has {names}").into()
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
