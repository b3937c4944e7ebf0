//! Concurrent clients of the load test, and the responses that they received.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::api_client::{Api, HttpAnswer, RequestSpec};

/// Outcome of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Success (status 2xx), with the `data` of the response.
    Got(Value),
    /// Refusal (status 4xx), with its error code.
    Refused(String),
    /// Response with another status, or none, with the reason. It is unknown whether the request took effect.
    Failed(String),
}

impl From<HttpAnswer> for Outcome {
    fn from(answer: HttpAnswer) -> Self {
        let (status, mut body) = match answer {
            Ok(answer) => answer,
            Err(why) => return Self::Failed(why),
        };
        let code = || body["error"]["code"].as_str().map_or_else(|| format!("HTTP {status}"), str::to_owned);
        match status {
            200..=299 => Self::Got(body["data"].take()),
            400..=499 => Self::Refused(code()),
            _ => Self::Failed(format!("{status} {}", body["error"]["code"].as_str().unwrap_or_default())),
        }
    }
}

/// Outcome and latency of one client's request.
#[derive(Clone, Debug)]
pub struct ClientResponse {
    /// Outcome of the client's call.
    pub outcome: Outcome,
    /// Latency: the time from sending the request to the end of the response.
    pub took: Duration,
}

/// Sends one request of each client, at most `at_a_time` at once. `buyers` contains the access tokens and
/// `requests` the requests, both by index of the client, as are the returned responses.
pub async fn send_all(
    api: &Api,
    buyers: &Arc<[String]>,
    requests: Vec<RequestSpec>,
    at_a_time: usize,
    progress: &ProgressBar,
) -> Vec<ClientResponse> {
    let (api, buyers, progress) = (api.clone(), buyers.clone(), progress.clone());
    for_each(requests, at_a_time, move |number, ask| {
        let (api, buyers, progress) = (api.clone(), buyers.clone(), progress.clone());
        async move {
            let began = Instant::now();
            let answer = api.call(buyers.get(number).map(String::as_str), &ask).await;
            let took = began.elapsed();
            progress.inc(1);
            ClientResponse { outcome: answer.into(), took }
        }
    })
    .await
}

/// Runs `work` with the index and the value of each of `things`, at most `at_a_time` at once. The results are
/// in the order of `things`.
pub async fn for_each<T, R, F>(
    things: Vec<T>,
    at_a_time: usize,
    work: impl Fn(usize, T) -> F + Clone + Send + 'static,
) -> Vec<R>
where
    T: Clone + Send + Sync + 'static,
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let (things, next): (Arc<[T]>, _) = (things.into(), Arc::new(AtomicUsize::new(0)));
    let mut workers = JoinSet::new();
    for _ in 0..at_a_time.min(things.len()) {
        let (things, next, work) = (things.clone(), next.clone(), work.clone());
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(thing) = things.get(number) else { return done };
                done.push((number, work(number, thing.clone()).await));
            }
        });
    }
    let done: BTreeMap<usize, R> = workers.join_all().await.into_iter().flatten().collect();
    done.into_values().collect()
}
