//! Tests of `GET /events/requests`, the list of requests.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::{Caller, TestApp};
use serde_json::{Value, json};

use super::{guarded, pages, paging_is_checked};

/// Two campaigns and three users. The first two users claim in both campaigns, and the claims of the second
/// campaign need a review.
struct World {
    app: TestApp,
    users: Vec<Caller>,
    auto: (String, String),
    manual: (String, String),
}

async fn world() -> World {
    let app = TestApp::start().await;
    let auto = app.event(json!({"all": []})).await;
    let manual = app.event_with(json!({"review": "manual"}), json!({})).await;
    let users: Vec<Caller> = (0..3).map(|_| app.user()).collect();
    for user in &users {
        user.claim(&auto.0, &auto.1).await.expect(202);
    }
    for user in &users[..2] {
        user.claim(&manual.0, &manual.1).await.expect(202);
    }
    app.settle().await;
    World { app, users, auto, manual }
}

fn ids(entries: &[Value]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_filter_filters_alone_and_together() {
    let World { app, users, auto, manual } = world().await;
    let list = async |query: String| {
        let found = app.auditor().get(&format!("/events/requests?{query}")).await.expect(200);
        ids(found.as_array().unwrap())
    };
    let id = |user: usize, campaign: &str| format!("{}:{campaign}", users[user].id());
    let all_auto: BTreeSet<String> = (0..3).map(|user| id(user, &auto.0)).collect();
    let all_manual: BTreeSet<String> = (0..2).map(|user| id(user, &manual.0)).collect();
    let everything: BTreeSet<String> = all_auto.union(&all_manual).cloned().collect();
    assert_eq!(list(String::new()).await, everything);
    assert_eq!(list(format!("event_id={}", auto.0)).await, all_auto);
    assert_eq!(list("status=in_review".to_owned()).await, all_manual);
    assert_eq!(list("status=granted".to_owned()).await, all_auto);
    assert_eq!(list(format!("reward_id={}", manual.1)).await, all_manual);
    let first = users[0].id();
    assert_eq!(list(format!("user_id={first}")).await, BTreeSet::from([id(0, &auto.0), id(0, &manual.0)]));
    assert_eq!(list(format!("user_id={first}&status=granted")).await, BTreeSet::from([id(0, &auto.0)]));
    let (before, after) = (app.days_ago(1), app.days_ago(-1));
    assert_eq!(list(format!("from={before}&to={after}&event_id={}", manual.0)).await, all_manual);
    for empty in [
        format!("from={after}"),
        format!("to={before}"),
        format!("event_id={}&from={after}", auto.0),
        format!("event_id={}&status=in_review", auto.0),
        "event_id=cmp_none".to_owned(),
        "user_id=usr_none".to_owned(),
    ] {
        assert_eq!(list(empty.clone()).await, BTreeSet::new(), "{empty}");
    }
    app.finish().await;
}

#[tokio::test]
async fn pages_together_are_the_list() {
    let World { app, users, auto, .. } = world().await;
    for (query, count) in [
        ("limit=2".to_owned(), 5),
        (format!("limit=1&user_id={}", users[0].id()), 2),
        (format!("limit=2&event_id={}", auto.0), 3),
        ("limit=1&status=in_review".to_owned(), 2),
    ] {
        let (found, sizes) = pages(&app.operator(), &format!("/events/requests?{query}")).await;
        assert_each_eq!((found.len(), count), (ids(&found).len(), count), "{query} {sizes:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_only_staff_ask() {
    let app = TestApp::start().await;
    paging_is_checked(&app.auditor(), "/events/requests").await;
    let wrong = "status=done&from=yesterday&format=xml&event_id=a%20b&user=me";
    app.auditor()
        .get(&format!("/events/requests?{wrong}"))
        .await
        .invalid(&["status", "from", "format", "event_id", "user"]);
    let (from, to) = (app.days_ago(1), app.days_ago(2));
    app.auditor().get(&format!("/events/requests?from={from}&to={to}")).await.invalid(&["to"]);
    for caller in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(caller.get("/events/requests").await.expect(200), json!([]));
    }
    guarded(&app, "GET", "/events/requests", &["user"]).await;
    app.finish().await;
}
