//! Costs of charges, payments, and reads of the ledger.

use domain::KeyedFingerprint;
use domain::accounts::Role;
use domain::ids::{Nonce, QueueId, ReservationId, fingerprint, fresh};
use domain::orders::KeptReport;
use domain::waiting_room::{Admission, QueuePosition, QueueToken};
use domain::wallet::{NewestEntries, Purchase};
use domain::{Code, Error, Money};
use serde_json::{Value, json};

use super::row;
use crate::cost::bench::{Answer, Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::size_of;

const DATE: &str = "2026-12-24";

pub async fn measure() -> Vec<Row> {
    let mut rows = balances().await;
    rows.extend(payments().await);
    rows.extend(behind_a_queue().await);
    rows.extend(reports().await);
    rows
}

async fn balances() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let user = bench.user();
    let (answer, first) = bench.measure(charge(&bench, &user, 500)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    for _ in 0..30 {
        charge(&bench, &user, 500).await;
    }
    let (answer, charged) = bench.measure(charge(&bench, &user, 500)).await;
    assert_eq!(answer.body["data"]["balance_after"], 16_000, "{answer:?}");
    let relayed = bench.relay().await;
    assert_eq!(relayed.events().len(), 32);
    let (answer, read) = bench.measure(bench.call("GET", "/balance", Some(&user), None)).await;
    assert_eq!(answer.body["data"]["balance"], 16_000, "{answer:?}");
    let list = bench.call("GET", "/balance/ledger?limit=20", Some(&user), None);
    let (answer, ledger) = bench.measure(list).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(20), "{answer:?}");
    assert_eq!(first, charged);
    vec![
        row("charge a balance", charged),
        row("charge a balance: what the stream's consumer writes", relayed.cost),
        row("read a balance", read),
        row("list the ledger, a page of 20", ledger),
    ]
}

