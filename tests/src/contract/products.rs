//! Contract of products and of their registers of open deals.

use domain::deals::Deal;
use domain::products::Product;
use store::{DealSaved, Saved};

use super::deals::{deal, product};
use super::{ContractBackend, at};

/// Returns the next version of the product, with `deal` in its register of open deals.
fn registered(before: &Product, deal: &Deal) -> Product {
    before.register(deal, at(0)).unwrap()
}

/// Checks that a deal and the register of its product are written together or not at all, and that
/// a repeat succeeds.
pub async fn a_deal_and_its_register_are_written_together(backend: &ContractBackend) {
    let store = backend.store();
    let before = Product { deals: Some(Vec::new()), ..product("u", 1) };
    assert_eq!(store.save_product(&before).await.unwrap(), Saved::Done);
    let first = deal("u", 12, 10);
    let with_first = registered(&before, &first);
    for _ in 0..2 {
        assert_eq!(store.save_deal_and_product(&first, &with_first).await.unwrap(), DealSaved::Done);
    }
    // The decision was made on an outdated product, so nothing is written.
    let second = deal("v", 12, 10);
    let stale = registered(&before, &second);
    let moved = DealSaved::OtherProduct(Some(Box::new(with_first.clone())));
    assert_eq!(store.save_deal_and_product(&second, &stale).await.unwrap(), moved);
    assert_eq!(store.get_deal_if_exists(&second.id).await.unwrap(), None);
    // Another deal with this id and version is stored.
    let other = Deal { deal_price: 5, ..first.clone() };
    let there = DealSaved::OtherDeal(Some(Box::new(first.clone())));
    let next = registered(&with_first, &other);
    assert_eq!(store.save_deal_and_product(&other, &next).await.unwrap(), there);
    assert_eq!(store.get_product(&before.id).await.unwrap(), with_first);
    let stored = store.get_deal_if_exists(&first.id).await.unwrap().unwrap();
    let later = Deal { deal_price: 5, version: 2, ..stored };
    let with_first = store.get_product(&before.id).await.unwrap();
    let next = registered(&with_first, &later);
    assert_eq!(store.save_deal_and_product(&later, &next).await.unwrap(), DealSaved::Done);
    assert_eq!(store.get_deal_if_exists(&later.id).await.unwrap(), Some(later));
    assert_eq!(store.get_product(&before.id).await.unwrap(), next);
}

/// Checks that each current deal is advanced within a few runs if one run cannot handle all of them.
pub async fn every_present_deal_has_its_turn(backend: &ContractBackend) {
    let store = backend.store();
    for (number, name) in ["da", "db", "dc", "dd", "de"].iter().enumerate() {
        let deal = deal(name, 12, number as i64);
        assert_eq!(store.save_deal(&deal).await.unwrap(), Saved::Done);
    }
    let mut seen = Vec::new();
    for turn in 7..10 {
        let part = store.list_present_deals_eventual(turn, 2).await.unwrap();
        assert!(part.len() <= 2, "{part:?}");
        seen.extend(part.into_iter().map(|found| found.deal.id.to_string()));
    }
    seen.sort_unstable();
    assert_eq!(seen, ["tdl_da", "tdl_db", "tdl_dc", "tdl_dd", "tdl_de"]);
    assert_eq!(store.list_present_deals_eventual(3, 10).await.unwrap().len(), 5);
}
