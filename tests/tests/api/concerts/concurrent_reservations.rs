//! Tests of many users who compete for few seats at once.

use std::collections::BTreeMap;

use dibs_tests::harness::{Reply, TestApp};
use futures::future::join_all;
use serde_json::{Value, json};

const PEOPLE: usize = 500;
const SEATS: usize = 50;
/// Number of function instances, each with its own cache.
const INSTANCES: usize = 4;

/// Returns the user who got each seat, and checks that all other replies have the error code `refusal`.
fn holders(replies: Vec<Reply>, refusal: &str) -> BTreeMap<String, Value> {
    let mut holders = BTreeMap::new();
    for reply in replies {
        if reply.status != 201 {
            reply.refused(409, refusal);
            continue;
        }
        let made = reply.expect(201);
        for seat in made["seats"].as_array().unwrap() {
            let before = holders.insert(seat.as_str().unwrap().to_owned(), made["user_id"].clone());
            assert_eq!(before, None, "{seat} has two holders");
        }
    }
    holders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_hold_fifty_seats_and_then_others_do() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    for _ in 0..2 {
        let people = app.users_of(INSTANCES, PEOPLE);
        let seat = |person: usize| json!([(person / INSTANCES) % SEATS + 1]);
        let calls =
            people.iter().zip(0..).map(|(one, at)| one.reserve(&concert, &date, seat(at)).into_future());
        let holders = holders(join_all(calls).await, "SEAT_TAKEN");
        assert_eq!(holders.len(), SEATS);
        // No message and no sweeper has run: the seats become free by time alone.
        app.pass_seconds(300);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_for_the_best_seats_takes_them_all() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let people = app.users_of(INSTANCES, 100);
    let calls = people.iter().map(|one| one.reserve_best(&concert, &date, 2).into_future());
    let replies = join_all(calls).await;
    let busy = replies.iter().filter(|reply| reply.status == 503).count();
    let decided: Vec<Reply> = replies.into_iter().filter(|reply| reply.status != 503).collect();
    let holders = holders(decided, "NO_ADJACENT_SEATS");
    // Pairs of seats may leave single seats between them, which no pair fits.
    assert!(busy < 10 && holders.len() > SEATS / 2, "{busy} lost each race: {holders:?}");
    app.finish().await;
}
