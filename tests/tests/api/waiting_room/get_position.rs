//! Tests of `GET /queues/{queue_id}/tokens/me`, the caller's position.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, TestApp};
use domain::Timestamp;
use domain::waiting_room::QueueToken;
use runtime::Tokens;
use serde_json::{Value, json};

use super::{ask, guarded, join, leave, line, place, queue, set_back, set_forward, token, with};

#[tokio::test]
async fn position_shows_the_number_ahead_and_the_expected_wait() {
    let app = TestApp::start().await;
    let queue = queue(&app, 100, json!({"admissions_per_second": 0.1, "no_show_seconds": 600})).await;
    set_back(&app);
    let users = line(&app, &queue, 4).await;
    let early = place(&users[3], &queue).await;
    let expected = json!({
        "status": "waiting", "position": null, "ahead": null, "eta_seconds": null, "poll_after_ms": 1000,
        "joined_at": early["joined_at"], "token": early["token"], "take_up_before": null, "expires_at": null,
    });
    assert_eq!(early, expected);
    set_forward(&app).await;
    let first = place(&users[0], &queue).await;
    assert_each_eq!((first["status"], "active"), (first["position"], 1), (first["ahead"], 0));
    let at = |name: &str| first[name].as_str().unwrap().parse::<domain::Timestamp>().unwrap();
    assert_eq!(at("take_up_before"), at("expires_at"), "both are 600 seconds here");
    let admitted = at("expires_at").plus_seconds(-600);
    for (index, user) in users.iter().enumerate().skip(1) {
        let before = app.now();
        let place = place(user, &queue).await;
        // Since the first admission, no admission has used the rate of one in ten seconds.
        let next_at = |now: Timestamp| 10_000 * index as i64 - (now.as_millis() - admitted.as_millis());
        let min = place["eta_seconds"]["min"].as_i64().unwrap();
        assert!((next_at(app.now()) / 1_000..=next_at(before) / 1_000).contains(&min), "{place}");
        let expected = json!({
            "status": "waiting", "position": index + 1, "ahead": index - 1,
            "eta_seconds": {"min": min, "max": 10 * index + 5}, "poll_after_ms": (min * 100).max(1_000),
            "joined_at": place["joined_at"], "token": place["token"], "take_up_before": null, "expires_at": null,
        });
        assert_eq!(place, expected);
    }
    let left = (at("expires_at").as_millis() - app.now().as_millis()) / 1000;
    assert!((580..=600).contains(&left), "{first}");
    app.finish().await;
}

#[tokio::test]
async fn the_first_call_is_due_before_the_end() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"token_seconds": 100, "no_show_seconds": 30})).await;
    let users = line(&app, &queue, 1).await;
    app.wait_seconds(2).await;
    let place = place(&users[0], &queue).await;
    let at = |name: &str| place[name].as_str().unwrap().parse::<domain::Timestamp>().unwrap();
    assert_eq!(at("take_up_before").plus_seconds(70), at("expires_at"), "{place}");
    app.finish().await;
}

/// Checks each queue token from joining to admission: the response is the same with the token and without
/// one, and the position never changes.
#[tokio::test]
async fn the_newest_ticket_leads_to_the_place() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let users: Vec<Caller> = (0..2).map(|_| app.user()).collect();
    let mut newest = Vec::new();
    for user in &users {
        newest.push(join(user, &queue).await.expect(201)["ticket"].as_str().unwrap().to_owned());
        app.pass_millis(10);
    }
    let mut seen = Vec::new();
    for round in 0..4 {
        let mut statuses = Vec::new();
        for (user, ticket) in users.iter().zip(&mut newest) {
            let told = with(ask(user, &queue), ticket).await.expect(200);
            assert_eq!(told, place(user, &queue).await);
            *ticket = told["token"].as_str().unwrap().to_owned();
            statuses.push((told["position"].clone(), told["status"].as_str().unwrap().to_owned()));
        }
        seen.push(statuses);
        match round {
            0 => set_forward(&app).await,
            1 => leave(&users[0], &queue).await.expect(204).as_null().unwrap(),
            _ => {}
        }
        if round == 1 {
            app.wait_seconds(2).await;
            break;
        }
    }
    let told = with(ask(&users[1], &queue), &newest[1]).await.expect(200);
    assert_each_eq!((told["position"], 2), (told["status"], "active"));
    with(ask(&users[0], &queue), &newest[0]).await.refused(404, "NOT_IN_QUEUE");
    let waiting = |position: Value, status: &str| (position, status.to_owned());
    assert_eq!(seen[0], [waiting(json!(null), "waiting"), waiting(json!(null), "waiting")]);
    assert_eq!(seen[1], [waiting(json!(1), "active"), waiting(json!(2), "waiting")]);
    app.finish().await;
}

#[tokio::test]
async fn position_of_a_user_who_has_not_joined_is_not_found() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({})).await;
    ask(&app.user(), &queue).await.refused(404, "NOT_IN_QUEUE");
    ask(&app.user(), "que_none").await.refused(404, "NOT_FOUND");
    ask(&app.user(), "none").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &format!("/queues/{queue}/tokens/me"), &["operator", "auditor"]).await;
    app.finish().await;
}

/// Returns the queue token `ticket` with changed claims and the signature of the original ones.
fn altered(ticket: &str, alter: impl Fn(&mut Value)) -> String {
    let mut parts: Vec<String> = ticket.split('.').map(str::to_owned).collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    alter(&mut claims);
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    parts.join(".")
}

#[tokio::test]
async fn a_ticket_that_is_not_the_callers_is_refused() {
    let app = TestApp::start().await;
    let (queue, other_queue) = (queue(&app, 1, json!({})).await, queue(&app, 1, json!({})).await);
    let users = line(&app, &queue, 2).await;
    join(&users[0], &other_queue).await.expect(201);
    app.wait_seconds(2).await;
    let mine = token(&users[0], &queue).await;
    with(ask(&users[0], &queue), &mine).await.expect(200);
    let key = local::keys::signing_key(None).unwrap();
    let forged = Tokens::new(None, Some(&key)).unwrap();
    let genuine: QueueToken = app.app().tokens().verify_queue_token(&mine).unwrap();
    for foreign in [
        token(&users[1], &queue).await,
        token(&users[0], &other_queue).await,
        forged.sign_queue_token(&genuine).unwrap(),
        altered(&mine, |claims| claims["position"] = json!(0)),
        altered(&mine, |claims| claims["sub"] = json!(users[1].id())),
        format!("{mine}x"),
        mine[..mine.len() - 4].to_owned(),
        users[0].token().unwrap().to_owned(),
        "nonsense".to_owned(),
    ] {
        with(ask(&users[0], &queue), &foreign).await.refused(403, "QUEUE_TOKEN_INVALID");
    }
    with(ask(&users[0], &queue), "ünsinn").await.refused(400, "VALIDATION_ERROR");
    // A queue token is not an access token.
    app.bearer(&mine).get("/balance").await.refused(401, "UNAUTHORIZED");
    // An empty header counts as a missing one.
    with(ask(&users[0], &queue), "").await.expect(200);
    app.finish().await;
}
