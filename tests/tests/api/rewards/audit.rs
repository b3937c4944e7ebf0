//! Tests of a request's audit: no decision or grant leaves it, whatever is repeated.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, TestApp};
use domain::campaigns::Review;
use domain::claims::{Claim, Evidence, GrantOutcome};
use domain::ids::{CampaignId, Nonce, RewardId};
use serde_json::{Value, json};
use store::Saved;

async fn decide(app: &TestApp, caller: &Caller, user: &Caller, campaign: &str, body: Value) -> Value {
    app.settle().await;
    let path = format!("/events/requests/{}:{campaign}", user.id());
    caller.patch(&path, body).await.expect(200)
}

/// Returns the row of the request of `user` in the CSV export, as an object by column name.
async fn row(app: &TestApp, user: &Caller) -> Value {
    let reply = app.auditor().get(&format!("/events/requests?format=csv&user_id={}", user.id())).await;
    let text = reply.text().trim_start_matches('\u{feff}').to_owned();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let (head, row) = (lines.next().unwrap(), lines.next().unwrap());
    head.into_iter().zip(row).collect()
}

#[tokio::test]
async fn failing_requests_push_nothing_out_of_the_audit() {
    let app = TestApp::start().await;
    let (campaign, manual) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let unmet = app.points(1).await;
    app.offer(&campaign, &unmet, json!({"condition": {"quest_cleared": {"quest_id": "dragon"}}})).await;
    let (user, operator) = (app.user(), app.operator());
    user.claim(&campaign, &manual).await.expect(202);
    let reason = json!({"action": "approve", "reason": "well deserved"});
    decide(&app, &operator, &user, &campaign, reason).await;
    for _ in 0..140 {
        user.claim(&campaign, &unmet).await.refused(422, "CONDITION_NOT_MET");
    }
    let request = app.request(&user, &campaign).await;
    let audit = request["audit"].as_array().unwrap();
    let of_manual: Vec<&Value> = audit.iter().filter(|change| change["reward_id"] == *manual).collect();
    let statuses: Vec<&str> = of_manual.iter().map(|change| change["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["in_review", "approved", "granted"]);
    assert_each_eq!(
        (of_manual[1]["actor"], json!(operator.id().as_str())),
        (of_manual[1]["reason"], "well deserved")
    );
    let failed: Vec<&Value> = audit.iter().filter(|change| change["status"] == "failed").collect();
    assert_each_eq!((failed.len(), 1), (failed[0]["times"], 140));
    let line = &request["lines"][0];
    assert!(line["granted_at"].is_string());
    assert_each_eq!((line["decided_by"], of_manual[1]["actor"]), (request["grants"][0]["points"], 10));
    app.finish().await;
}

#[tokio::test]
async fn audit_lists_each_of_fifty_grants() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"per_user_limit": 50})).await;
    let user = app.user();
    for _ in 0..50 {
        user.claim(&campaign, &reward).await.expect(202);
    }
    let request = app.request(&user, &campaign).await;
    let (grants, lines) = (request["grants"].as_array().unwrap(), request["lines"].as_array().unwrap());
    assert_eq!(grants.len(), 50);
    assert!(lines.iter().chain(grants).all(|line| line["granted_at"].is_string()));
    app.finish().await;
}

