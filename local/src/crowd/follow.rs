//! `dibs rush --demo`: starts the crowd of a running local stack, and follows it until it is done.

use std::time::Duration;

use domain::Result;
use indicatif::ProgressBar;
use reqwest::StatusCode;
use serde_json::Value;

use crate::api_client::failure;

/// Address of a local stack that was started without options.
const ADDRESS: &str = "http://127.0.0.1:8080";
/// Interval at which the state of the crowd is read.
const POLL: Duration = Duration::from_millis(500);

/// Starts the crowd of the stack whose API is at `url`, by default that of `cargo run`, or joins one that runs. Returns a
/// summary when the last visitor is done.
///
/// # Errors
/// Fails if no local stack with demo data answers there.
pub async fn run(url: Option<&str>, progress: &ProgressBar) -> Result<String> {
    let address = url.map_or(ADDRESS, |url| url.trim_end_matches('/').trim_end_matches("/api/v1"));
    let (client, crowd) = (reqwest::Client::new(), format!("{address}/_standins/crowd"));
    let silent = |error: reqwest::Error| {
        failure(format!(
            "{address} does not answer ({}): start the stack with `cargo run` first.",
            error.without_url()
        ))
    };
    let started = client.post(&crowd).send().await.map_err(silent)?;
    match started.status() {
        StatusCode::ACCEPTED | StatusCode::CONFLICT => {}
        StatusCode::UNPROCESSABLE_ENTITY => {
            return Err(failure(format!(
                "{address} has no demo data: start it with --demo and without --data."
            )));
        }
        status => {
            return Err(failure(format!(
                "{address} is no local stack of this version: it returned {status}."
            )));
        }
    }
    progress.set_message("visitors who are done");
    loop {
        let state: Value = client.get(&crowd).send().await.map_err(silent)?.json().await.map_err(silent)?;
        progress.set_length(state["clients"].as_u64().unwrap_or_default());
        progress.set_position(state["finished"].as_u64().unwrap_or_default());
        if state["running"] != true {
            return Ok(summary(&state));
        }
        tokio::time::sleep(POLL).await;
    }
}

fn summary(state: &Value) -> String {
    let done = &state["done"];
    let mut lines = vec![format!(
        "{} visitors: {} claims accepted, {} orders paid, {} seats paid",
        state["clients"], done["claims"], done["orders"], done["seats"]
    )];
    let refused = state["refused"].as_object().into_iter().flatten();
    lines.extend(refused.map(|(code, count)| format!("  refused with {code}: {count}")));
    if state["failed"] != 0 {
        lines.push(format!("  without an answer: {}", state["failed"]));
    }
    lines.join("\n")
}
