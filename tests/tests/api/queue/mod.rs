//! Waiting rooms.

mod create_queue;
mod guard;
mod guarded_events;
mod join_queue;
mod leave_queue;
mod list_queues;
mod read_place;
mod read_queue;
mod relaying;
mod sweeping;
mod truthful;
mod update_queue;
mod waiting;

use dibs_tests::harness::{Call, Caller, Reply, TestApp};
use serde_json::{Value, json};

use super::checks::{bodies_are_checked, guarded, pages, paging_is_checked};

/// A queue that lets in so many at once, as many a second, with `more` settings; some time ago.
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

/// So many users, who joined one after another.
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

/// Where the user stands.
async fn place(user: &Caller, queue: &str) -> Value {
    ask(user, queue).await.expect(200)
}

/// Where these users stand: `a`ctive, `w`aiting, `e`xpired, `d`one, and `-` for who is not in line.
async fn standing(users: &[Caller], queue: &str) -> String {
    let mut standing = String::new();
    for user in users {
        let reply = ask(user, queue).await;
        if reply.status == 404 {
            reply.refused(404, "NOT_IN_QUEUE");
            standing.push('-');
        } else {
            standing.push_str(&reply.expect(200)["status"].as_str().unwrap()[..1]);
        }
    }
    standing
}

/// The newest token of somebody in line.
async fn token(user: &Caller, queue: &str) -> String {
    place(user, queue).await["token"].as_str().unwrap().to_owned()
}

/// The document that everybody polls, a second later.
async fn board(app: &TestApp, queue: &str) -> Value {
    app.pass_millis(1_000);
    app.anonymous().get(&format!("/queues/{queue}")).await.expect(200)
}

/// Sets the clock back, by less than a token minds: for some seconds nobody is given a position, however
/// slow the machine is.
fn set_back(app: &TestApp) {
    app.pass_millis(-4_000);
}

/// What follows on [`set_back`]: everybody who has joined is given one.
async fn set_forward(app: &TestApp) {
    app.wait_seconds(6).await;
}

/// A call with this queue token.
fn with(call: Call, token: &str) -> Call {
    call.header("x-queue-token", token)
}
