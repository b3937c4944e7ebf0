//! Tests of the first administrator, whom `dibs admin create` makes from an operator's shell.

use accounts::services::first_administrator::{NewAdministrator, create_administrator};
use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::Code;
use domain::accounts::{Email, Name, Password};
use serde_json::json;

fn asked(email: &str, password: Option<&str>) -> NewAdministrator {
    NewAdministrator {
        email: Email::parse(email).unwrap(),
        name: Name::parse("Ada").unwrap(),
        password: password.map(|password| Password::parse(password).unwrap()),
        reason: "first administrator".to_owned(),
        force: false,
    }
}

/// Returns the id of the administrator and the token, or the code of the refusal.
async fn create(app: &TestApp, asked: &NewAdministrator) -> Result<(String, Option<String>), Code> {
    let made = create_administrator(app.app().store(), asked, app.now(), rand::random::<u128>).await;
    made.map(|made| (made.id.to_string(), made.token.map(|token| token.expose()))).map_err(|error| error.code)
}

#[tokio::test]
async fn token_sets_the_password_of_the_first_administrator_once() {
    let app = TestApp::start().await;
    let (id, token) = create(&app, &asked("ada@example.com", None)).await.unwrap();
    let body = json!({"token": token.unwrap(), "password": "a longer password"});
    app.anonymous().post("/auth/password/reset", body.clone()).await.expect(204);
    app.anonymous().post("/auth/password/reset", body).await.refused(409, "EMAIL_TOKEN_USED");
    let data = app.login("ada@example.com", "a longer password").await.expect(200);
    let ada = app.bearer(data["access_token"].as_str().unwrap());
    let detail = ada.get(&format!("/auth/users/{id}")).await.expect(200);
    assert_eq!(detail["email_confirmed"], true);
    let first = &detail["audit"][1];
    assert_each_eq!(
        (first["change"], "registered"),
        (first["actor"], "usr_operator-shell"),
        (first["reason"], "first administrator"),
        (detail["audit"][0]["change"], "password_changed")
    );
    // The shell has shown the token, so that nobody mails it.
    app.settle().await;
    assert_eq!(app.fakes().mails().len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn second_administrator_takes_force_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    create(&app, &asked("ada@example.com", Some("a longer password"))).await.unwrap();
    app.login("ada@example.com", "a longer password").await.expect(200);
    assert_eq!(create(&app, &asked("bob@example.com", None)).await, Err(Code::Conflict));
    let forced = |email: &str| NewAdministrator { force: true, ..asked(email, None) };
    assert_eq!(create(&app, &forced("ADA@example.com")).await, Err(Code::DuplicateEmail));
    create(&app, &forced("bob@example.com")).await.unwrap();
    assert_eq!(app.administrators().await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn one_of_two_shells_at_once_makes_the_first_administrator() {
    let app = TestApp::start().await;
    let (ada, bob) = (asked("ada@example.com", None), asked("bob@example.com", None));
    let (ada, bob) = futures::join!(create(&app, &ada), create(&app, &bob));
    let refused: Vec<Code> = [ada, bob].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused, [Code::Conflict]);
    assert_eq!(app.administrators().await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn password_of_an_administrator_follows_the_strict_rules_everywhere() {
    let app = TestApp::start().await;
    for (password, code) in
        [("elevenchars", Code::PasswordTooShort), ("abababababab", Code::PasswordTooCommon)]
    {
        assert_eq!(create(&app, &asked("ada@example.com", Some(password))).await, Err(code));
    }
    app.finish().await;
}
