//! Event-source emulator of the simulation: it calls the workers from queues, schedules and streams, each
//! with several ordered lanes, and detects when all work is done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use runtime::{Source, Worker};
use serde_json::{Value, json};
use store::schema::{OUTBOX, Queue, Table};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::faults::Fault;
use super::instances::World;
use super::lambda;
use super::tables::deployed;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Running event-source emulator of the simulation.
pub struct EventSources {
    world: Arc<World>,
    streams: Vec<Arc<Stream>>,
    tasks: JoinSet<()>,
    outbox: Arc<Mutex<Vec<String>>>,
}

struct Stream {
    table: &'static Table,
    worker: &'static Worker,
    lanes: Mutex<Vec<Lane>>,
    // Signal of new records, for each lane.
    filled: Vec<Notify>,
    // Number of writes on the leader up to which the stream was read.
    read_beats: Mutex<u64>,
}

#[derive(Default)]
struct Lane {
    // Records of the lane, each with its number in the whole stream.
    records: Vec<(u64, EventRecord)>,
    next: usize,
}

impl EventSources {
    /// Starts the emulator, which calls `workers`.
    pub fn start(world: Arc<World>, workers: &[&'static Worker]) -> Self {
        let mut event_sources =
            Self { world, streams: Vec::new(), tasks: JoinSet::new(), outbox: Arc::default() };
        for &worker in workers {
            match worker.source {
                Source::Stream(table, _) => event_sources.stream(table, worker),
                Source::Queue(queue, _) => {
                    let pollers = event_sources.world.core.env.sizes.queue_pollers;
                    (0..pollers).for_each(|_| event_sources.queue(queue, Some(worker)));
                }
                Source::Schedule(seconds, _) => event_sources.schedule(seconds, worker),
                // Clients call these.
                Source::Socket(..) => {}
            }
        }
        // The data platform accepts every message of the outbox, and drops repeats by event id.
        event_sources.queue(&OUTBOX, None);
        event_sources
    }

    /// Returns every message that the data platform received.
    pub fn outbox(&self) -> Vec<String> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until no work is left: streams are read to their ends, queues are empty, and no function and no
    /// delayed write is running.
    ///
    /// # Errors
    /// Fails with a description of the remaining work after `hours_max` simulated hours.
    pub async fn settle(&self, hours_max: u64) -> Result<(), String> {
        let core = &self.world.core;
        let deadline_ms = core.env.now_ms() + hours_max * 3_600_000;
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let streams = self.streams.iter().map(|stream| stream.left(&self.world)).sum::<u64>();
            let (messages, _) = core.queues.left();
            let running = core.env.under_way.load(Ordering::Relaxed);
            quiet = if streams == 0 && messages == 0 && running == 0 { quiet + 1 } else { 0 };
            if core.env.now_ms() > deadline_ms {
                let left = core.queues.bodies();
                return Err(format!("not quiet: {streams} records, {running} running, messages {left:?}"));
            }
        }
        Ok(())
    }

    /// Stops all tasks of the emulator.
    pub async fn stop(mut self) {
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next().await {
            assert!(
                ended.is_err_and(|error| error.is_cancelled()),
                "a task of the event_sources ended by itself"
            );
        }
    }

