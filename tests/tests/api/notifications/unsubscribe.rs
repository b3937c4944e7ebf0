//! Tests of `POST /notifications/unsubscribe`, the one-click unsubscription of RFC 8058.

use dibs_tests::harness::TestApp;
use notifications::services::unsubscription;

const PATH: &str = "/notifications/unsubscribe";

#[tokio::test]
async fn one_click_of_a_mail_program_ends_the_mails() {
    let app = TestApp::start().await;
    let user = app.user();
    let token = unsubscription::token(app.app(), user.id()).expect("there is a key");
    let url = format!("{}/api/v1{PATH}?token={token}", app.address());
    for _ in 0..2 {
        // As mail programs send it: a form, without cookies and without a token.
        let form =
            reqwest::Client::new().post(&url).header("content-type", "application/x-www-form-urlencoded");
        let reply = form.body("List-Unsubscribe=One-Click").send().await.expect("it answers");
        assert_eq!(reply.status(), 204);
    }
    assert_eq!(user.get("/users/me/notifications").await.expect(200)["mail"], false);
    app.finish().await;
}

#[tokio::test]
async fn foreign_token_unsubscribes_nobody() {
    let app = TestApp::start().await;
    let (user, other) = (app.user(), app.user());
    let token =
        |of: &dibs_tests::harness::Caller| unsubscription::token(app.app(), of.id()).expect("there is a key");
    let mine = token(&user);
    let secret = mine.split_once('~').expect("two parts").1;
    let swapped = format!("{}~{secret}", other.id());
    for token in ["x", "usr_1~", swapped.as_str(), &mine[..mine.len() - 1]] {
        let path = format!("{PATH}?token={token}");
        app.anonymous().post(&path, serde_json::json!({})).await.refused(404, "NOT_FOUND");
    }
    for caller in [user, other] {
        assert_eq!(caller.get("/users/me/notifications").await.expect(200)["mail"], true);
    }
    app.finish().await;
}
