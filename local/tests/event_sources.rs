//! Tests of the event-source emulator, with embedded engines and workers that record their input.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use assertions::assert_each_eq;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use aws_lambda_events::event::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue;
use dibs::engine::{Deployed, Dynamo, Engines, Options, Sqs, serve};
use dibs::event_sources::{EventSources, redrive};
use dibs::hosts::Hosts;
use domain::{Error, Timestamp};
use runtime::{App, Message, Source, Tokens, Work, Worker};
use store::Store;
use store::schema::{ACCOUNTS, Queue, TABLES};

// The queues have names of the schema, because a store knows no others. A failed message is visible again
// after a second.
static QUICK: Queue = Queue { name: "grants", visibility_s: 1, receives_max: 2 };
static OTHER: Queue = Queue { name: "outbox", visibility_s: 60, receives_max: 2 };
static QUEUES: [&Queue; 2] = [&QUICK, &OTHER];

static RELAY: Worker = Worker { name: "test-relay", source: Source::Stream(&ACCOUNTS, relay) };
static CONSUME: Worker = Worker { name: "test-consume", source: Source::Queue(&QUICK, consume) };
static HANG: Worker = Worker { name: "test-hang", source: Source::Queue(&QUICK, hang) };
static CHAIN: Worker = Worker { name: "test-chain", source: Source::Queue(&OTHER, chain) };
static TICK: Worker = Worker { name: "test-tick", source: Source::Schedule(1, tick) };

/// Keys that the workers of all tests received. Those of a test begin with a letter of its own.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static FAILED_ONCE: Mutex<Option<HashSet<String>>> = Mutex::new(None);

fn seen() -> MutexGuard<'static, Vec<String>> {
    SEEN.lock().unwrap()
}

fn seen_of(test: &str) -> Vec<String> {
    seen().iter().filter(|entry| entry.starts_with(test)).cloned().collect()
}

fn first_time(of: &str) -> bool {
    FAILED_ONCE.lock().unwrap().get_or_insert_default().insert(of.to_owned())
}

/// Sends the key of every new item to the queue. A key that contains `stumble` fails its batch once, after
/// the message is sent.
fn relay(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        for record in records.iter().filter(|record| record.event_name == "INSERT") {
            let key: String =
                serde_dynamo::from_attribute_value(record.change.new_image["pk"].clone()).unwrap();
            assert!(record.change.sequence_number.is_some() && !record.event_id.is_empty());
            app.store().send(&QUICK, std::slice::from_ref(&key), 0).await?;
            if key.contains("stumble") && first_time(&key) {
                return Err(Error::busy(domain::BusyReason::Throttled));
            }
        }
        Ok(())
    })
}

fn consume(_: App, message: Message) -> Work {
    Box::pin(async move {
        let key: String = serde_json::from_str(&message.body).map_err(Error::internal)?;
        if key.contains("panic") && first_time(&key) {
            panic!("a worker may panic");
        }
        let fails = key.contains("poison") || key.contains("retry") && message.receives == 1;
        seen().push(key);
        if fails { Err(Error::busy(domain::BusyReason::Throttled)) } else { Ok(()) }
    })
}

fn hang(_: App, _: Message) -> Work {
    Box::pin(std::future::pending())
}

/// Sends a message equal to the received one, so that the chain of messages never ends.
fn chain(app: App, message: Message) -> Work {
    Box::pin(async move {
        let key: String = serde_json::from_str(&message.body).map_err(Error::internal)?;
        seen().push(key.clone());
        app.store().send(&OTHER, &[key], 0).await
    })
}

fn tick(_: App) -> Work {
    seen().push("tick".to_owned());
    Box::pin(std::future::ready(Ok(())))
}

async fn engines(dynamo: Dynamo) -> (Engines, Deployed) {
    let engines = Engines::embedded(dynamo, Sqs::memory());
    let deployed = engines.create("dibs", TABLES, &QUEUES).await.unwrap();
    (engines, deployed)
}

