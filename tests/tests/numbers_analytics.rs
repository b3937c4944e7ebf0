//! Numbers of analytics: a backlog of changes is counted exactly and in time, and a month of days is read fast.

use std::time::Instant;

use dibs_tests::cost::bench::Bench;
use dibs_tests::cost::in_paused_time;
use domain::accounts::Role;
use domain::analytics::{Figures, Series, SlotLength, Topic};
use domain::deals::{Deal, DealStatus, Sequence};
use domain::ids::{DealId, OrderId, ProductId, UserId};
use domain::orders::{Buyer, Order};
use domain::products::{Category, ProductSnapshot};
use domain::stock::OrderPart;
use domain::{Quantity, Timestamp};
use store::{Saved, ScanPosition};

/// Number of changes of the backlog, unless the variable `DIBS_CHANGES` says another.
const CHANGES: u32 = 2_000;
const DEALS: u32 = 20;
const HOUR: i64 = 60 * 60;
/// Maximum duration of counting 100,000 changes with a release build, in seconds.
const COUNTED_WITHIN_SECONDS: f64 = 60.0;

fn deal(number: u32, now: Timestamp) -> Deal {
    let id = DealId::new(format!("backlog{number}"));
    let product = ProductSnapshot {
        id: ProductId::new("backlog"),
        name: "a sack of dog food".to_owned(),
        description: String::new(),
        price: 200,
        category: Category::Food,
        image_url: None,
        thumbnail_url: None,
    };
    Deal {
        trail: domain::trail::Trail::default(),
        id,
        product,
        original_price: 200,
        deal_price: 100,
        stock_quantity: Quantity(100_000),
        starts_at: now,
        ends_at: now.plus_seconds(HOUR),
        status: DealStatus::Active,
        sold_out_at: None,
        hold_seconds: 300,
        queue_id: None,
        created_at: now,
        updated_at: None,
        created_by: UserId::new("operator"),
        request_fingerprint: None,
        version: 1,
    }
}

/// Returns order `number` of the backlog of `count` orders, which were made one after another in the last 30
/// days.
fn order(number: u32, count: u32, now: Timestamp) -> Order {
    let hours = i64::from(count - number) * 720 / i64::from(count);
    let at = now.plus_seconds(-hours * HOUR);
    let id = OrderId::new(UserId::new(number), "1");
    let buyer = Buyer { id, queue_position: None, request_fingerprint: None };
    let parts = vec![OrderPart { bucket: 0, quantity: Quantity(1 + number % 3) }];
    Order::reserve(buyer, &deal(number % DEALS, at), parts, at.plus_seconds(300), at)
}

fn changes() -> u32 {
    std::env::var("DIBS_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(CHANGES)
}

/// Counts a prepared backlog in batches of a hundred, and compares with a recount from the table. A release
/// build counts 100,000 changes: `DIBS_CHANGES=100000 cargo test --release --workspace --test all --
/// numbers_analytics --nocapture`.
#[test]
fn backlog_is_counted_as_a_recount_finds_it() {
    in_paused_time(async {
        let (bench, count) = (Bench::start().await, changes());
        let (store, now) = (bench.app.store(), bench.app.now());
        for number in 0..count {
            assert_eq!(store.save_order(&order(number, count, now)).await.unwrap(), Saved::Done);
        }
        let records: Vec<(Sequence, Figures)> = (0..count)
            .map(|number| {
                let sequence = Sequence::parse(&(number + 1).to_string()).unwrap();
                (sequence, Figures::of_order(&order(number, count, now), SlotLength::Hour))
            })
            .collect();
        let began = Instant::now();
        for batch in records.chunks(100) {
            store.count_figures("deals:backlog", batch.to_vec(), now).await.unwrap();
        }
        let took = began.elapsed().as_secs_f64();
        let (mut recounted, mut position) = (Figures::default(), ScanPosition { table: 4, after: None });
        while !position.is_at_end() {
            let (figures, next) = store.read_figures(&position, None, 4, SlotLength::Hour).await.unwrap();
            recounted.merge(figures);
            position = next;
        }
        let period = now.plus_seconds(-721 * HOUR)..now.plus_seconds(HOUR);
        let topics = (0..DEALS).map(|number| Topic::Deal(deal(number, now).id)).chain([Topic::Deals]);
        for topic in topics {
            let mut expected = Series::default();
            for ((one, slot), counters) in recounted.clone() {
                if one == topic {
                    expected.add(slot, &counters);
                }
            }
            assert_eq!(store.get_figures_eventual(&topic, &period).await.unwrap(), expected, "{topic}");
        }
        println!("{count} changes are counted in {took:.1} s");
        let limit = COUNTED_WITHIN_SECONDS * f64::from(count) / 100_000.0;
        assert!(cfg!(debug_assertions) || took < limit, "{took} s");
    });
}

/// Reads a month of days of one deal that sold in every hour of it: at most two queries, and with a release
/// build less than 50 ms.
#[test]
fn month_of_days_is_read_in_two_queries() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let (store, now) = (bench.app.store(), bench.app.now());
        let one = deal(0, now);
        assert_eq!(store.save_deal(&one).await.unwrap(), Saved::Done);
        let hours = (0..31 * 24).map(|hour| {
            let at = now.plus_seconds(-i64::from(hour) * HOUR);
            let id = OrderId::new(UserId::new(hour), "1");
            let buyer = Buyer { id, queue_position: None, request_fingerprint: None };
            let parts = vec![OrderPart { bucket: 0, quantity: Quantity(1) }];
            let order = Order::reserve(buyer, &one, parts, at.plus_seconds(300), at);
            let sequence = Sequence::parse(&(hour + 1u32).to_string()).unwrap();
            (sequence, Figures::of_order(&order, SlotLength::Hour))
        });
        store.count_figures("deals:month", hours.collect(), now).await.unwrap();
        bench.advance_seconds(27 * HOUR);
        for _ in 0..3 {
            analytics::workers::maintain_figures::WORKER.handle_tick(&bench.app).await.unwrap();
        }
        let auditor = bench.somebody(Role::Auditor);
        let path = format!("/analytics/sales?deal_id={}", one.id);
        bench.call("GET", &path, Some(&auditor), None).await;
        bench.meter.take();
        let began = Instant::now();
        let answer = bench.call("GET", &path, Some(&auditor), None).await;
        let took = began.elapsed();
        assert_eq!(answer.body["data"]["timeline"].as_array().map(Vec::len), Some(31), "{answer:?}");
        let queries = bench.meter.take().into_iter().filter(|call| call.operation == "Query").count();
        println!("a month of days is read in {queries} queries and {took:?}");
        assert!((1..=2).contains(&queries), "{queries}");
        assert!(cfg!(debug_assertions) || took.as_millis() < 50, "{took:?}");
    });
}
