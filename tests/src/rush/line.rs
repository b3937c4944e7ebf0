//! Load test of a waiting room that many users join within a second. Messages are handled when they are due,
//! stream records four times a second.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_smithy_runtime_api::client::result::ConnectorError;
use dibs_http::QUEUE_TOKEN_HEADER;
use dibs_http::axum::Router;
use dibs_http::axum::body::Body;
use domain::Timestamp;
use domain::ids::{QueueId, UserId};
use domain::waiting_room::{
    ArrivalBucket, ArrivalStatus, EntryName, WaitingRoom, WaitingRoomSettings, arrival_window_of,
};
use futures::future::BoxFuture;
use http::Request;
use local::engine::connector::{Backend, Call, Reply};
use local::engine::{Dynamo, Engines, Sqs};
use runtime::App;
use serde_json::{Value, json};
use store::schema::{QUEUES, ROOMS, TABLES};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::limited::Limited;
use super::{BEGAN_MS, INSTANCES, app, call, instances, user};
use crate::cost::meter::{Meter, size_of};
use crate::cost::streams::{Streams, events};
use crate::simulation::world::Prng;

/// Interval at which the relays receive stream records.
const STREAM_EVERY: Duration = Duration::from_millis(250);
/// Sampling rate of the final check: one user of this many asks the API for their position.
const ASKS_EVERY: usize = 50;

/// Messages by due time and sequence number.
type Due = BTreeMap<(Instant, usize), String>;

/// SQS that keeps messages to waiting rooms until their delay is over, and drops those to other queues. It supports
/// no other call than sending. Cheap to clone.
#[derive(Clone, Default)]
struct Delays {
    queues: Sqs,
    rooms: Arc<Mutex<Due>>,
    sent: Arc<AtomicUsize>,
}

impl Delays {
    fn rooms(&self) -> MutexGuard<'_, Due> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the first message whose delay is over, and returns it. `None` if there is no such message.
    fn next(&self) -> Option<String> {
        let mut rooms = self.rooms();
        let first = rooms.first_entry().filter(|first| first.key().0 <= Instant::now())?;
        Some(first.remove())
    }
}

impl Backend for Delays {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        if !call.target.ends_with(".SendMessageBatch") {
            return self.queues.answer(call);
        }
        let this = self.clone();
        Box::pin(async move {
            sleep(Duration::from_millis(5)).await;
            let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            let is_of_rooms = body["QueueUrl"].as_str().is_some_and(|url| url.ends_with(ROOMS.name));
            let mut taken = Vec::new();
            for entry in body["Entries"].as_array().into_iter().flatten() {
                let (delay, number) =
                    (entry["DelaySeconds"].as_u64().unwrap_or(0), this.sent.fetch_add(1, Ordering::Relaxed));
                let text = entry["MessageBody"].as_str().unwrap_or_default().to_owned();
                if is_of_rooms {
                    this.rooms().insert((Instant::now() + Duration::from_secs(delay), number), text);
                }
                taken.push(
                    json!({"Id": entry["Id"], "MessageId": number.to_string(), "MD5OfMessageBody": "-"}),
                );
            }
            Ok(Reply { status: 200, body: json!({"Successful": taken, "Failed": []}).to_string().into() })
        })
    }
}

/// User who joins the waiting room.
#[derive(Clone, Debug)]
pub struct Fan {
    /// User id of the user.
    pub id: UserId,
    /// Time at which API Gateway receives the join.
    pub at: Timestamp,
    /// Fingerprint by which arrival buckets list the user.
    pub name: EntryName,
    token: Arc<str>,
}

/// Measurements of one run.
#[derive(Debug)]
pub struct Seen {
    /// Number of joins with the status 201.
    pub joined: usize,
    /// Position of each user at the end, in the order of the users. `None` for a user without a position.
    pub told: Vec<Option<u64>>,
    /// Number of calls to DynamoDB that were throttled.
    pub throttled: usize,
    /// Highest load of a partition key within a second: write units, and the key.
    pub peak: (f64, String),
    /// Write units that the joins consumed.
    pub units_of_joins: f64,
    /// Write units that relays and workers consumed.
    pub units_of_runs: f64,
    /// Time from the start until every user had a position. `None` if some had none at the end.
    pub placed_after: Option<Duration>,
    /// Size of the room item, in bytes.
    pub room_bytes: usize,
}

