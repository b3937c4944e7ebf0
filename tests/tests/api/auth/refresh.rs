//! POST /auth/refresh

use dibs_tests::harness::{PASSWORD, Reply, TestApp};
use futures::future::join_all;
use serde_json::json;

#[track_caller]
fn spent(reply: Reply) {
    assert_eq!(reply.refresh_token().as_deref(), Some(""), "the cookie is not taken away");
    reply.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn each_refresh_gives_another_token() {
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
    }
    app.finish().await;
}

#[tokio::test]
async fn a_reused_token_ends_the_whole_family() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let newer = app.refresh(&member.refresh).await.refresh_token().unwrap();
    let other = app.sign_in("kim@example.com").await;
    spent(app.refresh(&member.refresh).await);
    spent(app.refresh(&newer).await);
    // Another sign-in is another family.
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn of_two_at_once_with_one_token_no_more_than_one_gets_through() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let replies = join_all((0..4).map(|_| app.refresh(&member.refresh))).await;
    let next: Vec<String> = replies
        .into_iter()
        .filter(|reply| reply.status == 200)
        .filter_map(|reply| reply.refresh_token())
        .collect();
    assert!(next.len() <= 1);
    // And the family is over for whoever got through.
    for token in next {
        spent(app.refresh(&token).await);
    }
    app.finish().await;
}

#[tokio::test]
async fn without_a_good_cookie_there_is_nothing() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    spent(app.anonymous().call("POST", "/auth/refresh").await);
    for token in ["", "nonsense", "ses_1.AAAA", &format!("{}x", member.refresh)] {
        spent(app.refresh(token).await);
    }
    // An access token is no refresh token.
    spent(member.caller.call("POST", "/auth/refresh").await);
    app.refresh(&member.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn it_shows_the_roles_of_now() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    app.admin().put(&path, json!({"roles": ["USER", "AUDITOR"]})).await.expect(200);
    // A token keeps what it says until it ends; the next one says what holds now.
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    let data = app.refresh(&member.refresh).await.expect(200);
    app.bearer(data["access_token"].as_str().unwrap()).get("/rewards").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_suspended_account_and_a_new_password_end_it() {
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
async fn both_tokens_end_in_time() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.pass_seconds(15 * 60 - 1);
    member.caller.get("/auth/me").await.expect(200);
    // Clocks of functions may be 5 s apart.
    app.pass_seconds(6);
    member.caller.get("/auth/me").await.refused(401, "UNAUTHORIZED");
    let next = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(domain::accounts::SESSION_SECONDS);
    spent(app.refresh(&next).await);
    app.finish().await;
}
