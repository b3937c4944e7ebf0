//! Joining, waiting, being let in.

use dibs_tests::harness::{Caller, TestApp};
use serde_json::json;

use super::{join, place, queue};

#[tokio::test]
async fn people_are_let_in_in_the_order_in_which_they_came() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    let users: Vec<Caller> = (0..5).map(|_| app.user()).collect();
    for user in &users {
        join(user, &queue).await.expect(201);
        app.pass_millis(10);
    }
    assert_eq!(place(&users[0], &queue).await["position"], json!(null), "nobody has looked yet");
    app.wait_seconds(2).await;
    for (user, position) in users.iter().zip(1..) {
        let place = place(user, &queue).await;
        let expected = if position <= 2 { "active" } else { "waiting" };
        assert_eq!((&place["position"], &place["status"]), (&json!(position), &json!(expected)), "{place}");
    }
    app.finish().await;
}
