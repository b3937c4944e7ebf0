//! Tests that the JSON schema accepts exactly the values that the deserializer accepts.

use jsonschema::Validator;
use std::sync::LazyLock;

use super::*;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Condition>();
    schema.to_value()
});
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&SCHEMA).unwrap());

fn agree(json: &Value) -> Result<bool, String> {
    let read = serde_json::from_value::<Condition>(json.clone());
    if VALIDATOR.is_valid(json) == read.is_ok() { Ok(read.is_ok()) } else { Err(format!("{json}: {read:?}")) }
}

#[test]
fn it_is_recursive_by_name_and_closed() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Body {
        condition: Condition,
    }
    let schema = schemars::schema_for!(Body).to_value();
    let condition = &schema["$defs"]["Condition"];
    let reference = json!({"$ref": "#/$defs/Condition"});
    assert_eq!(schema["properties"]["condition"]["$ref"], reference["$ref"]);
    let below = &condition["properties"];
    for place in [&below["all"]["items"], &below["any"]["items"], &below["not"]] {
        assert_eq!(place, &reference);
    }
    assert_eq!(schema["$defs"].as_object().unwrap().len(), 1, "leaves are inline: {schema}");
    for leaf in ["count", "distinct_days", "streak", "quest_cleared", "external"] {
        assert_eq!(below[leaf]["additionalProperties"], json!(false), "{leaf}");
    }
    assert_eq!(condition["additionalProperties"], json!(false));
}

#[test]
fn both_agree_at_the_edges() {
    let count = |field: &str, value: Value| {
        let mut leaf = json!({"type": "login", "at_least": 1});
        leaf[field] = value;
        json!({"count": leaf})
    };
    let quest = |id: Value| json!({"quest_cleared": {"quest_id": id}});
    let params = |params: Value| json!({"external": {"check": "vip", "params": params}});
    let many = |number: usize| Value::Object((0..number).map(|n| (format!("p{n}"), json!(""))).collect());
    let holes = |number: usize| Value::Array(vec![json!({"all": []}); number]);
    let good = [
        json!({"all": []}),
        json!({"not": {"not": {"all": []}}}),
        json!({"all": holes(63)}),
        json!({"any": holes(63)}),
        count("at_least", json!(10_000)),
        count("at_least", json!(3.0)),
        count("at_least", json!(1e3)),
        count("distinct_refs", json!(true)),
        count("type", json!("x".repeat(32))),
        json!({"streak": {"type": "login", "days": 366}}),
        quest(json!("q.1-A_b")),
        quest(json!(0)),
        quest(json!(-0.0)),
        quest(json!(u32::MAX)),
        quest(json!("x".repeat(64))),
        params(json!({})),
        params(many(16)),
        params(json!({"a": "é".repeat(256)})),
        json!({"external": {"check": 7}}),
    ];
    for json in good {
        assert_eq!(agree(&json), Ok(true), "{json}");
    }
    let bad = [
        json!(null),
        json!([]),
        json!("all"),
        json!({}),
        json!({"all": [], "any": [{"all": []}]}),
        json!({"any": []}),
        json!({"all": [], "x": 1}),
        json!({"none": []}),
        json!({"all": {}}),
        json!({"all": null}),
        json!({"not": []}),
        json!({"not": [{"all": []}]}),
        json!({"all": holes(64)}),
        json!({"all": [null]}),
        json!({"count": null}),
        count("at_least", json!(0)),
        count("at_least", json!(10_001)),
        count("at_least", json!(2.5)),
        count("at_least", json!("3")),
        count("at_least", json!(-1)),
        count("at_least", json!(null)),
        count("at_least", json!(u64::MAX)),
        count("at_least", json!(1e300)),
        count("distinct_refs", json!(null)),
        count("distinct_refs", json!(1)),
        count("type", json!("")),
        count("type", json!("Login")),
        count("type", json!("login\n")),
        count("type", json!("x".repeat(33))),
        count("type", json!(1)),
        count("more", json!(1)),
        json!({"count": ["login", 3]}),
        json!({"count": {"type": "login"}}),
        json!({"streak": {"type": "login", "days": 367}}),
        json!({"streak": {"type": "login", "days": 0}}),
        json!({"distinct_days": {"type": "login", "days": 1}}),
        json!({"quest_cleared": ["q1"]}),
        quest(json!("")),
        quest(json!("a b")),
        quest(json!("a\n")),
        quest(json!("é")),
        quest(json!("x".repeat(65))),
        quest(json!(-1)),
        quest(json!(0.5)),
        quest(json!(4_294_967_296_u64)),
        quest(json!(null)),
        params(json!(null)),
        params(json!([])),
        params(json!({"a": 1})),
        params(json!({"": "x"})),
        params(json!({"a b": "x"})),
        params(many(17)),
        params(json!({"a": "é".repeat(257)})),
        params(Value::Object([("x".repeat(65), json!(""))].into_iter().collect())),
        json!({"external": {}}),
    ];
    for json in bad {
        assert_eq!(agree(&json), Ok(false), "{json}");
    }
}

