//! JSON merge patches (RFC 7396), the form of deltas.

use serde_json::{Map, Value};

/// Returns the merge patch that changes `before` into `after`. Neither may have a null, which a patch cannot set.
pub fn merge_patch(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return after.clone() };
    let mut patch = Map::new();
    for gone in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(gone.clone(), Value::Null);
    }
    for (name, value) in after {
        match before.get(name) {
            Some(same) if same == value => {}
            Some(old) if old.is_object() => drop(patch.insert(name.clone(), merge_patch(old, value))),
            _ => drop(patch.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(patch)
}

/// Removes the members of objects that are null, at any depth.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Applies a merge patch as RFC 7396 defines it.
    fn apply(target: &mut Value, patch: &Value) {
        let Value::Object(patch) = patch else {
            *target = patch.clone();
            return;
        };
        if !target.is_object() {
            *target = json!({});
        }
        for (name, value) in patch {
            let members = target.as_object_mut().unwrap();
            if value.is_null() {
                members.remove(name);
            } else {
                apply(members.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }

    fn any_state() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), (0..3u8).prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn patch_names_only_what_changed() {
        let before = json!({"available": 3, "seats": {"A1": "held", "A2": "sold"}});
        let after = json!({"available": 4, "seats": {"A2": "sold"}});
        assert_eq!(merge_patch(&before, &after), json!({"available": 4, "seats": {"A1": null}}));
        assert_eq!(merge_patch(&after, &after), json!({}));
    }

    #[test]
    fn nulls_are_left_out() {
        let value = json!({"a": null, "b": [{"c": null, "d": 1}]});
        assert_eq!(without_nulls(value), json!({"b": [{"d": 1}]}));
    }

    proptest! {
        #[test]
        fn patch_leads_from_one_state_to_the_other(before in any_state(), after in any_state()) {
            let mut found = before.clone();
            apply(&mut found, &merge_patch(&before, &after));
            prop_assert_eq!(found, after);
        }
    }
}
