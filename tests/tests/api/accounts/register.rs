//! Tests of `POST /auth/register` and its alias `POST /auth/users`.

use config::Settings;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

fn kim() -> Value {
    json!({"email": "Kim@Example.com", "password": PASSWORD, "name": "Kim Minji", "phone": "010-1234-5678"})
}

#[tokio::test]
async fn an_account_is_made_by_either_name() {
    let app = TestApp::start().await;
    for (path, email) in [("/auth/register", "a@example.com"), ("/auth/users", "b@example.com")] {
        let mut body = kim();
        body["email"] = email.into();
        let reply = app.anonymous().post(path, body).await;
        assert!(!reply.text().contains("password") && !reply.text().contains("argon2"), "{}", reply.text());
        let user = reply.expect(201);
        assert_eq!(user["email"], email);
        assert_each_eq!((user["name"], "Kim Minji"), (user["phone"], "010-1234-5678"));
        assert_each_eq!((user["roles"], json!(["USER"])), (user["status"], "active"));
        assert!(user["id"].as_str().is_some_and(|id| id.starts_with("usr_")));
        assert_eq!(user["invite_code"].as_str().map(str::len), Some(8));
        assert_eq!(user["last_login_at"], Value::Null);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_token_makes_no_difference() {
    let app = TestApp::start().await;
    for (number, caller) in [app.expired(), app.forger(), app.auditor()].into_iter().enumerate() {
        let body = json!({"email": format!("n{number}@example.com"), "password": PASSWORD, "name": "Lee"});
        caller.post("/auth/register", body).await.expect(201);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_email_is_taken_in_every_case() {
    let app = TestApp::start().await;
    app.anonymous().post("/auth/register", kim()).await.expect(201);
    for email in ["Kim@Example.com", "kim@example.com", "KIM@EXAMPLE.COM", " kim@example.com "] {
        let mut body = kim();
        body["email"] = email.into();
        app.anonymous().post("/auth/register", body).await.refused(409, "DUPLICATE_EMAIL");
    }
    app.finish().await;
}

#[tokio::test]
async fn email_goes_to_exactly_one_of_many_registrations_at_once() {
    let app = TestApp::start().await;
    let tries = (0..8).map(|number| {
        let email = if number % 2 == 0 { "kim@example.com" } else { "KIM@example.com" };
        let body = json!({"email": email, "password": PASSWORD, "name": format!("Kim {number}")});
        app.anonymous().post("/auth/register", body).into_future()
    });
    let mut statuses: Vec<u16> = join_all(tries).await.into_iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let users = app.admin().get("/auth/users").await.expect(200);
    assert_eq!(users.as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    anonymous.post("/auth/register", json!({})).await.invalid(&["email", "password", "name"]);
    let wrong =
        json!({"email": "nobody", "password": "short", "name": "K", "phone": "02-123-4567", "age": 5});
    anonymous.post("/auth/register", wrong).await.invalid(&["email", "password", "name", "phone", "age"]);
    let types = json!({"email": 5, "password": [], "name": null});
    anonymous.post("/auth/register", types).await.invalid(&["email", "password", "name"]);
    let long = json!({"email": format!("{}@example.com", "a".repeat(250)), "password": "p".repeat(101),
        "name": "n".repeat(101)});
    anonymous.post("/auth/register", long).await.invalid(&["email", "password", "name"]);
    let mut nobodys = kim();
    nobodys["invite_code"] = "ZZZZZZZZ".into();
    anonymous.post("/auth/register", nobodys).await.invalid(&["invite_code"]);
    assert_eq!(app.admin().get("/auth/users").await.expect(200), json!([]));
    app.finish().await;
}

#[tokio::test]
async fn a_body_must_be_json_and_not_too_large() {
    let app = TestApp::start().await;
    let call = || app.anonymous().call("POST", "/auth/register");
    call().raw("application/json", "{\"email\": ").await.refused(400, "BAD_JSON");
    call().raw("application/json", "[]").await.refused(400, "VALIDATION_ERROR");
    call().raw("text/plain", kim().to_string()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    let large = format!("{{\"name\": \"{}\"}}", "n".repeat(64 * 1024));
    call().raw("application/json", large).await.refused(413, "PAYLOAD_TOO_LARGE");
    call().raw("application/json; charset=utf-8", kim().to_string()).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_account() {
    let app = TestApp::start().await;
    let call = |body: Value| app.anonymous().post("/auth/register", body).key("k-1");
    let first = call(kim()).await.expect(201);
    assert_eq!(call(kim()).await.expect(201), first);
    for (field, other) in [("name", "Lee"), ("password", "password124"), ("phone", "010-9999-9999")] {
        let mut body = kim();
        body[field] = other.into();
        call(body).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    }
    // A request without the `Idempotency-Key`, or with another, is a new registration.
    app.anonymous().post("/auth/register", kim()).await.refused(409, "DUPLICATE_EMAIL");
    app.anonymous().post("/auth/register", kim()).key("k-2").await.refused(409, "DUPLICATE_EMAIL");
    app.anonymous().post("/auth/register", kim()).key(&"k".repeat(256)).await.invalid(&["Idempotency-Key"]);
    app.finish().await;
}

#[tokio::test]
async fn key_gives_the_account_after_its_password_changed_and_says_that_it_was_closed() {
    let app = TestApp::start().await;
    let call = |password: &str| {
        let mut body = kim();
        body["password"] = password.into();
        app.anonymous().post("/auth/register", body).key("k-1")
    };
    let first = call(PASSWORD).await.expect(201);
    let sign_in = async |password: &str| {
        let body = json!({"email": first["email"], "password": password});
        let reply = app.anonymous().post("/auth/login", body).await.expect(200);
        app.bearer(reply["access_token"].as_str().unwrap())
    };
    for (old, new) in [(PASSWORD, "password124"), ("password124", "password125")] {
        let changes = json!({"password": new, "current_password": old});
        sign_in(old).await.patch("/auth/me", changes).await.expect(200);
        assert_eq!(call(PASSWORD).await.expect(201)["id"], first["id"], "after {new}");
        call(new).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    }
    let close = json!({"current_password": "password125"});
    sign_in("password125").await.call("DELETE", "/auth/me").json(&close).await.expect(204);
    call(PASSWORD).await.refused(409, "ACCOUNT_CLOSED");
    call("password125").await.refused(409, "ACCOUNT_CLOSED");
    app.anonymous().post("/auth/register", kim()).key("k-2").await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_no_way_to_try_passwords() {
    let app = TestApp::start().await;
    let call = |password: &str| {
        let mut body = kim();
        body["password"] = password.into();
        app.anonymous().post("/auth/register", body).key("k-1")
    };
    call(PASSWORD).await.expect(201);
    for number in 0..10 {
        call(&format!("guesses-{number}")).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    }
    call("guesses-10").await.refused(429, "TOO_MANY_REQUESTS");
    call(PASSWORD).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn registrations_of_a_network_are_limited_by_a_setting() {
    let limited = Settings { registrations_per_hour: Some(3), ..Settings::default() };
    let app = TestApp::with_settings(limited).await;
    let call = |address: [u8; 4], email: &str| {
        let body = json!({"email": email, "password": PASSWORD, "name": "Kim Minji"});
        app.anonymous().at(address).post("/auth/register", body)
    };
    app.pass_seconds(3600 - app.now().as_seconds() % 3600);
    for number in 0..2 {
        // A repeat with the same `Idempotency-Key` counts as one registration.
        for _ in 0..2 {
            call([10, 0, 0, 1], &format!("n{number}@example.com"))
                .key(&format!("k{number}"))
                .await
                .expect(201);
        }
    }
    // Refused registrations count too, so that nobody can probe thousands of emails.
    call([10, 0, 0, 1], "n1@example.com").await.refused(409, "DUPLICATE_EMAIL");
    let reply = call([10, 0, 0, 1], "n2@example.com").await;
    let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3601).contains(&wait), "{wait}");
    reply.refused(429, "TOO_MANY_REQUESTS");
    call([10, 0, 0, 1], "n0@example.com").key("k0").await.expect(201);
    call([10, 0, 0, 2], "n2@example.com").await.expect(201);
    app.pass_seconds(60 * 60);
    call([10, 0, 0, 1], "n3@example.com").await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn common_password_is_refused_where_passwords_are_strict() {
    let strict = Settings { strict_passwords: true, ..Settings::default() };
    let (app, open) = (TestApp::with_settings(strict).await, TestApp::start().await);
    for (number, password) in ["password123", "PassWord123", "        ", "12345678"].into_iter().enumerate() {
        let mut body = kim();
        body["password"] = password.into();
        let reply = app.anonymous().post("/auth/register", body.clone()).await;
        reply.refused(400, "PASSWORD_TOO_COMMON");
        body["email"] = format!("kim{number}@example.com").into();
        open.anonymous().post("/auth/register", body).await.expect(201);
    }
    let mut body = kim();
    body["password"] = "e\u{301}".repeat(4).into();
    let short = app.anonymous().post("/auth/register", body.clone()).await;
    assert_eq!(short.refused(400, "PASSWORD_TOO_SHORT")["details"]["characters_min"], 8);
    body["password"] = "elevenchars".into();
    app.anonymous().post("/auth/register", body).await.expect(201);
    app.finish().await;
    open.finish().await;
}

#[tokio::test]
async fn an_invite_code_counts_for_its_owner() {
    let app = TestApp::start().await;
    let host = app.member("host@example.com").await;
    let code = host.user["invite_code"].as_str().unwrap().to_owned();
    let guest = json!({"email": "guest@example.com", "password": PASSWORD, "name": "Guest",
        "invite_code": code.to_lowercase()});
    let guest = app.anonymous().post("/auth/register", guest).await.expect(201);
    app.settle().await;
    let mine = host.caller.get("/activities/mine").await.expect(200);
    let invites: Vec<&Value> =
        mine["activities"].as_array().unwrap().iter().filter(|one| one["type"] == "invite").collect();
    assert_eq!(invites.len(), 1, "{mine}");
    // The reference is derived from the email, so that a person who registers repeatedly counts as one
    // invited friend.
    assert_ne!(invites[0]["ref"], guest["id"]);
    assert!(!mine.to_string().contains("guest@"), "{mine}");
    app.finish().await;
}

#[tokio::test]
async fn email_of_somebody_banned_is_refused_until_the_ban_ends() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    let again = || {
        app.anonymous()
            .post("/auth/register", json!({"email": "KIM@example.com", "password": PASSWORD, "name": "Lee"}))
    };
    let error = again().await.refused(403, "REGISTRATION_REFUSED");
    assert!(!error["message"].as_str().unwrap().contains("ban"), "{error}");
    app.pass_seconds(10 * 365 * 24 * 60 * 60);
    again().await.refused(403, "REGISTRATION_REFUSED");
    app.admin().put(&path, json!({"status": "active"})).await.expect(200);
    again().await.refused(409, "DUPLICATE_EMAIL");
    app.finish().await;
}
