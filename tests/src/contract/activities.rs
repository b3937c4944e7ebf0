//! Contract of activities: they form sets, so late, repeated or reordered activities change nothing.

use crate::assert_each_eq;
use std::collections::BTreeSet;

use domain::Code;
use domain::activities::{Activity, ActivityType, ENTRIES_MAX, OutsideId, Recorded};
use store::{Saved, Store};
use tokio::task::JoinSet;

use super::samples::{claim, user};
use super::{ContractBackend, at};

fn quest(who: &str, id: &str, second: i64) -> Activity {
    Activity {
        user_id: user(who),
        kind: ActivityType::QUEST_CLEAR,
        occurred_at: at(second),
        reference: OutsideId::parse("dragon"),
        activity_id: OutsideId::parse(id).expect("an id"),
    }
}

/// Returns the entries in the month of `quest`, each with its id and its seconds after [`at`]`(0)`.
async fn month_of(store: &Store, quest: &Activity) -> Vec<(String, i64)> {
    let months = [(quest.kind.clone(), quest.month())];
    let found = store.get_months_eventual(&quest.user_id, &months).await.unwrap();
    let entries = found.into_iter().flat_map(|month| month.entries);
    entries.map(|(id, entry)| (id.to_string(), entry.at.as_seconds() - at(0).as_seconds())).collect()
}

/// Checks that an activity counts once, and keeps the values of its first record.
pub async fn an_activity_counts_once(backend: &ContractBackend) {
    let store = backend.store();
    let record =
        async |id: &str, second: i64| store.record_activity(&quest("ann", id, second)).await.unwrap();
    assert_eq!(record("one", 5).await, Recorded::New);
    assert_eq!(record("one", 5).await, Recorded::Known, "a repeat");
    assert_eq!(record("one", 9).await, Recorded::OtherTime, "a later report");
    assert_eq!(record("two", 7).await, Recorded::New);
    assert_eq!(record("one", 3).await, Recorded::OtherTime, "an earlier report");
    let other = Activity { reference: OutsideId::parse("wolf"), ..quest("ann", "one", 5) };
    assert_eq!(store.record_activity(&other).await.unwrap(), Recorded::OtherReference);
    let month = month_of(&store, &quest("ann", "one", 0)).await;
    assert_eq!(month, [("one".to_owned(), 5), ("two".to_owned(), 7)]);
    assert!(month_of(&store, &quest("bob", "one", 0)).await.is_empty());
}

/// Checks that a batch reports the outcome of each of its activities, and does not rewrite those already
/// recorded.
pub async fn a_batch_says_of_each_what_it_came_to(backend: &ContractBackend) {
    let store = backend.store();
    store.record_activity(&quest("ann", "known", 5)).await.unwrap();
    let batch = [
        quest("ann", "known", 5),
        quest("ann", "new", 6),
        quest("bob", "known", 7),
        quest("ann", "new", 4),
        quest("ann", "long-ago", -400 * 24 * 3600),
    ];
    let outcomes = store.record_activities(&batch).await.unwrap();
    let (new, known, other) = (Some(Recorded::New), Some(Recorded::Known), Some(Recorded::OtherTime));
    assert_eq!(outcomes, [known, new, new, other, new]);
    let again = store.record_activities(&batch).await.unwrap();
    assert_eq!(again, [known, known, known, other, known], "a repeat");
    let month = month_of(&store, &quest("ann", "new", 0)).await;
    assert_eq!(month, [("known".to_owned(), 5), ("new".to_owned(), 6)], "the first of two in one batch");
    assert!(store.record_activities(&[]).await.unwrap().is_empty());
}

