//! Tests of holds that end unpaid, and of the domain events about them.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::concerts::{Reservation, Reserver};
use domain::events::DomainEventData;
use domain::ids::{ConcertId, ReservationId};
use serde_json::{Value, json};
use store::HoldOutcome;

/// Returns type and id of each reservation event that the data platform received, in order.
fn told(app: &TestApp) -> Vec<(String, String)> {
    let events = app.events().into_iter();
    let of_reservations = events.filter(|event| matches!(event.data, DomainEventData::Reservation(_)));
    of_reservations.map(|event| (event.kind.to_string(), event.id)).collect()
}

fn kinds(app: &TestApp) -> Vec<String> {
    told(app).into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn a_message_writes_down_that_nobody_paid() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({"hold_seconds": 1000})).await;
    let date = app.date(&concert, json!({})).await;
    let (user, other) = (app.user(), app.user());
    let made = user.reserve(&concert, &date, json!([12, 13])).await.expect(201);
    let canceled = other.reserve(&concert, &date, json!([1])).await.expect(201);
    other.cancel(&canceled["id"]).await.expect(200);
    app.settle().await;
    assert_eq!(kinds(&app), ["reservation.made", "reservation.made", "reservation.canceled"]);
    // SQS delays a message by 15 minutes at most, so the message of this hold is sent twice.
    app.wait_seconds(900).await;
    assert_eq!(kinds(&app).len(), 3);
    app.wait_seconds(111).await;
    let told = told(&app);
    let expected = ("reservation.expired".to_owned(), format!("{}:2", made["id"].as_str().unwrap()));
    assert_each_eq!((told.len(), 4), (told[3], expected));
    let seats = app.tables().await;
    assert!(
        !seats.iter().any(|item| item.contains("SEATS#") && item.contains(user.id().as_str())),
        "{seats:#?}"
    );
    let after = app.admin().reservation(&made["id"]).await.expect(200);
    assert_eq!(after["status"], "expired");
    app.finish().await;
}

#[tokio::test]
async fn a_late_message_leaves_the_next_holder_alone() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (user, next) = (app.user(), app.user());
    user.reserve(&concert, &date, json!([1, 2])).await.expect(201);
    app.settle().await;
    app.pass_seconds(300);
    let passed_on = next.reserve(&concert, &date, json!([2, 3])).await.expect(201);
    app.wait_seconds(10).await;
    let statuses = app.statuses(&concert, &date).await;
    assert_eq!(statuses[..4], ["available", "held", "held", "available"]);
    assert_eq!(next.reservation(&passed_on["id"]).await.expect(200)["status"], "held");
    app.finish().await;
}

#[tokio::test]
async fn a_hold_without_a_reservation_ends_by_itself_and_is_swept() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (user, store) = (app.user(), app.app().store());
    // A function that dies between its two writes leaves held seats without a reservation.
    let of = ConcertId::parse(&concert).unwrap();
    let (of, day) = (
        store.get_concert(&of).await.unwrap(),
        store.get_date_cached(&of, date_of(&date), app.now()).await.unwrap(),
    );
    let reserver = Reserver {
        id: ReservationId::new(user.id().clone(), "dead"),
        queue_position: None,
        request_fingerprint: None,
    };
    let dead = Reservation::of(reserver, &of, day.date, &day.seats_at(&[0, 12]), app.now());
    assert_eq!(store.hold_seats(&dead, app.now()).await.unwrap(), HoldOutcome::Done(dead.held_until));
    // A retry of the same request finds the seats that it holds.
    assert_eq!(store.hold_seats(&dead, app.now()).await.unwrap(), HoldOutcome::Done(dead.held_until));
    app.user().reserve(&concert, &date, json!([1])).await.refused(409, "SEAT_TAKEN");
    let unpaid = user.reserve(&concert, &date, json!([3])).await.expect(201);
    sweep(&app).await;
    assert_eq!(marks(&app).await, 3, "nothing is over");
    app.pass_seconds(301);
    let next = app.user().reserve(&concert, &date, json!([1])).await.expect(201);
    app.pass_seconds(120);
    sweep(&app).await;
    assert_eq!(marks(&app).await, 1, "the next one's");
    app.settle().await;
    let expired = ("reservation.expired".to_owned(), format!("{}:2", unpaid["id"].as_str().unwrap()));
    assert!(told(&app).contains(&expired), "{:?}", told(&app));
    assert!(app.user().reserve(&concert, &date, json!([1])).await.refused(409, "SEAT_TAKEN").is_object());
    drop(next);
    app.finish().await;
}

async fn sweep(app: &TestApp) {
    concerts::workers::sweep_holds::WORKER.handle_tick(app.app()).await.unwrap();
}

/// Returns the number of seats with a stored hold or sale, including holds that have expired.
async fn marks(app: &TestApp) -> usize {
    let items = app.tables().await;
    let blocks = items.iter().filter(|item| item.contains("SEATS#"));
    blocks.map(|block| block.matches("user-").count()).sum()
}

fn date_of(date: &str) -> domain::concerts::Date {
    domain::concerts::Date::parse(date).unwrap()
}

#[tokio::test]
async fn a_paid_reservation_is_told_and_does_not_expire() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1, 2])).await.expect(201);
    user.post("/balance/charge", json!({"amount": 50_000})).await.expect(201);
    let paid: Value = user.post("/payments", json!({"reservation_id": made["id"]})).await.expect(201);
    app.wait_seconds(310).await;
    assert_eq!(kinds(&app), ["reservation.made", "reservation.paid"]);
    let after = user.reservation(&made["id"]).await.expect(200);
    assert_each_eq!((after["status"], "paid"), (after["payment_id"], paid["id"]));
    app.finish().await;
}

#[tokio::test]
async fn free_reservation_is_paid_without_a_balance() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let date = app.date(&concert, json!({"price": 0})).await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1])).await.expect(201);
    let paid = user.post("/payments", json!({"reservation_id": made["id"]})).await.expect(201);
    assert_each_eq!((paid["amount"], 0), (paid["balance_after"], 0));
    app.finish().await;
}
