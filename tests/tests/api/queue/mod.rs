//! Waiting rooms.

mod waiting;

use dibs_tests::harness::{Caller, Reply, TestApp};
use serde_json::{Value, json};

/// A queue that lets in so many at once, as many a second, with `more` settings.
async fn queue(app: &TestApp, capacity: u32, more: Value) -> String {
    let mut body = json!({"name": "Doors", "capacity": capacity, "admissions_per_second": capacity});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.operator().post("/queues", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn join(user: &Caller, queue: &str) -> Reply {
    user.post(&format!("/queues/{queue}/tokens"), json!({})).await
}

/// Where the user stands.
async fn place(user: &Caller, queue: &str) -> Value {
    user.get(&format!("/queues/{queue}/tokens/me")).await.expect(200)
}
