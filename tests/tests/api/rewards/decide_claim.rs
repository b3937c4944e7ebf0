//! Tests of `PATCH /events/requests/{request_id}`, which reviews a request.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::accounts::Role;
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
        assert_each_eq!(
            (decided["actor"], json!(operator.id().as_str())),
            (decided["reason"], "looked at it")
        );
        assert_eq!(user.get("/inventory").await.json["meta"]["points"], points);
        // The same decision again changes nothing; the opposite decision is too late.
        assert_eq!(operator.patch(&path, decision(action)).await.expect(200)["audit"], after["audit"]);
        let other = if action == "approve" { "reject" } else { "approve" };
        operator.patch(&path, decision(other)).await.refused(409, "NOT_IN_REVIEW");
        app.operator().patch(&path, decision(action)).await.refused(409, "NOT_IN_REVIEW");
        user.claim(&campaign, &reward).await.refused(409, "ALREADY_REQUESTED");
    }
    app.finish().await;
}

#[tokio::test]
async fn decision_applies_to_the_named_rewards_only() {
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
    assert_each_eq!(
        (status(&one), json!("granted")),
        (status(&two), json!("rejected")),
        (status(&auto), json!("granted"))
    );
    app.finish().await;
}

#[tokio::test]
async fn rejecting_leaves_a_failed_condition_alone() {
    let app = TestApp::start().await;
    let (campaign, manual) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let unmet = app.points(500).await;
    let condition = json!({"quest_cleared": {"quest_id": "boss"}});
    app.offer(&campaign, &unmet, json!({"review": "auto", "condition": condition})).await;
    for bulk in [false, true] {
        let user = app.user();
        let outcomes = user.claim_all(&campaign).await.expect(202);
        let id = outcomes["request"]["id"].as_str().unwrap().to_owned();
        let mut rejection = decision("reject");
        if bulk {
            rejection["ids"] = json!([id]);
            let outcomes = app.operator().patch("/events/requests", rejection).await.expect(200);
            assert_eq!(outcomes[0]["error"], Value::Null);
        } else {
            app.operator().patch(&format!("/events/requests/{id}"), rejection).await.expect(200);
        }
        let request = app.request(&user, &campaign).await;
        let statuses: Vec<(&Value, &Value)> = request["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (&line["reward_id"], &line["status"]))
            .collect();
        assert!(statuses.contains(&(&json!(manual), &json!("rejected"))), "{statuses:?}");
        assert!(statuses.contains(&(&json!(unmet), &json!("failed"))), "{statuses:?}");
        app.activity(&user, "quest_clear", json!({"ref": "boss"})).await;
        user.claim(&campaign, &unmet).await.expect(202);
        app.settle().await;
        assert_eq!(user.get("/inventory").await.json["meta"]["points"], 500);
        user.claim(&campaign, &manual).await.refused(409, "ALREADY_REQUESTED");
    }
    app.finish().await;
}

#[tokio::test]
async fn own_request_is_decided_by_another() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    for roles in [&[Role::User, Role::Operator][..], &[Role::Admin]] {
        let both = app.with_roles(roles);
        let id = both.claim(&campaign, &reward).await.expect(202)["id"].clone();
        let path = format!("/events/requests/{}", id.as_str().unwrap());
        for action in ["approve", "reject"] {
            both.patch(&path, decision(action)).await.refused(403, "OWN_REQUEST");
            let mut bulk = decision(action);
            bulk["ids"] = json!([id]);
            let outcomes = both.patch("/events/requests", bulk).await.expect(200);
            assert_eq!(outcomes[0]["error"]["code"], "OWN_REQUEST");
        }
        assert_eq!(app.request(&both, &campaign).await["status"], "in_review");
        app.operator().patch(&path, decision("approve")).await.expect(200);
        assert_eq!(app.request(&both, &campaign).await["status"], "granted");
    }
    app.finish().await;
}

