//! Comparison of methods of concurrency control that give each of many users at most one of a limited number
//! of units. It measures write units, sequential calls, and write units lost to conflicts with 32 concurrent
//! users. ARCHITECTURE.md contains the table.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use domain::stock::bucket_of;
use local::engine::{Dynamo, Engines, Sqs};
use store::schema::Table;

const USERS: usize = 400;
const AT_A_TIME: usize = 32;
const BUCKETS: u32 = 20;
const TABLE: Table = Table { name: "ways", stream: false, list_index: false };

/// Write units and calls to DynamoDB that one method of concurrency control consumed.
#[derive(Default)]
struct Meter {
    /// Write units in tenths, because atomic counters are integers.
    write_units: AtomicU64,
    calls: AtomicU64,
}

impl Meter {
    fn add(&self, capacity: Option<&ConsumedCapacity>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let units = capacity.and_then(|capacity| capacity.write_capacity_units.or(capacity.capacity_units));
        self.write_units.fetch_add((units.unwrap_or(0.0) * 10.0) as u64, Ordering::Relaxed);
    }

    /// Counts a call whose condition failed: one write unit, because the items are smaller than a kibibyte.
    fn add_failure(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.write_units.fetch_add(10, Ordering::Relaxed);
    }
}

#[derive(Clone)]
struct Bench {
    client: Client,
    table: String,
    meter: Arc<Meter>,
}

type Item = HashMap<String, AttributeValue>;

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn key(pk: &str) -> Item {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s("X"))])
}

fn claim(user: usize) -> Item {
    let mut item = key(&format!("CLAIM#{user}"));
    item.insert("body".to_owned(), s("x".repeat(600)));
    item
}

impl Bench {
    async fn put_claim(&self, user: usize) {
        let call = self.client.put_item().table_name(&self.table).set_item(Some(claim(user)));
        let call = call.condition_expression("attribute_not_exists(pk)");
        let output =
            call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("a claim");
        self.meter.add(output.consumed_capacity());
    }

    /// Subtracts one from the counter at `pk`. Returns `false` if the condition failed.
    async fn take(&self, pk: &str, condition: &str, values: &[(&str, AttributeValue)]) -> bool {
        let mut call = self.client.update_item().table_name(&self.table).set_key(Some(key(pk)));
        call = call.update_expression("SET units = units - :one, version = version + :one");
        call = call.condition_expression(condition).expression_attribute_values(":one", n(1));
        for (name, value) in values {
            call = call.expression_attribute_values(*name, value.clone());
        }
        match call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => {
                self.meter.add(output.consumed_capacity());
                true
            }
            Err(_) => {
                self.meter.add_failure();
                false
            }
        }
    }

    async fn conditional_write(self, user: usize) {
        self.put_claim(user).await;
    }

    async fn buckets(self, user: usize) {
        let first = bucket_of(&format!("user{user}"), BUCKETS);
        for step in 0..BUCKETS {
            let pk = format!("BUCKET#{}", (first + step) % BUCKETS);
            if self.take(&pk, "units >= :one", &[]).await {
                break;
            }
        }
        self.put_claim(user).await;
    }

    async fn counter(self, user: usize) {
        self.take("COUNTER", "units >= :one", &[]).await;
        self.put_claim(user).await;
    }

    async fn version(self, user: usize) {
        loop {
            let call = self.client.get_item().table_name(&self.table).set_key(Some(key("COUNTER")));
            let output = call.consistent_read(true).send().await.expect("a read");
            self.meter.calls.fetch_add(1, Ordering::Relaxed);
            let version = output.item().and_then(|item| item.get("version").cloned()).expect("a version");
            tokio::task::yield_now().await;
            if self.take("COUNTER", "version = :version", &[(":version", version)]).await {
                break;
            }
        }
        self.put_claim(user).await;
    }

    async fn transaction(self, user: usize) {
        let put = Put::builder().table_name(&self.table).set_item(Some(claim(user)));
        let put = put.condition_expression("attribute_not_exists(pk)").build().expect("a put");
        let update = Update::builder().table_name(&self.table).set_key(Some(key("COUNTER")));
        let update =
            update.update_expression("SET units = units - :one").condition_expression("units >= :one");
        let update = update.expression_attribute_values(":one", n(1)).build().expect("an update");
        let call = self.client.transact_write_items();
        let call = call.transact_items(TransactWriteItem::builder().put(put).build());
        let call = call.transact_items(TransactWriteItem::builder().update(update).build());
        let output =
            call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("a commit");
        self.meter.add(output.consumed_capacity().first());
    }

    async fn lock(self, user: usize) {
        loop {
            let call = self.client.put_item().table_name(&self.table).set_item(Some(key("LOCK")));
            let call = call.condition_expression("attribute_not_exists(pk)");
            match call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
                Ok(output) => break self.meter.add(output.consumed_capacity()),
                Err(_) => self.meter.add_failure(),
            }
            tokio::task::yield_now().await;
        }
        self.take("COUNTER", "units >= :one", &[]).await;
        self.put_claim(user).await;
        let call = self.client.delete_item().table_name(&self.table).set_key(Some(key("LOCK")));
        let output =
            call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("a delete");
        self.meter.add(output.consumed_capacity());
    }
}

