//! Storage of activities: one item for each user, month and type, with one attribute for each activity.
//!
//! The attribute `a#<id>` holds the time in milliseconds, or a map of the time and a reference; `n` is the
//! number of activities. The month precedes the type in the key, so that the newest activities can be read
//! without knowing the types.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::activities::{
    Activity, ActivityMonth, ActivityType, ENTRIES_MAX, OutsideId, Recorded, StoredActivity,
};
use domain::claims::Claim;
use domain::ids::{CampaignId, UserId};
use domain::{BusyReason, Error, Result, Timestamp};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::claims::claim_key;
use crate::item::{PartitionRange, Updated, entity};
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::points::user_partition;
use crate::schema::REWARDS;
use crate::update::ConditionalUpdate;
use crate::{Store, TryResult, retry_up_to};

const ENTRY: &str = "a#";
/// Number of items, each for one user, month and type, that are written concurrently.
const MONTHS_AT_A_TIME: usize = 16;
/// Maximum number of tries to write a month that concurrent requests write to.
const TRIES_MAX: usize = 10;
/// Maximum number of items that are searched for the newest activities of a user. A month with activities of
/// several types has an item for each type.
const RECENT_ITEMS_MAX: usize = 64;
const RECENT_ITEMS_AT_A_TIME: usize = 16;

/// Outcome of recording an activity; `None` when its month is full.
pub type RecordOutcome = Option<Recorded>;

type MonthKey = (UserId, String, ActivityType);

/// Returns the key of the item with the activities of type `kind` that `user` did in `month`, such as
/// `2026-11`.
pub fn activities_key(user: &UserId, kind: &ActivityType, month: &str) -> Key {
    Key::new(user_partition(user), format!("ACTIVITY#{month}#{kind}"))
}

/// Parses the items with activities among `attributes` and skips other items.
pub fn months_from(attributes: &[Attributes]) -> Vec<ActivityMonth> {
    attributes.iter().filter_map(month_from).collect()
}

fn month_from(item: &Attributes) -> Option<ActivityMonth> {
    let sk = Key::of(item)?.sk;
    let (month, kind) = sk.strip_prefix("ACTIVITY#")?.split_once('#')?;
    let entries = item
        .iter()
        .filter_map(|(name, value)| Some((OutsideId::parse(name.strip_prefix(ENTRY)?)?, entry_from(value)?)));
    Some(ActivityMonth {
        entries: entries.collect(),
        ..ActivityMonth::new(ActivityType::parse(kind)?, month)
    })
}

fn entry_from(value: &AttributeValue) -> Option<StoredActivity> {
    let number = |value: &AttributeValue| Some(Timestamp::from_millis(value.as_n().ok()?.parse().ok()?));
    match value {
        AttributeValue::M(both) => {
            let reference = OutsideId::parse(both.get("ref")?.as_s().ok()?)?;
            Some(StoredActivity { at: number(both.get("at")?)?, reference: Some(reference) })
        }
        alone => Some(StoredActivity { at: number(alone)?, reference: None }),
    }
}

/// Encodes an entry. Most activities have no reference and are stored as a number, because the cost of a
/// write grows with the size of the whole month.
fn value_of(entry: &StoredActivity) -> AttributeValue {
    let at = n(entry.at.as_millis());
    match &entry.reference {
        None => at,
        Some(reference) => AttributeValue::M(HashMap::from([
            ("at".to_owned(), at),
            ("ref".to_owned(), AttributeValue::S(reference.to_string())),
        ])),
    }
}

/// Write that records activities of one user, month and type: the entries to add, and the outcome of each
/// requested activity if the write succeeds.
#[derive(Debug, Default)]
struct Plan {
    set: Vec<(OutsideId, StoredActivity)>,
    outcomes: BTreeMap<OutsideId, RecordOutcome>,
}

impl Plan {
    /// Plans the write that adds the `wanted` entries missing in `known`, up to the limit of a month.
    fn of(known: &BTreeMap<OutsideId, StoredActivity>, wanted: &BTreeMap<OutsideId, StoredActivity>) -> Self {
        let mut plan = Self::default();
        for (id, entry) in wanted {
            let outcome = match known.get(id) {
                Some(there) => Some(Recorded::beside(there, entry)),
                None if known.len() + plan.set.len() < ENTRIES_MAX => Some(Recorded::New),
                None => None,
            };
            if outcome == Some(Recorded::New) {
                plan.set.push((id.clone(), entry.clone()));
            }
            plan.outcomes.insert(id.clone(), outcome);
        }
        plan
    }
}

impl Store {
    /// Records one activity.
    ///
    /// # Errors
    /// `ACTIVITY_LIMIT` when the user already has the maximum number of activities of this type in its month.
    pub async fn record_activity(&self, activity: &Activity) -> Result<Recorded> {
        let outcomes = self.record_activities(std::slice::from_ref(activity)).await?;
        outcomes.first().copied().flatten().ok_or_else(domain::activities::limit)
    }

