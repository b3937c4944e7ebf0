//! State that all function instances of a run share: one clock, one DynamoDB and its replica, the queues, and
//! the outside services.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;
use dynoxide::storage_backend::Clock;
use local::engine::Dynamo;
use local::engine::connector::{Call, Reply};
use serde_json::{Value, json};
use store::schema::{CONCERTS, DEALS, LIST_INDEX, QUEUE, TABLES, Table};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::dice::Dice;
use super::faults::{Fault, Faults};
use super::lines::Lines;
use super::outside::Outside;
use super::plan::Theme;
use super::provider::Provider;
use super::queues::Queues;
use super::replica::Replica;
use super::sabotage::{Sabotage, Spoiled};
use super::sales::Sales;
use super::seats::Seats;
use super::stocks::Stocks;
use super::trace::Trace;
use super::watch;

/// Start of every run, 2026-11-21T00:00:00Z, in milliseconds of Unix time.
pub const BEGIN_MS: i64 = 1_795_219_200_000;

/// Shared state of a run.
pub struct Core {
    /// Pseudo-random numbers of the run.
    pub dice: Dice,
    /// Trace of everything that happens.
    pub trace: Trace,
    /// Faults of the run.
    pub faults: Faults,
    /// Present state of the tables.
    pub leader: Dynamo,
    /// Lagging state of the tables.
    pub replica: Replica,
    /// Queues of the run.
    pub queues: Queues,
    /// Services that check conditions and fulfill rewards.
    pub outside: Outside,
    /// Payment provider of the run.
    pub provider: Provider,
    /// History of the stocks.
    pub stocks: Stocks,
    /// History of the seats.
    pub seats: Seats,
    /// History of the waiting rooms.
    pub lines: Lines,
    /// History of the deals.
    pub sales: Sales,
    /// Notification of each write to a table.
    pub wrote: Notify,
    /// Number of running functions and of delayed writes that nobody waits for.
    pub under_way: AtomicU64,
    /// Bug that is injected into the product.
    pub sabotage: Option<&'static Sabotage>,
    began: Instant,
}

/// Simulated clock in the form of the embedded DynamoDB.
struct EngineClock(Instant);

impl Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        BEGIN_MS as u64 / 1000 + self.0.elapsed().as_secs()
    }
    fn now_unix_secs_f64(&self) -> f64 {
        BEGIN_MS as f64 / 1000.0 + self.0.elapsed().as_secs_f64()
    }
}

impl Core {
    /// Creates an empty state for `seed`. The caller's runtime must have paused time.
    pub fn new(seed: u64, loud: bool, sabotage: Option<&'static Sabotage>) -> Arc<Self> {
        let began = Instant::now();
        let engine = || {
            let engine = Dynamo::memory_with_clock(Arc::new(EngineClock(began))).expect("the engine opens");
            for table in TABLES {
                let reply =
                    engine.execute("DynamoDB_20120810.CreateTable", definition(table).to_string().as_bytes());
                assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            }
            engine
        };
        let dice = Dice::new(seed);
        let faults = Faults::draw(&dice, Theme::of(seed));
        Arc::new(Self {
            dice,
            trace: Trace::new(loud),
            faults,
            leader: engine(),
            replica: Replica::new(engine()),
            queues: Queues::default(),
            outside: Outside::default(),
            provider: Provider::default(),
            stocks: Stocks::default(),
            seats: Seats::default(),
            lines: Lines::default(),
            sales: Sales::default(),
            wrote: Notify::new(),
            under_way: AtomicU64::new(0),
            sabotage,
            began,
        })
    }

    /// Returns the milliseconds since the start of the run.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns the time of a clock that is ahead by `skew_ms`.
    pub fn time(&self, skew_ms: i64) -> Timestamp {
        Timestamp::from_millis(BEGIN_MS + self.now_ms() as i64 + skew_ms)
    }

    /// Records an event in the trace.
    pub fn event(&self, who: &str, what: impl std::fmt::Display) {
        self.trace.event(self.now_ms(), who, what);
    }

    /// Records a fault in the trace.
    pub fn fault(&self, who: &str, fault: Fault) {
        self.trace.fault(fault);
        self.event(who, format_args!("!! {fault:?}"));
    }

    /// Executes a call on the present tables. The replica follows later.
    pub fn carry_out(&self, call: &Call) -> Reply {
        let spoiled = self.sabotage.map(|sabotage| sabotage.spoil(call));
        let call = match &spoiled {
            None => call,
            Some(Spoiled::Goes(call)) => call,
            Some(Spoiled::Swallowed) => return Reply { status: 200, body: "{}".into() },
        };
        let reply = self.leader.execute(&call.target, &call.body);
        if reply.status == 200 && is_write(&call.target) {
            self.replica.follow(self.now_ms(), call.clone());
            self.written(call);
        }
        reply
    }

    /// Updates the histories after a write.
    fn written(&self, call: &Call) {
        let at_ms = self.now_ms();
        self.wrote.notify_waiters();
        self.stocks.written(at_ms, call, &self.leader);
        let watched = [deployed(&QUEUE), deployed(&CONCERTS), deployed(&DEALS)];
        let items = watch::touched(call, &self.leader, &watched);
        self.seats.written(at_ms, &items);
        for item in &items {
            self.lines.written(at_ms, item);
            self.sales.written(at_ms, item);
        }
    }

    /// Executes `call` after `pause`, even if its caller has given up.
    pub fn carry_out_late(self: &Arc<Self>, who: &str, call: Call, pause: Duration) {
        let (core, who) = (self.clone(), who.to_owned());
        core.under_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let reply = core.carry_out(&call);
            core.event(&who, format_args!("late {} {}", call.target, reply.status));
            core.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Returns all items of a table.
    pub fn scan(&self, table: &Table) -> Vec<Value> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut body = json!({"TableName": deployed(table), "ConsistentRead": true});
            if !start.is_null() {
                body["ExclusiveStartKey"] = start;
            }
            let reply = self.leader.execute("DynamoDB_20120810.Scan", body.to_string().as_bytes());
            let mut page: Value = serde_json::from_slice(&reply.body).expect("a scan answers in JSON");
            items.extend(page["Items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return items;
            }
        }
    }
}

/// Returns `true` if a call of DynamoDB may change data.
pub fn is_write(target: &str) -> bool {
    ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]
        .iter()
        .any(|name| target.ends_with(&format!(".{name}")))
}

/// Returns the deployed name of a table in the simulation.
pub fn deployed(table: &Table) -> String {
    format!("sim-{}", table.name)
}

fn definition(table: &Table) -> Value {
    let text = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let keys = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let mut definition = json!({
        "TableName": deployed(table),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [text("pk"), text("sk"), text("list_pk"), text("list_sk")],
        "KeySchema": keys("pk", "sk"),
        "GlobalSecondaryIndexes": [{
            "IndexName": LIST_INDEX,
            "KeySchema": keys("list_pk", "list_sk"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    });
    if table.stream {
        definition["StreamSpecification"] =
            json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    }
    definition
}
