//! Interceptor of the SDK's clients that records the calls of each function.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use local::engine::Deployed;
use store::schema::{QUEUES, TABLES};

use super::{Call, Functions, calls_of};

/// Recorder of the calls to DynamoDB and SQS that routes and workers make. A test's own calls are not
/// recorded. Cheap to clone; all clones share the recorded calls.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<BTreeSet<(&'static str, Call)>>>);

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(function) = runtime::running_function() else { return Ok(()) };
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        let calls = calls_of(target, &body).into_iter().map(|call| (function, call));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(calls);
        Ok(())
    }
}

impl Recorder {
    /// Returns the calls recorded so far as grants by function, under the schema's names of tables and
    /// queues.
    pub fn calls(&self, deployed: &Deployed) -> Functions {
        let mut functions = Functions::new();
        for (function, call) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let grants = functions.entry((*function).to_owned()).or_default();
            let (resources, resource, action) = match call {
                Call::Table { action, table, index } => {
                    let index = index.iter().map(|index| format!("/index/{index}"));
                    let table = table_name(deployed, table) + &index.collect::<String>();
                    (&mut grants.tables, table, action)
                }
                Call::Queue { action, url } => (&mut grants.queues, queue_name(deployed, url), action),
                Call::Other(target) => (&mut grants.tables, "?".to_owned(), target),
            };
            resources.entry(resource).or_default().insert(action.clone());
        }
        functions
    }
}

/// Returns the schema's name of the table that is deployed as `name`. An unknown table keeps `name`, which no
/// role allows.
fn table_name(deployed: &Deployed, name: &str) -> String {
    let known = TABLES.iter().find(|table| deployed.name(table.name) == name);
    known.map_or(name, |table| table.name).to_owned()
}

/// Returns the schema's name of the queue at `url`, and that of a dead-letter queue with the ending `-dlq`.
fn queue_name(deployed: &Deployed, url: &str) -> String {
    let is_at = |found: domain::Result<&str>| found.is_ok_and(|known| known == url);
    let known = QUEUES.iter().find_map(|queue| {
        let of_dead_letters =
            || is_at(deployed.dead_letter_url(queue)).then(|| format!("{}-dlq", queue.name));
        is_at(deployed.queue_url(queue)).then(|| queue.name.to_owned()).or_else(of_dead_letters)
    });
    known.unwrap_or_else(|| url.to_owned())
}
