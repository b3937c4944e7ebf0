//! Tests of `POST /auth/login`, the sign-in.

use config::ExposeSecret;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Call, PASSWORD, TestApp};
use domain::accounts::{Email, Network, Quota, ThrottleSubject};
use serde_json::{Value, json};

#[tokio::test]
async fn signing_in_gives_a_token_a_cookie_and_an_activity() {
    let app = TestApp::start().await;
    let user = app.register("kim@example.com").await;
    let reply = app.login("KIM@example.com", PASSWORD).await;
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|one| one == part), "{part} in {cookie}");
    }
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = reply.expect(200);
    assert_each_eq!((data["token_type"], "Bearer"), (data["expires_in"], 900));
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
    assert_each_eq!((wrong.refresh_token(), None), (unknown.refresh_token(), None));
    let text = |mut error: Value| {
        error["request_id"] = Value::Null;
        error
    };
    let wrong = text(wrong.refused(401, "INVALID_CREDENTIALS"));
    assert_eq!(wrong, text(unknown.refused(401, "INVALID_CREDENTIALS")));
    app.finish().await;
}

#[tokio::test]
async fn ten_failures_close_an_account_for_one_network_for_a_while() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    // Failures for an unknown email are counted as for a known one. Otherwise the difference would reveal
    // which emails have accounts.
    for email in ["kim@example.com", "nobody@example.com"] {
        for number in 0..10 {
            app.login(email, &format!("guess-{number}")).await.refused(401, "INVALID_CREDENTIALS");
        }
        let reply = app.login(email, PASSWORD).await;
        let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((800..=901).contains(&wait), "{wait}");
        reply.refused(429, "TOO_MANY_REQUESTS");
    }
    // Other accounts are not affected, nor is the owner at another IP address. The limit here ends after 15
    // minutes.
    app.register("lee@example.com").await;
    app.login("lee@example.com", PASSWORD).await.snapshot(200);
    at(&app, [10, 0, 0, 2], "kim@example.com", PASSWORD).await.expect(200);
    app.pass_seconds(15 * 60);
    app.login("kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

fn at(app: &TestApp, address: [u8; 4], email: &str, password: &str) -> Call {
    app.anonymous().at(address).post("/auth/login", json!({"email": email, "password": password}))
}

#[tokio::test]
async fn hundred_failures_from_many_networks_close_an_account_but_not_for_known_devices() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    let first = app.login("kim@example.com", PASSWORD).await;
    let device = first.cookie("__Host-device").unwrap();
    let key = app.app().settings().email_hash_key.expose_secret().as_bytes();
    let email = Email::parse("kim@example.com").unwrap();
    for number in 0..100 {
        let network = Network::of(&format!("10.0.{number}.1"));
        let subject = ThrottleSubject::account(key, &email, Some(&network));
        let store = app.app().store();
        let seen = store.get_throttle(&subject).await.unwrap();
        store.record_failure(&subject, seen, app.now(), &format!("r{number}")).await.unwrap();
    }
    let reply = at(&app, [10, 9, 9, 9], "kim@example.com", PASSWORD).await;
    let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3601).contains(&wait), "{wait}");
    reply.refused(429, "TOO_MANY_REQUESTS");
    at(&app, [10, 9, 9, 9], "kim@example.com", PASSWORD).device(&device).await.expect(200);
    app.pass_seconds(60 * 60);
    at(&app, [10, 9, 9, 9], "kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn stranger_does_not_lock_out_the_owner_on_a_known_device() {
    let app = TestApp::start().await;
    for email in ["kim@example.com", "lee@example.com"] {
        app.register(email).await;
    }
    let device = app.login("kim@example.com", PASSWORD).await.cookie("__Host-device").unwrap();
    let lees = app.login("lee@example.com", PASSWORD).await.cookie("__Host-device").unwrap();
    let here = [10, 0, 0, 1];
    for _ in 0..10 {
        at(&app, here, "kim@example.com", "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    let foreign = format!("{}x", device.rsplit_once('.').unwrap().0);
    for device in ["", "nonsense", &foreign, &lees, member_token(&app).await.as_str()] {
        let reply = at(&app, here, "kim@example.com", PASSWORD).device(device).await;
        reply.refused(429, "TOO_MANY_REQUESTS");
    }
    let reply = at(&app, here, "kim@example.com", PASSWORD).device(&device).await;
    let renewed = reply.cookie("__Host-device").unwrap();
    reply.expect(200);
    // A known device has a limit of its own, which a renewed cookie does not reset.
    for number in 0..10 {
        let cookie = if number % 2 == 0 { &device } else { &renewed };
        let guess = at(&app, here, "kim@example.com", "guess").device(cookie).await;
        guess.refused(401, "INVALID_CREDENTIALS");
    }
    let reply = at(&app, [10, 0, 0, 2], "kim@example.com", PASSWORD).device(&device).await;
    reply.refused(429, "TOO_MANY_REQUESTS");
    app.pass_seconds(366 * 24 * 60 * 60);
    for _ in 0..10 {
        at(&app, here, "kim@example.com", "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    let reply = at(&app, here, "kim@example.com", PASSWORD).device(&renewed).await;
    reply.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

/// Returns an access token, which is signed by the same keys as a device cookie but is none.
async fn member_token(app: &TestApp) -> String {
    app.member("mia@example.com").await.caller.token().unwrap().to_owned()
}

#[tokio::test]
async fn fifty_typing_errors_do_not_close_sign_in_for_everybody_behind_one_address() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    for number in 0..50 {
        let email = format!("somebody-{number}@example.com");
        at(&app, [10, 0, 0, 1], &email, "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    at(&app, [10, 0, 0, 1], "kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn network_that_failed_for_two_hundred_accounts_tries_no_others() {
    let app = TestApp::start().await;
    for email in ["kim@example.com", "tried@example.com"] {
        app.register(email).await;
    }
    let device = app.login("kim@example.com", PASSWORD).await.cookie("__Host-device").unwrap();
    let key = app.app().settings().email_hash_key.expose_secret().as_bytes();
    let here = [10, 0, 0, 1];
    at(&app, here, "tried@example.com", "guess").await.refused(401, "INVALID_CREDENTIALS");
    for number in 0..199 {
        let email = Email::parse(&format!("n{number}@example.com")).unwrap();
        let quota = Quota::accounts_tried(key, &Network::of("10.0.0.1"), &email);
        let used = app.app().store().get_used(&quota).await.unwrap();
        app.app().store().use_quota(&quota, used, app.now()).await.unwrap();
    }
    for email in ["kim@example.com", "nobody@example.com"] {
        let reply = at(&app, here, email, PASSWORD).await;
        let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=901).contains(&wait), "{wait}");
        reply.refused(429, "TOO_MANY_REQUESTS");
    }
    at(&app, here, "tried@example.com", PASSWORD).await.expect(200);
    at(&app, here, "kim@example.com", PASSWORD).device(&device).await.expect(200);
    at(&app, [10, 0, 0, 2], "kim@example.com", PASSWORD).await.expect(200);
    app.pass_seconds(15 * 60);
    at(&app, here, "kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn password_is_the_same_in_every_unicode_form() {
    let app = TestApp::start().await;
    let body = json!({"email": "kim@example.com", "password": "비밀번호-caf\u{e9}", "name": "Kim Minji"});
    app.anonymous().post("/auth/register", body).await.expect(201);
    app.login("kim@example.com", "비밀번호-cafe\u{301}").await.expect(200);
    app.login("kim@example.com", "비밀번호-caf\u{e9}").await.expect(200);
    app.login("kim@example.com", "비밀번호-cafe").await.refused(401, "INVALID_CREDENTIALS");
    app.finish().await;
}

#[tokio::test]
async fn suspension_is_shown_with_the_right_password_only() {
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

#[tokio::test]
async fn second_factor_is_asked_for_after_the_password_and_each_wrong_one_has_its_own_answer() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let codes = app.enrol_totp(&member).await;
    app.login("kim@example.com", "password124").await.refused(401, "INVALID_CREDENTIALS");
    app.login("kim@example.com", PASSWORD).await.refused(401, "TOTP_REQUIRED");
    let code = app.totp_code(member.caller.id()).await;
    app.pass_seconds(60);
    app.login_with("kim@example.com", "totp_code", &code).await.refused(401, "TOTP_CLOCK_OFF");
    let code = app.totp_code(member.caller.id()).await;
    app.login_with("kim@example.com", "totp_code", &code).await.expect(200);
    app.login_with("kim@example.com", "totp_code", &code).await.refused(401, "TOTP_USED");
    app.login_with("kim@example.com", "recovery_code", &codes[0].to_lowercase()).await.expect(200);
    app.login_with("kim@example.com", "recovery_code", &codes[0]).await.refused(401, "TOTP_WRONG");
    app.login_with("kim@example.com", "totp_code", "12345").await.invalid(&["totp_code"]);
    app.finish().await;
}

#[tokio::test]
async fn one_code_signs_in_once_however_many_send_it_at_once() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.enrol_totp(&member).await;
    let code = app.totp_code(member.caller.id()).await;
    let replies =
        futures::future::join_all((0..6).map(|_| app.login_with("kim@example.com", "totp_code", &code)))
            .await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    app.finish().await;
}

#[tokio::test]
async fn guesses_of_codes_are_bounded_like_those_of_passwords() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.enrol_totp(&member).await;
    for _ in 0..10 {
        app.login_with("kim@example.com", "recovery_code", "0000-0000-0000-0000")
            .await
            .refused(401, "TOTP_WRONG");
    }
    let code = app.totp_code(member.caller.id()).await;
    app.login_with("kim@example.com", "totp_code", &code).await.refused(429, "TOO_MANY_REQUESTS");
    app.login("kim@example.com", PASSWORD).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}