/// Waiting room and the function instances that serve it.
pub struct Rush {
    app: App,
    routers: Vec<Router>,
    functions: Limited,
    workers: Limited,
    messages: Delays,
    streams: Streams,
    queue: QueueId,
    prng: Prng,
}

impl Rush {
    /// Starts a waiting room whose setting `joins_per_second` has this value. The caller's runtime must have
    /// paused time.
    pub async fn start(seed: u64, joins_per_second: u32) -> Self {
        let engine = Dynamo::memory().expect("an engine");
        let (workers, messages) = (Limited::new(engine.clone(), seed), Delays::default());
        let functions = workers.counted_apart();
        let [called, running] =
            [&functions, &workers].map(|dynamo| Engines::behind(dynamo.clone(), messages.clone()));
        let deployed = running.create("dibs", TABLES, QUEUES).await.expect("tables and queues");
        let (began, key) = (Instant::now(), local::keys::signing_key(None).expect("a key"));
        let routers = instances(&called, &deployed, began, &key);
        let (app, queue) = (app(&running, &deployed, began, &key), QueueId::new("doors"));
        let (capacity, rate_milli, token_seconds, no_show_seconds) = (500, 50_000, 600, 60);
        let settings =
            WaitingRoomSettings { capacity, rate_milli, token_seconds, no_show_seconds, joins_per_second };
        let operator = UserId::new("operator");
        let room = WaitingRoom::new(queue.clone(), "Doors".to_owned(), settings, operator, None, app.now());
        let _ = app.store().save_waiting_room(&room).await.expect("a room");
        let streams = Streams::open(engine);
        Self { app, routers, functions, workers, messages, streams, queue, prng: Prng::new(seed) }
    }

    /// Lets `count` users join within a second, runs relays and workers for the time `wait`, and returns the
    /// users and the measurements.
    pub async fn run(mut self, count: usize, wait: Duration) -> (Vec<Fan>, Seen) {
        let (fans, began) = (self.fans(count), Instant::now());
        let before = self.workers.units();
        let mut joins = self.joins(&fans, began);
        let placed_after = self.serve(count, began, wait).await;
        let (mut tickets, mut joined) = (vec![None; count], 0);
        while let Some(Ok((index, status, ticket))) = joins.try_join_next() {
            tickets[index] = ticket;
            joined += usize::from(status == 201);
        }
        let units_of_joins = self.functions.units();
        let told = self.told(&fans, &tickets).await;
        let meter = Meter::new(self.workers.engine.clone(), Duration::ZERO);
        let room = meter.item("dibs-queue", &format!("QUEUE#{}", self.queue), "ROOM");
        let heat = self.workers.heat();
        let seen = Seen {
            joined,
            told,
            throttled: heat.throttled,
            peak: heat.peak.clone(),
            units_of_joins,
            units_of_runs: self.workers.units() - before,
            placed_after,
            room_bytes: size_of(&room.expect("the room")),
        };
        drop(heat);
        (fans, seen)
    }

    fn fans(&self, count: usize) -> Vec<Fan> {
        let now = self.app.now();
        let fan = |index| {
            let (id, token) = user(&self.app, index);
            let late = i64::try_from(self.prng.below(1_000)).unwrap_or_default();
            let name = EntryName::of(&self.queue, &id);
            Fan { id, at: Timestamp::from_millis(now.as_millis() + late), name, token }
        };
        (0..count).map(fan).collect()
    }

