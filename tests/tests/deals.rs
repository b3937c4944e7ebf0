//! Tests of a deal's stock under concurrent orders, compared with the recorded history of the stock, and of
//! the cost of its writes.

use dibs_tests::assert_each_eq;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use dibs_tests::cost::meter::{Cost, Meter, size_of};
use dibs_tests::history_recorder::HistoryRecorder;
use domain::ids::{OrderId, UserId, fresh};
use domain::stock::{Stock, StockKind, StockLayout, bucket_of};
use domain::{Code, Quantity, Timestamp};
use futures::future::BoxFuture;
use local::engine::connector::{Backend, Call, Reply};
use local::engine::{Deployed, Dynamo, Engines, Sqs};
use store::schema::{DEALS, QUEUES, TABLES};
use store::{HeldUnits, Store};
use tokio::task::JoinSet;

fn stock(units: u32) -> Stock {
    let id = format!("tdl_{}", fresh(at(0), rand::random()));
    Stock { kind: StockKind::Deals, id, layout: StockLayout::Units(vec![Quantity(units)]) }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_251_600_000 + ms)
}

/// Returns an order id of the usual length.
fn order() -> OrderId {
    OrderId::new(UserId::new(fresh(at(0), rand::random())), fresh(at(0), rand::random()))
}

async fn engines(dynamo: impl Backend) -> (Engines, Deployed) {
    let engines = Engines::behind(dynamo, Sqs::memory());
    let deployed = engines.create("dibs", TABLES, QUEUES).await.unwrap();
    (engines, deployed)
}

fn store((engines, deployed): &(Engines, Deployed)) -> Store {
    Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names())
}

/// Client that takes units and returns them again and again.
struct Buyer {
    store: Store,
    recorder: HistoryRecorder,
    stock: Stock,
}

impl Buyer {
    /// Takes `quantity` units, and retries until the outcome is known. Returns `None` if too few are
    /// available. Panics if the number of available units in the refusal was not true at any time in the last
    /// second.
    async fn take(&self, order: &OrderId, quantity: u32) -> Option<HeldUnits> {
        for _ in 0..100 {
            let began = self.recorder.now_ms();
            let (until, now) = (at(began + 300_000), at(began));
            match self.store.take_units(&self.stock, order, Quantity(quantity), until, now).await {
                Ok(units) => {
                    let sum: Quantity = units.parts.iter().map(|part| part.quantity).sum();
                    assert_eq!(sum, quantity);
                    return Some(units);
                }
                Err(error) if error.code == Code::Busy => {}
                Err(error) => {
                    assert_eq!(error.code, Code::InsufficientStock, "{error:?}");
                    let details = error.details.unwrap();
                    let available = u32::try_from(details["available"].as_u64().unwrap()).unwrap();
                    assert!(available < quantity);
                    assert!(
                        self.recorder.saw(available, began - 1000),
                        "{available} of the {quantity} that were wanted were never there"
                    );
                    return None;
                }
            }
        }
        panic!("always busy");
    }

    async fn give_back(&self, order: &OrderId, units: &HeldUnits) {
        for _ in 0..100 {
            match self.store.give_back_units(&self.stock, order, &units.parts).await {
                Ok(()) => return,
                Err(error) => assert_eq!(error.code, Code::Busy, "{error:?}"),
            }
        }
        panic!("always busy");
    }
}

/// Sells `units` units of the stock, in orders of several units.
async fn sell(store: &Store, stock: &Stock, units: u32) {
    let mut left = units;
    while left > 0 {
        let (order, quantity) = (order(), left.min(10));
        let units = store.take_units(stock, &order, Quantity(quantity), at(0), at(0)).await.unwrap();
        store.settle_units(stock, &order, &units.parts).await.unwrap();
        left -= quantity;
    }
}