async fn payments() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (user, concert) = (bench.user(), concert(&bench, json!({})).await);
    let one = held(&bench, &user, &concert, json!([1]), None).await;
    charge(&bench, &user, 99).await;
    let (answer, refused) = bench.measure(pay(&bench, &user, &one, None)).await;
    assert_eq!(answer.body["error"]["code"], "INSUFFICIENT_BALANCE", "{answer:?}");
    charge(&bench, &user, 10_000).await;
    bench.relay().await;
    let (answer, paid) = bench.measure(pay(&bench, &user, &one, None)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let relayed = bench.relay().await;
    let (answer, twice) = bench.measure(pay(&bench, &user, &one, None)).await;
    assert_eq!(answer.body["error"]["code"], "ALREADY_PAID", "{answer:?}");
    // Seats 11 and 12 are the last of one seat block, 13 and 14 the first of the next.
    let four = held(&bench, &user, &concert, json!([11, 12, 13, 14]), None).await;
    let (answer, two_blocks) = bench.measure(pay(&bench, &user, &four, None)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let late = held(&bench, &user, &concert, json!([20]), None).await;
    bench.advance_seconds(300);
    let (answer, expired) = bench.measure(pay(&bench, &user, &late, None)).await;
    assert_eq!(answer.body["error"]["code"], "HOLD_EXPIRED", "{answer:?}");
    vec![
        row("pay one seat from the balance", paid),
        row("pay one seat: what the streams' consumers write", relayed.cost),
        row("pay 4 seats over two blocks", two_blocks),
        row("refuse: insufficient balance", refused),
        row("refuse: paid before", twice),
        row("refuse: the hold is over", expired),
    ]
}

async fn behind_a_queue() -> Vec<Row> {
    let bench = Bench::start().await;
    let user = bench.user();
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let answer = bench.call("POST", "/queues", Some(&bench.somebody(Role::Operator)), Some(body)).await;
    let queue = QueueId::parse(answer.body["data"]["id"].as_str().unwrap_or_default()).expect("a queue");
    let concert = concert(&bench, json!({"queue_id": queue})).await;
    let token = token(&bench, &user, &queue);
    charge(&bench, &user, 500).await;
    let one = held(&bench, &user, &concert, json!([1]), Some(&token)).await;
    let (answer, paid) = bench.measure(pay(&bench, &user, &one, Some(&token))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    vec![row("pay one seat behind a queue", paid)]
}

/// Measures a page of the payment provider's reports that could not be booked.
async fn reports() -> Vec<Row> {
    let bench = Bench::start().await;
    let why = Error::refused(Code::Conflict, "Another amount.");
    for number in 0..30 {
        let body = format!(r#"{{"reference": "a:{number}", "amount": 5}}"#);
        let report = KeptReport::of(body.as_bytes(), &why, bench.app.now());
        bench.app.store().save_report(&report).await.expect("a report");
    }
    let auditor = bench.somebody(Role::Auditor);
    let bucket = bench.call("GET", "/payments/reports?limit=20", Some(&auditor), None);
    let (answer, listed) = bench.measure(bucket).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(20), "{answer:?}");
    vec![row("list reports of the provider that could not be booked, a page of 20", listed)]
}

/// Returns the size in bytes of the largest ledger entry: a payment with an idempotency key, with ids of the
/// usual length.
pub async fn entry_size() -> usize {
    let bench = Bench::start().await;
    let (app, user) = (&bench.app, bench.user().id);
    let reservation = ReservationId::new(user.clone(), fresh(app.now(), app.entropy()));
    let request = KeyedFingerprint::new(&["wallet-create-payment"], "a key", &fingerprint(&["a body"]));
    let ledger = NewestEntries::of(user.clone(), Vec::new(), true).expect("a ledger");
    let rich = ledger.charge(Money(1_000_000_000_000), None, Nonce(u64::MAX), app.now()).expect("a charge");
    let ledger = NewestEntries::of(user.clone(), vec![rich], true).expect("a ledger");
    let entry = ledger.pay(
        Money(400_000_000),
        Purchase::Reservation(reservation),
        Some(request),
        Nonce(u64::MAX),
        app.now(),
    );
    let _ = app.store().append_entry(&entry.expect("a payment")).await.expect("an entry");
    let item = bench.meter.item("dibs-wallet", &format!("USER#{user}"), "ENTRY#000000000002");
    size_of(&item.expect("the entry's item"))
}

async fn charge(bench: &Bench, caller: &Caller, amount: u64) -> Answer {
    bench.call("POST", "/balance/charge", Some(caller), Some(json!({"amount": amount}))).await
}

async fn pay(bench: &Bench, caller: &Caller, reservation: &str, token: Option<&str>) -> Answer {
    let body = json!({"reservation_id": reservation});
    bench.call_with_queue_token("POST", "/payments", caller, token, body).await
}

/// Creates a concert with a date of 50 seats at 100 each, and returns its id.
async fn concert(bench: &Bench, settings: Value) -> String {
    let operator = bench.somebody(Role::Operator);
    let mut body = json!({"name": "Winter"});
    body.as_object_mut().expect("an object").extend(settings.as_object().expect("an object").clone());
    let concert = bench.call("POST", "/concerts", Some(&operator), Some(body)).await;
    let id = concert.body["data"]["id"].as_str().expect("an id").to_owned();
    let date = json!({"date": DATE, "seats": 50, "price": 100});
    let date = bench.call("POST", &format!("/concerts/{id}/dates"), Some(&operator), Some(date)).await;
    assert_eq!(date.status, 201, "{date:?}");
    id
}

/// Reserves these seats, and returns the reservation's id.
async fn held(bench: &Bench, caller: &Caller, concert: &str, seats: Value, token: Option<&str>) -> String {
    let path = format!("/concerts/{concert}/reservations");
    let body = json!({"date": DATE, "seats": seats});
    let answer = bench.call_with_queue_token("POST", &path, caller, token, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["data"]["id"].as_str().expect("an id").to_owned()
}

/// Signs a queue token with which `caller` is admitted to `queue` at position 1.
pub(super) fn token(bench: &Bench, caller: &Caller, queue: &QueueId) -> String {
    let (user_id, queue_id, now) = (caller.id.clone(), queue.clone(), bench.app.now());
    let until = now.plus_seconds(600);
    let admission = Some(Admission { since: now, first_use_before: until, until });
    let bucket = (0, 0, 0).into();
    let ticket = QueueToken {
        user_id,
        queue_id,
        bucket,
        joined_at: now,
        rejoins: 0,
        position: Some(QueuePosition(1)),
        admission,
    };
    bench.app.tokens().sign_queue_token(&ticket).expect("a token")
}