    /// Records activities and returns the outcome of each, in their order. Activities of one user, month and
    /// type take one write.
    ///
    /// # Errors
    /// `BUSY` when concurrent writes changed the same month in each of ten tries. Activities of other months
    /// may be recorded already, and a repeat records the rest.
    pub async fn record_activities(&self, activities: &[Activity]) -> Result<Vec<RecordOutcome>> {
        let mut places: BTreeMap<MonthKey, BTreeMap<OutsideId, StoredActivity>> = BTreeMap::new();
        let place = |activity: &Activity| (activity.user_id.clone(), activity.month(), activity.kind.clone());
        for activity in activities {
            let wanted = places.entry(place(activity)).or_default();
            wanted.entry(activity.activity_id.clone()).or_insert_with(|| activity.entry());
        }
        let first = places.clone();
        let written = stream::iter(places)
            .map(|(place, wanted)| async move {
                let outcomes = self.record_month(&place, &wanted).await?;
                Ok::<_, Error>((place, outcomes))
            })
            .buffer_unordered(MONTHS_AT_A_TIME);
        let outcomes: BTreeMap<MonthKey, BTreeMap<OutsideId, RecordOutcome>> = written.try_collect().await?;
        let mut told = BTreeSet::new();
        let outcome = |activity: &Activity| {
            let place = place(activity);
            let outcome =
                outcomes.get(&place).and_then(|month| month.get(&activity.activity_id).copied().flatten());
            // Of two activities with the same id in one call, the second is compared with the first and never
            // counts as new.
            let known = first.get(&place).and_then(|month| month.get(&activity.activity_id));
            if told.insert((place.clone(), activity.activity_id.clone())) {
                return outcome;
            }
            outcome.and(known).map(|known| Recorded::beside(known, &activity.entry()))
        };
        Ok(activities.iter().map(outcome).collect())
    }

    /// Writes the `wanted` entries of a month. The first try assumes that none of them is stored, which is
    /// mostly true and saves a read. If the condition fails, the response contains the stored month, from
    /// which the next try is planned.
    async fn record_month(
        &self,
        place: &MonthKey,
        wanted: &BTreeMap<OutsideId, StoredActivity>,
    ) -> Result<BTreeMap<OutsideId, RecordOutcome>> {
        let attempt = async |plan: Plan| {
            if plan.set.is_empty() {
                return Ok(TryResult::Done(plan.outcomes));
            }
            Ok(match self.write_month(place, &plan).await? {
                None => TryResult::Done(plan.outcomes),
                Some(there) => {
                    let known = month_from(&there).map(|month| month.entries).unwrap_or_default();
                    TryResult::Conflict(Plan::of(&known, wanted))
                }
            })
        };
        let first = Plan::of(&BTreeMap::new(), wanted);
        retry_up_to(TRIES_MAX, BusyReason::Activities, first, attempt).await
    }

    /// Writes the entries of `plan`. Returns the stored item, with nothing written, when it has one of them
    /// already or too little space.
    async fn write_month(&self, (user, month, kind): &MonthKey, plan: &Plan) -> Result<Option<Attributes>> {
        let mut set = vec!["#n = if_not_exists(#n, :zero) + :new".to_owned()];
        let mut conditions = vec!["(attribute_not_exists(#n) OR #n <= :room)".to_owned()];
        for index in 0..plan.set.len() {
            set.push(format!("#{index} = :{index}"));
            conditions.push(format!("attribute_not_exists(#{index})"));
        }
        let mut change = ConditionalUpdate::new(format!("SET {}", set.join(", ")), conditions.join(" AND "))
            .name("#n", "n")
            .value(":zero", n(0))
            .value(":new", n(plan.set.len()))
            .value(":room", n(ENTRIES_MAX - plan.set.len()))
            .without_item();
        for (index, (id, entry)) in plan.set.iter().enumerate() {
            change = change
                .name(format!("#{index}"), format!("{ENTRY}{id}"))
                .value(format!(":{index}"), value_of(entry));
        }
        match self.update(&REWARDS, &activities_key(user, kind, month), change).await? {
            Updated::Done(_) => Ok(None),
            Updated::ConditionFailed(there) => Ok(Some(there.unwrap_or_default())),
        }
    }

    /// Reads the activities of `user` in these months, eventually consistent. Months without activities are
    /// left out.
    pub async fn get_months_eventual(
        &self,
        user: &UserId,
        months: &[(ActivityType, String)],
    ) -> Result<Vec<ActivityMonth>> {
        Ok(months_from(&self.get_all_eventual(&REWARDS, &month_keys(user, months)).await?))
    }