async fn event_sources(engines: &Engines, deployed: &Deployed, workers: &[&'static Worker]) -> EventSources {
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let clock = Arc::new(|| Timestamp::from_millis(0));
    let tokens = Tokens::new(None, None).unwrap();
    let app = App::new(store, clock, Arc::new(|| 0), tokens, config::Settings::default(), || {
        unreachable!("no worker here calls out")
    });
    EventSources::start(engines.clone(), deployed.clone(), app, workers).await.unwrap()
}

async fn put(engines: &Engines, key: &str) {
    let call = engines.dynamo_client.put_item().table_name("dibs-accounts");
    let call =
        call.item("pk", AttributeValue::S(key.to_owned())).item("sk", AttributeValue::S("A".to_owned()));
    call.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_of_messages_without_end_is_dropped_after_sixteen() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let event_sources = event_sources(&engines, &deployed, &[&CHAIN]).await;
    let url = deployed.queue_url(&OTHER).unwrap();
    let send = |key: &str| engines.sqs_client.send_message().queue_url(url).message_body(format!("{key:?}"));
    send("x1").send().await.unwrap();
    send("y1").send().await.unwrap();
    event_sources.settle().await.unwrap();
    assert_each_eq!((seen_of("x1").len(), 16), (seen_of("y1").len(), 16), (event_sources.dropped(), 2));
    let dead = engines.sqs_client.receive_message().queue_url(deployed.dead_letter_url(&OTHER).unwrap());
    assert!(dead.send().await.unwrap().messages.unwrap_or_default().is_empty(), "Lambda drops it");
    event_sources.stop().await;
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_through_its_stream_and_its_queue_in_order() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let event_sources = event_sources(&engines, &deployed, &[&RELAY, &CONSUME]).await;
    for number in 0..250 {
        put(&engines, &format!("a{number:03}")).await;
    }
    event_sources.settle().await.unwrap();
    let mut all = seen_of("a");
    all.sort();
    all.dedup();
    assert_eq!(all, (0..250).map(|number| format!("a{number:03}")).collect::<Vec<_>>());
    event_sources.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_stream_that_fails_comes_again_before_what_follows() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    for key in ["b1", "b2-stumble", "b3"] {
        put(&engines, key).await;
    }
    // No worker consumes the queue, so the queue itself shows what the relay sent.
    let event_sources = event_sources(&engines, &deployed, &[&RELAY]).await;
    let (mut sent, begun) = (Vec::new(), Instant::now());
    while sent.len() < 5 && begun.elapsed() < Duration::from_secs(10) {
        let call = engines.sqs_client.receive_message().queue_url(deployed.queue_url(&QUICK).unwrap());
        let messages = call.visibility_timeout(60).send().await.unwrap().messages.unwrap_or_default();
        sent.extend(messages.into_iter().map(|message| message.body.unwrap().replace('"', "")));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(sent, ["b1", "b2-stumble", "b1", "b2-stumble", "b3"]);
    event_sources.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_comes_again_and_then_is_a_dead_letter_that_can_be_redriven() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let event_sources = event_sources(&engines, &deployed, &[&RELAY, &CONSUME]).await;
    // This key is handled alone, because a panic fails the whole batch.
    put(&engines, "c-panic").await;
    event_sources.settle().await.unwrap();
    for key in ["c-good", "c-retry", "c-poison"] {
        put(&engines, key).await;
    }
    event_sources.settle().await.unwrap();
    let count = |key: &str| seen_of("c").iter().filter(|seen| *seen == key).count();
    assert!(count("c-good") >= 1);
    assert_each_eq!((count("c-retry"), 2), (count("c-poison"), 2), (count("c-panic"), 1));

    assert_eq!(redrive(&engines, &deployed, &QUICK).await.unwrap(), 1);
    event_sources.settle().await.unwrap();
    assert_eq!(count("c-poison"), 4);
    assert_eq!(redrive(&engines, &deployed, &QUICK).await.unwrap(), 1);
    event_sources.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_stream_gives_back_what_was_lost_with_the_queues() {
    let directory = std::env::temp_dir().join(format!("dibs-pump-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("data.db");

    let (first, deployed) = engines(Dynamo::file(&file).unwrap()).await;
    let running = event_sources(&first, &deployed, &[&RELAY, &CONSUME]).await;
    put(&first, "d-done").await;
    running.settle().await.unwrap();
    running.stop().await;
    let finished = seen_of("d-done").len();
    assert_eq!(finished, 1);

    // The message is sent but never handled. Then everything in memory is lost, as in a crash.
    let running = event_sources(&first, &deployed, &[&RELAY, &HANG]).await;
    put(&first, "d-lost").await;
    assert!(tokio::time::timeout(Duration::from_millis(1500), running.settle()).await.is_err());
    drop(running);
    drop(first);
    // The tasks of the dropped emulator end asynchronously, and hold the file until then.
    let mut again = None;
    eventually("lets the file go", || {
        again = Dynamo::file(&file).ok();
        again.is_some()
    })
    .await;

    let (second, deployed) = engines(again.unwrap()).await;
    let running = event_sources(&second, &deployed, &[&RELAY, &CONSUME]).await;
    running.settle().await.unwrap();
    assert_eq!(seen_of("d-lost").len(), 1);
    put(&second, "d-new").await;
    running.settle().await.unwrap();
    running.stop().await;
    assert_eq!(seen_of("d-new").len(), 1);
    assert_eq!(
        seen_of("d-done").len(),
        finished,
        "what was finished before a checkpoint does not come again"
    );
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_holds_the_checkpoint_back() {
    let directory = std::env::temp_dir().join(format!("dibs-dead-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("data.db");
    let (first, deployed) = engines(Dynamo::file(&file).unwrap()).await;
    let running = event_sources(&first, &deployed, &[&RELAY, &CONSUME]).await;
    put(&first, "e-poison").await;
    running.settle().await.unwrap();
    running.stop().await;
    drop(first);
    assert_eq!(seen_of("e").len(), 2);

    let (second, deployed) = engines(Dynamo::file(&file).unwrap()).await;
    let running = event_sources(&second, &deployed, &[&RELAY, &CONSUME]).await;
    running.settle().await.unwrap();
    assert_eq!(seen_of("e").len(), 4, "the dead letter was in memory, so it is made again");
    running.stop().await;
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_stream_is_trimmed_and_goes_on() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let running = event_sources(&engines, &deployed, &[&RELAY, &CONSUME]).await;
    for number in 0..30 {
        put(&engines, &format!("f{number:02}")).await;
    }
    running.settle().await.unwrap();
    running.stop().await;
    let streams = &engines.streams_client;
    let arn = streams.list_streams().table_name("dibs-accounts").send().await.unwrap().streams.unwrap();
    let arn = arn[0].stream_arn.clone().unwrap();
    let shards =
        streams.describe_stream().stream_arn(&arn).send().await.unwrap().stream_description.unwrap().shards;
    let shard = shards.unwrap()[0].shard_id.clone().unwrap();
    let begin = streams.get_shard_iterator().stream_arn(&arn).shard_id(shard);
    let begin = begin.shard_iterator_type(aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon);
    let iterator = begin.send().await.unwrap().shard_iterator.unwrap();
    let kept = streams.get_records().shard_iterator(iterator).send().await.unwrap().records.unwrap();
    assert_eq!(kept.len(), 1);

    let running = event_sources(&engines, &deployed, &[&RELAY, &CONSUME]).await;
    put(&engines, "f99").await;
    running.settle().await.unwrap();
    running.stop().await;
    assert_eq!(seen_of("f").len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_message_counts_unless_it_is_said_not_to() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let event_sources = event_sources(&engines, &deployed, &[&CONSUME]).await;
    let call = engines.sqs_client.send_message().queue_url(deployed.queue_url(&QUICK).unwrap());
    call.message_body("\"g\"").delay_seconds(2).send().await.unwrap();
    event_sources.settle_due().await.unwrap();
    assert!(seen_of("g").is_empty());
    event_sources.settle().await.unwrap();
    assert_eq!(seen_of("g").len(), 1);
    event_sources.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_engines_that_wake_nobody_are_polled() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served =
        serve(listener, Dynamo::memory().unwrap(), Sqs::memory(), Hosts::default(), std::future::pending());
    let server = tokio::spawn(served);
    let options = Options { dynamodb_endpoint: Some(url.clone()), sqs_endpoint: Some(url), data: None };
    let outside = Engines::open(&options).await.unwrap();
    let deployed = outside.create("dibs", TABLES, &QUEUES).await.unwrap();
    let event_sources = event_sources(&outside, &deployed, &[&RELAY, &CONSUME]).await;
    for key in ["h1", "h2-retry", "h3-stumble"] {
        put(&outside, key).await;
    }
    event_sources.settle().await.unwrap();
    let seen: HashSet<_> = seen_of("h").into_iter().collect();
    assert_eq!(seen.len(), 3);
    event_sources.stop().await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_ticks_and_stops_with_the_pump() {
    let (engines, deployed) = engines(Dynamo::memory().unwrap()).await;
    let event_sources = event_sources(&engines, &deployed, &[&TICK]).await;
    eventually("ticked twice", || seen_of("tick").len() >= 2).await;
    event_sources.stop().await;
    let ticks = seen_of("tick").len();
    // A tick would come each second, but none may come after the emulator stopped.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(seen_of("tick").len(), ticks);
}