/// Checks concurrent takes and returns of up to `most` units on several instances, while responses are lost:
/// refusals are true, no unit is given twice, and all units are available afterwards. The stock has `all`
/// units, of which all but `units` are sold before.
async fn a_crowd(all: u32, units: u32, most: u32) {
    const ROUNDS: u32 = 8;
    let dynamo = Dynamo::memory().unwrap();
    let recorder = HistoryRecorder::new(dynamo.clone());
    let made = engines(recorder.clone()).await;
    let stock = stock(all);
    sell(
        &Store::new(
            Engines::behind(dynamo, Sqs::memory()).dynamo_client,
            made.0.sqs_client.clone(),
            made.1.names(),
        ),
        &stock,
        all - units,
    )
    .await;
    let full = (0..stock.buckets()).map(|bucket| stock.units_of(bucket).0).collect();
    recorder.watch(made.1.name(DEALS.name), &stock.id, full);
    let instances: Vec<Store> = (0..4).map(|_| store(&made)).collect();
    let mut crowd = JoinSet::new();
    for number in 0..16_u32 {
        let store = instances[number as usize % instances.len()].clone();
        let buyer = Buyer { store, recorder: recorder.clone(), stock: stock.clone() };
        crowd.spawn(async move {
            let (mut taken, mut refused) = (0, 0);
            for round in 0..ROUNDS {
                let (order, quantity) = (order(), (number * 7 + round * 3) % most + 1);
                match buyer.take(&order, quantity).await {
                    Some(units) => {
                        taken += 1;
                        tokio::time::sleep(Duration::from_micros(rand::random::<u64>() % 60_000)).await;
                        buyer.give_back(&order, &units).await;
                    }
                    None => refused += 1,
                }
            }
            (taken, refused)
        });
    }
    let (mut taken, mut refused) = (0, 0);
    for (some, others) in crowd.join_all().await {
        (taken, refused) = (taken + some, refused + others);
    }
    let (now, least, full) = recorder.bounds();
    println!(
        "{units} of {all} units, 1 to {most}: {taken} taken, {refused} refused, from {full} down to {least}"
    );
    assert_each_eq!((now, units), (full, units), "every unit came back, and no more");
    assert!(taken > 0 && refused > 0, "the crowd was too small to be refused");
    let counts = instances[0].count_units(&stock).await.unwrap();
    assert_each_eq!((counts.left.0, units), (counts.reserved.0, 0), (counts.sold.0, all - units));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_was_true_a_moment_ago() {
    // One stock has one bucket, one has several, and one has several pages in its sold-out index.
    tokio::join!(a_crowd(5, 5, 2), a_crowd(24, 24, 10), a_crowd(1000, 20, 10));
}

/// Engine that runs a task before the first call that reads several items at once.
#[derive(Clone)]
struct Interrupted {
    engine: Dynamo,
    meanwhile: Arc<Mutex<Option<BoxFuture<'static, ()>>>>,
}

impl Backend for Interrupted {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        let this = self.clone();
        Box::pin(async move {
            let reads_several = call.target.ends_with("BatchGetItem");
            let meanwhile = if reads_several { this.meanwhile.lock().unwrap().take() } else { None };
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            Ok(this.engine.execute(&call.target, &call.body))
        })
    }
}

