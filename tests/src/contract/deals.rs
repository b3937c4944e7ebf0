//! Contract of deals: stream records are counted once, and lists show the present deals and products.

use crate::assert_each_eq;
use domain::deals::{Deal, DealChanges, DealStatus, HOLD_SECONDS_DEFAULT, Sequence, UnitCounts, UnitsMoved};
use domain::ids::{DealId, ProductId};
use domain::products::{self, Category, Product};
use domain::stock::StockCounts;
use domain::{Code, Patch, Quantity};
use store::Saved;
use store::list::ListRange;

use super::samples::user;
use super::{ContractBackend, at};

/// Returns a product that was created `second` seconds after [`at`]`(0)`.
pub(super) fn product(name: &str, second: i64) -> Product {
    Product {
        trail: domain::trail::Trail::default(),
        id: ProductId::new(name),
        name: name.to_owned(),
        description: String::new(),
        price: 45_000,
        image_url: None,
        thumbnail_url: None,
        category: Category::Living,
        status: products::ProductStatus::Active,
        created_at: at(second),
        updated_at: None,
        created_by: user("operator"),
        request_fingerprint: None,
        deals: None,
        version: 1,
    }
}

/// Returns a deal of `stock_quantity` units that starts `second` seconds after [`at`]`(0)` and lasts 1,000
/// seconds.
pub(super) fn deal(name: &str, stock_quantity: u32, second: i64) -> Deal {
    Deal {
        trail: domain::trail::Trail::default(),
        id: DealId::new(name),
        product: product(name, 0).snapshot(),
        original_price: 45_000,
        deal_price: 29_900,
        stock_quantity: Quantity(stock_quantity),
        starts_at: at(second),
        ends_at: at(second + 1000),
        status: DealStatus::Scheduled,
        sold_out_at: None,
        hold_seconds: HOLD_SECONDS_DEFAULT,
        queue_id: None,
        created_at: at(0),
        updated_at: None,
        created_by: user("operator"),
        request_fingerprint: None,
        version: 1,
    }
}

/// Checks that a deal is read together with its unit counts, and that an instance caches both for a second.
pub async fn a_deal_is_read_with_its_counts(backend: &ContractBackend) {
    let (store, elsewhere, deal) = (backend.store(), backend.store(), deal("h", 24, 10));
    assert_eq!(store.get_deal_cached(&deal.id, at(0)).await.unwrap_err().code, Code::NotFound);
    assert_eq!(store.save_deal(&deal).await.unwrap(), Saved::Done);
    let now = store.get_deal_cached(&deal.id, at(0)).await.unwrap();
    assert_each_eq!((now.deal, deal), (now.available(), Quantity(24)));
    assert_eq!(store.get_unit_counts_if_exists(&deal.id).await.unwrap(), None);
    let summary =
        UnitCounts { reserved: Quantity(3), sold: Quantity::ONE, at: at(11), ..UnitCounts::new(&deal) };
    for times in 0..2 {
        let moves = [moved(7, 4, 0), moved(8, -1, 1)];
        elsewhere
            .count_moves(&deal.id, "one", &moves, at(11))
            .await
            .unwrap_or_else(|e| panic!("{times}: {e}"));
    }
    assert_eq!(store.get_deal_cached(&deal.id, at(0)).await.unwrap().available(), 24, "as remembered");
    assert_eq!(elsewhere.get_deal_cached(&deal.id, at(0)).await.unwrap().available(), 20);
    assert_eq!(store.get_deal_cached(&deal.id, at(1)).await.unwrap().summary, summary);
    assert_eq!(store.get_unit_counts_if_exists(&deal.id).await.unwrap(), Some(summary));
}

/// Returns a stream record with this sequence number and these changes of reserved and sold units.
fn moved(number: u32, reserved: i64, sold: i64) -> (Sequence, UnitsMoved) {
    (Sequence::parse(&number.to_string()).unwrap(), UnitsMoved { reserved, sold })
}

