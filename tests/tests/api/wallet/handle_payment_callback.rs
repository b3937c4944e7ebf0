//! Tests of `POST /payments/callbacks`, the callbacks of the payment provider.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, TestApp};
use domain::accounts::Role;
use domain::wallet::EntryKind;
use futures::future::{join, join_all};
use integrations::signature::{SIGNATURE, TIMESTAMP};
use local::fakes::ProviderSettings;
use local::stack::FAKES_SECRET;
use serde_json::{Value, json};

use super::{balance, charge, id_of, ledger, ordered, sale};

/// Starts a system whose fake payment provider accepts payments and sends no callback.
async fn silent() -> TestApp {
    let app = TestApp::start().await;
    app.fakes().set_provider(ProviderSettings { callbacks: 0, ..ProviderSettings::default() });
    app
}

/// Orders two units at 100 each and requests the payment from the provider. Returns the id of the order.
async fn asked(user: &Caller, deal: &str) -> String {
    let id = ordered(user, deal, 2).await;
    user.ask_payment(&id).await.expect(202);
    id
}

/// Returns the body of the provider's callback about the first requested payment of an order for 200.
fn report(order: &str, status: &str) -> Value {
    json!({"reference": format!("{order}:1"), "order_id": order, "status": status, "amount": 200})
}

async fn order(user: &Caller, id: &str) -> Value {
    user.get(&format!("/orders/{id}")).await.expect(200)
}

async fn status(user: &Caller, id: &str) -> Value {
    order(user, id).await["status"].clone()
}

/// Returns the types of the last `count` events of an order, oldest first.
async fn last_events(user: &Caller, id: &str, count: usize) -> Vec<String> {
    let events = user.order_events(id).await;
    events[events.len() - count..].to_vec()
}

#[tokio::test]
async fn money_that_was_taken_is_charged_and_pays_the_order() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = asked(&user, &deal).await;
    assert_eq!(status(&user, &id).await, "reserved");
    let completed = report(&id, "completed");
    assert_eq!(app.callback(&completed).await.expect(200), completed);
    let entries = ledger(&user).await;
    let at = &entries[0]["created_at"];
    let payment_id = format!("{}:2", user.id());
    let expected = [
        json!({
            "number": 1, "type": "charge", "amount": 200, "balance_after": 200, "reference": format!("{id}:1"),
            "created_at": at,
        }),
        json!({
            "number": 2, "type": "payment", "amount": 200, "balance_after": 0, "payment_id": payment_id,
            "order_id": id, "created_at": at,
        }),
    ];
    assert_eq!(entries, expected);
    let paid = order(&user, &id).await;
    assert_each_eq!((paid["status"], "confirmed"), (paid["payment_id"], json!(payment_id)));
    assert_eq!(last_events(&user, &id, 3).await, ["PAYMENT_REQUESTED", "PAYMENT_COMPLETED", "CONFIRMED"]);
    let payments = user.get("/payments").await.expect(200);
    assert_each_eq!((payments[0]["id"], json!(payment_id)), (payments[0]["order_id"], json!(id)));
    user.pay_order(&id).await.refused(409, "ALREADY_PAID");
    assert_eq!(app.deal_now(&deal).await["sold_quantity"], 2);
    let events = app.events();
    let charged = events.iter().find(|event| event.kind == "balance.charged").unwrap();
    assert_eq!(json!(charged.data)["reference"], json!(format!("{id}:1")));
    let paid = events.iter().find(|event| event.kind == "payment.completed").unwrap();
    assert_each_eq!((paid.correlation_id, id), (json!(paid.data)["purchase"], json!({"order_id": id})));
    app.finish().await;
}

