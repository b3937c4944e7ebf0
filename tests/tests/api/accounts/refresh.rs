//! Tests of `POST /auth/refresh`, which exchanges the refresh token.

use std::collections::BTreeSet;

use config::Settings;
use dibs_tests::harness::{PASSWORD, Reply, TestApp};
use domain::accounts::{ROTATION_SECONDS_MIN, RefreshToken, SET_AGAIN_SECONDS_MAX};
use domain::ids::SessionId;
use futures::future::join_all;
use runtime::Tokens;
use serde_json::{Value, json};

#[track_caller]
fn spent(reply: Reply) {
    assert_eq!(reply.refresh_token().as_deref(), Some(""), "the cookie is not taken away");
    reply.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn refresh_returns_another_token_each_time() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let mut refresh = member.refresh;
    for _ in 0..3 {
        let reply = app.refresh(&refresh).await;
        let next = reply.refresh_token().unwrap();
        assert_ne!(next, refresh);
        let data = reply.expect(200);
        let me = app.bearer(data["access_token"].as_str().unwrap()).get("/auth/me").await.expect(200);
        assert_eq!(me["id"], member.user["id"]);
        refresh = next;
        app.pass_seconds(ROTATION_SECONDS_MIN + 1);
    }
    app.finish().await;
}

#[tokio::test]
async fn parallel_refreshes_with_one_token_get_the_same_successor() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let replies = join_all((0..8).map(|_| app.refresh(&member.refresh))).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200; 8]);
    let next: BTreeSet<String> = replies.iter().filter_map(Reply::refresh_token).collect();
    assert_eq!(next.len(), 1, "all have the same cookie");
    let next = next.first().unwrap();
    assert_ne!(*next, member.refresh);
    app.refresh(next).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn lost_answer_is_given_again_within_ten_seconds() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let lost = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(9);
    assert_eq!(app.refresh(&member.refresh).await.refresh_token().unwrap(), lost);
    app.refresh(&lost).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn token_before_the_newest_ends_the_family_after_ten_seconds() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let newer = app.refresh(&member.refresh).await.refresh_token().unwrap();
    let other = app.sign_in("kim@example.com").await;
    app.pass_seconds(11);
    spent(app.refresh(&member.refresh).await);
    spent(app.refresh(&newer).await);
    // Another sign-in is another session, which is not ended.
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn token_two_before_the_newest_ends_the_family() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let second = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(ROTATION_SECONDS_MIN + 1);
    let third = app.refresh(&second).await.refresh_token().unwrap();
    assert_ne!(third, second);
    spent(app.refresh(&member.refresh).await);
    spent(app.refresh(&third).await);
    app.finish().await;
}

#[tokio::test]
async fn three_tabs_that_refresh_within_ten_seconds_stay_signed_in() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let first = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(3);
    let second = app.refresh(&first).await;
    assert_eq!(
        second.refresh_token().as_deref(),
        Some(&*first),
        "a token that is still new stays the newest"
    );
    assert!(second.expect(200)["access_token"].is_string());
    let third = app.refresh(&member.refresh).await;
    assert_eq!(third.refresh_token().as_deref(), Some(&*first), "the same successor");
    third.expect(200);
    // The theft of a refresh token is noticed once both the owner and the thief have used a later one.
    app.pass_seconds(ROTATION_SECONDS_MIN);
    let next = app.refresh(&first).await.refresh_token().unwrap();
    assert_ne!(next, first);
    app.pass_seconds(11);
    spent(app.refresh(&first).await);
    spent(app.refresh(&next).await);
    app.finish().await;
}

#[tokio::test]
async fn late_response_to_one_tab_does_not_undo_the_rotation_of_another() {
    let app = TestApp::start().await;
    let mut jar = app.member("kim@example.com").await.refresh;
    jar = app.refresh(&jar).await.refresh_token().unwrap();
    app.pass_seconds(SET_AGAIN_SECONDS_MAX + 1);
    for wait in [0, ROTATION_SECONDS_MIN - SET_AGAIN_SECONDS_MAX - 2] {
        app.pass_seconds(wait);
        let late = app.refresh(&jar).await;
        assert_eq!(late.refresh_token(), None, "the browser keeps the cookie that it has");
        assert_eq!(late.cookie("refresh_token"), None);
        assert!(late.expect(200)["access_token"].is_string());
    }
    let late = app.refresh(&jar).await;
    app.pass_seconds(2);
    // The response to the other tab arrives first.
    for reply in [app.refresh(&jar).await, late] {
        jar = reply.refresh_token().unwrap_or(jar);
        reply.expect(200);
    }
    app.pass_seconds(60);
    app.refresh(&jar).await.expect(200);
    app.finish().await;
}