    /// Starts a task for each join. Its result has the index of the user, the status and the queue token.
    fn joins(&self, fans: &[Fan], began: Instant) -> JoinSet<(usize, u16, Option<String>)> {
        let (now, path) = (self.app.now(), format!("/api/v1/queues/{}/tokens", self.queue));
        let mut joins = JoinSet::new();
        for (index, fan) in fans.iter().enumerate() {
            let (fan, router) = (fan.clone(), self.routers[index % INSTANCES].clone());
            let request = Request::post(&path);
            // A request takes some time from the gateway to the function.
            let after = (fan.at.as_millis() - now.as_millis()).unsigned_abs();
            let arrives = began + Duration::from_millis(after) + self.prng.millis(1, 30);
            joins.spawn(async move {
                sleep_until(arrives).await;
                let (status, body) = call(router, &fan.token, fan.at, request, Body::empty()).await;
                (index, status, body["data"]["ticket"].as_str().map(str::to_owned))
            });
        }
        joins
    }

    /// Runs relays and workers for the time `wait`. Returns the time from `began` until all `count` users had
    /// a position, or `None` if some still have none.
    async fn serve(&mut self, count: usize, began: Instant, wait: Duration) -> Option<Duration> {
        let (mut runs, mut next_read, mut placed_after) = (JoinSet::new(), began + STREAM_EVERY, None);
        while began.elapsed() < wait {
            while let Some(message) = self.messages.next() {
                runs.spawn(run_room(self.app.clone(), message));
            }
            while let Some(run) = runs.try_join_next() {
                run.expect("a run");
                if placed_after.is_none() && self.joined().await == count as u64 {
                    placed_after = Some(began.elapsed());
                }
            }
            if Instant::now() >= next_read {
                next_read += STREAM_EVERY;
                for (worker, event) in events(&self.streams.new_records()) {
                    worker.handle_shard(&self.app, Some("shard-1".to_owned()), event).await.expect("a relay");
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        placed_after
    }

    /// Returns the number of assigned positions.
    async fn joined(&self) -> u64 {
        self.app.store().get_waiting_room(&self.queue).await.map(|room| room.joined.0).unwrap_or_default()
    }

    /// Returns each user's position from the arrival buckets, and checks that the API tells a sample of users
    /// the same.
    async fn told(&self, fans: &[Fan], tickets: &[Option<String>]) -> Vec<Option<u64>> {
        let (first, last) =
            (arrival_window_of(Timestamp::from_millis(BEGAN_MS)), arrival_window_of(self.app.now()));
        let store = self.app.store();
        let room = store.get_waiting_room(&self.queue).await.expect("the room");
        let buckets = store
            .get_arrival_buckets_of_windows(&self.queue, first..last, room.groups())
            .await
            .expect("the arrival buckets");
        let buckets: BTreeMap<_, _> = buckets.into_iter().collect();
        let place = |bucket: &ArrivalBucket, fan: &Fan| {
            if let ArrivalStatus::HasPosition(position) = bucket.status_of(&fan.name) {
                Some(position.0)
            } else {
                None
            }
        };
        // A user whose join was throttled may be in a later bucket than their arrival time suggests.
        let position = |fan: &Fan| {
            let of_moment = buckets.get(&room.bucket_for(&fan.id, arrival_window_of(fan.at)));
            of_moment.into_iter().chain(buckets.values()).find_map(|bucket| place(bucket, fan))
        };
        let told: Vec<Option<u64>> = fans.iter().map(position).collect();
        let path = format!("/api/v1/queues/{}/tokens/me", self.queue);
        for index in (0..fans.len()).step_by(ASKS_EVERY) {
            let Some(ticket) = tickets[index].as_deref() else { continue };
            let request = Request::get(&path).header(QUEUE_TOKEN_HEADER, ticket);
            let (router, fan) = (self.routers[index % INSTANCES].clone(), &fans[index]);
            let (_, body) = call(router, &fan.token, fan.at, request, Body::empty()).await;
            assert_eq!(body["data"]["position"].as_u64(), told[index], "{body}");
        }
        told
    }
}

async fn run_room(app: App, message: String) {
    let mut record = SqsMessage::default();
    record.message_id = Some("1".to_owned());
    record.body = Some(message);
    let mut event = SqsEvent::default();
    event.records = vec![record];
    let response = waiting_room::workers::run_rooms::WORKER.handle_sqs(&app, event).await;
    assert!(response.batch_item_failures.is_empty(), "a run failed");
}
