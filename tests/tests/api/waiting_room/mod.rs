//! Tests of waiting rooms.

mod admission;
mod create_queue;
mod get_position;
mod get_queue;
mod guard;
mod guarded_events;
mod join_queue;
mod leave_queue;
mod list_queues;
mod queue_events;
mod relay;
mod sweeper;
mod truthful;
mod update_queue;

use dibs_tests::harness::{Call, Caller, Reply, TestApp};
use serde_json::{Value, json};

use super::checks::{bodies_are_checked, guarded, pages, paging_is_checked};

/// Creates a waiting room whose clock started a minute ago, with at most `capacity` admissions at a time and
/// as many per second, and returns its id. `more` adds settings.
async fn queue(app: &TestApp, capacity: u32, more: Value) -> String {
    let mut body = json!({"name": "Doors", "capacity": capacity, "admissions_per_second": capacity});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let queue = app.operator().post("/queues", body).await.expect(201);
    app.pass_seconds(60);
    queue["id"].as_str().unwrap().to_owned()
}

async fn change(app: &TestApp, queue: &str, changes: Value) {
    app.operator().patch(&format!("/queues/{queue}"), changes).await.expect(200);
}

async fn join(user: &Caller, queue: &str) -> Reply {
    user.call("POST", &format!("/queues/{queue}/tokens")).await
}

/// Lets new users join one after another, and returns them in that order.
async fn line(app: &TestApp, queue: &str, users: usize) -> Vec<Caller> {
    let users: Vec<Caller> = (0..users).map(|_| app.user()).collect();
    for user in &users {
        join(user, queue).await.expect(201);
        app.pass_millis(10);
    }
    users
}

fn leave(user: &Caller, queue: &str) -> Call {
    user.delete(&format!("/queues/{queue}/tokens/me"))
}

fn ask(user: &Caller, queue: &str) -> Call {
    user.get(&format!("/queues/{queue}/tokens/me"))
}

/// Returns position and status of the user in `queue`.
async fn place(user: &Caller, queue: &str) -> Value {
    ask(user, queue).await.expect(200)
}

/// Returns the statuses of these users as one character each: `a`ctive, `w`aiting, `e`xpired, `d`one, or `-`
/// for a user without a queue entry.
async fn statuses(users: &[Caller], queue: &str) -> String {
    let mut statuses = String::new();
    for user in users {
        let reply = ask(user, queue).await;
        if reply.status == 404 {
            reply.refused(404, "NOT_IN_QUEUE");
            statuses.push('-');
        } else {
            statuses.push_str(&reply.expect(200)["status"].as_str().unwrap()[..1]);
        }
    }
    statuses
}

/// Returns the newest queue token of a user in the waiting room.
async fn token(user: &Caller, queue: &str) -> String {
    place(user, queue).await["token"].as_str().unwrap().to_owned()
}

/// Returns the public status of the waiting room, after the cached one has expired.
async fn board(app: &TestApp, queue: &str) -> Value {
    app.pass_millis(1_000);
    app.anonymous().get(&format!("/queues/{queue}")).await.expect(200)
}

/// Sets the clock back by 4 s, which is less than the tokens tolerate. Nobody is given a position then until
/// the clock is set forward, however slow the machine is.
fn set_back(app: &TestApp) {
    app.pass_millis(-4_000);
}

/// Sets the clock forward after [`set_back`], so that every user who joined is given a position.
async fn set_forward(app: &TestApp) {
    app.wait_seconds(6).await;
}

/// Adds the queue token `token` to a request.
fn with(call: Call, token: &str) -> Call {
    call.header("x-queue-token", token)
}
