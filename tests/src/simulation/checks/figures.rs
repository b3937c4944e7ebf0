//! Checker of analytics: the counted figures are those of the stored items.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::is_recounted;
use runtime::slot_length;
use serde_json::Value;
use store::changes::figures_of;
use store::schema::{ACCOUNTS, ANALYTICS, CONCERTS, DEALS, QUEUE, REWARDS};

use super::Case;

/// Numbers by topic, UTC day, quarter of the day and counter.
type Numbers = BTreeMap<(String, String, String, String), i64>;

/// Checks that each counter equals the number that follows from the stored items, except for active users.
pub fn figures_equal_a_recount(case: &Case<'_>) -> Vec<String> {
    let (counted, stored) = (counted(case), stored(case));
    let keys = counted.keys().chain(stored.keys()).collect::<std::collections::BTreeSet<_>>();
    let number = |numbers: &Numbers, key: &_| numbers.get(key).copied().unwrap_or(0);
    let differs = |key: &&(String, String, String, String)| number(&counted, key) != number(&stored, key);
    let wrong = keys.into_iter().filter(differs).map(|key| {
        format!(
            "figure {key:?} is counted as {}, and {} are stored",
            number(&counted, key),
            number(&stored, key)
        )
    });
    wrong.collect()
}

/// Reads the counters, of shards and of days, as they are stored.
fn counted(case: &Case<'_>) -> Numbers {
    let mut numbers = Numbers::new();
    for item in case.workload.world.core.scan(&ANALYTICS) {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
        let Some((topic, span)) = text("pk").strip_prefix("FIGURES#").and_then(|pk| pk.rsplit_once('#'))
        else {
            continue;
        };
        let mut sort_key = text("sk").split('#');
        let day = format!("{}-{}", &span[..4], sort_key.next().unwrap_or_default());
        let quarter = sort_key.next();
        for (name, value) in item.as_object().into_iter().flatten() {
            let Some(name) = name.strip_prefix("n#") else { continue };
            let (quarter, counter) = match quarter {
                Some(quarter) => (quarter, name),
                None => name.split_once('#').expect("a counter of a day names its slot"),
            };
            let by: i64 = value["N"].as_str().and_then(|by| by.parse().ok()).expect("a counter is a number");
            if is_recounted(counter) {
                let key = (topic.to_owned(), day.clone(), quarter.to_owned(), counter.to_owned());
                *numbers.entry(key).or_default() += by;
            }
        }
    }
    numbers
}

/// Counts the figures of all stored items.
fn stored(case: &Case<'_>) -> Numbers {
    let (world, mut numbers) = (&case.workload.world, Numbers::new());
    let length = slot_length(&world.workers[0].app);
    for table in [&ACCOUNTS, &REWARDS, &QUEUE, &CONCERTS, &DEALS] {
        for item in world.core.scan(table) {
            let figures = figures_of(table, HashMap::new(), attributes(item), length);
            for ((topic, slot), counters) in figures.expect("a stored item can be read") {
                for (counter, by) in counters.iter().filter(|(counter, _)| is_recounted(counter)) {
                    let key = (topic.to_string(), slot.day(), slot.quarter(), counter.to_owned());
                    *numbers.entry(key).or_default() += by;
                }
            }
        }
    }
    numbers
}

fn attributes(item: Value) -> HashMap<String, AttributeValue> {
    let item: serde_dynamo::Item = serde_json::from_value(item).expect("an item as DynamoDB has it");
    item.into()
}
