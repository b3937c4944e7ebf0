//! Costs of seats that are held, refused, released and read.

use crate::assert_each_eq;
use domain::accounts::Role;
use domain::concerts::Date;
use domain::ids::{ConcertId, QueueId};
use serde_json::{Value, json};

use super::row;
use super::wallet::token;
use crate::cost::bench::{Answer, Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::{Cost, size_of};

const DAY: &str = "2026-12-24";

pub async fn measure() -> Vec<Row> {
    let mut rows = held().await;
    rows.extend(behind_a_queue().await);
    rows.extend(ended().await);
    rows.extend(looked_at().await);
    rows
}

/// Concert with one date, with the API path of its seats.
struct Hall {
    id: ConcertId,
    path: String,
}

async fn hall(bench: &Bench, seats: u32, queue: Option<&QueueId>) -> Hall {
    let operator = bench.somebody(Role::Operator);
    let body = json!({"name": "a concert", "queue_id": queue});
    let made = bench.call("POST", "/concerts", Some(&operator), Some(body)).await;
    let id = made.body["data"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/concerts/{id}");
    let date = json!({"date": DAY, "price": 10_000, "seats": seats});
    let made = bench.call("POST", &format!("{path}/dates"), Some(&operator), Some(date)).await;
    assert_eq!(made.status, 201, "{made:?}");
    Hall { id: ConcertId::parse(&id).expect("an id"), path }
}

/// Loads the concert and its date into an otherwise expired cache, as another request within the last second
/// would.
async fn warm_cache(bench: &Bench, hall: &Hall) {
    bench.expire_caches();
    let (store, now) = (bench.app.store(), bench.app.now());
    store.get_concert_cached(&hall.id, now).await.expect("the concert");
    store.get_date_cached(&hall.id, Date::parse(DAY).expect("a day"), now).await.expect("the date");
}

async fn reserve(bench: &Bench, hall: &Hall, caller: &Caller, mut body: Value) -> (Answer, Cost) {
    body["date"] = json!(DAY);
    let path = format!("{}/reservations", hall.path);
    bench.measure(bench.call("POST", &path, Some(caller), Some(body))).await
}

/// Returns the cost of a reservation, with the concert and its date in the instance's cache.
async fn hold(bench: &Bench, hall: &Hall, body: Value) -> Cost {
    warm_cache(bench, hall).await;
    let (answer, cost) = reserve(bench, hall, &bench.user(), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    cost
}

async fn held() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let hall = hall(&bench, 50, None).await;
    bench.relay().await;
    let one = hold(&bench, &hall, json!({"seats": [1]})).await;
    let relayed = bench.relay().await;
    assert_each_eq!((relayed.messages["holds"].len(), 1), (relayed.events().len(), 1));
    bench.expire_caches();
    let (answer, cold) = reserve(&bench, &hall, &bench.user(), json!({"seats": [2]})).await;
    assert_eq!(answer.status, 201, "{answer:?}");

    warm_cache(&bench, &hall).await;
    let (answer, taken) = reserve(&bench, &hall, &bench.user(), json!({"seats": [2]})).await;
    assert_each_eq!((answer.status, 409), (answer.body["error"]["code"], "SEAT_TAKEN"));
    let (answer, known) = reserve(&bench, &hall, &bench.user(), json!({"seats": [2, 3]})).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    vec![
        row("hold one seat", one),
        row("hold one seat: what the stream's consumer writes", relayed.cost),
        row("hold one seat, concert not cached", cold),
        row("hold 4 seats of one block", hold(&bench, &hall, json!({"seats": [13, 14, 15, 16]})).await),
        row("hold 4 seats of two blocks", hold(&bench, &hall, json!({"seats": [23, 24, 25, 26]})).await),
        row("hold the best 4 of 50 seats", hold(&bench, &hall, json!({"count": 4})).await),
        row("refuse: seat taken", taken),
        row("refuse: seat taken, known from the last second", known),
    ]
}

async fn ended() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let hall = hall(&bench, 50, None).await;
    let caller = bench.user();
    let (answer, _) = reserve(&bench, &hall, &caller, json!({"seats": [1]})).await;
    let path = format!("/reservations/{}", answer.body["data"]["id"].as_str().expect("an id"));
    let (answer, read) = bench.measure(bench.call("GET", &path, Some(&caller), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    bench.relay().await;
    let (answer, canceled) = bench.measure(bench.call("DELETE", &path, Some(&caller), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let relayed = bench.relay().await;
    assert_eq!(relayed.events().len(), 1);

    let (answer, _) = reserve(&bench, &hall, &caller, json!({"seats": [1]})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let message = bench.relay().await.messages["holds"][0].clone();
    (0..200).for_each(|_| bench.expire_caches());
    let expired = bench.work(&concerts::workers::expire_holds::WORKER, &message).await;
    let again = bench.work(&concerts::workers::expire_holds::WORKER, &message).await;
    vec![
        row("read a reservation", read),
        row("cancel a reservation", canceled),
        row("cancel a reservation: what the stream's consumer writes", relayed.cost),
        row("expire a reservation", expired),
        row("expire a reservation: the message comes again", again),
    ]
}

async fn behind_a_queue() -> Vec<Row> {
    let bench = Bench::start().await;
    let operator = bench.somebody(Role::Operator);
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let answer = bench.call("POST", "/queues", Some(&operator), Some(body)).await;
    let queue = QueueId::parse(answer.body["data"]["id"].as_str().unwrap_or_default()).expect("a queue");
    let hall = hall(&bench, 50, Some(&queue)).await;
    let caller = bench.user();
    let (token, path) = (token(&bench, &caller, &queue), format!("{}/reservations", hall.path));
    let mut rows = Vec::new();
    for (seat, operation) in [
        (1, "hold one seat behind a queue, the first guarded call"),
        (2, "hold one seat behind a queue, a later call"),
    ] {
        warm_cache(&bench, &hall).await;
        let body = json!({"date": DAY, "seats": [seat]});
        let call = bench.call_with_queue_token("POST", &path, &caller, Some(&token), body);
        let (answer, cost) = bench.measure(call).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        rows.push(row(operation, cost));
    }
    rows
}

async fn looked_at() -> Vec<Row> {
    let bench = Bench::start().await;
    let (small, large) = (hall(&bench, 50, None).await, hall(&bench, 2000, None).await);
    let caller = bench.user();
    let mut rows = Vec::new();
    for (hall, seats, map, dates) in [
        (&small, 50, "seat map of 50 seats", "list the one date of a concert, 50 seats"),
        (&large, 2000, "seat map of 2,000 seats", "list the one date of a concert, 2,000 seats"),
    ] {
        warm_cache(&bench, hall).await;
        let path = format!("{}/dates/{DAY}/seats", hall.path);
        let (answer, cost) = bench.measure(bench.call("GET", &path, Some(&caller), None)).await;
        assert_eq!(answer.body["data"]["available"], seats, "{answer:?}");
        rows.push(row(map, cost));
        if seats == 50 {
            let (_, again) = bench.measure(bench.call("GET", &path, Some(&caller), None)).await;
            rows.push(row("seat map, known from the last second", again));
        }
        warm_cache(&bench, hall).await;
        let path = format!("{}/dates", hall.path);
        let (answer, cost) = bench.measure(bench.call("GET", &path, Some(&caller), None)).await;
        assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(1), "{answer:?}");
        rows.push(row(dates, cost));
    }
    rows
}

/// Returns the size in bytes of a block of seats that are all held, with ids of the usual length.
pub async fn size_of_a_full_block() -> usize {
    let bench = Bench::start().await;
    let hall = hall(&bench, 2000, None).await;
    for first in [1981, 1985, 1989] {
        let seats: Vec<u32> = (first..first + 4).collect();
        let (answer, _) = reserve(&bench, &hall, &bench.user(), json!({"seats": seats})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let pk = format!("SEATS#{}#{DAY}#165", hall.id);
    size_of(&bench.meter.item("dibs-concerts", &pk, "BLOCK").expect("the block"))
}