/// Checks that a refusal is true of one moment. While the buckets are read, a unit returns to one that was
/// just read as empty, and another one leaves the next bucket. At any time two or three units were available,
/// so the refusal must not say one.
#[tokio::test]
async fn a_refusal_is_of_one_moment() {
    let dynamo = Dynamo::memory().unwrap();
    let made = engines(dynamo.clone()).await;
    let (elsewhere, stock) = (store(&made), stock(24));
    let take = async |bucket| {
        let mut orders = std::iter::repeat_with(order);
        let order = orders.find(|order| bucket_of(&order.to_string(), 2) == bucket).unwrap();
        let units = elsewhere.take_units(&stock, &order, Quantity::ONE, at(0), at(0)).await.unwrap();
        assert_eq!(units.parts[0].bucket, bucket);
        (order, units)
    };
    for (bucket, units) in [(0, 11), (1, 10)] {
        for _ in 0..units {
            take(bucket).await;
        }
    }
    let (last, units) = take(0).await;
    let meanwhile = {
        let (elsewhere, stock) = (elsewhere.clone(), stock.clone());
        Box::pin(async move {
            elsewhere.give_back_units(&stock, &last, &units.parts).await.unwrap();
            let mut orders = std::iter::repeat_with(order);
            let order = orders.find(|order| bucket_of(&order.to_string(), 2) == 1).unwrap();
            elsewhere.take_units(&stock, &order, Quantity::ONE, at(0), at(0)).await.unwrap();
        })
    };
    let interrupted = Interrupted { engine: dynamo, meanwhile: Arc::new(Mutex::new(Some(meanwhile))) };
    let engines = Engines::behind(interrupted.clone(), Sqs::memory());
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), made.1.names());
    let refused = store.take_units(&stock, &order(), Quantity(4), at(0), at(0)).await.unwrap_err();
    assert!(interrupted.meanwhile.lock().unwrap().is_none(), "nothing happened meanwhile");
    assert_eq!(refused.details.unwrap()["available"], 2);
}

/// Returns the total cost of the calls that `run` makes.
async fn cost_of(meter: &Meter, run: impl Future<Output = ()>) -> Cost {
    meter.take();
    run.await;
    Cost::of(&meter.take())
}

#[tokio::test]
async fn writes_stay_within_a_unit_and_refusals_write_nothing() {
    let dynamo = Dynamo::memory().unwrap();
    let meter = Meter::new(dynamo, Duration::ZERO);
    let made = engines(meter.clone()).await;
    let (store, stock) = (store(&made), stock(12));
    let mut orders = Vec::new();
    for number in 0..12 {
        let order = order();
        let cost = cost_of(&meter, async {
            orders.push((
                order.clone(),
                store.take_units(&stock, &order, Quantity::ONE, at(300_000), at(0)).await.unwrap(),
            ));
        });
        let cost = cost.await;
        // The order of the bucket's last unit also marks the bucket in the sold-out index.
        assert_eq!(cost.wru, if number == 11 { 2.0 } else { 1.0 }, "{cost:?}");
        if number == 0 {
            assert_eq!(cost.trips, 2, "round trips of the first order");
        }
        assert_eq!(cost.rru, if number == 0 { 0.5 } else { 0.0 }, "{cost:?}");
    }
    let bucket = meter.item(&made.1.name(DEALS.name), &format!("STOCK#{}#0", stock.id), "BUCKET").unwrap();
    let size = size_of(&bucket);
    println!("a bucket with twelve holders has {size} bytes");
    assert!(size <= 1024, "{size}");
    for second in 0..3 {
        let cost = cost_of(&meter, async {
            for _ in 0..200 {
                let refused =
                    store.take_units(&stock, &order(), Quantity::ONE, at(300_000), at(second * 1000)).await;
                assert_eq!(refused.unwrap_err().code, Code::InsufficientStock);
            }
        });
        let cost = cost.await;
        assert_eq!(cost.wru, 0.0, "{cost:?}");
        assert!(cost.rru <= 1.5 && cost.trips <= 2, "{cost:?}");
    }
    let (order, units) = orders.pop().unwrap();
    let back =
        cost_of(&meter, async { store.give_back_units(&stock, &order, &units.parts).await.unwrap() }).await;
    assert_each_eq!((back.wru, 2.0), (back.rru, 0.5), (back.trips, 3), "into an empty bucket");
    let (order, units) = orders.pop().unwrap();
    let back =
        cost_of(&meter, async { store.give_back_units(&stock, &order, &units.parts).await.unwrap() }).await;
    assert_each_eq!((back.wru, 1.0), (back.rru, 0.5), (back.trips, 2));
    let (order, units) = orders.pop().unwrap();
    let sold =
        cost_of(&meter, async { store.settle_units(&stock, &order, &units.parts).await.unwrap() }).await;
    assert_each_eq!((sold.wru, 1.0), (sold.rru, 0.0), (sold.trips, 1));
}
