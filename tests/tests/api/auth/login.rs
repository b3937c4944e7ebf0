//! POST /auth/login

use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn signing_in_gives_a_token_a_cookie_and_an_activity() {
    let app = TestApp::start().await;
    let user = app.register("kim@example.com").await;
    let reply = app.login("KIM@example.com", PASSWORD).await;
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(cookie.split("; ").any(|one| one == part), "{part} in {cookie}");
    }
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = reply.expect(200);
    assert_eq!((&data["token_type"], &data["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(data["user"]["id"], user["id"]);
    assert_ne!(data["user"]["last_login_at"], Value::Null);
    app.settle().await;
    let caller = app.bearer(data["access_token"].as_str().unwrap());
    let mine = caller.get("/activities/mine").await.expect(200);
    assert_eq!(mine["activities"].as_array().unwrap().len(), 1, "{mine}");
    assert_eq!(mine["activities"][0]["type"], "login");
    app.finish().await;
}

#[tokio::test]
async fn unknown_and_wrong_are_refused_alike() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    let wrong = app.login("kim@example.com", "password124").await;
    let unknown = app.login("nobody@example.com", "password124").await;
    let names = |reply: &dibs_tests::harness::Reply| {
        let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&wrong), names(&unknown));
    assert_eq!((wrong.refresh_token(), unknown.refresh_token()), (None, None));
    let text = |mut error: Value| {
        error["request_id"] = Value::Null;
        error
    };
    let wrong = text(wrong.refused(401, "INVALID_CREDENTIALS"));
    assert_eq!(wrong, text(unknown.refused(401, "INVALID_CREDENTIALS")));
    app.finish().await;
}

#[tokio::test]
async fn after_ten_failures_an_account_is_closed_for_a_while() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    // An account that does not exist is counted as one that does, or the difference would tell.
    for email in ["kim@example.com", "nobody@example.com"] {
        for number in 0..10 {
            app.login(email, &format!("guess-{number}")).await.refused(401, "INVALID_CREDENTIALS");
        }
        let reply = app.login(email, PASSWORD).await;
        let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((800..=901).contains(&wait), "{wait}");
        reply.refused(429, "TOO_MANY_REQUESTS");
    }
    // The others go on, and after a quarter of an hour so does the owner.
    app.register("lee@example.com").await;
    app.login("lee@example.com", PASSWORD).await.expect(200);
    app.pass_seconds(15 * 60);
    app.login("kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn after_fifty_failures_so_is_an_address() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    let at = |address: [u8; 4], email: String, password: &str| {
        app.anonymous().at(address).post("/auth/login", json!({"email": email, "password": password}))
    };
    for number in 0..50 {
        let email = format!("nobody-{number}@example.com");
        at([10, 0, 0, 1], email, "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    at([10, 0, 0, 1], "kim@example.com".to_owned(), PASSWORD).await.refused(429, "TOO_MANY_REQUESTS");
    at([10, 0, 0, 2], "kim@example.com".to_owned(), PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn who_is_shut_out_is_told_only_with_the_right_password() {
    let app = TestApp::start().await;
    let user = app.register("kim@example.com").await;
    let path = format!("/auth/users/{}/status", user["id"].as_str().unwrap());
    for status in ["inactive", "banned"] {
        app.admin().put(&path, json!({"status": status})).await.expect(200);
        app.login("kim@example.com", PASSWORD).await.refused(403, "FORBIDDEN");
        app.login("kim@example.com", "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    app.admin().put(&path, json!({"status": "active"})).await.expect(200);
    app.login("kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let call = |body: Value| app.anonymous().post("/auth/login", body);
    call(json!({})).await.invalid(&["email", "password"]);
    call(json!({"email": "x", "password": "", "otp": 1})).await.invalid(&["email", "password", "otp"]);
    let raw = |kind: &str, body: String| app.anonymous().call("POST", "/auth/login").raw(kind, body);
    raw("application/json", "nonsense".to_owned()).await.refused(400, "BAD_JSON");
    raw("application/x-www-form-urlencoded", "email=a".to_owned())
        .await
        .refused(415, "UNSUPPORTED_MEDIA_TYPE");
    raw("application/json", " ".repeat(64 * 1024 + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.finish().await;
}
