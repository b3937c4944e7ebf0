//! Tests of evaluation results and of the external checks that they need.

use super::*;
use assertions::assert_each_eq;

fn check(name: &str) -> ExternalCheck {
    ExternalCheck { check: id(name), params: BTreeMap::new() }
}

fn answered(facts: &Facts, name: &str, answer: ExternalAnswer) -> Facts {
    let mut facts = facts.clone();
    facts.externals.insert(check(name), answer);
    facts
}

fn names(checks: &[ExternalCheck]) -> Vec<&str> {
    checks.iter().map(|check| check.check.as_str()).collect()
}

#[test]
fn it_can_say_two_of_three_days() {
    let tree = condition(json!({"all": [
        {"count": {"type": "invite", "at_least": 1}},
        {"distinct_days": {"type": "login", "at_least": 3}},
    ]}));
    let seen = tree.evaluate(&facts(&[
        did("login", "2026-11-20T09:00:00Z"),
        did("login", "2026-11-21T09:00:00Z"),
        did("login", "2026-11-21T19:00:00Z"),
        did("invite", "2026-11-21T09:00:00Z"),
    ]));
    assert_eq!(seen.outcome(), ConditionOutcome::Failed);
    assert_eq!(seen.children[1].to_string(), "login: 2 of 3 days");
    let json = json!({
        "kind": "all", "required": 2, "actual": 1, "passed": false, "children": [
            {"kind": "count", "type": "invite", "required": 1, "actual": 1, "passed": true},
            {"kind": "distinct_days", "type": "login", "required": 3, "actual": 2, "passed": false},
        ],
    });
    assert_eq!(serde_json::to_value(&seen).unwrap(), json);
    assert_eq!(serde_json::from_value::<Evaluation>(json).unwrap(), seen);
}

#[test]
fn no_condition_always_holds() {
    let seen = Condition::always().evaluate(&facts(&[]));
    assert_eq!(
        serde_json::to_value(&seen).unwrap(),
        json!({"kind": "all", "required": 0, "actual": 0, "passed": true})
    );
    let other = condition(json!({"streak": {"type": "login", "days": 2}}));
    assert_eq!(Condition::always().and(other.clone()), other);
    assert_eq!(other.clone().and(Condition::always()), other);
    assert_eq!(other.clone().and(other.clone()), Condition::All(vec![other.clone(), other]));
}

#[test]
fn only_the_window_counts() {
    let tree = condition(json!({"count": {"type": "login", "at_least": 2}}));
    let times = [
        "2026-08-31T23:59:59.999Z",
        "2026-09-01T00:00:00Z",
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00Z",
    ];
    let facts = facts(&times.map(|time| did("login", time)));
    assert_eq!(tree.evaluate(&facts).actual, Some(2));
    let early = Facts { now: at("2026-12-31T23:58:59.998Z"), ..facts.clone() };
    assert_eq!(tree.evaluate(&early).actual, Some(1), "what is reported from the future does not count yet");
    let soon = Facts { now: at("2026-12-31T23:58:59.999Z"), ..facts };
    assert_eq!(tree.evaluate(&soon).actual, Some(2), "a clock may be a little ahead");
}

#[test]
fn an_id_counts_once_across_months() {
    let tree = condition(json!({"count": {"type": "invite", "at_least": 2}}));
    let twice = ["2026-10-31T23:59:00Z", "2026-11-01T00:01:00Z"]
        .map(|time| Did { id: "same".into(), ..did("invite", time) });
    assert_eq!(tree.evaluate(&facts(&twice)).actual, Some(1));
}

#[test]
fn refs_can_be_counted_instead() {
    let with = |id: &str, reference| Did { id: id.into(), reference, ..did("gift", "2026-11-01T00:00:00Z") };
    let facts = facts(&[with("1", Some("a")), with("2", Some("a")), with("3", Some("b")), with("4", None)]);
    let count = |distinct| {
        let tree = condition(json!({"count": {"type": "gift", "at_least": 1, "distinct_refs": distinct}}));
        tree.evaluate(&facts).actual
    };
    assert_each_eq!((count(false), Some(4)), (count(true), Some(2)));
}

#[test]
fn a_quest_is_cleared_by_its_ref() {
    let cleared = Did { reference: Some("q1"), ..did("quest_clear", "2026-11-01T00:00:00Z") };
    let other = Did { kind: "login", reference: Some("q2"), ..cleared.clone() };
    let facts = facts(&[cleared, other]);
    let quest = |id: Value| condition(json!({"quest_cleared": {"quest_id": id}})).evaluate(&facts);
    assert_eq!(quest(json!("q1")).outcome(), ConditionOutcome::Passed);
    assert_eq!(quest(json!("q2")).to_string(), "quest q2: not cleared");
    assert_eq!(
        condition(json!({"quest_cleared": {"quest_id": 7}})),
        condition(json!({"quest_cleared": {"quest_id": "7"}}))
    );
}

