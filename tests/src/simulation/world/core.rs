//! State that all function instances of a run share: one environment, one DynamoDB and its replica, the
//! queues, the outside services, and the histories of what is written.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use local::engine::Dynamo;
use local::engine::connector::{Call, Reply};
use serde_json::{Value, json};
use store::schema::{ACCOUNTS, CONCERTS, DEALS, QUEUE, REWARDS, TABLES, Table, WALLET, WEBHOOKS};
use tokio::sync::Notify;

use super::environment::Environment;
use super::histories::chains::Chains;
use super::histories::lines::Lines;
use super::histories::sales::Sales;
use super::histories::seats::Seats;
use super::histories::stocks::Stocks;
use super::histories::webhooks::Webhooks;
use super::histories::writes;
use super::outside::Outside;
use super::payment_provider::PaymentProvider;
use super::queues::Queues;
use super::replica::Replica;
use super::sabotage::{Corrupted, Sabotage};
use super::sockets::Sockets;
use super::tables::{definition, deployed, is_write};

/// State that all function instances of a run share.
pub struct Core {
    /// Random numbers, clock, faults and trace of the run.
    pub env: Arc<Environment>,
    /// Tables as the last write left them.
    pub leader: Dynamo,
    /// Tables as eventually consistent reads and indexes see them, behind the leader.
    pub replica: Replica,
    /// Queues of the run.
    pub queues: Queues,
    /// Connections of clients with live updates.
    pub sockets: Sockets,
    /// Condition service and fulfilment service of the run.
    pub outside: Arc<Outside>,
    /// Payment provider of the run.
    pub provider: Arc<PaymentProvider>,
    /// History of the stocks of rewards.
    pub stocks: Stocks,
    /// History of the seats.
    pub seats: Seats,
    /// History of the waiting rooms.
    pub lines: Lines,
    /// History of the deals, their units and their orders.
    pub sales: Sales,
    /// History of the events of webhooks.
    pub webhooks: Webhooks,
    /// History of the chains of audited items.
    pub chains: Chains,
    /// Signal of each write to a table.
    pub wrote: Notify,
    /// Bug that is injected into the product, if any.
    pub sabotage: Option<&'static Sabotage>,
}

impl Core {
    /// Creates empty tables, queues and histories.
    pub fn new(env: Arc<Environment>, sabotage: Option<&'static Sabotage>) -> Arc<Self> {
        let engine = || {
            let engine = Dynamo::memory_with_clock(Arc::new(env.engine_clock())).expect("the engine opens");
            for table in TABLES {
                let reply =
                    engine.execute("DynamoDB_20120810.CreateTable", definition(table).to_string().as_bytes());
                assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            }
            engine
        };
        let provider = Arc::new(PaymentProvider::new(env.clone()));
        Arc::new(Self {
            leader: engine(),
            replica: Replica::new(engine()),
            queues: Queues::default(),
            sockets: Sockets::default(),
            outside: Arc::new(Outside::new(env.clone(), provider.clone())),
            provider,
            stocks: Stocks::default(),
            seats: Seats::default(),
            lines: Lines::default(),
            sales: Sales::default(),
            webhooks: Webhooks::default(),
            chains: Chains::default(),
            wrote: Notify::new(),
            sabotage,
            env,
        })
    }

    /// Executes a call on the leader, after the injected bug has changed it. The replica follows later.
    pub fn carry_out(&self, call: &Call) -> Reply {
        let corrupted = self.sabotage.map(|sabotage| sabotage.corrupt(call));
        let call = match &corrupted {
            None => call,
            Some(Corrupted::Executed(call)) => call,
            Some(Corrupted::Dropped) => return Reply { status: 200, body: "{}".into() },
        };
        let reply = self.leader.execute(&call.target, &call.body);
        if reply.status == 200 && is_write(&call.target) {
            self.replica.follow(self.env.now_ms(), call.clone());
            self.written(call);
        }
        reply
    }

    /// Adds a successful write to the histories.
    fn written(&self, call: &Call) {
        let at_ms = self.env.now_ms();
        self.wrote.notify_waiters();
        self.stocks.written(at_ms, call, &self.leader);
        let watched = [deployed(&QUEUE), deployed(&CONCERTS), deployed(&DEALS), deployed(&WEBHOOKS)];
        let items = writes::touched(call, &self.leader, &watched);
        let others = [deployed(&ACCOUNTS), deployed(&REWARDS), deployed(&WALLET)];
        let others = writes::touched(call, &self.leader, &others);
        items.iter().chain(&others).for_each(|item| self.chains.written(item));
        self.seats.written(at_ms, &items);
        for item in &items {
            self.lines.written(at_ms, item);
            self.sales.written(at_ms, item);
            self.webhooks.written(at_ms, item);
        }
    }

    /// Executes `call` after the time `pause`, even if its caller has given up by then.
    pub fn carry_out_late(self: &Arc<Self>, who: &str, call: Call, pause: Duration) {
        let (core, who) = (self.clone(), who.to_owned());
        core.env.under_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let reply = core.carry_out(&call);
            core.env.event(&who, format_args!("late {} {}", call.target, reply.status));
            core.env.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Returns all items of a table on the leader, as DynamoDB's JSON.
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
