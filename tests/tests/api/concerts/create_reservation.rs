//! Tests of `POST /concerts/{concert_id}/reservations`, which holds seats.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::concerts::{Date, Reservation, Reserver, SeatName};
use domain::ids::{ConcertId, ReservationId};
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded, guarded_show, named, wrong_tokens};

#[tokio::test]
async fn seats_are_held_for_whom_they_were_reserved() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({"hold_seconds": 60})).await;
    let date = app.date(&concert, json!({})).await;
    let (user, before) = (app.user(), app.now());
    // Seats can be named by numbers. These two seats are in different seat blocks.
    let made = user.reserve(&concert, &date, json!([12, "13"])).await.snapshot(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with(user.id().as_str()), "{id}");
    let expected = json!({
        "id": id, "user_id": user.id(), "concert_id": concert, "date": date, "seats": ["12", "13"],
        "amount": 20_000, "status": "held", "expires_at": made["expires_at"], "created_at": made["created_at"], "paid_at": null,
        "canceled_at": null, "payment_id": null,
    });
    assert_eq!(made, expected);
    let at = |name: &str| made[name].as_str().unwrap().parse::<domain::Timestamp>().unwrap();
    assert_eq!(at("expires_at"), at("created_at").plus_seconds(60));
    assert!(at("created_at") >= before);
    app.finish().await;
}

#[tokio::test]
async fn invalid_request_for_seats_is_refused() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let seats = |seats: Value| user.reserve(&concert, &date, seats);
    let tables = app.tables().await;
    for count in [json!([]), json!([1, 2, 3, 4, 5])] {
        seats(count).await.refused(400, "INVALID_SEAT_COUNT");
    }
    for count in [0, 5] {
        user.reserve_best(&concert, &date, count).await.refused(400, "INVALID_SEAT_COUNT");
    }
    assert_eq!(named(&seats(json!([1, 2, "1"])).await.refused(400, "REPEATED_SEAT")), ["1"]);
    let unknown = seats(json!([1, 51, "A-1-1", "01"])).await.refused(400, "UNKNOWN_SEAT");
    assert_eq!(named(&unknown), ["51", "A-1-1", "01"]);
    let path = format!("/concerts/{concert}/reservations");
    for body in [
        json!({}),
        json!({"date": date}),
        json!({"date": date, "seats": 1}),
        json!({"date": date, "seats": [1.5]}),
        json!({"date": date, "count": "two"}),
        json!({"date": date, "count": -1}),
        json!({"date": date, "seats": [1], "count": 1}),
        json!({"date": "2026-02-30", "seats": [1]}),
    ] {
        user.post(&path, body).await.refused(400, "VALIDATION_ERROR");
    }
    user.reserve(&concert, "2036-01-01", json!([1])).await.refused(404, "NOT_FOUND");
    user.reserve("con_none", &date, json!([1])).await.refused(404, "NOT_FOUND");
    app.unchanged_since(&tables).await;
    bodies_are_checked(&app, "POST", &path, 64).await;
    guarded(&app, "POST", &path, &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_date_that_is_over_is_refused() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let date = app.date(&concert, json!({"date": app.day(1)})).await;
    app.pass_seconds(2 * 24 * 60 * 60);
    let user = app.user();
    user.reserve(&concert, &date, json!([1])).await.refused(400, "DATE_IN_PAST");
    user.reserve_best(&concert, &date, 1).await.refused(400, "DATE_IN_PAST");
    app.finish().await;
}

