//! Tests of `GET /events/requests?status=in_review`, the operators' worklist.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::pages;

fn ids(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn request_in_review_is_on_the_first_page_however_many_events_and_requests_are_newer() {
    let app = TestApp::start().await;
    let (old, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let user = app.user();
    let request = user.claim(&old, &reward).await.expect(202);
    let id = request["id"].as_str().unwrap().to_owned();
    for _ in 0..25 {
        app.event(json!({"all": []})).await;
    }
    let (newer, newer_reward) = app.event(json!({"all": []})).await;
    for _ in 0..30 {
        app.user().claim(&newer, &newer_reward).await.expect(202);
    }
    app.settle().await;
    for filter in ["", &format!("&event_id={old}"), &format!("&user_id={}", user.id())] {
        let found = app.operator().get(&format!("/events/requests?status=in_review{filter}")).await;
        assert_eq!(found.json["meta"]["next_cursor"], Value::Null, "{filter}");
        assert_eq!(ids(found.expect(200).as_array().unwrap()), [&*id], "{filter}");
    }
    let other = app.operator().get(&format!("/events/requests?status=in_review&event_id={newer}")).await;
    assert_eq!(other.expect(200), json!([]));
    app.finish().await;
}

#[tokio::test]
async fn worklist_is_oldest_first_and_a_decided_request_leaves_it() {
    let app = TestApp::start().await;
    let manual = app.event_with(json!({"review": "manual"}), json!({"per_user_limit": 2})).await;
    let other = app.event_with(json!({"review": "manual"}), json!({})).await;
    let mut expected = Vec::new();
    for number in 0..25 {
        let (campaign, reward) = if number % 5 == 0 { &other } else { &manual };
        app.pass_millis(5);
        let request = app.user().claim(campaign, reward).await.expect(202);
        expected.push(request["id"].as_str().unwrap().to_owned());
    }
    app.settle().await;
    let list = async |query: &str| {
        let (found, sizes) =
            pages(&app.operator(), &format!("/events/requests?status=in_review{query}")).await;
        let found: Vec<String> = ids(&found).into_iter().map(str::to_owned).collect();
        (found, sizes)
    };
    assert_eq!(list("&limit=10").await, (expected.clone(), vec![10, 10, 5]));
    let of_other: Vec<String> = expected.iter().step_by(5).cloned().collect();
    assert_eq!(list(&format!("&limit=5&event_id={}", other.0)).await, (of_other, vec![5]));
    let of_reward = list(&format!("&limit=3&reward_id={}", manual.1)).await.0;
    assert_eq!(of_reward.len(), 20);
    for (index, action) in [(0, "approve"), (3, "reject")] {
        let path = format!("/events/requests/{}", expected[index]);
        app.operator()
            .patch(&path, json!({"action": action, "reason": "as the terms say"}))
            .await
            .expect(200);
    }
    app.settle().await;
    let (gone, left): (Vec<_>, Vec<_>) =
        expected.iter().enumerate().partition(|(index, _)| [0, 3].contains(index));
    assert_eq!(gone.len(), 2);
    let left: Vec<String> = left.into_iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(list("").await.0, left);
    app.finish().await;
}

#[tokio::test]
async fn request_comes_back_to_the_worklist_with_its_next_line_in_review() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({"per_user_limit": 2})).await;
    let (user, operator) = (app.user(), app.operator());
    let listed = async || {
        app.settle().await;
        operator.get("/events/requests?status=in_review").await.expect(200).as_array().unwrap().len()
    };
    let id = user.claim(&campaign, &reward).await.expect(202)["id"].as_str().unwrap().to_owned();
    assert_eq!(listed().await, 1);
    let decision = json!({"action": "approve", "reason": "as the terms say"});
    operator.patch(&format!("/events/requests/{id}"), decision).await.expect(200);
    assert_eq!(listed().await, 0);
    user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(listed().await, 1);
    app.finish().await;
}

#[tokio::test]
async fn request_that_a_version_without_worklist_wrote_is_listed_once_it_is_indexed() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let store = app.app().store();
    let claim =
        store.get_claim(user.id(), &domain::ids::CampaignId::parse(&campaign).unwrap()).await.unwrap();
    let mut over = claim.clone().next();
    over.lines.clear();
    store.update_worklist(Some(&claim), &over).await.unwrap();
    let listed = async || app.operator().get("/events/requests?status=in_review").await.expect(200);
    assert_eq!(listed().await, json!([]), "as before the worklist");
    assert_eq!(local::reindex::reindex_reviews(store).await.unwrap(), 1);
    assert_eq!(listed().await.as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn entries_of_lists_carry_no_evaluated_conditions() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"not": {"count": {"type": "boss", "at_least": 1}}})).await;
    let user = app.user();
    let request = user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(request["lines"][0]["condition"]["passed"], true);
    for (caller, path) in [(&user, "/events/requests/mine"), (&app.operator(), "/events/requests")] {
        let found = caller.get(path).await.expect(200);
        assert_eq!(found[0]["lines"][0]["condition"], Value::Null, "{path}");
    }
    let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
    let details = app.operator().get(&path).await.expect(200);
    assert_eq!(details["lines"][0]["condition"]["passed"], true);
    app.finish().await;
}