#[tokio::test]
async fn a_report_that_comes_again_gets_the_same_answer_and_moves_nothing() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let (paid, failed) = (asked(&user, &deal).await, asked(&user, &deal).await);
    for report in [report(&paid, "completed"), report(&failed, "failed")] {
        // Ten callbacks about a new order arrive at once.
        let replies = join_all((0..10).map(|_| app.callback(&report).into_future())).await;
        assert!(replies.into_iter().all(|reply| reply.expect(200) == report));
        app.settle().await;
        let before = app.tables().await;
        app.pass_seconds(200);
        assert_eq!(app.callback(&report).await.expect(200), report);
        app.pass_seconds(-200);
        app.unchanged_since(&before).await;
    }
    assert_eq!(ledger(&user).await.len(), 2);
    assert_eq!(user.order_events(&paid).await.len(), 5);
    assert_eq!(user.order_events(&failed).await.len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn report_with_a_field_that_the_provider_added_is_understood() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = asked(&user, &deal).await;
    let mut said = report(&id, "completed");
    said["fee"] = json!(120);
    said["card"] = json!({"brand": "x", "last4": "4242"});
    assert_eq!(app.callback(&said).await.expect(200), report(&id, "completed"));
    assert_eq!(status(&user, &id).await, "confirmed");
    assert_eq!(app.auditor().get("/payments/reports").await.expect(200), json!([]), "nothing to look after");
    app.finish().await;
}

#[tokio::test]
async fn money_that_could_not_be_taken_leaves_the_order_open() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = asked(&user, &deal).await;
    let failed = report(&id, "failed");
    assert_eq!(app.callback(&failed).await.expect(200), failed);
    assert_eq!(last_events(&user, &id, 2).await, ["PAYMENT_REQUESTED", "PAYMENT_FAILED"]);
    assert_each_eq!((status(&user, &id).await, json!("reserved")), (balance(&user).await, 0));
    // Once the money was reported as received, earlier and later reports of failure change nothing.
    let completed = report(&id, "completed");
    for said in [&completed, &failed, &completed] {
        assert_eq!(app.callback(said).await.expect(200), completed);
    }
    assert_eq!(last_events(&user, &id, 3).await, ["PAYMENT_FAILED", "PAYMENT_COMPLETED", "CONFIRMED"]);
    assert_each_eq!((ledger(&user).await.len(), 2), (balance(&user).await, 0));
    app.finish().await;
}

#[tokio::test]
async fn money_that_comes_too_late_is_the_buyers_balance() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({"hold_seconds": 60})).await);
    let (expired, canceled) = (asked(&user, &deal).await, asked(&user, &deal).await);
    user.delete(&format!("/orders/{canceled}")).await.expect(200);
    app.pass_seconds(60);
    let mut money = 0;
    for (id, reason) in [(&expired, "expired"), (&canceled, "requested")] {
        let completed = report(id, "completed");
        for _ in 0..2 {
            assert_eq!(app.callback(&completed).await.expect(200), completed);
        }
        money += 200;
        let over = order(&user, id).await;
        assert_each_eq!((over["status"], "canceled"), (over["reason"], json!(reason)));
        assert_each_eq!((over["payment_id"], Value::Null), (balance(&user).await, money));
        assert!(user.order_events(id).await.contains(&"PAYMENT_COMPLETED".to_owned()));
    }
    // A report is also accepted days after the expiry of the order was stored.
    let old = asked(&user, &deal).await;
    app.wait_seconds(60).await;
    app.pass_seconds(3 * 24 * 60 * 60);
    let completed = report(&old, "completed");
    for _ in 0..2 {
        assert_eq!(app.callback(&completed).await.expect(200), completed);
    }
    let user = app.signed_in(user.id().clone(), &[Role::User], app.now(), app.app().tokens());
    assert_each_eq!((balance(&user).await, 600), (ledger(&user).await.len(), 3));
    assert_eq!(app.deal_now(&deal).await["available_quantity"], 100);
    // The money stays in the balance of the user, who can pay for something else with it.
    app.finish().await;
}

#[tokio::test]
async fn an_order_is_paid_by_balance_or_provider_and_never_twice() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    charge(&user, 200).await.expect(201);
    for number in 0..12 {
        let id = asked(&user, &deal).await;
        let completed = report(&id, "completed");
        let (pay, callback) = (user.pay_order(&id).into_future(), app.callback(&completed).into_future());
        let (payment, callback) = match number % 2 {
            0 => join(pay, callback).await,
            _ => {
                let (callback, payment) = join(callback, pay).await;
                (payment, callback)
            }
        };
        assert_eq!(callback.expect(200), completed);
        if payment.status != 201 {
            payment.refused(409, "ALREADY_PAID");
        }
        // 200 are charged and 200 are paid, whichever of the two payments was first.
        assert_each_eq!((status(&user, &id).await, json!("confirmed")), (balance(&user).await, 200));
    }
    let entries = ledger(&user).await;
    assert_eq!(entries.iter().filter(|entry| entry["type"] == "payment").count(), 12);
    assert_eq!(entries.iter().filter(|entry| entry["reference"].is_string()).count(), 12);
    app.finish().await;
}

