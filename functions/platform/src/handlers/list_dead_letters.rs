//! `GET /dead-letters`: counts the dead letters of each queue, for administrators.

use dibs_http::axum::extract::State;
use dibs_http::{Administrator, Done, Route, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Serialize;
use store::schema::QUEUES;

/// Route that counts the dead letters of each queue.
pub static ROUTE: Route = route!(
    /// Returns each queue with the number of its dead letters: messages that a worker failed to handle as often as the
    /// queue allows. SQS counts approximately. The runbook says for each queue what they mean;
    /// `POST /dead-letters/{queue}/redrive` sends them again once the cause is gone.
    GET ["/dead-letters"] "platform-list-dead-letters" list_dead_letters, "List the queues with their dead letters", []
);

/// Queue with the number of its dead letters.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeadLetterQueue {
    /// Short name of the queue, such as `grants`.
    pub queue: &'static str,
    /// Approximate number of dead letters that wait to be sent again.
    pub waiting: u64,
}

async fn list_dead_letters(State(app): State<App>, _: Administrator) -> Result<Done<Vec<DeadLetterQueue>>> {
    let mut queues = Vec::new();
    for queue in QUEUES {
        queues.push(DeadLetterQueue {
            queue: queue.name,
            waiting: app.store().count_dead_letters(queue).await?,
        });
    }
    Ok(Done(queues))
}
