use super::*;
use assertions::assert_each_eq;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only their schemas matter")]
struct One {
    name: String,
    #[schemars(range(min = 1))]
    count: Option<u32>,
    size: Option<Size>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Size {
    /// Not large.
    Small,
    /// Not small.
    Large,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    #[schemars(length(min = 1))]
    ones: Vec<One>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(One),
    Many(Many),
}

fn wrong(value: Value) -> Vec<String> {
    let details = parse::<OneOrMany>(value).unwrap_err().details.unwrap();
    let of = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    details
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}: {}", of(one, "field"), of(one, "message")))
        .collect()
}

#[test]
fn of_several_forms_the_likest_says_what_is_wrong() {
    assert_eq!(wrong(json!({"name": 5})), ["name: must be of type string"]);
    assert_eq!(wrong(json!({"name": "a", "more": 1})), ["more: is not a known field"]);
    assert_eq!(wrong(json!({"ones": []})), ["ones: must have at least 1 entries"]);
    let inside = wrong(json!({"ones": [{"name": "a"}, {"count": 0, "odd": 1}]}));
    let expected = [
        "ones[1].count: must be at least 1",
        "ones[1].name: is required",
        "ones[1].odd: is not a known field",
    ];
    assert_eq!(inside.len(), 3);
    assert!(expected.iter().all(|one| inside.iter().any(|other| other == one)), "{inside:?}");
    assert_eq!(wrong(json!({"name": "a", "size": "huge"})), [r#"size: must be one of "small", "large""#]);
    assert!(matches!(parse(json!({"name": "a"})).unwrap(), OneOrMany::One(one) if one.name == "a"));
    assert!(
        matches!(parse(json!({"ones": [{"name": "a"}]})).unwrap(), OneOrMany::Many(many) if !many.ones.is_empty())
    );
}

#[test]
fn list_that_is_too_long_is_all_that_is_said() {
    let wrong = |value| parse::<OneOrFew>(value).unwrap_err().details.unwrap();
    let ones: Vec<Value> = (0..1000).map(|_| json!({})).collect();
    let expected = json!([{"field": "few", "message": "must have at most 2 entries"}]);
    assert_eq!(wrong(json!({"few": ones})), expected);
    assert_eq!(wrong(json!({"few": [{}, {}]})).as_array().unwrap().len(), 2, "what each entry lacks");
    assert!(parse::<OneOrFew>(json!({"few": [{"name": "a"}]})).is_ok());
}

#[test]
fn at_most_a_hundred_fields_are_named() {
    let ones: Vec<Value> = (0..1000).map(|_| json!({})).collect();
    let details = parse::<Many>(json!({"ones": ones})).unwrap_err().details.unwrap();
    assert_each_eq!((details.as_array().unwrap().len(), 100), (details[99]["field"], "ones[99].name"));
}

#[test]
fn what_passes_a_schema_and_not_its_type_is_named() {
    let details = parse::<Rigid>(json!({"outer": {"even": 3}})).unwrap_err().details.unwrap();
    assert_eq!(details, json!([{"field": "outer.even", "message": "must be even"}]));
    let details =
        parse::<One>(json!({"name": "a", "count": 4_294_967_296_u64})).unwrap_err().details.unwrap();
    assert_eq!(details, json!([{"field": "count", "message": "must be at most 4294967295"}]));
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only their schemas matter")]
enum OneOrFew {
    One(One),
    Few(Few),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema matters")]
struct Few {
    #[schemars(length(max = 2))]
    few: Vec<One>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only what is refused matters")]
struct Rigid {
    outer: Outer,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only what is refused matters")]
struct Outer {
    #[serde(deserialize_with = "even")]
    even: u64,
}

fn even<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if number.is_multiple_of(2) { Ok(number) } else { Err(serde::de::Error::custom("must be even")) }
}

#[test]
fn a_whole_number_may_be_written_with_a_point() {
    let count = |text: &str| {
        let value = serde_json::from_str(text).unwrap();
        parse::<Many>(value).map(|many| many.ones.into_iter().map(|one| one.count).collect::<Vec<_>>())
    };
    assert_eq!(count(r#"{"ones": [{"name": "a", "count": 66.0}]}"#).unwrap(), [Some(66)]);
    let refused = count(r#"{"ones": [{"name": "a", "count": 66.5}]}"#).unwrap_err();
    assert_eq!(refused.details.unwrap()[0]["field"], "ones[0].count");
    assert!(accepts_empty_body::<Nothing>() && !accepts_empty_body::<Many>());
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Nothing {
    one: Option<u32>,
}
