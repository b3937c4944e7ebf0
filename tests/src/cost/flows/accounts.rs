//! Costs of accounts and sessions.

use crate::assert_each_eq;
use domain::accounts::Role;
use serde_json::json;

use super::row;
use crate::cost::bench::{Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::Cost;

/// Measures a registration in a deployment that limits registrations per network.
async fn limited() -> Cost {
    let settings = config::Settings { registrations_per_hour: Some(60), ..config::Settings::default() };
    let bench = Bench::with_settings(settings).await;
    let body = |email: &str| json!({"email": email, "password": "correct horse", "name": "Uma User"});
    let first = bench.call("POST", "/auth/register", None, Some(body("uma@example.com"))).await;
    assert_eq!(first.status, 201, "{first:?}");
    let second = bench.call("POST", "/auth/register", None, Some(body("ulf@example.com")));
    let (second, cost) = bench.measure(second).await;
    assert_eq!(second.status, 201, "{second:?}");
    cost
}

pub async fn measure() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let register = |email: &str, invite: Option<&str>| {
        let body = json!({
            "email": email, "password": "correct horse", "name": "Uma User", "invite_code": invite,
        });
        let mut body = body;
        if invite.is_none() {
            body.as_object_mut().expect("an object").remove("invite_code");
        }
        body
    };
    let body = register("uma@example.com", None);
    let (answer, registered) = bench.measure(bench.call("POST", "/auth/register", None, Some(body))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let code = answer.body["data"]["invite_code"].as_str().expect("an invite code").to_owned();
    let id = answer.body["data"]["id"].as_str().expect("an id").to_owned();

    let body = register("ulf@example.com", Some(&code));
    let (answer, invited) = bench.measure(bench.call("POST", "/auth/register", None, Some(body))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let relayed = bench.relay().await;
    let invitation =
        bench.work(&rewards::workers::count_activities::WORKER, &relayed.messages["activities"][0]).await;

    let body = json!({"email": "uma@example.com", "password": "correct horse"});
    let (answer, login) = bench.measure(bench.call("POST", "/auth/login", None, Some(body))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let relayed_login = bench.relay().await;
    let noted = bench
        .work(&rewards::workers::count_activities::WORKER, &relayed_login.messages["activities"][0])
        .await;

    let cookie = answer.cookie.expect("a refresh token");
    let (refreshed, refresh) = bench.measure(bench.call_with_cookie("POST", "/auth/refresh", &cookie)).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let (repeated, again) = bench.measure(bench.call_with_cookie("POST", "/auth/refresh", &cookie)).await;
    assert_each_eq!((repeated.status, 200), (repeated.cookie, refreshed.cookie), "{repeated:?}");
    bench.relay().await;
    bench.advance_seconds(15 * 60);
    let cookie = refreshed.cookie.expect("a refresh token");
    let (present, presence) = bench.measure(bench.call_with_cookie("POST", "/auth/refresh", &cookie)).await;
    assert_eq!(present.status, 200, "{present:?}");
    let relayed_presence = bench.relay().await;
    let seen = bench
        .work(&rewards::workers::count_activities::WORKER, &relayed_presence.messages["activities"][0])
        .await;

    let wrong = json!({"email": "uma@example.com", "password": "wrong horse"});
    let (refused, failed) = bench.measure(bench.call("POST", "/auth/login", None, Some(wrong))).await;
    assert_eq!(refused.status, 401, "{refused:?}");

    let token = answer.body["data"]["access_token"].as_str().expect("a token").to_owned();
    bench.expire_caches();
    let (_, asked) = bench.metered(bench.app.revocations().refresh(bench.app.store(), bench.app.now())).await;
    let me = Caller { id: domain::ids::UserId::parse(&id).expect("an id"), token };
    let (answer, read) = bench.measure(bench.call("GET", "/auth/me", Some(&me), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let admin = bench.member(Role::Admin).await;
    let path = format!("/auth/users/{id}/roles");
    let more = Some(json!({"roles": ["USER", "OPERATOR"]}));
    let (answer, defined) = bench.measure(bench.call("PUT", &path, Some(&admin), more)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let fewer = Some(json!({"roles": ["USER"]}));
    let (answer, taken) = bench.measure(bench.call("PUT", &path, Some(&admin), fewer)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let credentials = Some(json!({"email": "uma@example.com", "password": "correct horse"}));
    let answer = bench.call("POST", "/auth/login", None, credentials).await;
    let token = answer.body["data"]["access_token"].as_str().expect("a token").to_owned();
    let me = Caller { token, ..me };
    let body = Some(json!({"current_password": "correct horse"}));
    let (answer, closed) = bench.measure(bench.call("DELETE", "/auth/me", Some(&me), body)).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let told = bench.relay().await;
    vec![
        row("revoked access: asked once a second by an instance", asked),
        row("give a role", defined),
        row("take a role away", taken),
        row("close an account", closed),
        row("close an account: what the stream's consumer writes", told.cost),
        row("register", registered),
        row("register where registrations are limited", limited().await),
        row("register with an invite code", invited),
        row("register: what the stream's consumer writes", relayed.cost),
        row("register: the invitation becomes an activity", invitation),
        row("login", login),
        row("login: what the stream's consumer writes", relayed_login.cost),
        row("login: it becomes an activity", noted),
        row("login: refused", failed),
        row("refresh", refresh),
        row("refresh with the token before", again),
        row("refresh in another quarter of an hour", presence),
        row(
            "refresh in another quarter of an hour: what the stream's consumer writes",
            relayed_presence.cost,
        ),
        row("refresh in another quarter of an hour: it becomes an activity", seen),
        row("me", read),
    ]
}
