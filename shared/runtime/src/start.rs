//! Start of a Lambda function. Nothing here is generic, so that the runtime is compiled once and the binaries
//! stay small.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::context::{self, Invocation};
use crate::{App, Worker, log};

/// Reason for which a function did not start.
pub type StartError = lambda_runtime::Error;

/// Serves `worker` as a Lambda function, until the runtime ends the process.
///
/// # Errors
/// Fails when the environment is incomplete or the runtime API is out of reach.
pub async fn serve(worker: &'static Worker) -> Result<(), StartError> {
    let app = &App::from_env().await?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        Invocation::of(&event.context).run(worker.handle_event(app, event.payload))
    }))
    .await
}

/// Runs `serve` to its end with the log and the panic hook of `function`. The tokio runtime has one thread.
///
/// # Errors
/// Any error of `serve`, after it is logged.
pub fn run(
    function: &'static str,
    serve: impl Future<Output = Result<(), StartError>>,
) -> Result<(), StartError> {
    let levels = std::env::var("DIBS_LOG").ok();
    tracing::subscriber::set_global_default(log::subscriber(std::io::stdout, levels.as_deref()))?;
    // Deployed functions abort on a panic, and Lambda starts another process.
    std::panic::set_hook(Box::new(move |panic| context::panicked(function, panic)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve);
    ended.inspect_err(|error| tracing::error!(function, cause = %error, "start"))
}
