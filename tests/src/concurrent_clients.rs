//! Many concurrent clients, served by several function instances on one metered embedded DynamoDB, while the
//! workers run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use config::IntegrationsConfig;
use dibs_http::Origin;
use dibs_http::axum::Router;
use dibs_http::axum::body::{Body, to_bytes};
use domain::accounts::Role;
use domain::campaigns::Review;
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId, UserId, fresh};
use domain::{Error, Timestamp};
use http::{Request, header};
use integrations::Integrations;
use local::engine::{Deployed, Dynamo, Engines, Sqs};
use local::event_sources::EventSources;
use local::platform_log::PlatformLog;
use local::routes::{routes, workers};
use runtime::{App, Tokens};
use serde_json::{Value, json};
use store::Store;
use store::schema::{OUTBOX, QUEUES, TABLES};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use crate::cost::campaigns::{CampaignIds, RewardDefinition, create_campaign};
use crate::cost::meter::Meter;

/// Claim request to send.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// Access token of the client.
    pub token: Arc<str>,
    /// Index of the reward in the campaign, from 0.
    pub reward: usize,
    /// Value of the `Idempotency-Key` header.
    pub key: Option<String>,
}

/// Response to a claim request.
#[derive(Clone, Debug)]
pub struct ClaimResponse {
    /// HTTP status of the response.
    pub status: u16,
    /// Error code of a refusal.
    pub code: Option<String>,
    /// Id of the claim.
    pub claim: Option<String>,
}

/// Function instances, workers and embedded engines of a test with many clients.
pub struct ConcurrentClients {
    /// Dependencies of the workers: store, tokens, clock.
    pub app: App,
    /// Meter of all calls to DynamoDB, by functions and workers.
    pub meter: Meter,
    dynamo: Dynamo,
    routers: Vec<Router>,
    event_sources: EventSources,
    ahead_ms: Arc<AtomicI64>,
    listening: JoinHandle<()>,
}

impl ConcurrentClients {
    /// Starts an environment with `instances` function instances, each with its own cache.
    pub async fn start(instances: usize) -> Self {
        let (dynamo, sqs) = (Dynamo::memory().expect("an engine"), Sqs::memory());
        let meter = Meter::new(dynamo.clone(), Duration::ZERO);
        let metered = Engines::behind(meter.clone(), sqs.clone());
        let engines = Engines::embedded(dynamo.clone(), sqs);
        let deployed = engines.create("dibs", TABLES, QUEUES).await.expect("tables and queues");
        let (ahead_ms, key) = (Arc::new(AtomicI64::new(0)), local::keys::signing_key(None).expect("a key"));
        let app = app(&metered, &deployed, &ahead_ms, &key);
        let instance = |_| dibs_http::router(routes(), self::app(&metered, &deployed, &ahead_ms, &key));
        let routers = (0..instances).map(instance).collect();
        let event_sources =
            EventSources::start(engines.clone(), deployed.clone(), app.clone(), workers()).await;
        let outbox = deployed.queue_url(&OUTBOX).expect("the outbox").to_owned();
        let listening = tokio::spawn(PlatformLog::default().listen(engines.sqs_client, outbox));
        Self {
            app,
            meter,
            dynamo,
            routers,
            event_sources: event_sources.expect("the emulator"),
            ahead_ms,
            listening,
        }
    }

    /// Creates an active campaign without a condition that gives the rewards in `defined`.
    pub async fn campaign(&self, defined: &[RewardDefinition]) -> CampaignIds {
        let text = || fresh(self.app.now(), self.app.entropy());
        let rewards = defined.iter().map(|_| RewardId::new(text())).collect();
        let ids = CampaignIds { campaign: CampaignId::new(text()), rewards };
        create_campaign(&self.app, &ids, Condition::always(), Review::Auto, defined).await;
        ids
    }

    /// Returns a new user and an access token.
    pub fn user(&self) -> (UserId, Arc<str>) {
        let id = UserId::new(fresh(self.app.now(), self.app.entropy()));
        let token = self.app.tokens().issue(&id, &BTreeSet::from([Role::User]), self.app.now());
        (id, token.expect("a token").into())
    }