/// Checks that a stream record is counted once however batches are split and repeated, and that shards are
/// counted independently.
pub async fn a_record_is_counted_once(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("l", 24, 10));
    let count = async |shard: &str, numbers: std::ops::Range<u32>| {
        let moves: Vec<_> = numbers.map(|number| moved(number, 1, 0)).collect();
        store.count_moves(&deal.id, shard, &moves, at(11)).await.unwrap();
        store.get_unit_counts_if_exists(&deal.id).await.unwrap().unwrap().reserved
    };
    assert_eq!(count("one", 8..11).await, 3);
    assert_eq!(count("one", 8..11).await, 3, "the whole batch again");
    assert_eq!(count("one", 5..9).await, 3, "a part that came before");
    assert_eq!(count("one", 9..13).await, 5, "9 and 10 are counted, 11 and 12 are not");
    assert_eq!(count("two", 3..5).await, 7, "another shard has its own numbers");
    assert_eq!(count("one", 100..101).await, 8, "numbers have gaps");
    // Records that cancel each other out are counted too, so that their sequence numbers are not counted
    // again.
    store.count_moves(&deal.id, "one", &[moved(200, 2, 0), moved(201, -2, 2)], at(12)).await.unwrap();
    assert_eq!(count("one", 200..201).await, 8);
}

/// Checks that a recount corrects the unit counts, and that merging a closed shard into the count base does
/// not change their sum.
pub async fn counts_are_corrected_and_absorbed(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("m", 24, 10));
    store.count_moves(&deal.id, "one", &[moved(1, 5, 0)], at(11)).await.unwrap();
    store.count_moves(&deal.id, "two", &[moved(1, 2, 1)], at(12)).await.unwrap();
    let counts = store.get_deal_counts(&deal.id).await.unwrap();
    let counted = StockCounts { left: Quantity(17), reserved: Quantity(6), sold: Quantity::ONE };
    let base = counts.base_of(&deal).corrected_to(&counts.shards, counted, at(13));
    assert_eq!(store.save_count_base(&base).await.unwrap(), Saved::Done);
    assert!(store.get_unit_counts_if_exists(&deal.id).await.unwrap().unwrap().equals_recount(counted));
    let shard = counts.shards.iter().find(|shard| shard.shard == "one").unwrap();
    let next = base.merged_with(shard, at(14));
    assert!(store.merge_shard(&next, shard).await.unwrap());
    assert!(!store.merge_shard(&next, shard).await.unwrap(), "once");
    let now = store.get_deal_counts(&deal.id).await.unwrap();
    assert_each_eq!((now.shards.len(), 1), (now.base.as_ref(), Some(&next)));
    assert!(now.summary(&deal).equals_recount(counted));
    // A shard that has counted another record meanwhile is not merged.
    store.count_moves(&deal.id, "two", &[moved(2, 1, 0)], at(15)).await.unwrap();
    assert!(!store.merge_shard(&next.merged_with(&now.shards[0], at(16)), &now.shards[0]).await.unwrap());
}

/// Checks that a deal moves to the list of past deals when it ends or is canceled, and back when its end is
/// moved.
pub async fn deals_are_listed_by_where_they_stand(backend: &ContractBackend) {
    let store = backend.store();
    let deals = [deal("i", 12, 20), deal("j", 12, 10), deal("k", 12, 30)];
    for deal in &deals {
        assert_eq!(store.save_deal(deal).await.unwrap(), Saved::Done);
    }
    store.count_moves(&deals[0].id, "one", &[moved(1, 7, 0)], at(21)).await.unwrap();
    let listed = async |past| {
        let page = store.list_deals(past, &ListRange::default(), 10).await.unwrap();
        page.into_iter().map(|(_, now)| (now.deal.id.to_string(), now.available().0)).collect::<Vec<_>>()
    };
    let named = |name: &str, available| (format!("tdl_{name}"), available);
    assert_eq!(listed(false).await, [named("k", 12), named("i", 5), named("j", 12)]);
    assert_eq!(listed(true).await, []);
    let cancel = DealChanges { cancel: true, ..DealChanges::default() };
    assert_eq!(store.save_deal(&deals[2].change(&cancel, at(0)).unwrap()).await.unwrap(), Saved::Done);
    let ended = deals[0].advance(at(5000), Quantity(5));
    assert_eq!(store.save_deal(&ended).await.unwrap(), Saved::Done);
    assert_eq!(listed(false).await, [named("j", 12)]);
    assert_eq!(listed(true).await, [named("k", 12), named("i", 5)]);
    let longer = DealChanges { ends_at: Patch(Some(at(9000))), ..DealChanges::default() };
    assert_eq!(store.save_deal(&ended.change(&longer, at(5000)).unwrap()).await.unwrap(), Saved::Done);
    assert_eq!(listed(false).await, [named("i", 5), named("j", 12)]);
}