#[tokio::test]
async fn a_thousand_decisions_about_one_line_are_all_readable() {
    const DECISIONS: usize = 1_000;
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let badge = json!({"badge_id": "hero", "fulfilment": "external"});
    let reward = app.reward("badge", badge).await;
    app.offer(&campaign, &reward, json!({})).await;
    let (user, operator) = (app.user(), app.operator());
    user.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let of = (CampaignId::parse(&campaign).unwrap(), RewardId::parse(&reward).unwrap());
    let store = app.app().store().clone();
    let offer = store.get_offer(&of.0, &of.1).await.unwrap();
    let save = async |claim: Claim| {
        let next = claim.next();
        assert_eq!(store.save_claim(&next).await.unwrap(), Saved::Done);
        Claim { replaced_decisions: Vec::new(), ..next }
    };
    let mut claim = store.get_claim(user.id(), &of.0).await.unwrap();
    for number in 0..DECISIONS {
        // An operator approves, the service refuses, and the user requests again. All of this is one write,
        // so that no message about a grant is sent in between.
        let note = format!("decision {number}");
        let decision = domain::claims::ReviewDecision {
            verdict: domain::claims::ReviewVerdict::Approve,
            rewards: &[],
            lines: &[],
            by: operator.id(),
            former: &[],
            note: &note,
            message: None,
            version: Some(claim.version),
        };
        assert!(claim.decide(&decision, app.now()).unwrap());
        if number + 1 < DECISIONS {
            assert!(claim.begin(0, Nonce(1)));
            let tried = claim.begun(0, false).unwrap();
            assert!(claim.settle(&tried, &GrantOutcome::Refused("no".into()), app.now()));
            claim.accept(&offer, 1, Review::Manual, Evidence::default(), app.now());
        }
        claim = save(claim).await;
    }
    app.settle().await;
    let path = format!("/events/requests/{}:{campaign}", user.id());
    let auditor = app.auditor();
    let page = auditor.get(&path).await.expect(200);
    let newest =
        page["audit"].as_array().unwrap().iter().rfind(|change| change["status"] == "approved").unwrap();
    assert_eq!(newest["times"], DECISIONS);
    let mut found = vec![newest["reason"].as_str().unwrap().to_owned()];
    let mut next = page["audit_next_cursor"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let page = auditor.get(&format!("{path}?audit_limit=100&audit_cursor={cursor}")).await.expect(200);
        let decisions = page["audit"].as_array().unwrap();
        found.extend(decisions.iter().rev().map(|change| change["reason"].as_str().unwrap().to_owned()));
        next = page["audit_next_cursor"].as_str().map(str::to_owned);
    }
    let expected: Vec<String> = (0..DECISIONS).rev().map(|number| format!("decision {number}")).collect();
    assert_eq!(found, expected);
    let item = serde_json::to_vec(&store.get_claim(user.id(), &of.0).await.unwrap()).unwrap();
    assert!(item.len() < 2_000, "the claim grew to {} bytes", item.len());
    // Users cannot read the decisions that later ones replaced, and an invalid cursor is refused.
    assert_eq!(user.get(&path).await.expect(200)["audit_next_cursor"], Value::Null);
    user.get(&format!("{path}?audit_cursor=e30")).await.refused(403, "FORBIDDEN");
    auditor.get(&format!("{path}?audit_cursor=nonsense")).await.invalid(&["cursor"]);
    app.settle().await;
    app.finish().await;
}

#[tokio::test]
async fn staff_see_what_was_granted_and_who_approved_it() {
    let app = TestApp::start().await;
    for (kind, fields, given) in [
        ("point", json!({"points": 10}), json!({"points": 50, "quantity": 1})),
        ("item", json!({"item_id": "gem", "quantity": 3}), json!({"item_id": "gem", "quantity": 15})),
        ("badge", json!({"badge_id": "hero"}), json!({"badge_id": "hero", "quantity": 5})),
        ("coupon", json!({"coupon_code": "WELCOME-2026"}), json!({"code_ending": "2026", "quantity": 5})),
    ] {
        let campaign = app.campaign(json!({"review": "manual"})).await;
        let reward = app.reward(kind, fields).await;
        app.offer(&campaign, &reward, json!({"quantity": 5})).await;
        let (user, operator) = (app.user(), app.operator());
        user.claim(&campaign, &reward).await.expect(202);
        let approval = json!({"action": "approve", "reason": "fine"});
        decide(&app, &operator, &user, &campaign, approval).await;
        // What was granted does not change when the terms of the event reward do.
        app.operator()
            .patch(&format!("/events/{campaign}/rewards/{reward}"), json!({"quantity": 1}))
            .await
            .expect(200);
        let request = app.request(&user, &campaign).await;
        let list = format!("/events/requests?event_id={campaign}");
        let listed = app.auditor().get(&list).await.expect(200)[0].clone();
        let row = row(&app, &user).await;
        for (field, value) in given.as_object().unwrap() {
            for seen in [&request["lines"][0], &request["grants"][0], &listed["lines"][0]] {
                assert_eq!(&seen[field], value, "{kind}: {field}");
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(row[field], text, "{kind}: {field}");
        }
        for by in [&request["lines"][0]["decided_by"], &listed["lines"][0]["decided_by"], &row["decided_by"]]
        {
            assert_eq!(by, operator.id().as_str());
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn claimant_sees_the_message_and_neither_reason_nor_operator() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let (user, operator) = (app.user(), app.operator());
    user.claim(&campaign, &reward).await.expect(202);
    let rejection =
        json!({"action": "reject", "reason": "fraud ring #7", "message": "The terms exclude it."});
    let seen = decide(&app, &operator, &user, &campaign, rejection).await;
    assert_eq!(seen["lines"][0]["reason"], "fraud ring #7");
    assert_eq!(row(&app, &user).await["message"], "The terms exclude it.");
    let path = format!("/events/requests/{}:{campaign}", user.id());
    for shown in [user.get(&path).await.expect(200), user.get("/events/requests/mine").await.expect(200)] {
        let text = shown.to_string();
        assert!(!text.contains("fraud") && !text.contains(operator.id().as_str()), "{text}");
        assert!(text.contains("The terms exclude it."), "{text}");
    }
    app.finish().await;
}
