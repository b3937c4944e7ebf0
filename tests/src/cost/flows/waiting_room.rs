//! Costs of waiting rooms: joining, polling, protected requests, leaving, and the work for waiting users.

use crate::assert_each_eq;
use std::collections::BTreeMap;

use dibs_http::QueueTokenHeader;
use domain::accounts::Role;
use domain::ids::QueueId;
use domain::waiting_room::{
    Admission, AdmissionBlock, AdmissionStep, DepartedRange, EndedPositions, PositionEnd, PositionKey,
    PositionMask, QueuePosition, QueueToken, ScheduledCheck, WaitingRoom, WaitingRoomSettings,
    counting_block_of,
};
use serde_json::json;
use store::Saved;
use waiting_room::services::admission::require_admission;

use super::row;
use crate::cost::bench::{Answer, Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::{Cost, size_of};

pub async fn measure() -> Vec<Row> {
    let mut rows = one().await;
    rows.extend(leaving().await);
    rows.extend(a_hundred().await);
    rows.extend(behind_those_who_left().await);
    rows.extend(with_inside(16, "a look with 16 people inside: one leaves, the next is let in").await);
    rows.extend(
        with_inside(50_000, "a look with 50,000 people inside: one leaves, the next is let in").await,
    );
    rows
}

/// Creates a waiting room in which `admitted` users are admitted and ten are waiting. Its capacity is
/// `admitted`, at least 16; `rate` is the number of admissions per second.
async fn full(bench: &Bench, admitted: u64, rate: u64) -> WaitingRoom {
    let body = json!({"name": "Doors", "capacity": admitted.max(16), "admissions_per_second": rate,
        "token_seconds": 86_400, "no_show_seconds": 86_400});
    let made = bench.call("POST", "/queues", Some(&bench.somebody(Role::Operator)), Some(body)).await;
    let id = QueueId::parse(made.body["data"]["id"].as_str().unwrap_or_default()).expect("a queue");
    bench.advance_seconds(60);
    let (store, now) = (bench.app.store(), bench.app.now());
    let before = store.get_waiting_room(&id).await.expect("the room");
    let admitted = QueuePosition(admitted);
    let before_step = QueuePosition(admitted.0.saturating_sub(16));
    let step = AdmissionStep { after: before_step, at: now.plus_seconds(-30) };
    let admission_step = Some(step).filter(|step| step.after < admitted);
    let room = WaitingRoom { joined: admitted.plus(10), admitted, admission_step, ..before };
    let room = room.next_version(Some(now.plus_seconds(600)), now);
    let checks = ScheduledCheck::for_positions(now.plus_seconds(80_000), QueuePosition::ZERO, before_step);
    store.schedule_checks(&id, &checks).await.expect("they are noted");
    assert_eq!(store.save_waiting_room(&room).await.expect("the room"), Saved::Done);
    room
}

/// Measures a poll of position 4,090, when 4,008 of the 4,089 users before it have left.
async fn behind_those_who_left() -> Vec<Row> {
    const POSITION: QueuePosition = QueuePosition(4_090);
    let bench = Bench::start().await;
    let (room, caller, store) = (full(&bench, 16, 1).await, bench.user(), bench.app.store());
    let block = counting_block_of(POSITION);
    let admission_blocks: BTreeMap<u64, PositionMask> =
        (block * 64..block * 64 + 63).map(|admission_block| (admission_block, PositionMask::MAX)).collect();
    let ranges = [
        DepartedRange { from: 0, to: block - 1, count: 3_000 },
        DepartedRange { from: block, to: block, count: 63 * 16 },
    ];
    let count = ranges.iter().map(|range| range.count).sum();
    let ended_positions =
        Some(EndedPositions { departed: count, ..room.ended_positions.unwrap_or_default() });
    let left = WaitingRoom { joined: POSITION, departed: ranges.to_vec(), ended_positions, ..room };
    let left = left.next_version(None, bench.app.now());
    assert_eq!(store.save_waiting_room(&left).await.expect("the room"), Saved::Done);
    store.write_counted_ends(&left.id, block, &admission_blocks, left.version).await.expect("the block");
    let ticket = QueueToken {
        user_id: caller.id.clone(),
        queue_id: left.id.clone(),
        bucket: (0, 0, 0).into(),
        joined_at: bench.app.now(),
        rejoins: 0,
        position: Some(POSITION),
        admission: None,
    };
    let ticket = bench.app.tokens().sign_queue_token(&ticket).expect("a token");
    bench.expire_caches();
    let path = format!("/queues/{}/tokens/me", left.id);
    let call = bench.call_with_queue_token("GET", &path, &caller, Some(&ticket), json!(null));
    let (answer, polled) = bench.measure(call).await;
    assert_eq!(answer.body["data"]["ahead"], POSITION.0 - 16 - 1 - count, "{answer:?}");
    vec![row("poll a queue: 4,000 of those before have left", polled)]
}

async fn with_inside(admitted: u64, name: &'static str) -> Vec<Row> {
    let mut bench = Bench::start().await;
    let room = full(&bench, admitted, 1).await;
    run(&mut bench, 0).await;
    bench.relay().await;
    bench.advance_seconds(10);
    let place = PositionKey { queue_id: room.id.clone(), position: QueuePosition(3) };
    bench.app.store().end_as_left(&place, bench.app.now()).await.expect("they leave");
    let (_, looked) = run(&mut bench, 1).await;
    let after = warm_cache(&bench, &room.id).await;
    assert_each_eq!((after.admitted.0, admitted + 1), (after.active(), admitted), (after.waiting(), 9));
    vec![row(name, sum(&looked))]
}

/// Returns, for each of three runs of a waiting room that admits 10,000 users a second, the milliseconds
/// since the start and the number of users who are admitted by then.
pub async fn ten_thousand_a_second() -> Vec<(i64, u64)> {
    let mut bench = Bench::start().await;
    let room = full(&bench, 0, 10_000).await;
    let (store, began) = (bench.app.store().clone(), bench.app.now());
    let settings = WaitingRoomSettings { capacity: 100_000, ..room.settings.clone() };
    let crowd = WaitingRoom {
        joined: QueuePosition(95_000),
        settings,
        credit_since: began,
        admission_step: None,
        ..room
    };
    let crowd = crowd.next_version(Some(began), began);
    assert_eq!(store.save_waiting_room(&crowd).await.expect("the room"), Saved::Done);
    let mut seen = Vec::new();
    // With its latency, each run takes about 2.5 seconds.
    for _ in 0..3 {
        run(&mut bench, 1).await;
        let now = warm_cache(&bench, &crowd.id).await;
        let looked_at = now.admission_step.map_or(began, |step| step.at);
        seen.push((looked_at.as_millis() - began.as_millis(), now.admitted.0));
    }
    seen
}

/// Creates a waiting room with this capacity and as many admissions per second, and loads it into the
/// instance's cache.
async fn room(bench: &Bench, capacity: u32) -> QueueId {
    let body = json!({"name": "Doors", "capacity": capacity, "admissions_per_second": capacity});
    let made = bench.call("POST", "/queues", Some(&bench.somebody(Role::Operator)), Some(body)).await;
    let queue = QueueId::parse(made.body["data"]["id"].as_str().unwrap_or_default()).expect("a queue");
    bench.advance_seconds(60);
    warm_cache(bench, &queue).await;
    queue
}

/// Loads the waiting room into an otherwise expired cache, as another request within the last second would.
async fn warm_cache(bench: &Bench, queue: &QueueId) -> WaitingRoom {
    bench.expire_caches();
    bench
        .app
        .store()
        .get_waiting_room_cached(queue, bench.app.now())
        .await
        .expect("the room")
        .as_ref()
        .clone()
}

async fn join(bench: &Bench, queue: &QueueId, caller: &Caller) -> (Answer, Cost) {
    let path = format!("/queues/{queue}/tokens");
    let joined = bench.measure(bench.call("POST", &path, Some(caller), None)).await;
    assert_eq!(joined.0.status, 201, "{joined:?}");
    joined
}

/// Polls the position of `caller` with this queue token. Returns the newest token, the position and the cost.
async fn ask(
    bench: &Bench,
    queue: &QueueId,
    caller: &Caller,
    ticket: Option<&str>,
) -> (String, Option<u64>, Cost) {
    let path = format!("/queues/{queue}/tokens/me");
    let call = bench.call_with_queue_token("GET", &path, caller, ticket, json!(null));
    let (answer, cost) = bench.measure(call).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let place = &answer.body["data"];
    (place["token"].as_str().expect("a token").to_owned(), place["position"].as_u64(), cost)
}

async fn leave(bench: &Bench, queue: &QueueId, caller: &Caller) -> Cost {
    let path = format!("/queues/{queue}/tokens/me");
    let (answer, cost) = bench.measure(bench.call("DELETE", &path, Some(caller), None)).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    cost
}

/// Passes all stream records to the relays, and `seconds` seconds later their messages to the worker of
/// waiting rooms. Returns the cost of the relays, and the cost of each message.
async fn run(bench: &mut Bench, seconds: i64) -> (Cost, Vec<Cost>) {
    let relayed = bench.relay().await;
    bench.advance_seconds(seconds);
    let mut costs = Vec::new();
    for message in relayed.messages.get("rooms").into_iter().flatten() {
        costs.push(bench.work(&waiting_room::workers::run_rooms::WORKER, message).await);
    }
    (relayed.cost, costs)
}

async fn one() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (queue, caller) = (room(&bench, 1).await, bench.user());
    bench.relay().await;
    let (answer, joined) = join(&bench, &queue, &caller).await;
    let ticket = answer.body["data"]["ticket"].as_str().expect("a ticket").to_owned();
    let (_, again) = join(&bench, &queue, &caller).await;
    let (_, position, early) = ask(&bench, &queue, &caller, Some(&ticket)).await;
    assert_eq!(position, None);
    let (second, _) = (bench.user(), bench.expire_caches());
    warm_cache(&bench, &queue).await;
    join(&bench, &queue, &second).await;
    let (relayed, placed) = run(&mut bench, 2).await;
    bench.expire_caches();
    let (waiting, position, learned) = ask(&bench, &queue, &second, None).await;
    assert_eq!(position, Some(2));
    let (_, _, known) = ask(&bench, &queue, &second, Some(&waiting)).await;
    bench.expire_caches();
    let (_, _, polled) = ask(&bench, &queue, &second, Some(&waiting)).await;
    let (token, position, let_in) = ask(&bench, &queue, &caller, Some(&ticket)).await;
    assert_eq!(position, Some(1));
    bench.expire_caches();
    let path = format!("/queues/{queue}");
    let (answer, read) = bench.measure(bench.call("GET", &path, None, None)).await;
    assert_eq!(answer.body["data"]["admitted_upto"], 1, "{answer:?}");
    let pass = || async {
        let token = QueueTokenHeader(Some(token.clone()));
        require_admission(&bench.app, Some(&queue), &caller.id, &token).await.expect("they may pass")
    };
    let (_, first) = bench.measure(pass()).await;
    let (_, next) = bench.measure(pass()).await;
    vec![
        row("join a queue", joined),
        row("join a queue: again", again),
        row("join a queue: what the stream's consumer writes", relayed),
        row("join a queue: two are given positions, the first is let in", sum(&placed)),
        row("poll a queue: without a position yet", early),
        row("poll a queue", polled),
        row("poll a queue, room cached", known),
        row("poll a queue: without a ticket", learned),
        row("poll a queue: let in, room cached", let_in),
        row("read a queue (the public document)", read),
        row("pass a guard: the first call", first),
        row("pass a guard: a later call", next),
    ]
}