#[tokio::test]
async fn decision_names_the_version_that_it_was_made_on() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({"per_user_limit": 3})).await;
    let (user, operator) = (app.user(), app.operator());
    user.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}:{campaign}", user.id());
    let read = operator.get(&path).await;
    let etag = read.header("etag").unwrap().to_owned();
    let version = read.json["data"]["version"].clone();
    assert_eq!(etag, format!("\"{version}\""));
    // The user claims two more times after the operator has read the request and before the decision.
    user.claim(&campaign, &reward).await.expect(202);
    user.claim(&campaign, &reward).await.expect(202);
    let error = operator.patch(&path, decision("approve")).header("if-match", &etag).await;
    let present = error.refused(412, "CHANGED_SINCE")["details"]["version"].clone();
    let mut bulk = decision("approve");
    bulk["ids"] = json!([{"id": format!("{}:{campaign}", user.id()), "version": version}]);
    let outcomes = operator.patch("/events/requests", bulk.clone()).await.expect(200);
    assert_eq!(outcomes[0]["error"]["code"], "CHANGED_SINCE");
    operator.patch(&path, decision("approve")).header("if-match", "x").await.invalid(&["If-Match"]);
    let request = app.request(&user, &campaign).await;
    assert!(request["lines"].as_array().unwrap().iter().all(|line| line["status"] == "in_review"));
    // One of the three line items is decided by its number, at the present version. A repeat gets the same
    // success.
    let mut second = decision("approve");
    second["lines"] = json!([{"reward_id": reward, "number": 2}]);
    for _ in 0..2 {
        let tag = format!("\"{present}\"");
        let decided = operator.patch(&path, second.clone()).header("if-match", &tag).await;
        assert_ne!(decided.header("etag"), Some(tag.as_str()));
        let decided = decided.expect(200);
        let reviewed =
            decided["lines"].as_array().unwrap().iter().filter(|line| line["status"] == "in_review");
        assert_eq!(reviewed.count(), 2);
    }
    app.settle().await;
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 10);
    let present = operator.get(&path).await.expect(200)["version"].clone();
    bulk["ids"][0]["version"] = present;
    let outcomes = operator.patch("/events/requests", bulk).await.expect(200);
    assert_eq!(outcomes[0]["status"], "approved");
    app.settle().await;
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 30);
    app.finish().await;
}

#[tokio::test]
async fn decision_counts_once_of_many_at_once() {
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
async fn invalid_decision_is_refused() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let user = app.user();
    let request = user.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
    let patch = |body: Value| app.operator().patch(&path, body);
    patch(json!({})).await.invalid(&["action", "reason"]);
    patch(json!({"action": "maybe", "reason": "", "reward_ids": ["a b"], "lines": [{"number": 0}], "x": 1}))
        .await
        .invalid(&["action", "reason", "reward_ids[0]", "lines[0].reward_id", "lines[0].number", "x"]);
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

#[tokio::test]
async fn coupon_that_has_expired_in_review_is_not_approved() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let fields = json!({"coupon_code": "SOON", "expires_at": app.now().plus_seconds(60)});
    let (coupon, points) = (app.reward("coupon", fields).await, app.points(5).await);
    app.offer(&campaign, &coupon, json!({})).await;
    app.offer(&campaign, &points, json!({})).await;
    let user = app.user();
    let request = user.claim_all(&campaign).await.expect(202);
    let path = format!("/events/requests/{}", request["request"]["id"].as_str().unwrap());
    app.pass_seconds(60);
    app.operator().patch(&path, decision("approve")).await.refused(409, "REWARD_EXPIRED");
    let mut of_points = decision("approve");
    of_points["reward_ids"] = json!([points]);
    app.operator().patch(&path, of_points).await.expect(200);
    app.operator().patch(&path, decision("reject")).await.expect(200);
    app.settle().await;
    assert_eq!(user.get("/inventory").await.expect(200), json!([]));
    app.finish().await;
}
