//! Tests that the positions and waiting times that users are told count only users who are still in the
//! waiting room.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::QueueId;
use domain::waiting_room::{QueueToken, arrival_window_of};
use serde_json::{Value, json};

use super::{ask, board, change, join, leave, line, place, queue, set_back, set_forward, statuses, token};

#[tokio::test]
async fn user_who_has_left_is_not_counted_ahead_nor_waiting() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"admissions_per_second": 0.1, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 6).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "awwwww");
    leave(&users[2], &queue).await.expect(204);
    leave(&users[4], &queue).await.expect(204);
    app.settle().await;
    app.pass_millis(1_000);
    let mut told = Vec::new();
    for index in [1, 3, 5] {
        let place = place(&users[index], &queue).await;
        let ahead = place["ahead"].as_u64().unwrap();
        let min = place["eta_seconds"]["min"].as_u64().unwrap();
        assert!((10 * ahead..=10 * (ahead + 1)).contains(&min), "one in ten seconds: {place}");
        told.push((place["position"].clone(), ahead));
    }
    assert_eq!(told, [(json!(2), 0), (json!(4), 1), (json!(6), 2)]);
    let listed = app.operator().get("/queues").await.expect(200)[0].clone();
    let figures: Vec<&Value> = ["waiting", "active", "gave_up"].iter().map(|name| &listed[*name]).collect();
    assert_eq!(figures, [&json!(3), &json!(1), &json!(2)]);
    app.finish().await;
}

/// Checks a user who leaves after their arrival bucket is frozen and before it has its positions.
#[tokio::test]
async fn user_who_leaves_while_positions_are_given_has_left() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let users = line(&app, &queue, 3).await;
    let (id, store) = (QueueId::parse(&queue).unwrap(), app.app().store());
    for user in &users {
        let ticket: QueueToken = app.app().tokens().verify_queue_token(&token(user, &queue).await).unwrap();
        store.freeze_bucket(&id, ticket.bucket).await.unwrap();
    }
    leave(&users[1], &queue).await.expect(204);
    leave(&users[1], &queue).await.expect(204);
    ask(&users[1], &queue).await.refused(404, "NOT_IN_QUEUE");
    set_forward(&app).await;
    assert_eq!(statuses(&users, &queue).await, "a-w");
    assert_each_eq!(
        (place(&users[2], &queue).await["position"].clone(), json!(3)),
        (board(&app, &queue).await["joined"].clone(), json!(3))
    );
    assert_eq!(place(&users[2], &queue).await["ahead"], 0);
    join(&users[1], &queue).await.expect(201);
    app.wait_seconds(3).await;
    assert_eq!(place(&users[1], &queue).await["position"], 4);
    app.finish().await;
}

#[tokio::test]
async fn user_who_joins_again_is_placed_by_the_second_join() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let mut users = line(&app, &queue, 3).await;
    for _ in 0..3 {
        leave(&users[0], &queue).await.expect(204);
        app.pass_millis(5);
        join(&users[0], &queue).await.expect(201);
        app.pass_millis(5);
    }
    users.extend(line(&app, &queue, 2).await);
    set_forward(&app).await;
    let mut told: Vec<(u64, String)> = Vec::new();
    for user in &users {
        let place = place(user, &queue).await;
        told.push((place["position"].as_u64().unwrap(), place["joined_at"].as_str().unwrap().to_owned()));
    }
    let positions: Vec<u64> = told.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [3, 1, 2, 4, 5], "{told:?}");
    told.sort();
    assert!(told.windows(2).all(|pair| pair[0].1 < pair[1].1), "{told:?}");
    app.finish().await;
}

/// Checks that a user who leaves and rejoins gets an arrival bucket of the present window, however often they
/// do so. No other user's arrival bucket is delayed.
#[tokio::test]
async fn user_who_joins_again_is_in_a_bucket_of_that_moment() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let user = app.user();
    for _ in 0..30 {
        join(&user, &queue).await.expect(201);
        leave(&user, &queue).await.expect(204);
    }
    join(&user, &queue).await.expect(201);
    let joining = app
        .app()
        .store()
        .get_queue_entry_if_exists(&QueueId::parse(&queue).unwrap(), user.id())
        .await
        .unwrap()
        .unwrap();
    assert!(joining.bucket.window <= arrival_window_of(app.now()), "{joining:?}");
    set_forward(&app).await;
    assert_eq!(place(&user, &queue).await["position"], 1);
    app.finish().await;
}

#[tokio::test]
async fn wait_that_a_full_or_paused_queue_tells_is_never_too_short() {
    let app = TestApp::start().await;
    let settings = json!({"admissions_per_second": 10, "token_seconds": 600, "no_show_seconds": 300});
    let queue = queue(&app, 2, settings).await;
    let users = line(&app, &queue, 4).await;
    app.wait_seconds(2).await;
    app.wait_seconds(30).await;
    assert_eq!(statuses(&users, &queue).await, "aaww");
    for user in &users[2..] {
        let eta = place(user, &queue).await["eta_seconds"].clone();
        assert_eq!(eta["min"], 0, "somebody may leave now");
        assert!((600..620).contains(&eta["max"].as_u64().unwrap()), "{eta}");
    }
    let rate = board(&app, &queue).await["rate"].as_f64().unwrap();
    assert!(rate < 0.05, "nobody was let in for half a minute: {rate}");
    change(&app, &queue, json!({"status": "paused"})).await;
    app.pass_millis(1_000);
    assert_eq!(place(&users[2], &queue).await["eta_seconds"], json!({"min": 0, "max": null}));
    app.finish().await;
}
