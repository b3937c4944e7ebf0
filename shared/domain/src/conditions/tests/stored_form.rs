//! Tests of validation and of the stored form.

use super::*;
use crate::conditions::stored::{self, SCHEMA_VERSION, StoredError};

fn nested(depth: usize) -> Condition {
    (1..depth).fold(Condition::always(), |inner, _| Condition::Not(Box::new(inner)))
}

fn fields(condition: &Condition) -> Vec<String> {
    condition.check("condition").unwrap_err().into_iter().map(|error| error.field).collect()
}

#[test]
fn a_tree_has_bounds() {
    assert_eq!(nested(DEPTH_MAX).check("condition"), Ok(()));
    assert_eq!(fields(&nested(DEPTH_MAX + 1)), ["condition"]);
    assert_eq!(fields(&nested(5_000)), ["condition"]);
    let wide = |nodes: usize| Condition::All(vec![Condition::always(); nodes - 1]);
    assert_eq!(wide(NODES_MAX).check("condition"), Ok(()));
    assert_eq!(fields(&wide(NODES_MAX + 1)), ["condition"]);
    let branchy = Condition::All(vec![wide(32), Condition::Any(vec![wide(31)])]);
    assert_eq!(fields(&branchy), ["condition"], "65 nodes in all");
    let both = Condition::All([vec![Condition::always(); 70], vec![nested(9)]].concat());
    assert!(both.check("condition").is_err());
}

#[test]
fn every_number_at_fault_is_named() {
    let kind = ActivityType::LOGIN;
    let long = "x".repeat(PARAM_CHARS_MAX + 1);
    let tree = Condition::All(vec![
        Condition::Count(Count { kind: kind.clone(), at_least: 0, distinct_refs: false }),
        Condition::Not(Box::new(Condition::Streak(Streak { kind: kind.clone(), days: 367 }))),
        Condition::DistinctDays(DistinctDays { kind, at_least: 10_001 }),
        Condition::Any(vec![]),
        Condition::External(ExternalCheck { check: id("vip"), params: [("a".into(), long)].into() }),
    ]);
    assert_eq!(
        fields(&tree),
        [
            "condition.all[0].count.at_least",
            "condition.all[1].not.streak.days",
            "condition.all[2].distinct_days.at_least",
            "condition.all[3].any",
            "condition.all[4].external.params",
        ]
    );
}

#[test]
fn the_version_is_stored_and_asked_for() {
    let tree = condition(json!({"count": {"type": "invite", "at_least": 3}}));
    let stored = tree.to_stored().unwrap();
    assert_eq!(
        stored,
        json!({"schema_version": 1, "condition": {"count": {"type": "invite", "at_least": 3}}})
    );

    let newer = json!({"schema_version": SCHEMA_VERSION + 1, "condition": {"moon": "full"}});
    let error = Condition::from_stored(newer).unwrap_err();
    assert!(error.cause().unwrap().to_string().contains("schema version 2"), "{:?}", error.cause());
    for bad in
        [json!({"schema_version": 0, "condition": {"all": []}}), json!({"condition": {"all": []}}), json!(1)]
    {
        assert!(Condition::from_stored(bad).is_err());
    }
    assert!(StoredError::Newer(9).to_string().contains("version 9"));
}

#[test]
fn a_field_can_be_a_stored_condition() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Item {
        #[serde(with = "stored")]
        condition: Condition,
        #[serde(with = "stored::option", default)]
        other: Option<Condition>,
    }
    let item = Item { condition: Condition::always(), other: Some(nested(3)) };
    let json = serde_json::to_value(&item).unwrap();
    assert_eq!(json["condition"], json!({"schema_version": 1, "condition": {"all": []}}));
    assert_eq!(serde_json::from_value::<Item>(json.clone()).unwrap(), item);
    let none = json!({"condition": json["condition"]});
    assert_eq!(serde_json::from_value::<Item>(none).unwrap().other, None);
    let newer = json!({"condition": {"schema_version": 2, "condition": {}}});
    assert!(serde_json::from_value::<Item>(newer).unwrap_err().to_string().contains("schema version 2"));
}

proptest! {
    #[test]
    fn bounds_are_what_they_say(tree in tree(true)) {
        fn size(tree: &Condition) -> (usize, usize) {
            match tree {
                Condition::All(children) | Condition::Any(children) => children.iter().map(size)
                    .fold((1, 1), |(nodes, depth), (n, d)| (nodes + n, depth.max(d + 1))),
                Condition::Not(child) => { let (n, d) = size(child); (n + 1, d + 1) }
                _ => (1, 1),
            }
        }
        let (nodes, depth) = size(&tree);
        prop_assert_eq!(tree.check("condition").is_ok(), nodes <= NODES_MAX && depth <= DEPTH_MAX);
    }
}
