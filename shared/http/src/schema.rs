//! Requests are checked against the very schema that the OpenAPI document shows, so the two cannot disagree,
//! and every wrong field is named at once.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use domain::error::FieldError;
use domain::{Error, Result};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A longer pattern explains nothing to anybody.
const PATTERN_SHOWN_MAX: usize = 40;

/// The settings of every schema of dibs: JSON Schema 2020-12, as OpenAPI 3.1 has it.
pub(crate) fn generator(definitions: &'static str) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = definitions.into();
    settings.meta_schema = None;
    settings.into_generator()
}

struct Compiled {
    validator: Validator,
    schema: Value,
}

static COMPILED: LazyLock<Mutex<HashMap<TypeId, Arc<Compiled>>>> = LazyLock::new(Mutex::default);

fn compiled<T: JsonSchema + 'static>() -> Result<Arc<Compiled>> {
    let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = all.get(&TypeId::of::<T>()) {
        return Ok(found.clone());
    }
    let schema = generator("/$defs").into_root_schema_for::<T>().to_value();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| Error::internal(error.to_string()))?;
    let new = Arc::new(Compiled { validator, schema });
    all.insert(TypeId::of::<T>(), new.clone());
    Ok(new)
}

/// `value` as a `T`, or every field that does not fit.
///
/// # Errors
/// `VALIDATION_ERROR` with `details: [{field, message}]`.
pub(crate) fn parse<T: JsonSchema + DeserializeOwned + 'static>(mut value: Value) -> Result<T> {
    let compiled = compiled::<T>()?;
    write_whole_numbers(&mut value);
    let mut fields: Vec<FieldError> =
        compiled.validator.iter_errors(&value).flat_map(|e| field_errors(&e)).collect();
    if fields.is_empty() {
        return serde_json::from_value(value).map_err(|error| Error::invalid_field("", error.to_string()));
    }
    fields.dedup();
    Err(Error::invalid(fields))
}

/// Whether an empty body will do.
pub(crate) fn takes_nothing<T: JsonSchema + 'static>() -> bool {
    compiled::<T>().is_ok_and(|compiled| compiled.validator.is_valid(&Value::Object(serde_json::Map::new())))
}

/// JSON Schema takes 5.0 for an integer, serde does not: what the schema promises is what counts.
fn write_whole_numbers(value: &mut Value) {
    /// Beyond it, neighbouring whole numbers are the same `f64`.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(float) =
                number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX)
            {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bounds")]
                let whole = float as i64;
                *value = whole.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(write_whole_numbers),
        Value::Object(values) => values.values_mut().for_each(write_whole_numbers),
        _ => {}
    }
}

/// Query parameters as an object: text becomes a number or a boolean where the schema of `T` wants one.
///
/// # Errors
/// `VALIDATION_ERROR` when a parameter comes twice.
pub(crate) fn object_of<T: JsonSchema + 'static>(pairs: Vec<(String, String)>) -> Result<Value> {
    let compiled = compiled::<T>()?;
    let mut object = serde_json::Map::new();
    for (name, text) in pairs {
        let value = typed(&compiled.schema["properties"][&name], text);
        if object.insert(name.clone(), value).is_some() {
            return Err(Error::invalid_field(name, "is given more than once"));
        }
    }
    Ok(Value::Object(object))
}

fn typed(schema: &Value, text: String) -> Value {
    let wants = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    };
    if wants("string") {
        return Value::String(text);
    }
    if wants("integer")
        && let Ok(number) = text.parse::<i64>()
    {
        return number.into();
    }
    if wants("boolean")
        && let Ok(truth) = text.parse::<bool>()
    {
        return truth.into();
    }
    Value::String(text)
}

fn field_errors(error: &ValidationError<'_>) -> Vec<FieldError> {
    let path = field_name(error.instance_path().as_str());
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![FieldError::new(below(property.as_str().unwrap_or_default()), "is required")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            unexpected.iter().map(|name| FieldError::new(below(name), "is not a known field")).collect()
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            alternatives(context, error, path)
        }
        kind => vec![FieldError::new(path, message(kind, error))],
    }
}

/// What is wrong with a value that fits none of several forms: what is wrong by the form that it is most
/// like.
fn alternatives(
    forms: &[Vec<ValidationError<'_>>],
    error: &ValidationError<'_>,
    path: String,
) -> Vec<FieldError> {
    let texts: Vec<String> = forms.iter().flatten().filter_map(constant).collect();
    if !texts.is_empty() && texts.len() == forms.len() {
        return vec![FieldError::new(path, format!("must be one of {}", texts.join(", ")))];
    }
    let here = error.instance_path().as_str();
    let likest = forms.iter().min_by_key(|errors| {
        (errors.iter().map(|error| unlikeness(error, here)).sum::<usize>(), errors.len())
    });
    likest.into_iter().flatten().flat_map(field_errors).collect()
}

fn constant(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.to_string()),
        _ => None,
    }
}

/// How much an error speaks against a form being the one that was meant. What is wrong further inside says
/// nothing: the value had the fields of this form.
fn unlikeness(error: &ValidationError<'_>, here: &str) -> usize {
    match error.kind() {
        _ if error.instance_path().as_str() != here => 0,
        ValidationErrorKind::Type { .. } => 100,
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected.len(),
        _ => 1,
    }
}

fn message(kind: &ValidationErrorKind, error: &ValidationError<'_>) -> String {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(wanted) } => format!("must be of type {wanted}"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} entries"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} entries"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}"),
        ValidationErrorKind::Pattern { pattern } if pattern.len() <= PATTERN_SHOWN_MAX => {
            format!("must match {pattern}")
        }
        ValidationErrorKind::Pattern { .. } => "has not the form that it must have".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "has several of the forms that are allowed here".to_owned()
        }
        // The value itself may be a password or a name, so it stays out of the answer.
        _ => error.masked().to_string(),
    }
}

/// `/lines/2/reason` as `lines[2].reason`.
fn field_name(pointer: &str) -> String {
    let mut name = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            name.push_str(&format!("[{part}]"));
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&part);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_whole_number_may_be_written_with_a_point() {
        let count = |text: &str| {
            let value = serde_json::from_str(text).unwrap();
            parse::<Many>(value).map(|many| many.ones.into_iter().map(|one| one.count).collect::<Vec<_>>())
        };
        assert_eq!(count(r#"{"ones": [{"name": "a", "count": 66.0}]}"#).unwrap(), [Some(66)]);
        let refused = count(r#"{"ones": [{"name": "a", "count": 66.5}]}"#).unwrap_err();
        assert_eq!(refused.details.unwrap()[0]["field"], "ones[0].count");
        assert!(takes_nothing::<Nothing>() && !takes_nothing::<Many>());
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Nothing {
        one: Option<u32>,
    }
}
