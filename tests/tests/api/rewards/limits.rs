//! Tests of the limits of rewards: in total, per user, and by a pool of codes.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::{Caller, Reply, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

fn count(replies: &[Reply], status: u16, code: Option<&str>) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status && reply.json["error"]["code"].as_str() == code)
        .count()
}

#[tokio::test]
async fn limited_reward_is_granted_exactly_to_its_limit() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 30})).await;
    let users: Vec<Caller> = (0..80).map(|_| app.user()).collect();
    let replies = join_all(users.iter().map(|user| user.claim(&campaign, &reward).into_future())).await;
    assert_each_eq!((count(&replies, 202, None), 30), (count(&replies, 409, Some("OUT_OF_STOCK")), 50));
    app.settle().await;
    let granted = app.auditor().get("/events/requests?status=granted&limit=100").await.expect(200);
    assert_eq!(granted.as_array().unwrap().len(), 30);
    // A user who was refused has no request, and the refusal writes nothing.
    let before = app.tables().await;
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.unchanged_since(&before).await;
    app.finish().await;
}

#[tokio::test]
async fn a_reward_may_be_had_n_times_each_its_own_line() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"per_user_limit": 3})).await;
    let user = app.user();
    let replies = join_all((0..12).map(|_| user.claim(&campaign, &reward).into_future())).await;
    assert_each_eq!((count(&replies, 202, None), 3), (count(&replies, 409, Some("ALREADY_REQUESTED")), 9));
    let request = app.request(&user, &campaign).await;
    let numbers: Vec<&Value> =
        request["lines"].as_array().unwrap().iter().map(|line| &line["number"]).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let ids: BTreeSet<&str> =
        request["grants"].as_array().unwrap().iter().filter_map(|grant| grant["grant_id"].as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 30);
    app.finish().await;
}

#[tokio::test]
async fn codes_of_a_pool_are_each_given_once_until_there_are_none() {
    let app = TestApp::start().await;
    let codes = ["A-1", "A-2", "A-3", "A-4", "A-5"];
    let (campaign, pool) = (app.campaign(json!({})).await, app.pool(&codes).await);
    app.offer(&campaign, &pool, json!({})).await;
    let users: Vec<Caller> = (0..9).map(|_| app.user()).collect();
    let replies = join_all(users.iter().map(|user| user.claim(&campaign, &pool).into_future())).await;
    assert_each_eq!((count(&replies, 202, None), 5), (count(&replies, 409, Some("OUT_OF_STOCK")), 4));
    app.settle().await;
    let mut given = BTreeSet::new();
    for user in &users {
        for entry in user.get("/inventory").await.expect(200).as_array().unwrap() {
            assert!(given.insert(entry["coupon_code"].as_str().unwrap().to_owned()), "given twice: {entry}");
        }
    }
    assert_eq!(given.iter().map(String::as_str).collect::<Vec<_>>(), codes);
    // Codes that are added later are given out.
    app.operator().post(&format!("/rewards/{pool}/codes"), json!({"codes": ["B-1"]})).await.expect(201);
    // A refusal may be decided on a cache entry that is up to a second old.
    app.pass_seconds(1);
    let late = app.user();
    late.claim(&campaign, &pool).await.expect(202);
    app.settle().await;
    assert_eq!(late.get("/inventory").await.expect(200)[0]["coupon_code"], "B-1");
    app.finish().await;
}

#[tokio::test]
async fn a_rejected_unit_returns_to_the_stock() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let (points, pool) = (app.points(5).await, app.pool(&["ONLY"]).await);
    app.offer(&campaign, &points, json!({"total_limit": 1})).await;
    app.offer(&campaign, &pool, json!({})).await;
    for reward in [&points, &pool] {
        let (first, second) = (app.user(), app.user());
        let request = first.claim(&campaign, reward).await.expect(202);
        second.claim(&campaign, reward).await.refused(409, "OUT_OF_STOCK");
        let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
        app.operator().patch(&path, json!({"action": "reject", "reason": "a bot"})).await.expect(200);
        app.settle().await;
        app.pass_seconds(1);
        second.claim(&campaign, reward).await.expect(202);
        app.user().claim(&campaign, reward).await.refused(409, "OUT_OF_STOCK");
        // The first user has already claimed.
        first.claim(&campaign, reward).await.refused(409, "ALREADY_REQUESTED");
    }
    app.finish().await;
}
