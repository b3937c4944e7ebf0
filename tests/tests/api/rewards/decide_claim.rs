//! PATCH /events/requests/{request_id}

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

fn decision(action: &str) -> Value {
    json!({"action": action, "reason": "looked at it"})
}

#[tokio::test]
async fn approved_is_granted_and_rejected_is_not() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    for (action, end, points) in [("approve", "granted", 10), ("reject", "rejected", 0)] {
        let user = app.user();
        let request = user.claim(&campaign, &reward).await.expect(202);
        assert_eq!(app.request(&user, &campaign).await["status"], "in_review");
        let operator = app.operator();
        let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
        operator.patch(&path, decision(action)).await.expect(200);
        let after = app.request(&user, &campaign).await;
        assert_eq!(after["status"], end);
        let decided = &after["audit"][1];
        assert_eq!(
            (&decided["actor"], &decided["reason"]),
            (&json!(operator.id().as_str()), &json!("looked at it"))
        );
        assert_eq!(user.get("/inventory").await.json["meta"]["points"], points);
        // Deciding the same again changes nothing; another decision comes too late.
        assert_eq!(operator.patch(&path, decision(action)).await.expect(200)["audit"], after["audit"]);
        let other = if action == "approve" { "reject" } else { "approve" };
        operator.patch(&path, decision(other)).await.refused(409, "NOT_IN_REVIEW");
        app.operator().patch(&path, decision(action)).await.refused(409, "NOT_IN_REVIEW");
        user.claim(&campaign, &reward).await.refused(409, "ALREADY_REQUESTED");
    }
    app.finish().await;
}

#[tokio::test]
async fn only_the_rewards_that_are_named_are_decided() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let (one, two, auto) = (app.points(1).await, app.points(2).await, app.points(4).await);
    app.offer(&campaign, &one, json!({})).await;
    app.offer(&campaign, &two, json!({})).await;
    app.offer(&campaign, &auto, json!({"review": "auto"})).await;
    let user = app.user();
    let data = user.claim_all(&campaign).await.expect(202);
    let path = format!("/events/requests/{}", data["request"]["id"].as_str().unwrap());
    app.settle().await;
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 4);
    let mut first = decision("approve");
    first["reward_ids"] = json!([one]);
    app.operator().patch(&path, first.clone()).await.expect(200);
    app.operator().patch(&path, first).await.refused(409, "NOT_IN_REVIEW");
    app.settle().await;
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 5);
    app.admin().patch(&path, decision("reject")).await.expect(200);
    let request = app.request(&user, &campaign).await;
    let status = |reward: &str| {
        let lines = request["lines"].as_array().unwrap();
        lines.iter().find(|line| line["reward_id"] == *reward).unwrap()["status"].clone()
    };
    assert_eq!(
        (status(&one), status(&two), status(&auto)),
        (json!("granted"), json!("rejected"), json!("granted"))
    );
    app.finish().await;
}

#[tokio::test]
async fn of_many_decisions_at_once_one_counts() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let user = app.user();
    let request = user.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
    let calls = (0..8).map(|number| {
        let action = if number % 2 == 0 { "approve" } else { "reject" };
        app.operator().patch(&path, decision(action)).into_future()
    });
    let replies = futures::future::join_all(calls).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    let after = app.request(&user, &campaign).await;
    let decided =
        after["audit"].as_array().unwrap().iter().filter(|change| change["reason"] == "looked at it").count();
    assert_eq!(decided, 1);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let user = app.user();
    let request = user.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
    let patch = |body: Value| app.operator().patch(&path, body);
    patch(json!({})).await.invalid(&["action", "reason"]);
    patch(json!({"action": "maybe", "reason": "", "reward_ids": ["a b"], "x": 1})).await.invalid(&[
        "action",
        "reason",
        "reward_ids[0]",
        "x",
    ]);
    patch(decision("approve")).await.refused(409, "NOT_IN_REVIEW");
    for id in ["usr_none:cmp_none", "nonsense", "a:b:c", ":", "usr%20x:cmp_1"] {
        app.operator()
            .patch(&format!("/events/requests/{id}"), decision("approve"))
            .await
            .refused(404, "NOT_FOUND");
    }
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    user.patch(&path, decision("approve")).await.refused(403, "FORBIDDEN");
    app.finish().await;
}