#[test]
fn successor_is_the_same_on_every_instance_and_only_with_the_key() {
    let pem = || local::keys::signing_key(None).unwrap();
    let (ours, theirs) = (pem(), pem());
    let token = RefreshToken::new(SessionId::new("a"), [1, 2]);
    let successor = |key: &str, token| Tokens::new(None, Some(key)).unwrap().successor(token).unwrap();
    let next = successor(&ours, &token);
    assert_eq!(successor(&ours, &token), next);
    assert_ne!(successor(&theirs, &token), next);
    assert_ne!(successor(&ours, &next), next);
    assert_ne!(successor(&ours, &RefreshToken::new(SessionId::new("b"), [1, 2])).expose(), next.expose());
}

#[tokio::test]
async fn successor_that_another_key_made_is_refused_and_nothing_ends() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let (store, now) = (app.app().store(), app.now());
    let shown = RefreshToken::parse(&member.refresh).unwrap();
    let session = store.get_session_if_exists(&shown.session_id).await.unwrap().unwrap();
    let account = store.get_account(member.caller.id()).await.unwrap();
    let elsewhere = RefreshToken::new(shown.session_id, [7, 8]);
    let _ = store.save_session(&session.refreshed(&account, &elsewhere, now)).await.unwrap();
    let reply = app.refresh(&member.refresh).await;
    assert_eq!(reply.refresh_token(), None, "the browser may have the newest by now");
    reply.refused(401, "UNAUTHORIZED");
    app.refresh(&elsewhere.expose()).await.expect(200);
    app.finish().await;
}

async fn logins(app: &TestApp, data: &Value) -> usize {
    app.settle().await;
    let caller = app.bearer(data["access_token"].as_str().unwrap());
    let mine = caller.get("/activities/mine").await.expect(200);
    mine["activities"].as_array().unwrap().iter().filter(|one| one["type"] == "login").count()
}

#[tokio::test]
async fn refresh_in_another_quarter_of_an_hour_is_a_login_activity() {
    let app = TestApp::start().await;
    // The clock is moved to the start of a quarter of an hour, so that the test does not cross such a border.
    app.pass_seconds(900 - app.now().as_seconds() % 900);
    let member = app.member("kim@example.com").await;
    let reply = app.refresh(&member.refresh).await;
    let next = reply.refresh_token().unwrap();
    assert_eq!(logins(&app, &reply.expect(200)).await, 1, "the same quarter as the sign-in");
    app.pass_seconds(900);
    let replies = join_all((0..8).map(|_| app.refresh(&next))).await;
    let next = replies[0].refresh_token().unwrap();
    for reply in replies {
        assert_eq!(logins(&app, &reply.expect(200)).await, 2, "another quarter");
    }
    app.pass_seconds(60);
    assert_eq!(logins(&app, &app.refresh(&next).await.expect(200)).await, 2, "recorded in this quarter");
    app.finish().await;
}

#[tokio::test]
async fn session_ends_after_90_days_however_often_it_is_refreshed() {
    let app = TestApp::start().await;
    let mut refresh = app.member("kim@example.com").await.refresh;
    let day = 24 * 60 * 60;
    for _ in 0..8 {
        app.pass_seconds(11 * day);
        refresh = app.refresh(&refresh).await.refresh_token().unwrap();
    }
    app.pass_seconds(2 * day);
    spent(app.refresh(&refresh).await);
    app.finish().await;
}

#[tokio::test]
async fn session_of_staff_ends_after_12_hours() {
    let app = TestApp::start().await;
    let admin = app.admin_member("ada@example.com").await;
    app.pass_seconds(11 * 60 * 60);
    let reply = app.refresh(&admin.refresh).await;
    let cookie = reply.header("set-cookie").unwrap();
    let seconds: i64 = cookie.rsplit_once("Max-Age=").unwrap().1.parse().unwrap();
    assert!((3590..=3600).contains(&seconds), "the cookie lives as long as the session: {cookie}");
    let refresh = reply.refresh_token().unwrap();
    app.pass_seconds(60 * 60);
    spent(app.refresh(&refresh).await);
    app.finish().await;
}

