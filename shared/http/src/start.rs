//! Start of Lambda functions. Nothing here is generic, so that the runtime is compiled once and the binaries
//! stay small.

use config::ConfigError;
use lambda_http::request::LambdaRequest;
use lambda_runtime::{LambdaEvent, Service, service_fn};
use runtime::context::{DEFAULT_FUNCTION, Invocation};
use runtime::start::{StartError, run};
use runtime::{App, Worker};
use serde_json::Value;

use crate::{Access, Route, boundary};

/// The functions of one domain, which one binary serves.
pub struct Domain {
    /// Name of the binary, and the beginning of each function's name.
    pub name: &'static str,
    /// Description of its operations in the OpenAPI document.
    pub description: &'static str,
    /// Functions that API Gateway invokes, one for each endpoint.
    pub routes: &'static [&'static Route],
    /// Functions that SQS queues, table streams, schedules and the WebSocket API invoke.
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
        return run(worker.name, runtime::start::serve(worker));
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
    // Compiling the schema of the body takes longest, and a function has a second processor while it
    // starts.
    drop(tokio::task::spawn_blocking(operation.body_required));
    let app = App::from_env().await?;
    // Without the public keys the function would refuse every caller, so it does not start.
    if operation.access != Access::Open && !app.tokens().can_verify() {
        return Err(ConfigError::new("DIBS_JWKS", "must hold the public keys of access tokens").into());
    }
    let routes: &'static [&'static Route] = Box::leak(Box::new([route]));
    lambda_http::run(boundary::router(routes, app)).await
}

/// Serves the requests that match no route of API Gateway: 405 with `Allow` for a path of the OpenAPI
/// `document`, 404 for any other.
async fn serve_default(document: &'static str) -> Result<(), StartError> {
    let document: Value = serde_json::from_str(document)?;
    lambda_http::run(boundary::default_router(&document, App::from_env().await?)).await
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
        Invocation::of(&context).run(worker.handle_event(app, payload)).await
    }))
    .await
}

/// Tells whether `key`, a route key of API Gateway such as `POST /api/v1/auth/login`, is one of `route`.
fn serves(route: &Route, key: &str) -> bool {
    let addresses = route.paths.iter().flat_map(|path| boundary::addresses(path));
    addresses.into_iter().any(|address| key == format!("{} {address}", route.method))
}

/// Returns the ARN of the queue, the stream or the schedule rule that sent an event, or the key of the WebSocket
/// API's route.
fn source_arn(payload: &Value) -> Option<&str> {
    let arn = payload["Records"][0]["eventSourceARN"].as_str().or_else(|| payload["resources"][0].as_str());
    arn.or_else(|| payload["requestContext"]["routeKey"].as_str())
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