    /// Advances the clock by 1.5 s, so that every cache entry of every instance expires.
    pub fn expire_caches(&self) {
        self.ahead_ms.fetch_add(1_500, Ordering::Relaxed);
    }

    /// Sends all claim requests in `requests` for rewards of `ids`, at most `at_a_time` at once, to the
    /// instances in turn. The responses are in the order of `requests`.
    pub async fn claim(
        &self,
        ids: &CampaignIds,
        requests: Vec<ClaimRequest>,
        at_a_time: usize,
    ) -> Vec<ClaimResponse> {
        let path = |reward| format!("/api/v1/events/{}/requests/{reward}", ids.campaign);
        let paths: Arc<[String]> = ids.rewards.iter().map(path).collect();
        let (requests, next): (Arc<[ClaimRequest]>, _) = (requests.into(), Arc::new(AtomicUsize::new(0)));
        let mut callers = JoinSet::new();
        for _ in 0..at_a_time {
            let (requests, next, paths, routers) =
                (requests.clone(), next.clone(), paths.clone(), self.routers.clone());
            callers.spawn(async move {
                let mut responses = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(claim) = requests.get(index) else { return responses };
                    let router = routers[index % routers.len()].clone();
                    responses.push((index, send(router, &paths[claim.reward], claim).await));
                }
            });
        }
        let mut responses: Vec<(usize, ClaimResponse)> =
            callers.join_all().await.into_iter().flatten().collect();
        responses.sort_by_key(|(index, _)| *index);
        responses.into_iter().map(|(_, response)| response).collect()
    }

    /// Waits until all due work is done. The event-source emulator waits two minutes at most, but ten
    /// thousand grants may take longer on a busy machine, so the wait is repeated.
    pub async fn settle(&self) {
        const WAITS: usize = 5;
        for waits in 1..=WAITS {
            match self.event_sources.settle_due().await {
                Ok(()) => return,
                Err(error) => assert!(waits < WAITS, "{error}: {:?}", error.cause()),
            }
        }
    }

    /// Returns the number of items in the rewards table with a sort key that begins with `prefix`.
    pub fn count(&self, prefix: &str) -> usize {
        let (mut count, mut start) = (0, Value::Null);
        loop {
            let mut body = json!({
                "TableName": "dibs-rewards", "Select": "COUNT",
                "FilterExpression": "begins_with(sk, :prefix)",
                "ExpressionAttributeValues": {":prefix": {"S": prefix}},
            });
            if !start.is_null() {
                body["ExclusiveStartKey"] = start;
            }
            let reply = self.dynamo.execute("DynamoDB_20120810.Scan", body.to_string().as_bytes());
            let mut page: Value = serde_json::from_slice(&reply.body).expect("JSON");
            count += usize::try_from(page["Count"].as_u64().expect("a count")).expect("it fits");
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return count;
            }
        }
    }

    /// Stops the event-source emulator and the fake data platform.
    pub async fn stop(self) {
        self.event_sources.stop().await;
        self.listening.abort();
    }
}

fn app(engines: &Engines, deployed: &Deployed, ahead_ms: &Arc<AtomicI64>, key: &str) -> App {
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let tokens = Tokens::new(None, Some(key)).expect("tokens");
    let ahead = ahead_ms.clone();
    let clock = move || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(now + ahead.load(Ordering::Relaxed))
    };
    let integrations = || Integrations::new(IntegrationsConfig::default());
    App::new(
        store,
        Arc::new(clock),
        Arc::new(rand::random::<u128>),
        tokens,
        config::Settings::default(),
        integrations,
    )
}

async fn send(router: Router, path: &str, claim: &ClaimRequest) -> ClaimResponse {
    let mut request = Request::post(path).header(header::AUTHORIZATION, format!("Bearer {}", claim.token));
    if let Some(key) = &claim.key {
        request = request.header("idempotency-key", key);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let origin = Origin {
        request_id: "clients".to_owned(),
        address: Some("192.0.2.1".to_owned()),
        received_at: Timestamp::from_millis(0),
    };
    request.extensions_mut().insert(origin);
    let response = router.oneshot(request).await.expect("the router never fails");
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(Error::internal).expect("a body");
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    ClaimResponse { status, code: text(&body["error"]["code"]), claim: text(&body["data"]["id"]) }
}
