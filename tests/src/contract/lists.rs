//! Contract of lists: newest first over all shards, page by page, in a time range.

use domain::Result;
use domain::campaigns::Campaign;
use domain::claims::Claim;
use domain::ids::CampaignId;
use store::list::{ListPosition, ListRange};
use store::{Registered, Saved};

use super::samples::{account, campaign, claim, reward};
use super::{ContractBackend, at};

/// Returns every entry of a list, read in pages of at most `limit` entries.
async fn all<T>(
    page: impl AsyncFn(&ListRange) -> Result<Vec<(ListPosition, T)>>,
    mut part: ListRange,
    limit: usize,
) -> Vec<T> {
    let mut entries = Vec::new();
    loop {
        let found = page(&part).await.unwrap();
        assert!(found.len() <= limit, "a page of {} entries", found.len());
        let last = found.len() < limit;
        for (position, entry) in found {
            part.after = Some(position);
            entries.push(entry);
        }
        if last {
            return entries;
        }
    }
}

/// Checks that a list that is spread over sixteen shards is read in one order, newest first.
pub async fn a_spread_list_reads_as_one(backend: &ContractBackend) {
    const CLAIMS: i64 = 130;
    let store = backend.store();
    // Three claims share each timestamp, so that list positions differ by more than their time.
    let claims: Vec<Claim> =
        (0..CLAIMS).map(|index| claim(&format!("user-{index:03}"), "spring", index / 3)).collect();
    for one in &claims {
        assert_eq!(store.save_claim(one).await.unwrap(), Saved::Done);
    }
    let _ = store.save_claim(&claim("ann", "summer", 5)).await.unwrap();
    let spring = CampaignId::new("spring");
    let mut newest_first: Vec<(i64, String)> =
        claims.iter().map(|claim| (claim.created_at.as_seconds(), claim.user_id.to_string())).collect();
    newest_first.sort_unstable_by(|one, other| other.cmp(one));
    for limit in [1, 7, 16, 100, 128, 200] {
        let listed =
            all(async |part| store.list_claims(&spring, part, limit).await, ListRange::default(), limit)
                .await;
        let listed: Vec<(i64, String)> =
            listed.iter().map(|claim| (claim.created_at.as_seconds(), claim.user_id.to_string())).collect();
        assert_eq!(listed, newest_first, "by pages of {limit}");
    }
    // The range includes its start and excludes its end.
    for (from, to) in [(Some(10), Some(12)), (None, Some(2)), (Some(42), None), (Some(50), Some(60))] {
        let part = ListRange { from: from.map(at), to: to.map(at), after: None };
        let listed = all(async |part| store.list_claims(&spring, part, 4).await, part, 4).await;
        let within = |claim: &&Claim| {
            from.is_none_or(|from| at(from) <= claim.created_at)
                && to.is_none_or(|to| claim.created_at < at(to))
        };
        assert_eq!(listed.len(), claims.iter().filter(within).count(), "{from:?} {to:?}");
        assert!(listed.iter().all(|claim| within(&claim)), "{from:?} {to:?}");
    }
    // A further version of a claim keeps its list position.
    let second = claims[0].clone().next();
    assert_eq!(store.save_claim(&second).await.unwrap(), Saved::Done);
    let listed = all(async |part| store.list_claims(&spring, part, 50).await, ListRange::default(), 50).await;
    assert_eq!(listed.len(), claims.len());
    assert!(listed.contains(&second));
}

/// Checks the order of the lists of campaigns, rewards and accounts, which omit deleted items.
pub async fn other_lists_are_newest_first(backend: &ContractBackend) {
    let store = backend.store();
    for second in 0..9 {
        let name = format!("number-{second}");
        let _ = store.create_campaign(&campaign(&name, second)).await.unwrap();
        let _ = store.create_reward(&reward(&name, second)).await.unwrap();
        let mut account = account(&name, &format!("{name}@example.com"), u128::from(second.unsigned_abs()));
        account.created_at = at(second);
        assert_eq!(store.register_account(&account, None).await.unwrap(), Registered::Done);
    }
    let stored = store.get_campaign(&CampaignId::new("number-4")).await.unwrap();
    let deleted = Campaign { deleted: true, version: 2, ..stored };
    assert_eq!(store.save_campaign(&deleted).await.unwrap(), Saved::Done);
    let campaigns = all(async |part| store.list_campaigns(part, 4).await, ListRange::default(), 4).await;
    let times: Vec<i64> =
        campaigns.iter().map(|one| one.created_at.as_seconds() - at(0).as_seconds()).collect();
    assert_eq!(times, [8, 7, 6, 5, 3, 2, 1, 0]);
    let rewards = all(async |part| store.list_rewards(part, 4).await, ListRange::default(), 4).await;
    assert!(rewards.len() == 9 && rewards.is_sorted_by(|one, next| one.created_at > next.created_at));
    let accounts = all(async |part| store.list_accounts(part, 4).await, ListRange::default(), 4).await;
    assert!(accounts.len() == 9 && accounts.is_sorted_by(|one, next| one.created_at > next.created_at));
}

/// Checks that a user's own claims are ordered by campaign.
pub async fn a_users_own_claims_are_in_order(backend: &ContractBackend) {
    let store = backend.store();
    for name in ["delta", "alpha", "echo", "bravo", "charlie"] {
        let _ = store.save_claim(&claim("ann", name, 0)).await.unwrap();
    }
    let _ = store.save_claim(&claim("bob", "alpha", 0)).await.unwrap();
    let ann = claim("ann", "alpha", 0).user_id;
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store.claims_of(&ann, after.as_ref(), 2).await.unwrap();
        let last = page.len() < 2;
        names.extend(page.iter().map(|claim| claim.campaign_id.to_string()));
        after = page.last().map(|claim| claim.campaign_id.clone()).or(after);
        if last {
            break;
        }
    }
    assert_eq!(names, ["cmp_alpha", "cmp_bravo", "cmp_charlie", "cmp_delta", "cmp_echo"]);
}
