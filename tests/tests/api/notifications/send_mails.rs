//! Tests of the mailer: of `notifications-send-mails`, and of the local page of sent mails.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Member, TestApp};
use domain::ids::UserId;
use domain::messages::{MailContent, MailToken, SendMail, TokenMail};
use domain::notifications::{Locale, MailStatus};
use local::fakes::{Dropping, Fail, Faults};
use serde_json::{Value, json};
use store::schema::MAILS;

/// Returns a mail with which `member` sets a new password, useless in a quarter of an hour.
fn mail(app: &TestApp, member: &Member, id: &str) -> SendMail {
    let token = MailToken::new("tok_1");
    SendMail {
        id: id.to_owned(),
        to: UserId::parse(member.user["id"].as_str().unwrap_or_default()).expect("an id"),
        locale: Some(Locale::En),
        useless_from: app.now().plus_seconds(900),
        content: MailContent::ResetPassword(TokenMail { token, valid_minutes: 15 }),
    }
}

async fn send(app: &TestApp, mails: &[SendMail]) {
    app.app().store().send(&MAILS, mails, 0).await.expect("SQS takes it");
    app.settle().await;
}

/// Returns the addresses and subjects of the mails that were sent with this template.
fn sent(app: &TestApp, template: &str) -> Vec<(String, String)> {
    let mails = app.fakes().mails().into_iter().filter(|mail| mail.template == template);
    mails.map(|mail| (mail.to, mail.subject)).collect()
}

async fn status(app: &TestApp, id: &str) -> Option<MailStatus> {
    let record = app.app().store().get_mail_record(id).await.expect("the store answers");
    record.map(|record| record.status)
}

fn once(email: &str) -> Vec<(String, String)> {
    vec![(email.to_owned(), "Reset your password".to_owned())]
}

#[tokio::test]
async fn mail_is_sent_once_however_often_its_message_comes() {
    let app = TestApp::with_quick_retries().await;
    let kim = app.member("kim@example.com").await;
    let mail = mail(&app, &kim, "m-1");
    send(&app, &vec![mail.clone(); 5]).await;
    send(&app, &[mail]).await;
    assert_eq!(sent(&app, "reset_password"), once("kim@example.com"));
    let mails = app.fakes().mails();
    let mail = mails.iter().find(|mail| mail.template == "reset_password").expect("it was sent");
    let link = format!("{}/reset-password#token=tok_1", app.address());
    assert!(mail.text.contains(&link) && mail.html.contains("tok_1"), "{mail:?}");
    assert_each_eq!((mail.from.as_str(), local::fakes::MAIL_FROM), (mail.unsubscribe_url.clone(), None));
    app.finish().await;
}

#[tokio::test]
async fn mail_without_a_language_is_korean() {
    let app = TestApp::start().await;
    let kim = app.member("kim@example.com").await;
    send(&app, &[SendMail { locale: None, ..mail(&app, &kim, "m-1") }]).await;
    let subject = "비밀번호 재설정".to_owned();
    assert_eq!(sent(&app, "reset_password"), [("kim@example.com".to_owned(), subject)]);
    app.finish().await;
}

#[tokio::test]
async fn mail_to_an_account_that_is_not_active_is_dropped() {
    let app = TestApp::start().await;
    let (closed, banned) = (app.member("a@example.com").await, app.member("b@example.com").await);
    closed.caller.close().await.expect(204);
    let path = format!("/auth/users/{}/status", banned.user["id"].as_str().unwrap_or_default());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    send(&app, &[mail(&app, &closed, "m-1"), mail(&app, &banned, "m-2")]).await;
    assert_eq!(sent(&app, "reset_password"), []);
    for id in ["m-1", "m-2"] {
        assert_eq!(status(&app, id).await, Some(MailStatus::Dropped), "{id}");
    }
    app.finish().await;
}

