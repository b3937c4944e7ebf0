//! Tests of metrics: each fact is counted once, in CloudWatch's embedded metric format.

use dibs_tests::assert_each_eq;
use std::collections::BTreeMap;

use dibs_tests::harness::TestApp;
use runtime::Metric;
use serde_json::{Value, json};

use super::Log;

/// Returns the sum of each metric over all log lines, and checks each line against the rules of the format.
fn sums(log: &Log) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for line in log.metrics() {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(directives.len(), 1, "{line}");
        assert_each_eq!(
            (directives[0]["Namespace"], "dibs"),
            (directives[0]["Dimensions"], json!([["environment"]]))
        );
        assert!(line["_aws"]["Timestamp"].is_u64() && line["environment"].is_string(), "{line}");
        let metrics = directives[0]["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()), "{line}");
        for metric in metrics {
            let name = metric["Name"].as_str().unwrap();
            let known = Metric::ALL.iter().find(|known| known.name() == name).unwrap();
            assert_eq!(metric["Unit"], known.unit());
            let values = line[name].as_array().cloned().unwrap_or_else(|| vec![line[name].clone()]);
            assert!((1..=100).contains(&values.len()), "{line}");
            let sum: u64 = values.iter().map(|value| value.as_u64().unwrap()).sum();
            *sums.entry(name.to_owned()).or_default() += sum;
        }
    }
    sums
}

#[track_caller]
fn say(log: &Log, expected: &[(Metric, u64)]) {
    let sums = sums(log);
    let said: Vec<_> =
        expected.iter().map(|(metric, _)| (*metric, sums.get(metric.name()).copied().unwrap_or(0))).collect();
    assert_eq!(said, expected, "{sums:?}");
}

#[tokio::test]
async fn claims_are_measured_with_their_grants() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 2})).await;
    let users = [app.user(), app.user()];
    for user in &users {
        user.claim(&campaign, &reward).await.expect(202);
    }
    users[0].claim(&campaign, &reward).await.refused(409, "ALREADY_REQUESTED");
    app.pass_seconds(2);
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.user().claim_all(&campaign).await.expect(202);
    app.settle().await;
    say(&log, &[(Metric::Claims, 2), (Metric::Grants, 2), (Metric::Duplicates, 1), (Metric::SoldOut, 2)]);
    assert!(sums(&log).contains_key(Metric::GrantLag.name()));
    app.finish().await;
}

#[tokio::test]
async fn seats_are_measured_with_orders_and_payments() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let (concert, date) = app.show().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let paid = user.reserve(&concert, &date, json!([1, 2, 3])).await.expect(201);
    user.reserve(&concert, &date, json!([4])).await.expect(201);
    user.post("/payments", json!({"reservation_id": paid["id"]})).await.expect(201);
    let paid = user.order(&deal, 5).await.expect(201);
    user.order(&deal, 2).await.expect(201);
    user.pay_order(paid["id"].as_str().unwrap()).await.expect(201);
    app.wait_seconds(60 * 60).await;
    say(
        &log,
        &[
            (Metric::Holds, 2),
            (Metric::SeatsSold, 3),
            (Metric::HoldsExpired, 1),
            (Metric::Orders, 2),
            (Metric::UnitsOrdered, 7),
            (Metric::UnitsSold, 5),
            (Metric::OrdersExpired, 1),
            (Metric::Payments, 2),
            (Metric::AmountPaid, 30_000 + 5 * 29_900),
        ],
    );
    app.finish().await;
}

#[tokio::test]
async fn admissions_are_measured_with_their_waits() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let queue = json!({"name": "Doors", "capacity": 2, "admissions_per_second": 2});
    let queue = app.operator().post("/queues", queue).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.pass_seconds(60);
    let user = app.user();
    let joined = user.post(&format!("/queues/{queue}/tokens"), json!({})).await.expect(201);
    app.wait_seconds(3).await;
    let place = format!("/queues/{queue}/tokens/me");
    let mut token = joined["ticket"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        user.get(&place).await.expect(200);
        let view = user.get(&place).header("x-queue-token", &token).await.expect(200);
        assert_eq!(view["status"], "active", "{view}");
        token = view["token"].as_str().unwrap().to_owned();
    }
    say(&log, &[(Metric::Admissions, 1)]);
    let waits: Vec<Value> =
        log.metrics().into_iter().filter_map(|line| line.get("admission_wait_ms").cloned()).collect();
    assert_eq!(waits.len(), 1, "told once");
    assert!((500..=10_000).contains(&waits[0].as_u64().unwrap()), "{waits:?}");
    app.finish().await;
}

#[tokio::test]
async fn conflicting_writes_are_measured() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    app.register("kim@example.com").await;
    let again = json!({"email": "kim@example.com", "password": "password123", "name": "Kim"});
    app.anonymous().post("/auth/register", again).await.refused(409, "DUPLICATE_EMAIL");
    let functions: Vec<Value> = log.metrics().into_iter().map(|line| line["function"].clone()).collect();
    assert_each_eq!((sums(&log)[Metric::Conflicts.name()], 1), (functions, vec![json!("accounts-register")]));
    app.finish().await;
}

/// Checks that the dashboard shows exactly the metrics that are counted. One that is not shown would be paid
/// for in vain, and a chart of an unknown one would be empty.
#[test]
fn the_dashboard_shows_what_is_counted() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../terraform/modules/monitoring/main.tf");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, list) = text.split_once("fact_names = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let mut shown: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let mut counted: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    shown.sort_unstable();
    counted.sort_unstable();
    assert_eq!(shown, counted);
    for name in counted {
        assert!(text.contains(&format!("local.facts[\"{name}\"]")), "no chart has {name}");
    }
}