/// Checks that the list entry of a deal is enough to know its status at any time, and that an instance caches
/// all list entries for a second.
pub async fn deals_are_known_by_their_places(backend: &ContractBackend) {
    let (store, elsewhere) = (backend.store(), backend.store());
    let cancel = DealChanges { cancel: true, ..DealChanges::default() };
    let (present, over) = (deal("p", 12, 10), deal("q", 12, 20).advance(at(5000), Quantity(12)));
    let canceled = deal("r", 12, 30).change(&cancel, at(0)).unwrap();
    let sold_out = Deal { status: DealStatus::Soldout, ..deal("t", 12, 40) };
    let first = |deal: &Deal| Deal { version: 1, ..deal.clone() };
    for deal in [first(&over), first(&canceled), present.clone(), first(&sold_out)] {
        assert_eq!(store.save_deal(&deal).await.unwrap(), Saved::Done);
    }
    let all = store.list_deals_cached(true, at(0)).await.unwrap();
    let statuses = |now| -> Vec<(DealId, DealStatus)> {
        let mut statuses: Vec<_> = all.iter().map(|one| (one.id.clone(), one.status_at(now))).collect();
        statuses.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        statuses
    };
    let ids = [&present, &over, &canceled, &sold_out].map(|deal| deal.id.clone());
    let are = |now: [DealStatus; 4]| ids.clone().into_iter().zip(now).collect::<Vec<_>>();
    let (ended, canceled) = (DealStatus::Ended, DealStatus::Canceled);
    assert_eq!(statuses(at(0)), are([DealStatus::Scheduled, ended, canceled, DealStatus::Scheduled]));
    assert_eq!(statuses(at(50)), are([DealStatus::Active, ended, canceled, DealStatus::Soldout]));
    assert_eq!(statuses(at(5000)), are([ended, ended, canceled, ended]));
    assert!(all.iter().all(|one| one.category == Category::Living));
    let current = store.list_deals_cached(false, at(0)).await.unwrap();
    assert_eq!(current.len(), 2);
    let asked = [over.id.clone(), DealId::new("none"), present.id.clone()];
    let read: Vec<DealId> = store
        .get_deals_cached(&asked, at(0))
        .await
        .unwrap()
        .iter()
        .map(|found| found.deal.id.clone())
        .collect();
    assert_eq!(read, [over.id.clone(), present.id.clone()]);
    // The writing instance sees the deal at once, others within a second.
    assert_eq!(elsewhere.list_deals_cached(false, at(0)).await.unwrap().len(), 2);
    assert_eq!(store.save_deal(&deal("s", 12, 0)).await.unwrap(), Saved::Done);
    assert_eq!(store.list_deals_cached(false, at(0)).await.unwrap().len(), 3);
    assert_eq!(elsewhere.list_deals_cached(false, at(0)).await.unwrap().len(), 2);
    assert_eq!(elsewhere.list_deals_cached(false, at(1)).await.unwrap().len(), 3);
}

/// Checks that a product is created once, and that a deleted product is neither found nor listed.
pub async fn a_deleted_product_is_gone(backend: &ContractBackend) {
    let store = backend.store();
    let products = [product("l", 1), product("m", 2)];
    for product in &products {
        assert_eq!(store.save_product(product).await.unwrap(), Saved::Done);
    }
    let other = Product { price: 1, ..products[0].clone() };
    assert_eq!(
        store.save_product(&other).await.unwrap(),
        Saved::Conflict(Some(Box::new(products[0].clone())))
    );
    let delete = products::ProductChanges {
        status: Patch(Some(products::ProductStatus::Deleted)),
        ..Default::default()
    };
    assert_eq!(store.save_product(&products[1].change(&delete, at(3)).unwrap()).await.unwrap(), Saved::Done);
    assert_eq!(store.get_product(&products[0].id).await.unwrap(), products[0]);
    assert_eq!(store.get_product(&products[1].id).await.unwrap_err().code, Code::NotFound);
    let listed = store.list_products(&ListRange::default(), 10).await.unwrap();
    assert_eq!(listed.into_iter().map(|(_, product)| product).collect::<Vec<_>>(), products[..1]);
}