#[tokio::test]
async fn many_payments_of_one_buyer_at_once_all_come_in() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let mut reports = Vec::new();
    for _ in 0..8 {
        reports.push(report(&asked(&user, &deal).await, "completed"));
    }
    let twice = reports.iter().chain(&reports).map(|report| app.callback(report).into_future());
    for reply in join_all(twice).await {
        reply.expect(200);
    }
    assert_each_eq!((ledger(&user).await.len(), 16), (balance(&user).await, 0));
    app.finish().await;
}

#[tokio::test]
async fn callback_is_refused_without_the_signature_of_the_provider() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = asked(&user, &deal).await;
    app.settle().await;
    let before = app.tables().await;
    let completed = report(&id, "completed");
    let (text, now) = (completed.to_string(), app.now());
    for strange in [
        app.signed_callback(text.clone(), "some other secret", now),
        app.signed_callback(text.clone(), "", now),
        // The signature is that of another body.
        app.callback(&report(&id, "failed")).raw("application/json", text.clone()),
        // The timestamp is too old, or too far in the future.
        app.signed_callback(text.clone(), FAKES_SECRET, now.plus_seconds(-302)),
        app.signed_callback(text.clone(), FAKES_SECRET, now.plus_seconds(302)),
        // These requests have no signature, or an invalid one.
        app.anonymous().post("/payments/callbacks", completed.clone()),
        app.admin().post("/payments/callbacks", completed.clone()),
        app.anonymous().call("POST", "/payments/callbacks"),
        app.anonymous().post("/payments/callbacks", completed.clone()).header(SIGNATURE, "v1=00"),
        app.anonymous().post("/payments/callbacks", completed.clone()).header(TIMESTAMP, "now"),
        app.anonymous().call("POST", "/payments/callbacks").raw("application/json", "{"),
    ] {
        strange.await.refused(401, "UNAUTHORIZED");
    }
    app.unchanged_since(&before).await;
    // A timestamp within five minutes is accepted.
    let signed = app.signed_callback(text, FAKES_SECRET, now.plus_seconds(-290));
    assert_eq!(signed.await.expect(200), completed);
    app.finish().await;
}

#[tokio::test]
async fn payment_that_was_never_requested_is_not_taken() {
    let app = silent().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let (id, other) = (asked(&user, &deal).await, asked(&user, &deal).await);
    let unasked = ordered(&user, &deal, 2).await;
    app.settle().await;
    let seen = async || {
        let orders = [order(&user, &id).await, order(&user, &other).await, order(&user, &unasked).await];
        (orders, ledger(&user).await.len(), user.order_events(&id).await)
    };
    let before = seen().await;
    let with = |field: &str, value: Value| {
        let mut report = report(&id, "completed");
        report[field] = value;
        report
    };
    for unknown in [
        with("order_id", json!(format!("{}:none", user.id()))),
        with("order_id", json!("usr_nobody:none")),
        with("order_id", json!(other)),
        with("reference", json!(format!("{id}:2"))),
        with("reference", json!(format!("{other}:1"))),
        with("reference", json!("?")),
        report(&unasked, "completed"),
    ] {
        app.callback(&unknown).await.refused(404, "NOT_FOUND");
    }
    for amount in [0, 100, 199, 201] {
        let error = app.callback(&with("amount", json!(amount))).await.refused(409, "CONFLICT");
        let report_id = &error["details"]["report_id"];
        assert!(report_id.as_str().is_some_and(|id| id.starts_with("rep_")), "{error}");
        let details = json!({"amount": amount, "required": 200, "report_id": report_id});
        assert_eq!(error["details"], details);
    }
    assert_eq!(seen().await, before);
    app.finish().await;
}

