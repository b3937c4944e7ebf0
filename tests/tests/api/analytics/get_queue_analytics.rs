//! Tests of `GET /analytics/queues`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{csv_has_a_row_for_each_bucket, figures, period_is_checked};

const PATH: &str = "/analytics/queues";

#[tokio::test]
async fn entries_are_counted_with_what_became_of_them() {
    let app = TestApp::start().await;
    let body = json!({
        "name": "Doors", "capacity": 10, "admissions_per_second": 10, "no_show_seconds": 30, "token_seconds": 60,
    });
    let queue = app.operator().post("/queues", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.pass_seconds(60);
    let deal = app.deal(json!({"queue_id": queue})).await;
    let users: Vec<_> = (0..3).map(|_| app.user()).collect();
    let tokens = format!("/queues/{queue}/tokens");
    for user in &users {
        user.call("POST", &tokens).await.expect(201);
    }
    app.wait_seconds(6).await;
    let mine = users[0].get(&format!("{tokens}/me")).await.expect(200);
    assert_eq!(mine["status"], "active");
    let token = mine["token"].as_str().unwrap();
    users[0].order(&deal, 1).header("x-queue-token", token).await.expect(201);
    users[1].delete(&format!("{tokens}/me")).await.expect(204);
    app.wait_seconds(120).await;
    let one = figures(&app, &format!("{PATH}?queue_id={queue}")).await;
    let totals = &one["totals"];
    assert_each_eq!(
        (totals["joined"], 3),
        (totals["let_in"], 3),
        (totals["gave_up"], 1),
        (totals["no_shows"], 1),
        (totals["expired"], 1),
        (totals["served"], 0),
        (totals["wait_p50_seconds"], totals["wait_p95_seconds"].clone()),
    );
    let waited = totals["wait_p50_seconds"].as_f64().unwrap();
    assert!(waited > 0.0 && waited < 10.0, "{one}");
    assert_eq!(figures(&app, PATH).await["totals"], *totals);
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_a_table_is_returned() {
    let app = TestApp::start().await;
    period_is_checked(&app, PATH).await;
    app.auditor().get(&format!("{PATH}?queue_id=que_none")).await.invalid(&["queue_id"]);
    let columns = "joined,let_in,gave_up,no_shows,served,expired,wait_p50_seconds,wait_p95_seconds";
    csv_has_a_row_for_each_bucket(&app, PATH, columns).await;
    app.finish().await;
}
