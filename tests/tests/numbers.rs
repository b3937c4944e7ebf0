//! Tests of promises to many concurrent clients of claims and waiting rooms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dibs_tests::cost::in_paused_time;
use dibs_tests::cost::meter::writes_by_item;
use dibs_tests::cost::setting::{endless, item, limited, points};
use dibs_tests::crowd::{Ask, Crowd, Told};
use dibs_tests::rush::Rush;
use domain::ids::UserId;
use store::LedgerRange;

const REQUESTS: usize = 1_000;
const AT_A_TIME: usize = 200;

fn by_outcome(told: &[Told]) -> BTreeMap<(u16, String), usize> {
    let mut outcomes = BTreeMap::new();
    for one in told {
        *outcomes.entry((one.status, one.code.clone().unwrap_or_default())).or_default() += 1;
    }
    outcomes
}

fn outcomes(expected: &[(u16, &str, usize)]) -> BTreeMap<(u16, String), usize> {
    expected.iter().map(|(status, code, count)| ((*status, (*code).to_owned()), *count)).collect()
}

async fn points_of(crowd: &Crowd, user: &UserId) -> Vec<(u64, u64)> {
    let newest = LedgerRange { before: None, limit: 10, consistent: true };
    let entries = crowd.app.store().point_entries(user, newest).await.expect("the ledger");
    entries.iter().map(|entry| (entry.number, entry.balance)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_requests_of_one_user_are_one_grant() {
    let crowd = Crowd::start(4).await;
    for keys in [None, Some(1), Some(10), Some(REQUESTS)] {
        let setting = crowd.campaign(&[endless(points())]).await;
        let (user, token) = crowd.user();
        let ask = |index: usize| Ask {
            token: token.clone(),
            reward: 0,
            key: keys.map(|keys| format!("key-{}", index % keys)),
        };
        let told = crowd.claim(&setting, (0..REQUESTS).map(ask).collect(), REQUESTS).await;
        let accepted = keys.map_or(1, |keys| REQUESTS / keys);
        let mut expected = outcomes(&[(202, "", accepted)]);
        if accepted < REQUESTS {
            expected.extend(outcomes(&[(409, "ALREADY_REQUESTED", REQUESTS - accepted)]));
        }
        assert_eq!(by_outcome(&told), expected, "with {keys:?} keys");
        // All accepted requests have one `Idempotency-Key` in common, and their responses name the same
        // claim.
        let winners: Vec<usize> = (0..REQUESTS).filter(|index| told[*index].status == 202).collect();
        let key_of = |index: &usize| keys.map(|keys| index % keys);
        assert!(winners.iter().all(|winner| key_of(winner) == key_of(&winners[0])), "{winners:?}");
        assert!(winners.iter().all(|winner| told[*winner].claim == told[winners[0]].claim));
        crowd.settle().await;
        assert_eq!(points_of(&crowd, &user).await, [(1, 100)], "with {keys:?} keys");
        let claim = crowd.app.store().get_claim(&user, &setting.campaign).await.expect("the claim");
        assert!(claim.fully_granted() && claim.lines.len() == 1, "{claim:?}");
    }
    crowd.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_of_one_user_take_one_unit() {
    let crowd = Crowd::start(4).await;
    let setting = crowd.campaign(&[limited(item(), 60)]).await;
    let (user, token) = crowd.user();
    let asks = (0..REQUESTS).map(|_| Ask { token: token.clone(), reward: 0, key: None }).collect();
    let told = crowd.claim(&setting, asks, REQUESTS).await;
    assert_eq!(by_outcome(&told), outcomes(&[(202, "", 1), (409, "ALREADY_REQUESTED", REQUESTS - 1)]));
    crowd.settle().await;
    assert_eq!(crowd.app.store().grants(&user, None, 10).await.expect("grants").len(), 1);
    assert_eq!(taken(&crowd, &setting, 60).await, [user]);
    crowd.stop().await;
}

/// Checks that one user who claims the last unit of several rewards at once gets all of them. The requests
/// conflict on one claim and are decided repeatedly; none may be refused because of the unit that it holds
/// itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_meet_keep_what_they_took() {
    const REWARDS: usize = 6;
    let crowd = Crowd::start(REWARDS).await;
    for _ in 0..20 {
        let setting = crowd.campaign(&vec![limited(item(), 1); REWARDS]).await;
        let (user, token) = crowd.user();
        let asks = (0..REWARDS).map(|reward| Ask { token: token.clone(), reward, key: None }).collect();
        let told = crowd.claim(&setting, asks, REWARDS).await;
        assert_eq!(by_outcome(&told), outcomes(&[(202, "", REWARDS)]));
        crowd.settle().await;
        let claim = crowd.app.store().get_claim(&user, &setting.campaign).await.expect("the claim");
        assert!(claim.fully_granted() && claim.lines.len() == REWARDS, "{claim:?}");
    }
    crowd.stop().await;
}

/// Returns the users who hold a unit of the first reward of `setting`, which is limited to `limit` units.
async fn taken(crowd: &Crowd, setting: &dibs_tests::cost::setting::Setting, limit: u32) -> Vec<UserId> {
    let offer = crowd.app.store().get_offer(&setting.campaign, &setting.rewards[0]).await.expect("the offer");
    let stock = offer.stock().expect("a stock");
    assert_eq!(offer.total_limit(), Some(limit));
    let mut holders = Vec::new();
    for bucket in 0..stock.buckets() {
        let holds = crowd.app.store().holds(&stock, bucket).await.expect("a bucket");
        holders.extend(holds.into_iter().filter_map(|(name, _)| UserId::parse(name.split('#').next()?)));
    }
    holders
}

/// Checks that exactly a thousand of ten thousand users get one of a thousand units, and that no item is
/// written by more than three percent of the requests, so that ten times as many users would succeed too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_users_for_a_thousand_units() {
    const USERS: usize = 10_000;
    const UNITS: u32 = 1_000;
    const WRITES_MAX: usize = USERS * 3 / 100;
    let crowd = Crowd::start(16).await;
    let setting = crowd.campaign(&[limited(item(), UNITS)]).await;
    let users: Vec<_> = (0..USERS).map(|_| crowd.user()).collect();
    let asks = users.iter().map(|(_, token)| Ask { token: token.clone(), reward: 0, key: None });
    crowd.meter.take();
    let began = Instant::now();
    let told = crowd.claim(&setting, asks.collect(), AT_A_TIME).await;
    let claimed = began.elapsed();
    let units = UNITS as usize;
    assert_eq!(by_outcome(&told), outcomes(&[(202, "", units), (409, "OUT_OF_STOCK", USERS - units)]));
    crowd.settle().await;
    let settled = began.elapsed();

    let calls = crowd.meter.take();
    let writes = writes_by_item(&calls);
    let (item, most) = writes.iter().max_by_key(|(_, count)| **count).expect("something was written");
    println!(
        "{USERS} users, {UNITS} units: answered after {claimed:?}, granted after {settled:?}; \
         {} writes of {} items, the most to {item}: {most}",
        writes.values().sum::<usize>(),
        writes.len(),
    );
    let mut busiest: Vec<_> = writes.iter().map(|(item, count)| (*count, *item)).collect();
    busiest.sort_unstable_by(|one, other| other.cmp(one));
    println!("busiest: {:?}", &busiest[..5.min(busiest.len())]);
    assert!(*most <= WRITES_MAX, "{item} was written {most} times");

    let winners: Vec<&UserId> =
        users.iter().zip(&told).filter(|(_, told)| told.status == 202).map(|((id, _), _)| id).collect();
    assert_eq!(crowd.count("GRANT#"), units);
    for winner in &winners {
        assert_eq!(crowd.app.store().grants(winner, None, 2).await.expect("grants").len(), 1, "{winner}");
    }
    let mut holders = taken(&crowd, &setting, UNITS).await;
    holders.sort();
    let mut expected: Vec<UserId> = winners.into_iter().cloned().collect();
    expected.sort();
    assert_eq!(holders, expected);

    // Once its cache has expired, each instance finds by a read that the stock is sold out.
    crowd.forget();
    crowd.meter.take();
    let late: Vec<Ask> = (0..500).map(|_| Ask { token: crowd.user().1, reward: 0, key: None }).collect();
    let told = crowd.claim(&setting, late, AT_A_TIME).await;
    assert_eq!(by_outcome(&told), outcomes(&[(409, "OUT_OF_STOCK", 500)]));
    let calls = crowd.meter.take();
    assert!(writes_by_item(&calls).is_empty(), "{:?}", writes_by_item(&calls));
    crowd.stop().await;
}

/// Checks that ten thousand users who join within a second have their positions two seconds later, in the
/// order of arrival, and that no partition key exceeds DynamoDB's limit of write units.
#[test]
fn ten_thousand_join_within_a_second() {
    const FANS: usize = 10_000;
    let began = Instant::now();
    let run = async { Rush::start(7, 10_000).await.run(FANS, Duration::from_secs(3)).await };
    let (fans, seen) = in_paused_time(run);
    println!(
        "{FANS} joined within a second: the last place after {:?}; {} and {} write units for each by joining and by \
         what follows; the most within a second {} to {}; {} calls throttled; the room has {} bytes; it took {:?}",
        seen.placed_after,
        seen.units_of_joins / FANS as f64,
        seen.units_of_runs / FANS as f64,
        seen.peak.0,
        seen.peak.1,
        seen.throttled,
        seen.room_bytes,
        began.elapsed(),
    );
    assert_eq!((seen.joined, seen.throttled), (FANS, 0));
    assert!(seen.peak.0 <= 1_000.0, "{:?}", seen.peak);
    let mut order: Vec<_> = fans.iter().zip(&seen.told).collect();
    order.sort_by_key(|(fan, _)| (fan.at, fan.name.clone()));
    for ((fan, told), position) in order.into_iter().zip(1..) {
        assert_eq!(*told, Some(position), "{fan:?}");
    }
    assert!(
        seen.placed_after.is_some_and(|after| after <= Duration::from_secs(3)),
        "{:?}",
        seen.placed_after
    );
}

/// Checks that the simulated limit of a partition key works: a waiting room that expects fewer users than
/// come is throttled.
#[test]
fn a_room_that_expects_fewer_is_slowed_down() {
    let run = async { Rush::start(7, 500).await.run(1_600, Duration::from_secs(3)).await };
    let (_, seen) = in_paused_time(run);
    assert!(seen.throttled > 0 && seen.peak.0 >= 1_000.0, "{:?}", (seen.throttled, seen.peak));
}
