//! Validation of requests against the schemas of the OpenAPI document, so that the two cannot differ. All
//! invalid fields are reported at once.

mod checks;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use domain::error::{FIELDS_MAX, FieldError};
use domain::{Error, Result};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Field name of errors that concern the whole body.
const BODY: &str = "body";
/// Maximum length of a pattern that an error quotes, in characters. Longer ones do not help a reader.
const PATTERN_SHOWN_MAX: usize = 40;
/// Maximum length of a field name that an error quotes, in bytes. Names of unknown fields come from the
/// client.
const NAME_SHOWN_MAX: usize = 200;

/// Creates the schema generator with the settings of all schemas: JSON Schema 2020-12, as in OpenAPI 3.1.
pub(crate) fn generator(definitions: &'static str) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = definitions.into();
    settings.meta_schema = None;
    settings.transforms.push(Box::new(RecursiveTransform(bound_numbers)));
    settings.into_generator()
}

/// Adds the upper bound of an integer type, for which schemars generates only a format. Otherwise a number
/// beyond the bound would pass the schema and fail in the parser without a field name.
fn bound_numbers(schema: &mut Schema) {
    let max: i64 = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => u8::MAX.into(),
        Some("uint16") => u16::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        Some("int32") => i32::MAX.into(),
        _ => return,
    };
    schema.ensure_object().entry("maximum").or_insert(max.into());
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
    let validator = checks::options().build(&schema).map_err(|error| Error::internal(error.to_string()))?;
    let new = Arc::new(Compiled { validator, schema });
    all.insert(TypeId::of::<T>(), new.clone());
    Ok(new)
}

/// Validates and parses `value` as a `T`.
///
/// # Errors
/// `VALIDATION_ERROR` with `details: [{field, message}]`, up to a hundred fields.
pub(crate) fn parse<T: JsonSchema + DeserializeOwned + 'static>(mut value: Value) -> Result<T> {
    let compiled = compiled::<T>()?;
    write_whole_numbers(&mut value);
    if compiled.validator.is_valid(&value) {
        return read(value);
    }
    // Each entry of an overlong list can be invalid in several ways, and jsonschema would create an error for
    // each.
    if let Some(too_long) = too_long(&compiled.schema, &compiled.schema, &value, "") {
        return Err(Error::invalid(vec![too_long]));
    }
    let errors = compiled.validator.iter_errors(&value);
    let mut fields: Vec<FieldError> =
        errors.flat_map(|error| field_errors(&error)).take(FIELDS_MAX).collect();
    for unnamed in fields.iter_mut().filter(|error| error.field.is_empty()) {
        unnamed.field = BODY.to_owned();
    }
    fields.dedup();
    Err(Error::invalid(fields))
}

/// Checks that `value` is an object without members.
///
/// # Errors
/// `VALIDATION_ERROR` with the unknown fields, up to a hundred.
pub(crate) fn check_empty(value: &Value) -> Result<()> {
    let Value::Object(members) = value else {
        return Err(Error::invalid_field(BODY, "must be of type object"));
    };
    let unknown = members.keys().take(FIELDS_MAX).map(|name| unknown_field(name));
    let fields: Vec<FieldError> = unknown.collect();
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}

fn unknown_field(name: &str) -> FieldError {
    FieldError::new(&name[..name.floor_char_boundary(NAME_SHOWN_MAX)], "is not a known field")
}

/// Parses a validated `value` as a `T`. If the type refuses a value that its schema accepts, the error
/// names the field.
fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        Error::invalid_field(if path == "." { BODY.to_owned() } else { path }, error.inner().to_string())
    })
}

/// Finds the first list in `value` that has more entries than `schema` allows. `schema` is `root` or a
/// part of it. If `schema` has alternatives, a list that is too long for any of them is found.
fn too_long(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<FieldError> {
    let referred = schema["$ref"].as_str().and_then(|name| root.pointer(name.strip_prefix('#')?));
    let forms = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten();
    let here = match value {
        Value::Array(entries) => match schema["maxItems"].as_u64() {
            Some(max) if entries.len() as u64 > max => {
                Some(FieldError::new(field_name(path), format!("must have at most {max} entries")))
            }
            _ => (entries.iter().enumerate())
                .find_map(|(at, entry)| too_long(root, schema.get("items")?, entry, &format!("{path}/{at}"))),
        },
        Value::Object(fields) => {
            let known = schema["properties"].as_object().into_iter().flatten();
            let mut known = known.filter_map(|(name, schema)| Some((name, schema, fields.get(name)?)));
            known.find_map(|(name, schema, value)| too_long(root, schema, value, &format!("{path}/{name}")))
        }
        _ => None,
    };
    here.or_else(|| referred.into_iter().chain(forms).find_map(|form| too_long(root, form, value, path)))
}

/// Returns whether an empty body conforms to the schema of `T`.
pub(crate) fn accepts_empty_body<T: JsonSchema + 'static>() -> bool {
    compiled::<T>().is_ok_and(|compiled| compiled.validator.is_valid(&Value::Object(serde_json::Map::new())))
}

/// Converts whole floating-point numbers to integers. JSON Schema accepts 5.0 as an integer, serde does not.
fn write_whole_numbers(value: &mut Value) {
    /// Largest bound within which every whole number has an `f64` of its own.
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

/// Converts query parameters to an object. A text becomes a number or boolean where the schema of `T` expects
/// one.
///
/// # Errors
/// `VALIDATION_ERROR` when a parameter is given twice.
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
    let below = |name: &str| {
        let name = &name[..name.floor_char_boundary(NAME_SHOWN_MAX)];
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
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

/// Lists the errors of a value that conforms to none of several alternatives: those of the most similar one.
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
        (errors.iter().map(|error| mismatch_of(error, here)).sum::<usize>(), errors.len())
    });
    likest.into_iter().flatten().flat_map(field_errors).collect()
}

fn constant(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.to_string()),
        _ => None,
    }
}

/// Rates how strongly an error speaks against an alternative. Errors in nested values rate 0, since the value
/// had the fields of the alternative.
fn mismatch_of(error: &ValidationError<'_>, here: &str) -> usize {
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
        ValidationErrorKind::Type { kind: TypeKind::Multiple(wanted) } => {
            let wanted: Vec<String> =
                wanted.iter().map(|one| one.to_string()).filter(|one| one != "null").collect();
            format!("must be of type {}", wanted.join(" or "))
        }
        ValidationErrorKind::Custom { message, .. } => message.clone(),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} entries"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} entries"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        ValidationErrorKind::Format { format } => checks::problem_of_format(format)
            .map_or_else(|| format!("must be a valid {format}"), str::to_owned),
        ValidationErrorKind::Pattern { pattern } if checks::problem_of_pattern(pattern).is_some() => {
            checks::problem_of_pattern(pattern).unwrap_or_default().to_owned()
        }
        ValidationErrorKind::Pattern { pattern } if pattern.len() <= PATTERN_SHOWN_MAX => {
            format!("must match {pattern}")
        }
        ValidationErrorKind::Pattern { .. } => "has not the form that it must have".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "has several of the forms that are allowed here".to_owned()
        }
        // The value may be a password or a name, so the message does not quote it.
        _ => error.masked().to_string(),
    }
}

/// Converts a JSON pointer to a field name, as `/lines/2/reason` to `lines[2].reason`.
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
mod tests;