/// Checks that a month takes at most `ENTRIES_MAX` entries of one user and type, and still recognizes
/// recorded ones.
pub async fn a_month_has_a_limit(backend: &ContractBackend) {
    let store = backend.store();
    let all: Vec<Activity> =
        (0..ENTRIES_MAX + 3).map(|index| quest("ann", &format!("a{index}"), 1)).collect();
    let mut outcomes = Vec::new();
    for batch in all.chunks(100) {
        outcomes.extend(store.record_activities(batch).await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Some(Recorded::New)).count(), ENTRIES_MAX);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_none()).count(), 3);
    assert_eq!(store.record_activity(&quest("ann", "more", 1)).await.unwrap_err().code, Code::ActivityLimit);
    assert_eq!(store.record_activity(&quest("ann", "a0", 1)).await.unwrap(), Recorded::Known);
    assert_eq!(month_of(&store, &quest("ann", "a0", 1)).await.len(), ENTRIES_MAX);
}

/// Checks that concurrent writes to one month all succeed.
pub async fn a_month_takes_many_writers(backend: &ContractBackend) {
    let mut writers = JoinSet::new();
    for writer in 0..24 {
        let store = backend.store();
        writers.spawn(async move {
            for index in 0..5 {
                // Odd indexes are shared: two writers record the same activity.
                let id = if index % 2 == 0 {
                    format!("own-{writer}-{index}")
                } else {
                    format!("shared-{}-{index}", writer / 2)
                };
                store.record_activity(&quest("ann", &id, 1)).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    assert_eq!(month_of(&backend.store(), &quest("ann", "x", 1)).await.len(), 24 * 3 + 12 * 2);
}

/// Checks that more months can be read than fit into one call of DynamoDB, alone and together with a claim.
pub async fn many_months_are_read_at_once(backend: &ContractBackend) {
    const TYPES: usize = 230;
    let store = backend.store();
    let kinds: Vec<ActivityType> =
        (0..TYPES).map(|index| ActivityType::parse(&format!("kind_{index}")).expect("a type")).collect();
    let one = quest("ann", "one", 1);
    let activities: Vec<Activity> =
        kinds.iter().map(|kind| Activity { kind: kind.clone(), ..one.clone() }).collect();
    store.record_activities(&activities).await.unwrap();
    let claimed = claim("ann", "spring", 0);
    assert_eq!(store.save_claim(&claimed).await.unwrap(), Saved::Done);
    let mut months: Vec<_> = kinds.iter().map(|kind| (kind.clone(), one.month())).collect();
    months.push((ActivityType::LOGIN, one.month()));
    let found = store.get_months_eventual(&one.user_id, &months).await.unwrap();
    let found: BTreeSet<_> = found.into_iter().map(|month| month.kind).collect();
    assert_eq!(found, kinds.into_iter().collect(), "and nothing for a month without any");
    let both =
        store.get_claim_and_activities_eventual(&one.user_id, &claimed.campaign_id, &months).await.unwrap();
    assert_each_eq!((both.0.as_ref(), Some(&claimed)), (both.1.len(), TYPES));
    let nobody =
        store.get_claim_and_activities_eventual(&user("bob"), &claimed.campaign_id, &months).await.unwrap();
    assert_each_eq!((nobody.0, None), (nobody.1.len(), 0));
}

/// Checks that the newest activities of a user are found over all activity types, newest first.
pub async fn the_newest_are_found_over_all_types(backend: &ContractBackend) {
    const DAY: i64 = 24 * 3600;
    let store = backend.store();
    for (index, kind) in ["login", "invite", "quest_clear"].iter().cycle().take(90).enumerate() {
        let second = -i64::try_from(index).unwrap() * DAY;
        let kind = ActivityType::parse(kind).expect("a type");
        store
            .record_activity(&Activity { kind, ..quest("ann", &format!("a{index}"), second) })
            .await
            .unwrap();
    }
    let newest = store.list_recent_activities_eventual(&user("ann"), 50).await.unwrap();
    let days: Vec<i64> =
        newest.iter().map(|one| (at(0).as_seconds() - one.occurred_at.as_seconds()) / DAY).collect();
    assert_eq!(days, (0..50).collect::<Vec<i64>>());
    assert_eq!(store.list_recent_activities_eventual(&user("ann"), 200).await.unwrap().len(), 90);
}
