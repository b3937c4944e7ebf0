//! Properties that hold for every condition and every activity history.

use std::collections::BTreeSet;

use super::*;

/// Answers the checks of a tree from the bits of a number.
fn answers(tree: &Condition, bits: u64) -> BTreeMap<ExternalCheck, ExternalAnswer> {
    let checks = tree.needs(at("2026-09-01T00:00:00Z"), None, at("2026-09-01T00:00:00Z")).externals;
    let answer = |index: usize| match (bits >> (2 * index % 64)) & 3 {
        0 => ExternalAnswer::NotQualified,
        1 => ExternalAnswer::Unavailable,
        _ => ExternalAnswer::Qualified,
    };
    checks.into_iter().enumerate().map(|(index, check)| (check, answer(index))).collect()
}

fn zone() -> impl Strategy<Value = TimeZone> {
    prop_oneof![Just("UTC"), Just("Asia/Kathmandu"), Just("America/St_Johns"), Just("Pacific/Kiritimati")]
        .prop_map(|name| TimeZone::get(name).unwrap())
}

proptest! {
    #[test]
    fn order_repetition_and_months_change_nothing(
        tree in tree(true), activities in some_activities(), again in some_activities(),
        zone in zone(), bits: u64,
    ) {
        let known = Facts { zone, externals: answers(&tree, bits), ..facts(&[]) };
        let see = |months| tree.evaluate(&Facts { months, ..known.clone() });
        // Only the first of two activities with the same id is recorded.
        let mut all = [activities, again].concat();
        let mut known_ids = BTreeSet::new();
        all.retain(|did| known_ids.insert((did.kind, did.id.clone())));
        let expected = see(months(&all));

        let reversed: Vec<Did> = all.iter().rev().cloned().collect();
        prop_assert_eq!(&see(months(&reversed)), &expected);
        prop_assert_eq!(&see(months(&[all.clone(), reversed].concat())), &expected);
        let apart = all.iter().rev().flat_map(|did| months(std::slice::from_ref(did))).collect();
        prop_assert_eq!(&see(apart), &expected);
        // Storing all activities of a type under one month gives the same result.
        let mut whole: Vec<ActivityMonth> = Vec::new();
        for month in months(&all) {
            match whole.iter_mut().find(|known| known.kind == month.kind) {
                Some(known) => known.merge(month),
                None => whole.push(month),
            }
        }
        prop_assert_eq!(&see(whole), &expected);
    }

    #[test]
    fn doing_more_never_loses(
        tree in tree(false), before in some_activities(), more in some_activities(),
        zone in zone(), bits: u64,
    ) {
        let externals = answers(&tree, bits);
        let known = Facts { zone, externals, ..facts(&[]) };
        let see = |months| tree.evaluate(&Facts { months, ..known.clone() }).outcome();
        // Ids must differ, since another time for a known activity is not recorded.
        let more = more.into_iter().map(|did| Did { id: format!("more-{}", did.id), ..did });
        let after: Vec<Did> = before.iter().cloned().chain(more).collect();
        match see(months(&before)) {
            ConditionOutcome::Passed => prop_assert_eq!(see(months(&after)), ConditionOutcome::Passed),
            ConditionOutcome::Unknown => prop_assert_ne!(see(months(&after)), ConditionOutcome::Failed),
            ConditionOutcome::Failed => {}
        }
    }

    #[test]
    fn an_unneeded_answer_changes_nothing(tree in tree(true), activities in some_activities(), bits: u64) {
        let facts = facts(&activities);
        let needed = tree.externals_needed(&facts);
        let undecided = tree.evaluate(&facts).outcome();
        prop_assert_eq!(needed.is_empty(), undecided != ConditionOutcome::Unknown);
        let all = answers(&tree, bits);
        let mut some = all.clone();
        some.retain(|check, _| needed.contains(check));
        let by_needed = tree.evaluate(&Facts { externals: some, ..facts.clone() }).outcome();
        let by_all = tree.evaluate(&Facts { externals: all, ..facts }).outcome();
        prop_assert_eq!(by_needed, by_all);
        prop_assert!(undecided == ConditionOutcome::Unknown || undecided == by_all, "what is decided stays decided");
    }

    #[test]
    fn reading_what_is_needed_is_enough(
        tree in tree(true), activities in some_activities(), day in 0i64..200,
    ) {
        let now = at("2026-08-01T00:00:00Z").plus_seconds(day * 86_400);
        let whole = Facts { now, ..facts(&[]) };
        let needs = tree.needs(whole.window.start, whole.window.end, now);
        // The property holds for distinct ids only: a repeated id counts at its earlier time, which needs the
        // month before.
        let mut distinct = activities;
        distinct.iter_mut().enumerate().for_each(|(number, did)| did.id = number.to_string());
        let whole = Facts { months: months(&distinct), ..whole };
        let mut read = whole.clone();
        read.months.retain(|month| needs.activities.contains(&(month.kind.clone(), month.month.clone())));
        prop_assert_eq!(tree.evaluate(&read), tree.evaluate(&whole));
    }

    #[test]
    fn json_keeps_everything(tree in tree(true), activities in some_activities(), bits: u64) {
        let json = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Condition>(&json).unwrap(), &tree);
        prop_assert_eq!(&Condition::from_stored(tree.to_stored().unwrap()).unwrap(), &tree);
        let seen = tree.evaluate(&Facts { externals: answers(&tree, bits), ..facts(&activities) });
        let json = serde_json::to_string(&seen).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Evaluation>(&json).unwrap(), &seen);
    }
}