#[tokio::test]
async fn mail_that_has_become_useless_is_dropped() {
    let app = TestApp::start().await;
    let kim = app.member("kim@example.com").await;
    send(&app, &[SendMail { useless_from: app.now(), ..mail(&app, &kim, "m-1") }]).await;
    assert_each_eq!(
        (sent(&app, "reset_password"), vec![]),
        (status(&app, "m-1").await, Some(MailStatus::Dropped))
    );
    app.finish().await;
}

#[tokio::test]
async fn mail_to_a_refused_address_is_given_up() {
    let app = TestApp::start().await;
    let kim = app.member("refused@example.com").await;
    send(&app, &[mail(&app, &kim, "m-1")]).await;
    let record =
        app.app().store().get_mail_record("m-1").await.expect("the store answers").expect("a record");
    assert_eq!(record.reason.as_deref(), Some("MessageRejected"));
    assert!(!format!("{record:?}").contains("refused@example.com"), "{record:?}");
    assert_eq!(record.status, MailStatus::Refused);
    app.finish().await;
}

#[tokio::test]
async fn mail_is_sent_once_after_the_mail_service_throttled() {
    let app = TestApp::with_quick_retries().await;
    let kim = app.member("kim@example.com").await;
    app.settle().await;
    app.fakes().set_mails(Faults { fail: Some(Fail { status: 429, times: Some(2) }), ..Faults::default() });
    send(&app, &[mail(&app, &kim, "m-1")]).await;
    assert_eq!(sent(&app, "reset_password"), once("kim@example.com"));
    app.finish().await;
}

#[tokio::test]
async fn mail_is_sent_again_while_nobody_knows_whether_it_left() {
    let app = TestApp::with_quick_retries().await;
    let kim = app.member("kim@example.com").await;
    app.settle().await;
    app.fakes().set_mails(Faults { drop: Some(Dropping::Lost), ..Faults::default() });
    app.app().store().send(&MAILS, &[mail(&app, &kim, "m-1")], 0).await.expect("SQS takes it");
    while sent(&app, "reset_password").len() < 2 {
        tokio::task::yield_now().await;
    }
    app.fakes().set_mails(Faults::default());
    app.settle().await;
    assert_eq!(status(&app, "m-1").await, Some(MailStatus::Sent));
    let before = sent(&app, "reset_password").len();
    send(&app, &[mail(&app, &kim, "m-1")]).await;
    assert_eq!(sent(&app, "reset_password").len(), before);
    app.finish().await;
}

#[tokio::test]
async fn mail_waits_among_the_dead_letters_while_the_mail_service_fails() {
    let app = TestApp::with_quick_retries().await;
    let kim = app.member("kim@example.com").await;
    app.settle().await;
    app.fakes().set_mails(Faults { fail: Some(Fail { status: 403, times: None }), ..Faults::default() });
    send(&app, &[mail(&app, &kim, "m-1")]).await;
    assert_each_eq!(
        (app.dead_letters(&MAILS).await, 1),
        (status(&app, "m-1").await, Some(MailStatus::Sending))
    );
    app.fakes().set_mails(Faults::default());
    assert_eq!(app.redrive(&MAILS).await, 1);
    app.settle().await;
    assert_eq!(sent(&app, "reset_password"), once("kim@example.com"));
    app.finish().await;
}

#[tokio::test]
async fn page_of_sent_mails_is_json_for_programs_and_html_for_browsers() {
    let app = TestApp::start().await;
    let kim = app.member("kim@example.com").await;
    send(&app, &[mail(&app, &kim, "m-1")]).await;
    let url = format!("{}/_standins/mails", app.address());
    let http = reqwest::Client::new();
    let listed: Value = http.get(&url).send().await.expect("it answers").json().await.expect("JSON");
    let listed = listed.as_array().expect("a list").iter().find(|mail| mail["template"] == "reset_password");
    let listed = listed.expect("the mail is listed");
    assert_each_eq!((listed["to"], "kim@example.com"), (listed["subject"], "Reset your password"));
    let page = http.get(&url).header("accept", "text/html,*/*").send().await.expect("it answers");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.text().await.expect("text");
    assert!(page.contains("tok_1") && !page.contains("<main"), "bodies are escaped into frames: {page}");
    app.finish().await;
}
