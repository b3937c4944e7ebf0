//! Tests of waiting: users are admitted in order, by rate and capacity, and for a limited time.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::{Caller, TestApp};
use domain::Timestamp;
use futures::future::join_all;
use serde_json::json;

use super::{board, join, leave, line, place, queue, set_back, set_forward, statuses, token, with};

#[tokio::test]
async fn people_are_let_in_in_the_order_in_which_they_came() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    set_back(&app);
    let users = line(&app, &queue, 5).await;
    assert_eq!(place(&users[0], &queue).await["position"], json!(null), "nobody has looked yet");
    set_forward(&app).await;
    for (user, position) in users.iter().zip(1..) {
        let place = place(user, &queue).await;
        let expected = if position <= 2 { "active" } else { "waiting" };
        assert_each_eq!((place["position"], json!(position)), (place["status"], json!(expected)), "{place}");
    }
    app.finish().await;
}

/// Checks many concurrent joins over several arrival windows and arrival buckets: positions have no gap,
/// follow the order of arrival, and do not change with later joins.
#[tokio::test]
async fn positions_are_in_order_without_gaps_and_stay() {
    let app = TestApp::start().await;
    let queue = queue(&app, 5, json!({"no_show_seconds": 600})).await;
    let mut users: Vec<Caller> = Vec::new();
    let mut positions: Vec<u64> = Vec::new();
    for wave in 0..3 {
        let crowd: Vec<Caller> = (0..40).map(|_| app.user()).collect();
        for some in crowd.chunks(8) {
            let joins = some.iter().map(|user| {
                app.pass_millis(2);
                join(user, &queue)
            });
            join_all(joins).await.into_iter().for_each(|reply| drop(reply.expect(201)));
            app.pass_millis(130);
        }
        users.extend(crowd);
        app.wait_seconds(3).await;
        let mut told = Vec::new();
        for user in &users {
            let place = place(user, &queue).await;
            let at = place["joined_at"].as_str().unwrap().to_owned();
            told.push((place["position"].as_u64().unwrap(), at));
        }
        let now: Vec<u64> = told.iter().map(|(position, _)| *position).collect();
        assert_eq!(&now[..positions.len()], positions, "wave {wave} moved somebody");
        positions = now;
        told.sort();
        let consecutive: Vec<u64> = (1..=users.len() as u64).collect();
        assert_eq!(told.iter().map(|(position, _)| *position).collect::<Vec<_>>(), consecutive);
        assert!(told.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{told:?}");
    }
    assert_eq!(positions.iter().collect::<BTreeSet<_>>().len(), 120);
    app.finish().await;
}

#[tokio::test]
async fn the_rate_holds_where_there_is_room() {
    let app = TestApp::start().await;
    let queue = queue(&app, 100, json!({"admissions_per_second": 0.1, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 4).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "awww");
    app.wait_seconds(5).await;
    assert_eq!(statuses(&users, &queue).await, "awww", "ten seconds are not over");
    app.wait_seconds(7).await;
    assert_eq!(statuses(&users, &queue).await, "aaww");
    app.wait_seconds(12).await;
    assert_eq!(statuses(&users, &queue).await, "aaaw");
    app.wait_seconds(12).await;
    assert_eq!(statuses(&users, &queue).await, "aaaa");
    app.finish().await;
}

/// Checks that an unused admission rate is saved up for at most three seconds. With a rate of one per second,
/// at most three users more than seconds pass by the functions' clock are admitted, however slow the machine
/// is.
#[tokio::test]
async fn a_rate_is_not_saved_up() {
    let app = TestApp::start().await;
    let queue = queue(&app, 100, json!({"admissions_per_second": 1, "no_show_seconds": 600})).await;
    app.pass_seconds(300);
    let began = app.now();
    let allowed = |since: Timestamp| {
        let passed_ms = app.now().as_millis() - since.as_millis();
        3 + u64::try_from(passed_ms).unwrap().div_ceil(1_000)
    };
    line(&app, &queue, 90).await;
    app.wait_seconds(2).await;
    let admitted = board(&app, &queue).await["admitted_upto"].as_u64().unwrap();
    assert!((1..=allowed(began)).contains(&admitted), "{admitted} of {}", allowed(began));
    let since = app.now();
    app.wait_seconds(4).await;
    let later = board(&app, &queue).await["admitted_upto"].as_u64().unwrap();
    let more = later - admitted;
    assert!((1..=allowed(since)).contains(&more), "{admitted}, {later} of {} more", allowed(since));
    app.finish().await;
}

#[tokio::test]
async fn the_capacity_holds_where_the_rate_allows_more() {
    let app = TestApp::start().await;
    let queue = queue(&app, 3, json!({"admissions_per_second": 100, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 6).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aaawww");
    app.wait_seconds(30).await;
    assert_eq!(statuses(&users, &queue).await, "aaawww");
    app.finish().await;
}

/// Checks that the admission of a user who leaves at once, while the rate is used up, is given to the next
/// user as soon as the rate allows, even if an earlier user stays.
#[tokio::test]
async fn room_that_is_made_while_the_rate_is_used_up_is_filled_later() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({"admissions_per_second": 0.2, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    app.wait_seconds(6).await;
    assert_eq!(statuses(&users, &queue).await, "aaw");
    leave(&users[1], &queue).await.expect(204);
    app.wait_seconds(1).await;
    assert_eq!(statuses(&users, &queue).await, "a-w");
    app.wait_seconds(7).await;
    assert_eq!(statuses(&users, &queue).await, "a-a");
    app.finish().await;
}

#[tokio::test]
async fn admitted_user_who_does_not_come_in_time_makes_room() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 10, "token_seconds": 60})).await;
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({})).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    let late = token(&users[0], &queue).await;
    app.wait_seconds(5).await;
    assert_eq!(statuses(&users, &queue).await, "aw");
    app.wait_seconds(7).await;
    assert_eq!(statuses(&users, &queue).await, "ea");
    with(users[0].seats(&concert, &date), &late).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    // The second user makes a protected request, and so keeps the admission until the token expires.
    let token = token(&users[1], &queue).await;
    with(users[1].seats(&concert, &date), &token).await.expect(200);
    let others = line(&app, &queue, 1).await;
    app.wait_seconds(40).await;
    assert_each_eq!((statuses(&users, &queue).await, "ea"), (statuses(&others, &queue).await, "w"));
    with(users[1].seats(&concert, &date), &token).await.expect(200);
    app.wait_seconds(25).await;
    assert_each_eq!((statuses(&users, &queue).await, "ee"), (statuses(&others, &queue).await, "a"));
    with(users[1].seats(&concert, &date), &token).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    app.finish().await;
}

/// Checks that an admission ends by the clock, before the end is stored.
#[tokio::test]
async fn a_token_ends_though_nobody_looks() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 20, "token_seconds": 60})).await;
    let users = line(&app, &queue, 1).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "a");
    app.pass_seconds(21);
    assert_eq!(statuses(&users, &queue).await, "e");
    join(&users[0], &queue).await.expect(201);
    app.wait_seconds(3).await;
    let again = place(&users[0], &queue).await;
    assert_each_eq!((again["position"], 2), (again["status"], "active"));
    app.finish().await;
}

/// Checks that all others are admitted in a waiting room with more users than an admission block has
/// positions, most of whom leave.
#[tokio::test]
async fn a_line_goes_on_over_many_who_have_left() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"admissions_per_second": 100, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 60).await;
    app.wait_seconds(3).await;
    for user in &users[1..59] {
        leave(user, &queue).await.expect(204);
    }
    leave(&users[0], &queue).await.expect(204);
    app.wait_seconds(6).await;
    assert_eq!(place(&users[59], &queue).await["status"], "active");
    assert_eq!(board(&app, &queue).await["admitted_upto"], 60);
    app.finish().await;
}
