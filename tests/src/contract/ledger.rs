//! Contract of the points ledger, a chain without gaps, and of the inventory.

use domain::ids::{CampaignId, RewardId};
use domain::points::{Grant, PointEntry};
use domain::rewards::RewardPayload;
use domain::{Points, Quantity};
use store::{LedgerRange, Saved};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

fn entry(number: u64, grant: &str) -> PointEntry {
    PointEntry {
        user_id: user("ann"),
        number,
        grant_id: grant.to_owned(),
        campaign_id: CampaignId::new("spring"),
        reward_id: RewardId::new("points"),
        points: Points(5),
        balance: Points(number * 5),
        at: at(i64::try_from(number).unwrap()),
        withheld: None,
    }
}

fn grant(name: &str, quantity: u32) -> Grant {
    Grant {
        id: name.to_owned(),
        user_id: user("ann"),
        campaign_id: CampaignId::new("spring"),
        reward_id: RewardId::new("potion"),
        payload: RewardPayload::Item("potion".to_owned(), Quantity::ONE),
        quantity: Quantity(quantity),
        code: None,
        expires_at: None,
        at: at(0),
        withheld: None,
    }
}

/// Checks that each entry number of a points ledger is given once, however many writers compete for it.
pub async fn a_number_is_one_entrys(backend: &ContractBackend) {
    let store = backend.store();
    assert_eq!(store.append_point_entry(&entry(1, "a")).await.unwrap(), Saved::Done);
    assert_eq!(store.append_point_entry(&entry(1, "a")).await.unwrap(), Saved::Done, "a repeat");
    let refused = store.append_point_entry(&entry(1, "b")).await.unwrap();
    assert_eq!(refused, Saved::Conflict(Some(Box::new(entry(1, "a")))));
    let mut racers = JoinSet::new();
    for index in 0..20 {
        let store = backend.store();
        racers.spawn(
            async move { store.append_point_entry(&entry(2, &format!("racer-{index}"))).await.unwrap() },
        );
    }
    let won = racers.join_all().await.into_iter().filter(|saved| *saved == Saved::Done).count();
    assert_eq!(won, 1);
}

/// Checks that entries are listed newest first, at most `limit` of them, and only those with a number below
/// `before`.
pub async fn the_newest_entries_come_first(backend: &ContractBackend) {
    let store = backend.store();
    // Numbers above ten thousand show that entries are sorted as numbers and not as text.
    for number in (1..=25).chain(99_998..=100_001) {
        assert_eq!(store.append_point_entry(&entry(number, &number.to_string())).await.unwrap(), Saved::Done);
    }
    let numbers = async |before, limit, consistent| {
        let entries =
            store.list_point_entries(&user("ann"), LedgerRange { before, limit, consistent }).await.unwrap();
        entries.iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, 6, true).await, [100_001, 100_000, 99_999, 99_998, 25, 24]);
    assert_eq!(numbers(Some(24), 3, false).await, [23, 22, 21]);
    assert_eq!(numbers(Some(3), 10, true).await, [2, 1]);
    assert_eq!(numbers(Some(1), 10, true).await, [] as [u64; 0]);
    let nobody = store
        .list_point_entries(&user("bob"), LedgerRange { limit: 5, ..LedgerRange::default() })
        .await
        .unwrap();
    assert!(nobody.is_empty());
}

/// Checks that a grant is created once, and that the inventory lists grants by id.
pub async fn a_grant_is_made_once(backend: &ContractBackend) {
    let store = backend.store();
    for name in ["c", "a", "b"] {
        assert_eq!(store.create_grant(&grant(name, 1)).await.unwrap(), Saved::Done);
        assert_eq!(store.create_grant(&grant(name, 1)).await.unwrap(), Saved::Done, "a repeat");
    }
    let refused = store.create_grant(&grant("b", 2)).await.unwrap();
    assert_eq!(refused, Saved::Conflict(Some(Box::new(grant("b", 1)))));
    let ids = async |after, limit| {
        let grants = store.grants(&user("ann"), after, limit).await.unwrap();
        grants.into_iter().map(|grant| grant.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 10).await, ["a", "b", "c"]);
    assert_eq!(ids(None, 2).await, ["a", "b"]);
    assert_eq!(ids(Some("a"), 10).await, ["b", "c"]);
}
