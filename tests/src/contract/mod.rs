//! Contract of the store: the rules of each operation, as functions that take a store and panic if a rule is
//! violated. They run against the embedded engines, or against those that `AWS_ENDPOINT_URL_DYNAMODB` and
//! `AWS_ENDPOINT_URL_SQS` name.

#![expect(clippy::unwrap_used, reason = "a promise that is broken fails the test that calls it")]

pub mod accounts;
pub mod activities;
pub mod admissions;
pub mod analytics;
pub mod audit;
pub mod codes;
pub mod deals;
pub mod items;
pub mod ledger;
pub mod lists;
pub mod live;
pub mod notifications;
pub mod orders;
pub mod products;
pub mod queues;
pub mod samples;
pub mod seats;
pub mod stock;
pub mod waiting_room;
pub mod wallet;
pub mod webhooks;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use domain::ids::OrderId;
use domain::stock::{Stock, begins};
use local::engine::{self, Deployed, Engines};
use store::Store;
use store::schema::{DEALS, QUEUES, REWARDS, TABLES};

/// Tables and queues of one test, on an embedded or an outside engine.
pub struct ContractBackend {
    engines: Engines,
    deployed: Deployed,
}

impl ContractBackend {
    /// Creates empty tables and queues on the engines that the environment names, or on embedded ones.
    pub async fn create() -> Self {
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

    /// Sets the `left` of a bucket to a number that contradicts its holds. The store itself never writes such
    /// a bucket.
    pub async fn corrupt(&self, stock: &Stock, bucket: u32, left: u32) {
        let table = if stock.kind == domain::stock::StockKind::Deals { DEALS } else { REWARDS };
        let call = self.engines.dynamo_client.update_item().table_name(self.deployed.name(table.name));
        let call = call.key("pk", AttributeValue::S(format!("STOCK#{}#{bucket}", stock.id)));
        let call = call.key("sk", AttributeValue::S("BUCKET".to_owned()));
        let call = call.update_expression("SET #left = :left").expression_attribute_names("#left", "left");
        let left = AttributeValue::N(left.to_string());
        call.expression_attribute_values(":left", left).send().await.expect("a bucket");
    }

    /// Removes the list keys of an order, as in an order that a version without this list wrote.
    pub async fn take_out_of_list(&self, id: &OrderId) {
        let call = self.engines.dynamo_client.update_item().table_name(self.deployed.name(DEALS.name));
        let call = call.key("pk", AttributeValue::S(format!("USER#{}", id.owner())));
        let call = call.key("sk", AttributeValue::S(format!("ORDER#{}", id.name())));
        call.update_expression("REMOVE list_pk, list_sk").send().await.expect("an order");
    }

    /// Marks `bucket` in the sold-out index of `stock` as receiving a unit in generation `epoch`, like a
    /// process that dies before it returns the unit.
    pub async fn announce(&self, stock: &Stock, bucket: u32, generation: u64) {
        let call = self.engines.dynamo_client.update_item().table_name(self.deployed.name(REWARDS.name));
        let call = call.key("pk", AttributeValue::S(format!("STOCK#{}", stock.id)));
        let call = call.key("sk", AttributeValue::S("HINT#0000".to_owned()));
        let call = call
            .update_expression("SET #mark = :mark")
            .expression_attribute_names("#mark", format!("m#{bucket}"));
        let state = AttributeValue::N(begins(generation).to_string());
        call.expression_attribute_values(":mark", state).send().await.expect("the state is written");
    }

    /// Returns a store with an empty cache, like that of a new function instance.
    pub fn store(&self) -> Store {
        let (dynamo, sqs) = (self.engines.dynamo_client.clone(), self.engines.sqs_client.clone());
        Store::new(dynamo, sqs, self.deployed.names())
    }
}

/// Returns the time `seconds` seconds after 2026-11-21T09:00:00Z, the start of every contract test.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_251_600_000).plus_seconds(seconds)
}
