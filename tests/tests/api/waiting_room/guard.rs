//! Tests of concerts behind a waiting room: only admitted users can read seats and reserve them.

use dibs_tests::harness::{Call, Caller, TestApp};
use runtime::Tokens;
use serde_json::json;

use super::{leave, line, queue, statuses, token, with};

/// Creates a waiting room that admits one user at a time, and a concert with a date behind it. Returns the
/// ids of waiting room and concert, and the date.
async fn doors(app: &TestApp) -> (String, String, String) {
    let queue = queue(app, 1, json!({"token_seconds": 60, "no_show_seconds": 60})).await;
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({"price": 100})).await;
    (queue, concert, date)
}

/// Returns a request for each route of a concert that may need a queue token.
fn calls(user: &Caller, concert: &str, date: &str) -> [Call; 3] {
    let reserve = |seats| user.reserve(concert, date, seats);
    [user.seats(concert, date), reserve(json!([1])), user.reserve_best(concert, date, 1)]
}

#[tokio::test]
async fn token_is_refused_unless_its_user_is_admitted() {
    let app = TestApp::start().await;
    let (queue, concert, date) = doors(&app).await;
    let (other_queue, ..) = doors(&app).await;
    let users = line(&app, &queue, 2).await;
    let there = line(&app, &other_queue, 1).await;
    super::join(&users[0], &other_queue).await.expect(201);
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aw");
    let good = token(&users[0], &queue).await;
    let ticket = app.app().tokens().verify_queue_token(&good).unwrap();
    let key = local::keys::signing_key(None).unwrap();
    let forged = Tokens::new(None, Some(&key)).unwrap().sign_queue_token(&ticket).unwrap();
    let waiting = token(&users[1], &queue).await;
    for (who, token, code) in [
        (&users[0], None, "QUEUE_TOKEN_REQUIRED"),
        (&users[0], Some(String::new()), "QUEUE_TOKEN_REQUIRED"),
        (&users[1], Some(waiting), "QUEUE_TOKEN_INVALID"),
        (&users[1], Some(good.clone()), "QUEUE_TOKEN_INVALID"),
        (&users[0], Some(token(&users[0], &other_queue).await), "QUEUE_TOKEN_INVALID"),
        (&there[0], Some(token(&there[0], &other_queue).await), "QUEUE_TOKEN_INVALID"),
        (&users[0], Some(forged), "QUEUE_TOKEN_INVALID"),
        (&users[0], Some(users[0].token().unwrap().to_owned()), "QUEUE_TOKEN_INVALID"),
    ] {
        for call in calls(who, &concert, &date) {
            let call = if let Some(token) = &token { with(call, token) } else { call };
            call.await.refused(403, code);
        }
    }
    for (call, status) in calls(&users[0], &concert, &date).into_iter().zip([200, 201, 201]) {
        with(call, &good).await.expect(status);
    }
    app.finish().await;
}

/// Checks that a queue token is refused after the admission has ended because its user left, did not come,
/// let it expire, or paid. The token itself does not contain the end; the admission block does.
#[tokio::test]
async fn a_token_of_a_place_that_is_over_is_refused() {
    let app = TestApp::start().await;
    let (queue, concert, date) = doors(&app).await;
    let users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    let first = token(&users[0], &queue).await;
    with(users[0].seats(&concert, &date), &first).await.expect(200);
    leave(&users[0], &queue).await.expect(204);
    for call in calls(&users[0], &concert, &date) {
        with(call, &first).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    }
    app.wait_seconds(3).await;
    assert_eq!(statuses(&users, &queue).await, "-aw");
    let second = token(&users[1], &queue).await;
    users[1].post("/balance/charge", json!({"amount": 100})).await.expect(201);
    let held = with(users[1].reserve(&concert, &date, json!([1])), &second).await.expect(201);
    let pay = || users[1].post("/payments", json!({"reservation_id": held["id"]}));
    // Paying for a held seat needs no queue token, and an invalid one in the header is ignored.
    with(pay(), &first).await.expect(201);
    for call in calls(&users[1], &concert, &date) {
        with(call, &second).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    }
    // The payment ended the admission of the first user, so the next user is admitted.
    app.wait_seconds(3).await;
    assert_eq!(statuses(&users, &queue).await, "-da");
    let third = token(&users[2], &queue).await;
    with(users[2].seats(&concert, &date), &third).await.expect(200);
    app.pass_seconds(60);
    for call in calls(&users[2], &concert, &date) {
        with(call, &third).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    }
    app.finish().await;
}

/// Checks that shorter times in the settings do not end an admission before the time that its user was told.
#[tokio::test]
async fn place_ends_when_it_was_told_though_the_time_is_shortened() {
    let app = TestApp::start().await;
    let (queue, concert, date) = doors(&app).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    let token = token(&users[0], &queue).await;
    with(users[0].seats(&concert, &date), &token).await.expect(200);
    super::change(&app, &queue, json!({"token_seconds": 10})).await;
    app.wait_seconds(12).await;
    assert_eq!(statuses(&users, &queue).await, "aw");
    with(users[0].seats(&concert, &date), &token).await.expect(200);
    app.wait_seconds(600).await;
    assert_eq!(statuses(&users, &queue).await, "ea");
    with(users[0].seats(&concert, &date), &token).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    // A user who is admitted after the change is told the shorter time.
    app.wait_seconds(12).await;
    assert_eq!(statuses(&users, &queue).await, "ee");
    app.finish().await;
}