#[test]
fn every_field_at_fault_is_named_at_once() {
    let json = json!({"all": [
        {"count": {"type": "LOGIN", "at_least": 0}},
        {"streak": {"type": "login", "days": 7, "x": 1}},
        {"maybe": 1},
    ]});
    let mut places: Vec<String> =
        VALIDATOR.iter_errors(&json).map(|error| error.instance_path().to_string()).collect();
    places.sort();
    assert_eq!(places, ["/all/0/count/at_least", "/all/0/count/type", "/all/1/streak", "/all/2"]);
}

/// Generates a value that is valid or close to valid.
fn some_value() -> impl Strategy<Value = Value> {
    let id = || prop_oneof![Just(json!("login")), Just(json!("q 1")), Just(json!("")), Just(json!("Q1"))];
    let number = || {
        prop_oneof![
            Just(json!(0)),
            Just(json!(1)),
            Just(json!(3.0)),
            Just(json!(0.5)),
            Just(json!(-1)),
            Just(json!(366)),
            Just(json!(367)),
            Just(json!(10_001)),
            Just(json!(5_000_000_000_u64)),
        ]
    };
    prop_oneof![
        id(),
        number(),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"all": []})),
        Just(json!([{"all": []}])),
        Just(json!({"not": 1})),
        Just(json!({"a": "b"})),
        (id(), number()).prop_map(|(kind, number)| json!({"type": kind, "at_least": number})),
        (id(), number()).prop_map(|(kind, number)| json!([kind, number])),
    ]
}

fn some_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "all",
        "any",
        "not",
        "count",
        "distinct_days",
        "streak",
        "quest_cleared",
        "external",
        "type",
        "at_least",
        "days",
        "distinct_refs",
        "quest_id",
        "check",
        "params",
        "other",
    ])
}

/// Collects a JSON pointer to every value in `json`.
fn places(json: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match json {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{here}/{name}"), found))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| places(item, &format!("{here}/{index}"), found));
        }
        _ => {}
    }
}

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Insert(&'static str, Value),
    Remove(prop::sample::Index),
    Rename(prop::sample::Index, &'static str),
}

fn some_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        some_value().prop_map(Change::Replace),
        (some_name(), some_value()).prop_map(|(name, value)| Change::Insert(name, value)),
        any::<prop::sample::Index>().prop_map(Change::Remove),
        (any::<prop::sample::Index>(), some_name()).prop_map(|(index, name)| Change::Rename(index, name)),
    ]
}

fn apply(json: &mut Value, place: prop::sample::Index, change: Change) {
    let mut found = Vec::new();
    places(json, "", &mut found);
    let Some(target) = json.pointer_mut(&found[place.index(found.len())]) else { return };
    match (change, target) {
        (Change::Replace(value), target) => *target = value,
        (Change::Insert(name, value), Value::Object(fields)) => drop(fields.insert(name.to_owned(), value)),
        (Change::Insert(_, value), Value::Array(items)) => items.push(value),
        (Change::Remove(index), Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(index.index(fields.len())).unwrap().clone();
            fields.remove(&name);
        }
        (Change::Rename(index, to), Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(index.index(fields.len())).unwrap().clone();
            let value = fields.remove(&name).unwrap();
            fields.insert(to.to_owned(), value);
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_tree_is_accepted_by_both(tree in tree(true)) {
        prop_assert_eq!(agree(&serde_json::to_value(tree).unwrap()), Ok(true));
    }

    #[test]
    fn whatever_is_changed_both_say_the_same(
        tree in tree(true),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), some_change()), 1..3),
    ) {
        let mut json = serde_json::to_value(tree).unwrap();
        for (place, change) in changes {
            apply(&mut json, place, change);
        }
        prop_assert!(agree(&json).is_ok(), "{:?}", agree(&json));
    }
}
