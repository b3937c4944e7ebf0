//! Tests of promises to many concurrent clients of claims and waiting rooms.

use dibs_tests::assert_each_eq;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dibs_tests::concurrent_clients::{ClaimRequest, ClaimResponse, ConcurrentClients};
use dibs_tests::cost::campaigns::{endless, item, limited, points};
use dibs_tests::cost::in_paused_time;
use dibs_tests::cost::meter::writes_by_item;
use dibs_tests::rush::Rush;
use domain::ids::UserId;
use store::LedgerRange;

const REQUESTS: usize = 1_000;
const AT_A_TIME: usize = 200;

fn by_outcome(responses: &[ClaimResponse]) -> BTreeMap<(u16, String), usize> {
    let mut outcomes = BTreeMap::new();
    for one in responses {
        *outcomes.entry((one.status, one.code.clone().unwrap_or_default())).or_default() += 1;
    }
    outcomes
}

fn outcomes(expected: &[(u16, &str, usize)]) -> BTreeMap<(u16, String), usize> {
    expected.iter().map(|(status, code, count)| ((*status, (*code).to_owned()), *count)).collect()
}

async fn points_of(clients: &ConcurrentClients, user: &UserId) -> Vec<(u64, u64)> {
    let newest = LedgerRange { before: None, limit: 10, consistent: true };
    let entries = clients.app.store().list_point_entries(user, newest).await.expect("the ledger");
    entries.iter().map(|entry| (entry.number, entry.balance.0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_requests_of_one_user_are_one_grant() {
    let clients = ConcurrentClients::start(4).await;
    for keys in [None, Some(1), Some(10), Some(REQUESTS)] {
        let ids = clients.campaign(&[endless(points())]).await;
        let (user, token) = clients.user();
        let request = |index: usize| ClaimRequest {
            token: token.clone(),
            reward: 0,
            key: keys.map(|keys| format!("key-{}", index % keys)),
        };
        let responses = clients.claim(&ids, (0..REQUESTS).map(request).collect(), REQUESTS).await;
        let accepted = keys.map_or(1, |keys| REQUESTS / keys);
        let mut expected = outcomes(&[(202, "", accepted)]);
        if accepted < REQUESTS {
            expected.extend(outcomes(&[(409, "ALREADY_REQUESTED", REQUESTS - accepted)]));
        }
        assert_eq!(by_outcome(&responses), expected, "with {keys:?} keys");
        // All accepted requests have one `Idempotency-Key` in common, and their responses name the same
        // claim.
        let winners: Vec<usize> = (0..REQUESTS).filter(|index| responses[*index].status == 202).collect();
        let key_of = |index: &usize| keys.map(|keys| index % keys);
        assert!(winners.iter().all(|winner| key_of(winner) == key_of(&winners[0])), "{winners:?}");
        assert!(winners.iter().all(|winner| responses[*winner].claim == responses[winners[0]].claim));
        clients.settle().await;
        assert_eq!(points_of(&clients, &user).await, [(1, 100)], "with {keys:?} keys");
        let claim = clients.app.store().get_claim(&user, &ids.campaign).await.expect("the claim");
        assert!(claim.fully_granted() && claim.lines.len() == 1, "{claim:?}");
    }
    clients.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_of_one_user_take_one_unit() {
    let clients = ConcurrentClients::start(4).await;
    let ids = clients.campaign(&[limited(item(), 60)]).await;
    let (user, token) = clients.user();
    let requests =
        (0..REQUESTS).map(|_| ClaimRequest { token: token.clone(), reward: 0, key: None }).collect();
    let responses = clients.claim(&ids, requests, REQUESTS).await;
    assert_eq!(by_outcome(&responses), outcomes(&[(202, "", 1), (409, "ALREADY_REQUESTED", REQUESTS - 1)]));
    clients.settle().await;
    assert_eq!(clients.app.store().grants(&user, None, 10).await.expect("grants").len(), 1);
    assert_eq!(taken(&clients, &ids, 60).await, [user]);
    clients.stop().await;
}

/// Checks that one user who claims the last unit of several rewards at once gets all of them. The requests
/// conflict on one claim and are decided repeatedly; none may be refused because of the unit that it holds
/// itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_meet_keep_what_they_took() {
    const REWARDS: usize = 6;
    let clients = ConcurrentClients::start(REWARDS).await;
    for _ in 0..20 {
        let ids = clients.campaign(&vec![limited(item(), 1); REWARDS]).await;
        let (user, token) = clients.user();
        let requests =
            (0..REWARDS).map(|reward| ClaimRequest { token: token.clone(), reward, key: None }).collect();
        let responses = clients.claim(&ids, requests, REWARDS).await;
        assert_eq!(by_outcome(&responses), outcomes(&[(202, "", REWARDS)]));
        clients.settle().await;
        let claim = clients.app.store().get_claim(&user, &ids.campaign).await.expect("the claim");
        assert!(claim.fully_granted() && claim.lines.len() == REWARDS, "{claim:?}");
    }
    clients.stop().await;
}

/// Returns the users who hold a unit of the first reward of `ids`, which is limited to `limit` units.
async fn taken(
    clients: &ConcurrentClients,
    ids: &dibs_tests::cost::campaigns::CampaignIds,
    limit: u32,
) -> Vec<UserId> {
    let offer = clients.app.store().get_offer(&ids.campaign, &ids.rewards[0]).await.expect("the offer");
    let stock = offer.stock().expect("a stock");
    assert_eq!(offer.total_limit(), Some(domain::Quantity(limit)));
    let mut holders = Vec::new();
    for bucket in 0..stock.buckets() {
        let holds = clients.app.store().holds(&stock, bucket).await.expect("a bucket");
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
    let clients = ConcurrentClients::start(16).await;
    let ids = clients.campaign(&[limited(item(), UNITS)]).await;
    let users: Vec<_> = (0..USERS).map(|_| clients.user()).collect();
    let requests = users.iter().map(|(_, token)| ClaimRequest { token: token.clone(), reward: 0, key: None });
    clients.meter.take();
    let began = Instant::now();
    let responses = clients.claim(&ids, requests.collect(), AT_A_TIME).await;
    let claimed = began.elapsed();
    let units = UNITS as usize;
    assert_eq!(by_outcome(&responses), outcomes(&[(202, "", units), (409, "OUT_OF_STOCK", USERS - units)]));
    clients.settle().await;
    let settled = began.elapsed();

    let calls = clients.meter.take();
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

    let winners: Vec<&UserId> = users
        .iter()
        .zip(&responses)
        .filter(|(_, response)| response.status == 202)
        .map(|((id, _), _)| id)
        .collect();
    assert_eq!(clients.count("GRANT#"), units);
    for winner in &winners {
        assert_eq!(clients.app.store().grants(winner, None, 2).await.expect("grants").len(), 1, "{winner}");
    }
    let mut holders = taken(&clients, &ids, UNITS).await;
    holders.sort();
    let mut expected: Vec<UserId> = winners.into_iter().cloned().collect();
    expected.sort();
    assert_eq!(holders, expected);

    // Once its cache has expired, each instance finds by a read that the stock is sold out.
    clients.expire_caches();
    clients.meter.take();
    let late: Vec<ClaimRequest> =
        (0..500).map(|_| ClaimRequest { token: clients.user().1, reward: 0, key: None }).collect();
    let responses = clients.claim(&ids, late, AT_A_TIME).await;
    assert_eq!(by_outcome(&responses), outcomes(&[(409, "OUT_OF_STOCK", 500)]));
    let calls = clients.meter.take();
    assert!(writes_by_item(&calls).is_empty(), "{:?}", writes_by_item(&calls));
    clients.stop().await;
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
    assert_each_eq!((seen.joined, FANS), (seen.throttled, 0));
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