#[tokio::test]
async fn reservation_takes_all_seats_or_none_and_names_the_taken_ones() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    app.user().reserve(&concert, &date, json!([2])).await.expect(201);
    app.user().reserve(&concert, &date, json!([13, 14])).await.expect(201);
    let tables = app.tables().await;
    for (seats, taken) in [
        (json!([1, 2, 3]), vec!["2"]),
        (json!([14, 1, 15, 2]), vec!["2", "14"]),
        (json!([12, 13, 25]), vec!["13"]),
        (json!([13, 14]), vec!["13", "14"]),
    ] {
        // The first request is decided on cached seats, the second on the stored ones.
        for seconds in [0, 1] {
            app.pass_seconds(seconds);
            let error = app.user().reserve(&concert, &date, seats.clone()).await.refused(409, "SEAT_TAKEN");
            assert_eq!(named(&error), taken, "{seats}");
        }
    }
    app.unchanged_since(&tables).await;
    app.user().reserve(&concert, &date, json!([1, 3, 12, 15])).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn seat_that_the_caller_has_is_refused_with_its_reservation() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (user, other) = (app.user(), app.user());
    let held = user.reserve(&concert, &date, json!([5])).await.expect(201);
    other.reserve(&concert, &date, json!([6])).await.expect(201);
    // The first request is decided on cached seats, the second on the stored ones.
    for seconds in [0, 1] {
        app.pass_seconds(seconds);
        let error = user.reserve(&concert, &date, json!([5, 7])).await.refused(409, "SEAT_ALREADY_YOURS");
        let yours = json!([{"seat": "5", "reservation_id": held["id"], "expires_at": held["expires_at"]}]);
        let details = json!({"seats": ["5"], "reservation_id": held["id"], "yours": yours});
        assert_eq!(error["details"], details, "a second click");
        let error = user.reserve(&concert, &date, json!([5, 6, 7])).await.refused(409, "SEAT_TAKEN");
        assert_eq!(error["details"], json!({"seats": ["6"], "yours": yours}), "one's own and another's");
        let error = other.reserve(&concert, &date, json!([5])).await.refused(409, "SEAT_TAKEN");
        assert_eq!(error["details"], json!({"seats": ["5"]}), "another's");
    }
    user.post("/balance/charge", json!({"amount": held["amount"]})).await.expect(201);
    user.post("/payments", json!({"reservation_id": held["id"]})).await.expect(201);
    app.pass_seconds(400);
    let error = user.reserve(&concert, &date, json!([5])).await.refused(409, "SEAT_ALREADY_YOURS");
    let yours = json!([{"seat": "5", "reservation_id": held["id"], "expires_at": null}]);
    assert_eq!(error["details"]["yours"], yours, "bought");
    app.finish().await;
}

#[tokio::test]
async fn seat_that_a_dead_request_of_the_caller_holds_is_refused_with_its_end() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({"hold_seconds": 60})).await;
    let date = app.date(&concert, json!({})).await;
    let (user, store, now) = (app.user(), app.app().store(), app.now());
    // This request holds a seat, and dies before it writes its reservation.
    let (concert_id, day) = (ConcertId::parse(&concert).unwrap(), Date::parse(&date).unwrap());
    let found = store.get_concert_cached(&concert_id, now).await.unwrap();
    let of_day = store.get_date_cached(&concert_id, day, now).await.unwrap();
    let names: Vec<SeatName> = serde_json::from_value(json!(["5"])).unwrap();
    let id = ReservationId::new(user.id().clone(), "dead");
    let reserver = Reserver { id: id.clone(), queue_position: None, request_fingerprint: None };
    let dead = Reservation::of(reserver, &found, day, &of_day.seats(&names).unwrap(), now);
    assert_eq!(store.hold_seats(&dead, now).await.unwrap(), store::HoldOutcome::Done(dead.held_until));
    let mine = user.reserve(&concert, &date, json!([6])).await.expect(201);
    // The first requests are decided on cached seats, the later ones on the stored ones.
    for seconds in [0, 1] {
        app.pass_seconds(seconds);
        let error = user.reserve(&concert, &date, json!([5])).await.refused(409, "SEAT_TAKEN");
        let unfinished = json!([{"seat": "5", "held_until": dead.held_until}]);
        assert_eq!(error["details"], json!({"seats": ["5"], "unfinished": unfinished}));
        let error = user.reserve(&concert, &date, json!([5, 6])).await.refused(409, "SEAT_TAKEN");
        assert_each_eq!(
            (error["details"]["seats"], json!(["5"])),
            (error["details"]["yours"][0]["reservation_id"], mine["id"])
        );
        user.get(&format!("/reservations/{id}")).await.refused(404, "NOT_FOUND");
        let others = app.user().reserve(&concert, &date, json!([5])).await.refused(409, "SEAT_TAKEN");
        assert_eq!(others["details"], json!({"seats": ["5"]}), "nobody else is told");
    }
    app.pass_seconds(60);
    user.reserve(&concert, &date, json!([5])).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn the_best_seats_are_beside_each_other() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let rows = json!([{"name": "1", "seats": 5}, {"name": "2", "seats": 3}]);
    let sections = json!([{"name": "A", "price": 10, "rows": rows}]);
    let date = app.date(&concert, json!({"price": null, "sections": sections})).await;
    let best = async |count: u32| app.user().reserve_best(&concert, &date, count).await;
    assert_eq!(best(2).await.expect(201)["seats"], json!(["A-1-1", "A-1-2"]));
    assert_eq!(best(3).await.expect(201)["seats"], json!(["A-1-3", "A-1-4", "A-1-5"]));
    let error = best(4).await.refused(409, "NO_ADJACENT_SEATS");
    assert_eq!(error["details"], json!({"requested": 4}));
    let three = best(3).await.expect(201);
    assert_each_eq!((three["seats"], json!(["A-2-1", "A-2-2", "A-2-3"])), (three["amount"], 30));
    best(1).await.refused(409, "NO_ADJACENT_SEATS");
    app.pass_seconds(300);
    best(4).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_reservation() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let first = user.reserve(&concert, &date, json!([1, 2])).key("k-1").await.expect(201);
    assert_eq!(user.reserve(&concert, &date, json!([1, 2])).key("k-1").await.expect(201), first);
    user.reserve(&concert, &date, json!([1])).key("k-1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let elsewhere = app.concert(json!({})).await;
    let other = user.reserve(&elsewhere, &date, json!([1, 2])).key("k-1");
    other.await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    user.reserve(&concert, &date, json!([1, 2])).key("k-2").await.refused(409, "SEAT_ALREADY_YOURS");
    // A request that was refused with this `Idempotency-Key` is decided again.
    app.pass_seconds(300);
    let second = user.reserve(&concert, &date, json!([1, 2])).key("k-2").await.expect(201);
    assert_ne!(second["id"], first["id"]);
    // A repeat returns the first reservation with its present status.
    let again = user.reserve(&concert, &date, json!([1, 2])).key("k-1").await.expect(201);
    assert_each_eq!((again["id"], first["id"]), (again["status"], "expired"));
    app.finish().await;
}

