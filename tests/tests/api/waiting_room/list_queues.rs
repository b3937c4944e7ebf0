//! Tests of `GET /queues`, the list of waiting rooms.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, leave, line, pages, paging_is_checked, queue, token, with};

fn counts(queue: &Value) -> [&Value; 4] {
    ["waiting", "active", "served", "gave_up"].map(|name| &queue[name])
}

#[tokio::test]
async fn queues_are_listed_with_counts_of_waiting_admitted_served_and_gone() {
    let app = TestApp::start().await;
    let settings = json!({"admissions_per_second": 100, "no_show_seconds": 20, "token_seconds": 60});
    let queue = queue(&app, 4, settings).await;
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({"price": 100})).await;
    let users = line(&app, &queue, 10).await;
    app.wait_seconds(2).await;
    let operator = app.operator();
    let listed = || async { operator.get("/queues").await.expect(200)[0].clone() };
    assert_eq!(counts(&listed().await), [6, 4, 0, 0]);
    // One user pays, one leaves, one makes a protected request and stays, and one makes none.
    let tokens = [token(&users[0], &queue).await, token(&users[2], &queue).await];
    users[0].post("/balance/charge", json!({"amount": 100})).await.expect(201);
    let held = with(users[0].reserve(&concert, &date, json!([1])), &tokens[0]).await.expect(201);
    let pay = users[0].post("/payments", json!({"reservation_id": held["id"]}));
    with(pay, &tokens[0]).await.expect(201);
    leave(&users[1], &queue).await.expect(204);
    with(users[2].seats(&concert, &date), &tokens[1]).await.expect(200);
    app.settle().await;
    let now = listed().await;
    assert_each_eq!((now["served"], 1), (now["gave_up"], 1));
    app.wait_seconds(2).await;
    assert_eq!(counts(&listed().await), [4, 4, 1, 1]);
    // The fourth user and the two admitted last make no protected request.
    app.wait_seconds(22).await;
    assert_eq!(counts(&listed().await), [1, 4, 1, 4]);
    let list = listed().await;
    assert_each_eq!((list["id"], json!(queue)), (list["capacity"], 4), (list["status"], "open"));
    app.finish().await;
}

#[tokio::test]
async fn queues_are_listed_newest_first() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(queue(&app, 1, json!({})).await);
        app.pass_millis(2);
    }
    made.reverse();
    let (found, sizes) = pages(&app.operator(), "/queues?limit=2").await;
    let ids: Vec<&str> = found.iter().map(|queue| queue["id"].as_str().unwrap()).collect();
    assert_each_eq!((ids, made.iter().map(String::as_str).collect::<Vec<_>>()), (sizes, vec![2, 2, 1]));
    assert_eq!(counts(&found[0]), [0, 0, 0, 0]);
    paging_is_checked(&app.operator(), "/queues").await;
    guarded(&app, "GET", "/queues", &["user", "auditor"]).await;
    app.finish().await;
}