async fn bench() -> Bench {
    let engines = Engines::embedded(Dynamo::memory().expect("an engine"), Sqs::memory());
    let tables: &'static [&'static Table] = &[&TABLE];
    let deployed = engines.create("bench", tables, &[]).await.expect("a table");
    let bench = Bench {
        client: engines.dynamo_client.clone(),
        table: deployed.name(TABLE.name),
        meter: Arc::default(),
    };
    let full = [("COUNTER".to_owned(), USERS as u64)].into_iter();
    let full = full.chain(
        (0..BUCKETS).map(|bucket| (format!("BUCKET#{bucket}"), 2 * USERS as u64 / u64::from(BUCKETS))),
    );
    for (pk, units) in full {
        let mut item = key(&pk);
        item.insert("units".to_owned(), n(units));
        item.insert("version".to_owned(), n(1));
        bench
            .client
            .put_item()
            .table_name(&bench.table)
            .set_item(Some(item))
            .send()
            .await
            .expect("a counter");
    }
    bench
}

async fn measure<F, Fut>(name: &str, ceiling: &str, way: F)
where
    F: Fn(Bench, usize) -> Fut + Copy + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let alone = bench().await;
    way(alone.clone(), 0).await;
    let crowd = bench().await;
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..USERS {
        if tasks.len() >= AT_A_TIME {
            tasks.join_next().await;
        }
        tasks.spawn(way(crowd.clone(), user));
    }
    while tasks.join_next().await.is_some() {}
    let units = |meter: &Meter| meter.write_units.load(Ordering::Relaxed) as f64 / 10.0;
    println!(
        "| {name} | {:.0} | {} | {:.2} | {ceiling} |",
        units(&alone.meter),
        alone.meter.calls.load(Ordering::Relaxed),
        units(&crowd.meter) / USERS as f64,
    );
}

#[tokio::main]
async fn main() {
    println!("| way | WRU alone | trips | WRU each, {AT_A_TIME} at a time | ceiling of one reward |");
    println!("|---|---|---|---|---|");
    measure("conditional write alone (no limit)", "that of the table", Bench::conditional_write).await;
    measure("buckets, then a conditional write", "1,000 a second for each bucket", Bench::buckets).await;
    measure("one counter, then a conditional write", "1,000 a second", Bench::counter).await;
    measure("read a version, write if it is the same", "falls with the crowd", Bench::version).await;
    measure("transaction of claim and counter", "about 100 a second", Bench::transaction).await;
    measure("lock, counter, claim, unlock", "one holder at a time, four trips each", Bench::lock).await;
}