async fn leaving() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (queue, early) = (room(&bench, 1).await, bench.user());
    join(&bench, &queue, &early).await;
    let before = leave(&bench, &queue, &early).await;
    let users: Vec<Caller> = (0..3).map(|_| bench.user()).collect();
    for user in &users {
        warm_cache(&bench, &queue).await;
        join(&bench, &queue, user).await;
    }
    run(&mut bench, 2).await;
    bench.relay().await;
    bench.advance_seconds(5);
    let left = leave(&bench, &queue, &users[0]).await;
    let (_, next) = run(&mut bench, 0).await;
    assert_eq!(warm_cache(&bench, &queue).await.admitted, 2);
    // The next message is not due within a minute.
    let (_, looked) = run(&mut bench, 61).await;
    assert_eq!(warm_cache(&bench, &queue).await.admitted, 3);
    vec![
        row("leave a queue: before a position is known", before),
        row("leave a queue", left),
        row("leave a queue: the next is let in", sum(&next)),
        row("a place is not taken up: it is ended and the next is let in", sum(&looked)),
    ]
}

async fn a_hundred() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (queue, mut all) = (room(&bench, 16).await, Vec::new());
    bench.relay().await;
    for _ in 0..100 {
        let caller = bench.user();
        join(&bench, &queue, &caller).await;
        all.push(caller);
        // The joins would take 2 s one after another. The clock is set back by the latency of each, so that
        // all are in one arrival window.
        bench.advance_millis(-20);
    }
    let (relayed, placed) = run(&mut bench, 2).await;
    let room = warm_cache(&bench, &queue).await;
    assert_each_eq!((room.joined.0, 100), (room.admitted.0, 16));
    let (_, let_in) = run(&mut bench, 70).await;
    let after = warm_cache(&bench, &queue).await;
    assert_eq!(after.admitted, 32);
    // The relay counts the joins for their queue and for all queues: two new items with their list entries.
    assert_each_eq!((relayed.wru, 4.0), (relayed.rru, 0.0));
    // All users arrived at the same time, so their names determine which of them are behind the first 32.
    let mut is_told = false;
    for caller in &all {
        let path = format!("/queues/{queue}/tokens/me");
        let answer = bench.call("GET", &path, Some(caller), None).await;
        is_told |= answer.body["data"]["position"].as_u64().is_some_and(|place| place > 32);
    }
    assert!(is_told, "nobody waits");
    vec![
        row("100 joiners of a slice are given positions, 16 are let in", sum(&placed)),
        row("16 places are not taken up: they are ended and the next 16 are let in", sum(&let_in)),
    ]
}

