//! Tests of concurrent `POST /payments` requests.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::{balance, charge, expect_one_payment, held, ledger, pay, show};

#[tokio::test]
async fn money_is_conserved_whatever_comes_at_once() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let mut reservations = Vec::new();
    for seat in 1..=25 {
        reservations.push(held(&user, &show, json!([seat])).await);
    }
    let payments = reservations.iter().map(|id| pay(&user, id).into_future());
    let charges = (0..25).map(|_| charge(&user, 10).into_future());
    let replies = join_all(payments.chain(charges)).await;
    let paid = replies[..25].iter().filter(|reply| reply.status == 201).count();
    for reply in replies {
        if reply.status != 201 {
            reply.refused(409, "INSUFFICIENT_BALANCE");
        }
    }
    // The first balance covers ten payments, and the balance after all charges covers twelve.
    assert!((10..=12).contains(&paid), "{paid}");
    assert_eq!(balance(&user).await, 1250 - 100 * paid as u64);
    let entries = ledger(&user).await;
    let mut bought: Vec<&Value> = entries.iter().map(|entry| &entry["reservation_id"]).collect();
    bought.retain(|id| id.is_string());
    bought.sort_by_key(|id| id.as_str());
    bought.dedup();
    assert_eq!(bought.len(), paid);
    for id in &reservations {
        let status = user.get(&format!("/reservations/{id}")).await.expect(200)["status"].clone();
        assert_eq!(status == "paid", bought.contains(&&json!(id)), "{status}");
    }
    app.finish().await;
}

#[tokio::test]
async fn parallel_tries_of_one_payment_are_one() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let with_key = held(&user, &show, json!([1])).await;
    let tries = join_all((0..10).map(|_| pay(&user, &with_key).key("k").into_future())).await;
    let payments: Vec<Value> = tries.into_iter().map(|reply| reply.expect(201)).collect();
    assert!(payments.iter().all(|payment| *payment == payments[0]));
    let without = held(&user, &show, json!([2])).await;
    let tries = join_all((0..10).map(|_| pay(&user, &without).into_future())).await;
    expect_one_payment(tries);
    assert_each_eq!((ledger(&user).await.len(), 3), (balance(&user).await, 800));
    app.finish().await;
}

#[tokio::test]
async fn a_payment_and_a_cancellation_at_once_are_one_of_them() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 2000).await.expect(201);
    let mut paid = 0;
    for seat in 1..=20 {
        // The seats are in two seat blocks, so that a cancellation takes several writes.
        let id = held(&user, &show, json!([seat, seat + 24])).await;
        let cancel = user.delete(&format!("/reservations/{id}")).into_future();
        let (first, second) = match seat % 2 {
            0 => join(pay(&user, &id).into_future(), cancel).await,
            _ => {
                let (canceled, payment) = join(cancel, pay(&user, &id).into_future()).await;
                (payment, canceled)
            }
        };
        let status = user.get(&format!("/reservations/{id}")).await.expect(200)["status"].clone();
        if first.status == 201 {
            second.refused(400, "CANNOT_CANCEL");
            assert_eq!(status, "paid");
            paid += 1;
        } else {
            first.refused(409, "HOLD_EXPIRED");
            assert_each_eq!((second.status, 200), (status, json!("canceled")));
        }
    }
    assert_eq!(balance(&user).await, 2000 - 200 * paid);
    app.pass_seconds(2);
    let statuses = app.statuses(&show.0, &show.1).await;
    assert_eq!(statuses.iter().filter(|status| *status == "sold").count() as u64, 2 * paid);
    assert_eq!(statuses.iter().filter(|status| *status == "available").count() as u64, 50 - 2 * paid);
    app.finish().await;
}
