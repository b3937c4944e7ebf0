//! Entities that exist before a run, created on an instance without faults.

pub mod concerts;
pub mod deals;
pub mod rewards;

use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::Value;

use super::world::{Request, World};

/// Returns the id of the user with this number.
pub fn user(number: usize) -> UserId {
    UserId::new(format!("01SIM{number:021}"))
}

/// Returns the user id of operator `number`, which is less than 100.
pub fn operator(number: usize) -> UserId {
    user(900 + number)
}

/// Creates a resource as an operator, on an instance without faults, and returns the `data` of the response.
pub async fn post(world: &World, path: &str, body: Value) -> Value {
    let request = Request {
        method: "POST",
        path: path.to_owned(),
        user: operator(0),
        role: Role::Operator,
        key: None,
        body: Some(body),
        token: None,
        session: None,
    };
    let answer = world.fault_free.clone().answer(request).await;
    assert!((200..300).contains(&answer.status()), "{path}: {answer:?}");
    answer.data().clone()
}
