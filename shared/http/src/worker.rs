//! Workers: functions that a queue, a stream or a schedule calls.

use aws_lambda_events::event::dynamodb;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::Result;
use futures::future::BoxFuture;
use store::schema::{Queue, Table};

use crate::App;
use crate::boundary::causes;
use crate::running::running;

/// One worker, and so one Lambda function.
pub struct Worker {
    /// `workers-<operation>`: the name of the binary, the function, and the file in `events/`.
    pub name: &'static str,
    /// What calls it, and what it does.
    pub source: Source,
}

/// A future that a worker's function returns.
pub type Work = BoxFuture<'static, Result<()>>;

/// What calls a worker.
pub enum Source {
    /// Messages of a queue, each on its own: the others of a batch go through when one fails.
    Queue(&'static Queue, fn(App, Message) -> Work),
    /// Changes of a table, in order per item; a batch that fails comes again as a whole.
    Stream(&'static Table, fn(App, Vec<dynamodb::EventRecord>) -> Work),
    /// The clock, every so many seconds.
    Schedule(u32, fn(App) -> Work),
}

/// A message of a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// What was sent.
    pub body: String,
    /// How often it has been received, this time included.
    pub receives: u32,
}

impl Worker {
    /// Handles a batch of messages as Lambda does: what is named in the answer comes again.
    pub async fn handle_sqs(&self, app: &App, event: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        let Source::Queue(_, run) = self.source else { return response };
        let handled = event.records.into_iter().map(|record| async move {
            let receives =
                record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
            let message = Message { body: record.body.unwrap_or_default(), receives: receives.unwrap_or(1) };
            let outcome = running(self.name, run(app.clone(), message)).await;
            (record.message_id.unwrap_or_default(), outcome)
        });
        for (id, outcome) in futures::future::join_all(handled).await {
            self.log(&id, &outcome);
            if outcome.is_err() {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    /// Handles a batch of a stream's records.
    ///
    /// # Errors
    /// When any record could not be handled: the whole batch has to come again.
    pub async fn handle_stream(&self, app: &App, event: dynamodb::Event) -> Result<()> {
        let Source::Stream(_, run) = self.source else { return Ok(()) };
        let first = event.records.first().map(|record| record.event_id.clone()).unwrap_or_default();
        let outcome = running(self.name, run(app.clone(), event.records)).await;
        self.log(&first, &outcome);
        outcome
    }

    /// Handles a tick of the schedule.
    ///
    /// # Errors
    /// When the work was not finished; the next tick goes on with it.
    pub async fn handle_tick(&self, app: &App) -> Result<()> {
        let Source::Schedule(_, run) = self.source else { return Ok(()) };
        let outcome = running(self.name, run(app.clone())).await;
        self.log("tick", &outcome);
        outcome
    }

    fn log(&self, id: &str, outcome: &Result<()>) {
        let worker = self.name;
        match outcome {
            Ok(()) => tracing::info!(worker, id, outcome = "ok", "work"),
            Err(error) => {
                let (outcome, cause) = (error.code.as_str(), causes(error));
                tracing::warn!(worker, id, outcome, message = %error.message, cause, "work");
            }
        }
    }
}
