//! The contract of the store: what each of its operations promises, as functions that take a store and fail when a
//! promise is broken. They run against the embedded engines, and against others when `AWS_ENDPOINT_URL_DYNAMODB` and
//! `AWS_ENDPOINT_URL_SQS` name them.

#![expect(clippy::unwrap_used, reason = "a promise that is broken fails the test that calls it")]

pub mod accounts;
pub mod activities;
pub mod codes;
pub mod items;
pub mod ledger;
pub mod lists;
pub mod queues;
pub mod samples;
pub mod stock;

use domain::Timestamp;
use local::engine::{self, Deployed, Engines};
use store::Store;
use store::schema::{QUEUES, TABLES};

/// An engine with tables and queues of its own, and stores on it.
pub struct Bed {
    engines: Engines,
    deployed: Deployed,
}

impl Bed {
    /// Empty tables and queues on the engines that the environment names, or on embedded ones.
    pub async fn make() -> Self {
        let endpoint = |variable: &str| std::env::var(variable).ok();
        let options = engine::Options {
            dynamodb_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
            sqs_endpoint: endpoint("AWS_ENDPOINT_URL_SQS"),
            data: None,
        };
        let engines = Engines::open(&options).await.expect("engines");
        let prefix = format!("contract-{:08x}", rand::random::<u32>());
        let deployed = engines.create(&prefix, TABLES, QUEUES).await.expect("tables and queues");
        Self { engines, deployed }
    }

    /// A store that remembers nothing yet, as a new instance of a function has.
    pub fn store(&self) -> Store {
        let (dynamo, sqs) = (self.engines.dynamo_client.clone(), self.engines.sqs_client.clone());
        Store::new(dynamo, sqs, self.deployed.names())
    }
}

/// So many seconds after some moment.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_251_600_000).plus_seconds(seconds)
}