fn sum(costs: &[Cost]) -> Cost {
    costs.iter().fold(Cost::default(), |sum, cost| Cost {
        wru: sum.wru + cost.wru,
        rru: sum.rru + cost.rru,
        trips: sum.trips + cost.trips,
    })
}

/// Returns the size in bytes of an admission block with a high number, after every possible change of each of
/// its sixteen positions.
pub async fn admission_block_size() -> usize {
    const ADMISSION_BLOCK: u64 = 6_250;
    let bench = Bench::start().await;
    let (queue_id, now) = (room(&bench, 1).await, bench.app.now());
    let positions: Vec<QueuePosition> = AdmissionBlock::positions(ADMISSION_BLOCK).collect();
    let store = bench.app.store();
    store.record_admission(&queue_id, ADMISSION_BLOCK, &positions, now).await.expect("they are let in");
    for position in &positions {
        let place = PositionKey { queue_id: queue_id.clone(), position: *position };
        let until = now.plus_seconds(60);
        let admission = Admission { since: now, first_use_before: until, until };
        store.use_position(&place, &admission, now, now).await.expect("they come");
    }
    let ends: Vec<(QueuePosition, PositionEnd)> =
        positions.iter().map(|position| (*position, PositionEnd::Expired)).collect();
    let admission_block =
        store.end_positions(&queue_id, ADMISSION_BLOCK, &ends).await.expect("their time is over");
    assert!(
        admission_block.states.values().all(|mark| mark.admitted_at.is_some() && mark.first_use_at.is_some())
    );
    let item = bench.meter.item("dibs-queue", &format!("QUEUE#{queue_id}#GATE#{ADMISSION_BLOCK}"), "GATE");
    size_of(&item.expect("the gate"))
}