#[tokio::test]
async fn parallel_tries_of_one_request_are_one_reservation() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    for (name, body) in [("named", json!({"seats": [5, 6]})), ("best", json!({"count": 2}))] {
        let mut body = body;
        body["date"] = json!(date);
        let path = format!("/concerts/{concert}/reservations");
        let calls = (0..20).map(|_| user.post(&path, body.clone()).key(name).into_future());
        let replies = futures::future::join_all(calls).await;
        let made: Vec<Value> = replies.into_iter().map(|reply| reply.expect(201)).collect();
        assert!(made.iter().all(|one| *one == made[0]), "{made:#?}");
    }
    app.pass_seconds(1);
    let statuses = app.statuses(&concert, &date).await;
    assert_eq!(statuses.iter().filter(|status| *status == "held").count(), 4, "{statuses:?}");
    app.finish().await;
}

#[tokio::test]
async fn reservation_behind_a_queue_takes_a_token() {
    let app = TestApp::start().await;
    let (queue, concert, date) = guarded_show(&app).await;
    let user = app.user();
    let tokens = wrong_tokens(&app, &queue, &user).await;
    let tables = app.tables().await;
    let codes = [
        "QUEUE_TOKEN_REQUIRED",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_EXPIRED",
    ];
    for (token, code) in tokens.iter().zip(codes) {
        user.reserve(&concert, &date, json!([1])).header("x-queue-token", token).await.refused(403, code);
    }
    app.unchanged_since(&tables).await;
    let token = app.queue_token(&queue, &user, 1);
    let call = || user.reserve(&concert, &date, json!([1])).key("k-1");
    let made = call().header("x-queue-token", &token).await.expect(201);
    // A repeat returns the reservation without a queue token.
    assert_eq!(call().await.expect(201), made);
    app.finish().await;
}

#[tokio::test]
async fn reservation_is_refused_where_the_address_must_be_confirmed_and_is_not() {
    let (app, member) = TestApp::with_unconfirmed_member().await;
    let body = json!({"date": "2026-12-24", "count": 1});
    let reply = member.caller.post("/concerts/con_none/reservations", body).await;
    reply.refused(403, "EMAIL_NOT_CONFIRMED");
    app.finish().await;
}
