//! Contract of the figures of analytics.

use crate::assert_each_eq;
use domain::Quantity;
use domain::analytics::{Counters, Figures, SlotLength, TimeSlot, Topic};
use domain::deals::Sequence;
use domain::ids::OrderId;
use domain::orders::{Buyer, Order};
use domain::stock::OrderPart;
use store::{RecountStep, Saved, ScanPosition, Store};

use super::deals::deal;
use super::samples::user;
use super::{ContractBackend, at};

const LENGTH: SlotLength = SlotLength::Hour;

fn sequence(number: u64) -> Sequence {
    Sequence::parse(&number.to_string()).unwrap()
}

/// Returns `count` records of new orders, with the sequence numbers from `first` on.
fn records(first: u64, count: u64) -> Vec<(Sequence, Figures)> {
    let figures = || Figures::of_order(&some_order(), LENGTH);
    (first..first + count).map(|number| (sequence(number), figures())).collect()
}

fn some_order() -> Order {
    let id = OrderId::new(user("analytics"), "1");
    let buyer = Buyer { id, queue_position: None, request_fingerprint: None };
    let parts = vec![OrderPart { bucket: 0, quantity: Quantity(2) }];
    Order::reserve(buyer, &deal("analytics", 12, 0), parts, at(300), at(0))
}

async fn orders(store: &Store) -> i64 {
    let period = at(-3600)..at(3600);
    store.get_figures_eventual(&Topic::Deals, &period).await.unwrap().sum(&period).get("o")
}

/// Checks that records are counted once, however often and with whatever boundaries their batches come.
pub async fn a_record_is_counted_once_in_each_topic(backend: &ContractBackend) {
    let store = backend.store();
    for (first, count) in [(1, 5), (1, 5), (3, 2), (4, 4), (7, 1), (6, 4)] {
        store.count_figures("deals:a", records(first, count), at(1)).await.unwrap();
    }
    assert_eq!(orders(&store).await, 9);
    // Sequence numbers of another shard say nothing about this one.
    store.count_figures("deals:b", records(2, 1), at(1)).await.unwrap();
    assert_eq!(orders(&store).await, 10);
}

/// Checks that changes that add up to nothing cannot be counted in part later.
pub async fn changes_that_cancel_out_stay_counted(backend: &ContractBackend) {
    let store = backend.store();
    let figures = Figures::of_order(&some_order(), LENGTH);
    let back = Figures::between(&figures, Figures::default());
    let batch = vec![(sequence(1), figures), (sequence(2), back)];
    store.count_figures("deals:a", batch.clone(), at(1)).await.unwrap();
    store.count_figures("deals:a", batch[1..].to_vec(), at(1)).await.unwrap();
    assert_eq!(orders(&store).await, 0);
}

/// Checks that two workers that count overlapping batches at the same time count each record once.
pub async fn a_race_of_batches_counts_once(backend: &ContractBackend) {
    for round in 0..8 {
        let shard = format!("deals:{round}");
        let batches = [(1, 6), (1, 3), (1, 6), (4, 3)].map(|(first, count)| {
            let (store, shard) = (backend.store(), shard.clone());
            async move { store.count_figures(&shard, records(first, count), at(1)).await }
        });
        let [one, two, three, _] = batches;
        let (one, two, three) = tokio::join!(tokio::spawn(one), tokio::spawn(two), tokio::spawn(three));
        [one, two, three].into_iter().for_each(|done| done.unwrap().unwrap());
        assert_eq!(orders(&backend.store()).await, 6 * (round + 1));
    }
}

/// Checks that merging keeps the figures, happens once, and leaves an item alone that was counted into since.
pub async fn merged_items_keep_the_figures(backend: &ContractBackend) {
    let store = backend.store();
    for shard in ["deals:a", "deals:b"] {
        store.count_figures(shard, records(1, 3), at(1)).await.unwrap();
    }
    let day = TimeSlot::of(some_order().created_at, LENGTH).day();
    let listed = store.list_unmerged_days(at(2), 100).await.unwrap();
    assert!(listed.contains(&(Topic::Deals, day.clone())), "{listed:?}");
    let (stored, shards) = store.get_day_figures(&Topic::Deals, &day).await.unwrap();
    assert_each_eq!((shards.len(), 2), (stored.version, 0));
    store.count_figures("deals:b", records(4, 1), at(3)).await.unwrap();
    assert!(!store.merge_figures(&stored, &shards).await.unwrap(), "one of them changed");
    assert!(store.merge_figures(&stored, &shards[..1]).await.unwrap());
    assert!(!store.merge_figures(&stored, &shards[..1]).await.unwrap(), "it was merged before");
    let (stored, shards) = store.get_day_figures(&Topic::Deals, &day).await.unwrap();
    assert_each_eq!((shards.len(), 1), (stored.version, 1), (orders(&store).await, 7));
    assert!(store.merge_figures(&stored, &shards).await.unwrap());
    assert_eq!(orders(&store).await, 7);
}

/// Checks that a correction is made on the version that was compared, and once.
pub async fn a_day_is_corrected_once(backend: &ContractBackend) {
    let store = backend.store();
    let slot = TimeSlot::of(some_order().created_at, LENGTH);
    let mut missing = Counters::default();
    missing.add("o", 2);
    let difference = [(slot, missing)].into();
    let (stored, _) = store.get_day_figures(&Topic::Deals, &slot.day()).await.unwrap();
    assert!(store.correct_figures(&stored, &difference).await.unwrap());
    assert!(!store.correct_figures(&stored, &difference).await.unwrap());
    assert_eq!(orders(&store).await, 2);
}

/// Checks that a step of a recount that is repeated adds its figures once.
pub async fn a_step_of_a_recount_adds_once(backend: &ContractBackend) {
    let store = backend.store();
    assert_eq!(store.save_order(&some_order()).await.unwrap(), Saved::Done);
    let begin = ScanPosition { table: 4, after: None };
    let mut recount = RecountStep { step: 1, ..RecountStep::begin(0, at(0)) };
    let (figures, end) = store.read_figures(&begin, None, 4, LENGTH).await.unwrap();
    assert!(end.is_at_end());
    let again = store.read_figures(&begin, Some(&end), 4, LENGTH).await.unwrap();
    assert_eq!(again, (figures.clone(), end));
    let slot = TimeSlot::of(some_order().created_at, LENGTH);
    let recounted = async |recount: &RecountStep| {
        store.get_recounted(recount, &Topic::Deals, &slot.day()).await.unwrap()[&slot].get("o")
    };
    for _ in 0..2 {
        store.add_recounted(&recount, figures.clone()).await.unwrap();
    }
    assert_eq!(recounted(&recount).await, 1);
    recount.step = 2;
    store.add_recounted(&recount, figures).await.unwrap();
    assert_eq!(recounted(&recount).await, 2);
    let (days, next) = store.list_counted_days(&recount, None, 100).await.unwrap();
    assert_each_eq!((days.contains(&(Topic::Deals, slot.day())), true), (next, None));
}
