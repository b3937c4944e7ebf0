//! Tests of the scheduled worker that merges counters and recounts figures from the tables.

use analytics::workers::maintain_figures::WORKER;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::analytics::{Counters, TimeSlot, Topic};
use serde_json::json;

use super::figures;

const HOUR: i64 = 60 * 60;

async fn run(app: &TestApp, times: usize) {
    for _ in 0..times {
        WORKER.handle_tick(app.app()).await.unwrap();
    }
}

/// Runs a whole pass of the recount: reads all tables, waits, and compares.
async fn recount(app: &TestApp) {
    app.settle().await;
    run(app, 8).await;
    app.pass_seconds(16 * 60);
    run(app, 3).await;
    let recount = app.app().store().get_recount_if_exists().await.unwrap().unwrap();
    assert!(recount.done_at.is_some(), "{recount:?}");
}

/// Changes the number of orders of all deals by `by` in the slot of `at`, as a bug would.
async fn falsify(app: &TestApp, at: domain::Timestamp, by: i64) {
    let slot = TimeSlot::of(at, runtime::slot_length(app.app()));
    let mut wrong = Counters::default();
    wrong.add("o", by);
    let (day, _) = app.app().store().get_day_figures(&Topic::Deals, &slot.day()).await.unwrap();
    assert!(app.app().store().correct_figures(&day, &[(slot, wrong)].into()).await.unwrap());
}

async fn held(app: &TestApp) -> serde_json::Value {
    figures(app, "/analytics/sales").await["totals"]["deals"]["held"].clone()
}

#[tokio::test]
async fn wrong_figures_are_corrected_by_a_recount() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40, "hold_seconds": 3600})).await;
    app.user().order(&deal, 1).await.expect(201);
    app.user().order(&deal, 2).await.expect(201);
    let made_at = app.now();
    app.settle().await;
    app.pass_seconds(2 * HOUR);
    falsify(&app, made_at, 5).await;
    assert_eq!(held(&app).await, 7);
    recount(&app).await;
    assert_eq!(held(&app).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn figures_that_may_have_changed_meanwhile_are_not_compared() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40, "hold_seconds": 3600})).await;
    app.user().order(&deal, 1).await.expect(201);
    app.settle().await;
    // Nothing distinguishes a wrong number from a record that is still on its way.
    falsify(&app, app.now(), 5).await;
    recount(&app).await;
    assert_eq!(held(&app).await, 6);
    app.pass_seconds(25 * HOUR);
    run(&app, 1).await;
    recount(&app).await;
    assert_eq!(held(&app).await, 1, "the next pass finds it");
    app.finish().await;
}

#[tokio::test]
async fn counters_that_are_over_are_merged_and_stay_the_same() {
    let app = TestApp::start().await;
    let (event, reward) = app.event(json!({"all": []})).await;
    app.user().claim(&event, &reward).await.expect(202);
    app.settle().await;
    let store = app.app().store();
    let topic = Topic::Campaign(domain::ids::CampaignId::parse(&event).unwrap());
    let listed = store.list_unmerged_days(app.now().plus_seconds(1), 100).await.unwrap();
    let (_, day) = listed.into_iter().find(|(one, _)| *one == topic).unwrap();
    let path = format!("/analytics/events?event_id={event}");
    let before = figures(&app, &path).await["totals"].clone();
    run(&app, 1).await;
    let (stored, shards) = store.get_day_figures(&topic, &day).await.unwrap();
    assert_each_eq!((stored.version, 0), (shards.is_empty(), false), "a record may come again");
    app.pass_seconds(27 * HOUR);
    run(&app, 1).await;
    let (stored, shards) = store.get_day_figures(&topic, &day).await.unwrap();
    assert_each_eq!((stored.version, 1), (shards, vec![]));
    assert_eq!(figures(&app, &path).await["totals"], before);
    // What is counted into the same hour later has an item of its own, and is added.
    app.finish().await;
}

#[tokio::test]
async fn figures_from_before_the_counting_are_added() {
    let mut app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40, "hold_seconds": 3600})).await;
    app.settle().await;
    app.stop_relays().await;
    app.user().order(&deal, 1).await.expect(201);
    app.pass_seconds(2 * HOUR);
    run(&app, 8).await;
    app.pass_seconds(16 * 60);
    run(&app, 3).await;
    let all = app.auditor().get("/analytics/sales").await.expect(200);
    assert_eq!(all["totals"]["deals"]["held"], 1);
    app.abandon();
}