    fn stream(&mut self, table: &'static Table, worker: &'static Worker) {
        let shards = self.world.core.env.sizes.stream_shards;
        let lanes = Mutex::new((0..shards).map(|_| Lane::default()).collect());
        let filled = (0..shards).map(|_| Notify::new()).collect();
        let stream = Arc::new(Stream { table, worker, lanes, filled, read_beats: Mutex::new(0) });
        self.streams.push(stream.clone());
        let (world, reading) = (self.world.clone(), stream.clone());
        self.tasks.spawn(async move {
            let mut iterators = BTreeMap::new();
            loop {
                if !reading.read(&world, &mut iterators) {
                    world.core.wrote.notified().await;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        for lane in 0..shards {
            let (world, stream) = (self.world.clone(), stream.clone());
            self.tasks.spawn(async move {
                loop {
                    if !stream.hand_over(&world, lane).await {
                        stream.filled[lane].notified().await;
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                }
            });
        }
    }

    fn schedule(&mut self, seconds: u32, worker: &'static Worker) {
        let world = self.world.clone();
        self.tasks.spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                let instance = world.core.env.prng.pick(&world.workers).clone();
                world.core.env.event(&instance.name, format_args!("{} ticks", worker.name));
                let app = instance.app.clone();
                let work = async move { worker.handle_tick(&app).await };
                // A worker that fails on a schedule runs again the next time.
                let _ = lambda::invoke(&world.core.env, &instance.name, work).await;
            }
        });
    }

    fn queue(&mut self, queue: &'static Queue, worker: Option<&'static Worker>) {
        let (world, outbox) = (self.world.clone(), self.outbox.clone());
        self.tasks.spawn(async move {
            loop {
                let core = &world.core;
                let most = core.env.prng.between(1, 10) as usize;
                let deliveries = core.queues.receive(&core.env, queue, most);
                if deliveries.is_empty() {
                    core.queues.wait(&core.env, queue).await;
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                let Some(worker) = worker else {
                    for delivery in deliveries {
                        outbox.lock().unwrap_or_else(PoisonError::into_inner).push(delivery.body);
                        core.queues.finish(&core.env, queue, delivery.number, true);
                    }
                    continue;
                };
                let mut event = SqsEvent::default();
                event.records = deliveries.iter().map(message).collect();
                let instance = core.env.prng.pick(&world.workers).clone();
                core.env.event(&instance.name, format_args!("{} gets {}", worker.name, event.records.len()));
                let app = instance.app.clone();
                let work = async move { worker.handle_sqs(&app, event).await };
                let failed: Option<Vec<String>> =
                    lambda::invoke(&core.env, &instance.name, work).await.map(|response| {
                        response
                            .batch_item_failures
                            .into_iter()
                            .map(|failure| failure.item_identifier)
                            .collect()
                    });
                if failed.as_ref().is_some_and(|failed| !failed.is_empty() && failed.len() < deliveries.len())
                {
                    core.env.fault(&instance.name, Fault::BatchFailedInPart);
                }
                for delivery in deliveries {
                    let ok =
                        failed.as_ref().is_some_and(|failed| !failed.contains(&delivery.number.to_string()));
                    core.env
                        .event(queue.name, format_args!("{} {} done={ok}", delivery.number, delivery.body));
                    core.queues.finish(&core.env, queue, delivery.number, ok);
                }
            }
        });
    }
}

impl Stream {
    fn lanes(&self) -> std::sync::MutexGuard<'_, Vec<Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of records that are not yet passed to the worker, plus that of writes not yet read.
    fn left(&self, world: &World) -> u64 {
        let waiting: usize = self.lanes().iter().map(|lane| lane.records.len() - lane.next).sum();
        let read = *self.read_beats.lock().unwrap_or_else(PoisonError::into_inner);
        waiting as u64 + (world.core.leader.changes().changes_seen() - read)
    }

    /// Reads new stream records into the lanes. Returns `false` if nothing was written since the previous
    /// call.
    fn read(&self, world: &World, iterators: &mut BTreeMap<String, String>) -> bool {
        let leader = &world.core.leader;
        let beats = leader.changes().changes_seen();
        if *self.read_beats.lock().unwrap_or_else(PoisonError::into_inner) == beats {
            return false;
        }
        let ask = |operation: &str, body: Value| -> Value {
            let target = format!("DynamoDBStreams_20120810.{operation}");
            let reply = leader.execute(&target, body.to_string().as_bytes());
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            serde_json::from_slice(&reply.body).expect("a stream answers in JSON")
        };
        let table = json!({"TableName": deployed(self.table)});
        if iterators.is_empty() {
            let streams = ask("ListStreams", table);
            let arn = &streams["Streams"][0]["StreamArn"];
            let described = ask("DescribeStream", json!({"StreamArn": arn}));
            for shard in described["StreamDescription"]["Shards"].as_array().into_iter().flatten() {
                let id = &shard["ShardId"];
                let begin = json!({"StreamArn": arn, "ShardId": id, "ShardIteratorType": "TRIM_HORIZON"});
                let iterator = ask("GetShardIterator", begin)["ShardIterator"].as_str().map(str::to_owned);
                iterators.insert(id.as_str().unwrap_or_default().to_owned(), iterator.unwrap_or_default());
            }
        }
        for iterator in iterators.values_mut() {
            loop {
                let mut page = ask("GetRecords", json!({"ShardIterator": &*iterator}));
                *iterator = page["NextShardIterator"].as_str().unwrap_or_default().to_owned();
                let records = page["Records"].as_array_mut().map(std::mem::take).unwrap_or_default();
                if records.is_empty() {
                    break;
                }
                records.into_iter().for_each(|record| self.sort_in(record));
            }
        }
        *self.read_beats.lock().unwrap_or_else(PoisonError::into_inner) = beats;
        true
    }

    fn sort_in(&self, record: Value) {
        let pk = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap_or_default();
        let lane = domain::stock::bucket_of(pk, self.filled.len() as u32) as usize;
        let record: EventRecord = serde_json::from_value(record).expect("a record is one as Lambda has it");
        let mut lanes = self.lanes();
        let place = lanes.iter().map(|lane| lane.records.len() as u64).sum();
        lanes[lane].records.push((place, record));
        self.filled[lane].notify_one();
    }

    /// Passes the next records of a lane to the worker. Returns `false` if the lane had none.
    async fn hand_over(&self, world: &Arc<World>, lane: usize) -> bool {
        let core = &world.core;
        let (batch, overtakes) = {
            let lanes = self.lanes();
            let Lane { records, next } = &lanes[lane];
            let most = core.env.prng.between(1, 10) as usize;
            let batch: Vec<(u64, EventRecord)> = records[*next..].iter().take(most).cloned().collect();
            let Some((last, _)) = batch.last() else { return false };
            let waiting = |other: &Lane| other.records.get(other.next).is_some_and(|(place, _)| place < last);
            let overtakes = lanes.iter().enumerate().any(|(index, other)| index != lane && waiting(other));
            (batch, overtakes)
        };
        if core.env.faults.on() {
            tokio::time::sleep(core.env.prng.millis(0, 800)).await;
            if overtakes {
                core.env.fault(self.table.name, Fault::StreamInterleaved);
            }
        }
        let count = batch.len();
        let mut event = Event::default();
        event.records = batch.into_iter().map(|(_, record)| record).collect();
        let instance = core.env.prng.pick(&world.workers).clone();
        let (worker, app) = (self.worker, instance.app.clone());
        core.env.event(&instance.name, format_args!("{} gets {count} of lane {lane}", worker.name));
        let shard = Some(format!("lane-{lane}"));
        let work = async move { worker.handle_shard(&app, shard, event).await.is_ok() };
        if lambda::invoke(&core.env, &instance.name, work).await != Some(true) {
            tokio::time::sleep(core.env.prng.millis(100, 1_000)).await;
            return true;
        }
        let mut lanes = self.lanes();
        lanes[lane].next += count;
        if core.env.strikes(core.env.faults.rates.redelivered) {
            core.env.fault(self.table.name, Fault::StreamRedelivered);
            lanes[lane].next -= core.env.prng.between(1, (lanes[lane].next as u64).min(15)) as usize;
        }
        true
    }
}

fn message(delivery: &super::queues::Delivery) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(delivery.number.to_string());
    message.body = Some(delivery.body.clone());
    let receives = ("ApproximateReceiveCount".to_owned(), delivery.receives.to_string());
    message.attributes = [receives, runtime::hops::lineage(delivery.hops)].into();
    message
}