    /// Reads the claim of `user` in `campaign` and the activities of these months in one call, eventually
    /// consistent.
    pub async fn get_claim_and_activities_eventual(
        &self,
        user: &UserId,
        campaign: &CampaignId,
        months: &[(ActivityType, String)],
    ) -> Result<(Option<Claim>, Vec<ActivityMonth>)> {
        let claim = claim_key(user, campaign);
        let mut keys = month_keys(user, months);
        keys.push(claim.clone());
        let mut items = self.get_all_eventual(&REWARDS, &keys).await?;
        let found = items.iter().position(|item| Key::of(item).as_ref() == Some(&claim));
        let found = found.map(|index| entity(items.swap_remove(index))).transpose()?;
        Ok((found, months_from(&items)))
    }

    /// Lists up to `limit` of the newest activities of `user`, newest first, eventually consistent. Reads at
    /// most 64 items; each has the activities of one month and type.
    pub async fn list_recent_activities_eventual(
        &self,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<Activity>> {
        let mut months: Vec<ActivityMonth> = Vec::new();
        let pk = user_partition(user);
        while months.len() < RECENT_ITEMS_MAX {
            let after = months.last().map(|last| format!("ACTIVITY#{}#{}", last.month, last.kind));
            let range = PartitionRange {
                after: after.as_deref(),
                limit: RECENT_ITEMS_AT_A_TIME,
                backward: true,
                ..PartitionRange::of(&pk, "ACTIVITY#")
            };
            let page = months_from(&self.query_attributes(&REWARDS, &range).await?);
            let whole = page.len() < RECENT_ITEMS_AT_A_TIME;
            months.extend(page);
            // The last month read may continue with other types, so only earlier months are known to be
            // complete.
            let oldest = months.last().map(|last| last.month.clone()).unwrap_or_default();
            let sure: usize =
                months.iter().filter(|one| one.month > oldest).map(|one| one.entries.len()).sum();
            if whole || sure >= limit {
                break;
            }
        }
        let mut activities: Vec<Activity> =
            months.into_iter().flat_map(|month| of_month(user, month)).collect();
        activities.sort_by(|one, other| {
            (other.occurred_at, &other.activity_id).cmp(&(one.occurred_at, &one.activity_id))
        });
        activities.truncate(limit);
        Ok(activities)
    }
}

fn month_keys(user: &UserId, months: &[(ActivityType, String)]) -> Vec<Key> {
    months.iter().map(|(kind, month)| activities_key(user, kind, month)).collect()
}

fn of_month(user: &UserId, month: ActivityMonth) -> impl Iterator<Item = Activity> {
    let (user, kind) = (user.clone(), month.kind);
    month.entries.into_iter().map(move |(activity_id, entry)| Activity {
        user_id: user.clone(),
        kind: kind.clone(),
        occurred_at: entry.at,
        reference: entry.reference,
        activity_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn id(text: &str) -> OutsideId {
        OutsideId::parse(text).unwrap()
    }

    fn entries(entries: &[(&str, i64)]) -> BTreeMap<OutsideId, StoredActivity> {
        let entry = |at| StoredActivity { at: Timestamp::from_millis(at), reference: None };
        entries.iter().map(|(name, at)| (id(name), entry(*at))).collect()
    }

    #[test]
    fn what_is_known_is_not_written_again() {
        let plan = Plan::of(&entries(&[("a", 5), ("b", 5)]), &entries(&[("a", 5), ("b", 4), ("c", 1)]));
        assert_eq!(plan.outcomes[&id("a")], Some(Recorded::Known));
        assert_eq!(plan.outcomes[&id("b")], Some(Recorded::OtherTime));
        assert_eq!(plan.outcomes[&id("c")], Some(Recorded::New));
        assert_eq!(plan.set.len(), 1);
    }

    #[test]
    fn a_month_is_filled_to_its_limit_and_no_further() {
        let names: Vec<String> = (1..ENTRIES_MAX).map(|number| format!("k{number:04}")).collect();
        let known = entries(&names.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>());
        let plan = Plan::of(&known, &entries(&[("k0001", 1), ("x", 1), ("y", 1)]));
        let outcomes: Vec<RecordOutcome> = plan.outcomes.into_values().collect();
        assert_eq!(outcomes, [Some(Recorded::Known), Some(Recorded::New), None]);
    }

    #[test]
    fn an_item_reads_as_the_month_that_was_written() {
        let with_ref = StoredActivity { at: Timestamp::from_millis(7), reference: Some(id("quest-1")) };
        let mut item = activities_key(&UserId::new("1"), &ActivityType::QUEST_CLEAR, "2026-11").attributes();
        item.insert("n".to_owned(), n(2));
        item.insert("a#one".to_owned(), value_of(&with_ref));
        item.insert("a#two".to_owned(), n(8));
        let other = Key::new("USER#usr_1", "CLAIM#cmp_1").attributes();
        let months = months_from(&[other, item]);
        assert_eq!(months.len(), 1);
        assert_each_eq!((months[0].kind, ActivityType::QUEST_CLEAR), (months[0].month.as_str(), "2026-11"));
        assert_eq!(months[0].entries[&id("one")], with_ref);
        assert_eq!(months[0].entries[&id("two")], entries(&[("two", 8)])[&id("two")]);
    }
}