#[test]
fn what_is_unknown_stays_unknown_only_where_it_matters() {
    use ConditionOutcome::{Failed, Passed, Unknown};
    use ExternalAnswer::{NotQualified, Qualified, Unavailable};
    let vip = json!({"external": {"check": "vip"}});
    let (yes, no) = (json!({"all": []}), json!({"not": {"all": []}}));
    let cases = [
        (json!({"all": [yes, vip]}), [Passed, Failed, Unknown]),
        (json!({"all": [no, vip]}), [Failed, Failed, Failed]),
        (json!({"any": [yes, vip]}), [Passed, Passed, Passed]),
        (json!({"any": [no, vip]}), [Passed, Failed, Unknown]),
        (json!({"not": vip}), [Failed, Passed, Unknown]),
        (json!({"not": {"any": [vip, yes]}}), [Failed, Failed, Failed]),
    ];
    let facts = facts(&[]);
    for (tree, expected) in cases {
        let tree = condition(tree);
        let got = [Qualified, NotQualified, Unavailable]
            .map(|answer| tree.evaluate(&answered(&facts, "vip", answer)).outcome());
        assert_eq!(got, expected, "{tree:?}");
        assert_eq!(tree.evaluate(&facts).outcome(), expected[2], "not asked is unknown too");
        assert_eq!(!tree.externals_needed(&facts).is_empty(), expected[2] == Unknown);
    }
}

#[test]
fn only_checks_that_matter_are_asked_and_only_once() {
    let login = json!({"count": {"type": "login", "at_least": 1}});
    let external = |name: &str| json!({"external": {"check": name}});
    let tree = condition(json!({"all": [
        {"any": [login, external("a")]},
        {"any": [{"all": [external("b"), {"not": login}]}, external("c"), {"not": external("c")}]},
    ]}));
    let without = facts(&[]);
    assert_eq!(names(&tree.externals_needed(&without)), ["a", "b", "c"]);
    let with = facts(&[did("login", "2026-11-01T00:00:00Z")]);
    assert_eq!(names(&tree.externals_needed(&with)), ["c"]);
    assert_eq!(names(&tree.needs(at("2026-11-01T00:00:00Z"), None, with.now).externals), ["a", "b", "c"]);
    let asked = answered(&with, "c", ExternalAnswer::Unavailable);
    assert!(tree.externals_needed(&asked).is_empty(), "no answer is an answer: it is not asked again");
    assert_eq!(tree.evaluate(&asked).outcome(), ConditionOutcome::Unknown);
}

#[test]
fn checks_with_other_params_are_other_checks() {
    let tree = condition(json!({"all": [
        {"external": {"check": "tier", "params": {"min": "1"}}},
        {"external": {"check": "tier", "params": {"min": "2"}}},
        {"external": {"check": "tier", "params": {"min": "1"}}},
    ]}));
    let mut facts = facts(&[]);
    let needed = tree.externals_needed(&facts);
    assert_eq!(needed.len(), 2);
    facts.externals.insert(needed[0].clone(), ExternalAnswer::Qualified);
    assert_eq!(tree.externals_needed(&facts), needed[1..]);
    facts.externals.insert(needed[1].clone(), ExternalAnswer::Qualified);
    assert_eq!(tree.evaluate(&facts).outcome(), ConditionOutcome::Passed);
    assert_eq!(tree.progress(&facts).outcome(), ConditionOutcome::Unknown, "progress asks nobody");
    let json = serde_json::to_value(&tree.progress(&facts).children[0]).unwrap();
    assert_eq!(json, json!({"kind": "external", "check": "tier", "required": 1, "passed": null}));
}

#[test]
fn every_kind_has_words() {
    let say = |tree: Value| condition(tree).evaluate(&facts(&[])).to_string();
    assert_eq!(say(json!({"all": [{"all": []}]})), "1 of 1 conditions");
    assert_eq!(say(json!({"any": [{"all": []}]})), "1 of 1 conditions needed");
    assert_eq!(say(json!({"not": {"all": []}})), "must not be so");
    assert_eq!(say(json!({"count": {"type": "invite", "at_least": 3}})), "invite: 0 of 3");
    assert_eq!(
        say(json!({"count": {"type": "invite", "at_least": 3, "distinct_refs": true}})),
        "invite: 0 of 3 different"
    );
    assert_eq!(say(json!({"streak": {"type": "login", "days": 7}})), "login: 0 of 7 days in a row");
    assert_eq!(say(json!({"external": {"check": "vip"}})), "vip: not known");
}

#[test]
fn the_usual_evaluation_is_short() {
    let tree = condition(json!({"all": [
        {"count": {"type": "invite", "at_least": 3}}, {"distinct_days": {"type": "login", "at_least": 3}},
    ]}));
    let size = serde_json::to_string(&tree.evaluate(&facts(&[]))).unwrap().len();
    assert!(size <= 256, "{size} bytes of the claim's 1,024");
}