#[tokio::test]
async fn user_who_becomes_staff_signs_in_again_after_12_hours() {
    let app = TestApp::start().await;
    let (member, other) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    app.pass_seconds(13 * 60 * 60);
    let path = format!("/auth/users/{}/roles", member.caller.id());
    app.admin().put(&path, json!({"roles": ["USER", "AUDITOR"]})).await.expect(200);
    spent(app.refresh(&member.refresh).await);
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn cookie_of_the_version_before_is_read_and_replaced() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let call = || app.anonymous().call("POST", "/auth/refresh");
    let reply = call().header("cookie", &format!("refresh_token={}", member.refresh)).await;
    assert_eq!(reply.cookie("refresh_token").as_deref(), Some(""), "the old one is taken away");
    let next = reply.refresh_token().unwrap();
    reply.expect(200);
    // A refresh cookie that another site planted does not replace the session's own cookie.
    let other = app.sign_in("kim@example.com").await;
    let both = format!("refresh_token={}; __Host-refresh_token={next}", other.refresh);
    let session = |token: &str| token.split_once('.').unwrap().0.to_owned();
    let found = call().header("cookie", &both).await.refresh_token().unwrap();
    assert_eq!(session(&found), session(&next));
    let two = format!("refresh_token={}; refresh_token={found}", other.refresh);
    spent(call().header("cookie", &two).await);
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn local_stack_takes_plain_cookies_that_every_browser_keeps_over_http() {
    let app = TestApp::with_settings(Settings { plain_cookies: true, ..Settings::default() }).await;
    app.register("kim@example.com").await;
    let reply = app.login("kim@example.com", PASSWORD).await;
    let lines: Vec<&str> =
        reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("Secure") && line.contains("Path=/api/v1/auth")));
    let cookies = format!(
        "refresh_token={}; device={}",
        reply.cookie("refresh_token").unwrap(),
        reply.cookie("device").unwrap()
    );
    let refreshed = app.anonymous().call("POST", "/auth/refresh").header("cookie", &cookies).await;
    assert_ne!(refreshed.cookie("refresh_token"), reply.cookie("refresh_token"));
    refreshed.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn refresh_is_refused_without_a_valid_cookie() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    spent(app.anonymous().call("POST", "/auth/refresh").await);
    for token in ["", "nonsense", "ses_1.AAAA", &format!("{}x", member.refresh)] {
        spent(app.refresh(token).await);
    }
    // An access token is not a refresh token.
    spent(member.caller.call("POST", "/auth/refresh").await);
    app.refresh(&member.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn refreshed_token_has_the_present_roles() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    app.admin().put(&path, json!({"roles": ["USER", "AUDITOR"]})).await.expect(200);
    // An access token keeps its roles until it expires. The next one has the account's present roles.
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    let data = app.refresh(&member.refresh).await.expect(200);
    app.bearer(data["access_token"].as_str().unwrap()).get("/rewards").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn session_ends_with_a_suspension_or_a_new_password() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    spent(app.refresh(&member.refresh).await);
    app.admin().put(&path, json!({"status": "active"})).await.expect(200);
    spent(app.refresh(&member.refresh).await);
    let again = app.sign_in("kim@example.com").await;
    let change = json!({"password": "password124", "current_password": PASSWORD});
    again.caller.patch("/auth/me", change).await.expect(200);
    spent(app.refresh(&again.refresh).await);
    app.finish().await;
}

#[tokio::test]
async fn tokens_of_a_session_expire() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.pass_seconds(15 * 60 - 1);
    member.caller.get("/auth/me").await.expect(200);
    // Function instances tolerate clocks that differ by 5 s.
    app.pass_seconds(6);
    member.caller.get("/auth/me").await.refused(401, "UNAUTHORIZED");
    let next = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(domain::accounts::SESSION_SECONDS);
    spent(app.refresh(&next).await);
    app.finish().await;
}
