//! JSON form of a condition. Schema and deserializer accept exactly the same values.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};

use super::{
    AT_LEAST_MAX, Condition, Count, DistinctDays, ExternalCheck, NODES_MAX, PARAM_CHARS_MAX, PARAMS_MAX,
    QuestCleared, STREAK_DAYS_MAX, Streak,
};
use crate::activities::{OUTSIDE_ID_CHARS_MAX, OutsideId, whole};

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    /// Describes one object with one field instead of a `oneOf`, so that a validator reports each invalid
    /// field and not just that no alternative matches.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<Self>();
        json_schema!({
            "description": "What a user must have done: up to 64 nodes, 8 deep. An empty `all` always holds.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
                "all": {
                    "description": "Every one of these; without any it always holds.",
                    "type": "array", "items": condition, "maxItems": NODES_MAX - 1,
                },
                "any": {
                    "description": "At least one of these.",
                    "type": "array", "items": condition, "minItems": 1, "maxItems": NODES_MAX - 1,
                },
                "not": condition,
                "count": generator.subschema_for::<Count>(),
                "distinct_days": generator.subschema_for::<DistinctDays>(),
                "streak": generator.subschema_for::<Streak>(),
                "quest_cleared": generator.subschema_for::<QuestCleared>(),
                "external": generator.subschema_for::<ExternalCheck>(),
            },
        })
    }
}

/// Deserializes a struct from an object only. Serde alone would also accept an array of its fields.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
}

/// Deserializes the children of `all`: fewer than [`NODES_MAX`].
pub(super) fn children<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    let children = Vec::deserialize(deserializer)?;
    if children.len() < NODES_MAX {
        Ok(children)
    } else {
        Err(de::Error::invalid_length(children.len(), &"fewer than 64"))
    }
}

/// Deserializes the children of `any`: at least one, since an empty `any` never holds.
pub(super) fn some_children<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    let children = children(deserializer)?;
    if children.is_empty() {
        Err(de::Error::invalid_length(0, &"at least one condition"))
    } else {
        Ok(children)
    }
}

pub(super) fn at_least<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Bounded { max: AT_LEAST_MAX })
}

pub(super) fn streak_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Bounded { max: STREAK_DAYS_MAX })
}

/// Deserializer of an integer from 1 to `max`. It accepts `3.0`.
struct Bounded {
    max: u32,
}

impl de::Visitor<'_> for Bounded {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 1 to {}", self.max)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
        match u32::try_from(number) {
            Ok(small) if (1..=self.max).contains(&small) => Ok(small),
            _ => Err(E::invalid_value(de::Unexpected::Unsigned(number), &self)),
        }
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u32, E> {
        match u64::try_from(number) {
            Ok(positive) => self.visit_u64(positive),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
        }
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<u32, E> {
        match whole(number) {
            Some(whole) => self.visit_u64(u64::from(whole)),
            None => Err(E::invalid_value(de::Unexpected::Float(number), &self)),
        }
    }
}

/// Deserializes the parameters of an external check.
pub(super) fn params<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let params = BTreeMap::deserialize(deserializer)?;
    check_params(&params).map_err(de::Error::custom)?;
    Ok(params)
}

/// Validates parameters and returns the rule that they violate.
pub(super) fn check_params(params: &BTreeMap<String, String>) -> Result<(), &'static str> {
    if params.len() > PARAMS_MAX {
        return Err("must not be more than 16");
    }
    if params.keys().any(|name| OutsideId::parse(name).is_none()) {
        return Err("must have names of 1 to 64 of A-Z, a-z, 0-9, _, - and .");
    }
    if params.values().any(|value| value.chars().count() > PARAM_CHARS_MAX) {
        return Err("must have values of at most 256 characters");
    }
    Ok(())
}

pub(super) fn params_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": PARAMS_MAX,
        "propertyNames": {
            "minLength": 1, "maxLength": OUTSIDE_ID_CHARS_MAX, "pattern": "^[A-Za-z0-9_.-]+$",
        },
        "additionalProperties": {"type": "string", "maxLength": PARAM_CHARS_MAX},
    })
}