#[tokio::test]
async fn a_report_is_read_as_every_body_is() {
    let app = silent().await;
    let signed = |body: Vec<u8>| app.signed_callback(body, FAKES_SECRET, app.now());
    app.callback(&json!({})).await.invalid(&["reference", "order_id", "status", "amount"]);
    signed(Vec::new()).await.invalid(&["reference", "order_id", "status", "amount"]);
    let wrong = json!({"reference": "", "order_id": "x", "status": "maybe", "amount": -1, "currency": "KRW"});
    app.callback(&wrong).await.invalid(&["reference", "order_id", "status", "amount"]);
    app.callback(
        &json!({"reference": "r".repeat(257), "order_id": "usr_1:1", "status": "failed", "amount": 1.5}),
    )
    .await
    .invalid(&["reference", "amount"]);
    signed(b"{\"a\": ".to_vec()).await.refused(400, "BAD_JSON");
    signed(b"{\"a\": {\"b\": 1, \"b\": 1}}".to_vec()).await.refused(400, "DUPLICATE_MEMBER");
    signed(vec![0xff]).await.refused(400, "BAD_JSON");
    signed(b"{}".to_vec()).raw("text/csv", b"{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    signed(vec![b' '; 1024 * 1024 + 1]).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.finish().await;
}

#[tokio::test]
async fn a_payment_ends_the_place_in_the_queue_if_that_is_still_there() {
    let app = silent().await;
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let queue = id_of(&app.operator().post("/queues", body).await.expect(201));
    let (user, deal) = (app.user(), sale(&app, json!({"queue_id": queue})).await);
    let token = app.queue_token(&queue, &user, 1);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = id_of(&user.order(&deal, 2).header("x-queue-token", &token).await.expect(201));
        user.ask_payment(&id).header("x-queue-token", &token).await.expect(202);
        ids.push(id);
    }
    app.callback(&report(&ids[0], "completed")).await.expect(200);
    user.order(&deal, 1).header("x-queue-token", &token).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    // The money of the second payment was received after all, so the units of its order are sold.
    app.callback(&report(&ids[1], "completed")).await.expect(200);
    for id in &ids {
        assert_eq!(status(&user, id).await, "confirmed");
    }
    assert_each_eq!((ledger(&user).await.len(), 4), (balance(&user).await, 0));
    app.abandon();
}

#[tokio::test]
async fn money_for_a_closed_account_is_kept_as_a_report_and_not_booked() {
    let app = silent().await;
    let (member, deal) = (app.member("kim@example.com").await, sale(&app, json!({})).await);
    let id = asked(&member.caller, &deal).await;
    member.caller.close().await.expect(204);
    app.settle().await;
    let completed = report(&id, "completed");
    for _ in 0..2 {
        let error = app.callback(&completed).await.refused(409, "ACCOUNT_CLOSED");
        assert!(error["details"]["report_id"].as_str().is_some_and(|id| id.starts_with("rep_")), "{error}");
    }
    let kept = app.auditor().get("/payments/reports").await.expect(200);
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
    let told = (&kept[0]["code"], &kept[0]["order_id"], &kept[0]["amount"]);
    assert_eq!(told, (&json!("ACCOUNT_CLOSED"), &json!(id), &json!(200)));
    app.settle().await;
    let kinds: Vec<String> = app.events().into_iter().map(|event| event.kind.to_string()).collect();
    assert!(kinds.contains(&"balance.closed".to_owned()), "{kinds:?}");
    assert!(!kinds.contains(&"balance.charged".to_owned()), "{kinds:?}");
    app.finish().await;
}

#[tokio::test]
async fn money_that_meets_a_closing_is_booked_before_it_or_kept() {
    let app = silent().await;
    let deal = sale(&app, json!({})).await;
    for number in 0..6 {
        let member = app.member(&format!("kim-{number}@example.com")).await;
        let completed = report(&asked(&member.caller, &deal).await, "completed");
        let (close, callback) = (member.caller.close().into_future(), app.callback(&completed).into_future());
        let (closed, came) = match number % 2 {
            0 => join(close, callback).await,
            _ => {
                let (came, closed) = join(callback, close).await;
                (closed, came)
            }
        };
        closed.expect(204);
        let newest = store::LedgerRange { before: None, limit: 9, consistent: true };
        let entries = app.app().store().entries(member.caller.id(), newest).await.unwrap();
        let kinds: Vec<EntryKind> = entries.iter().map(domain::wallet::LedgerEntry::kind).collect();
        if came.status == 200 {
            assert_eq!(kinds, [EntryKind::Forfeit, EntryKind::Payment, EntryKind::Charge], "newest first");
        } else {
            came.refused(409, "ACCOUNT_CLOSED");
            assert_eq!(kinds, [EntryKind::Forfeit]);
        }
    }
    app.finish().await;
}
