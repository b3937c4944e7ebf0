//! Storage form of a condition, which includes a schema version so that later forms can be distinguished.
//!
//! Use `#[serde(with = "conditions::stored")]` for a condition field and `conditions::stored::option` for an
//! optional one.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::Condition;
use crate::{Error, Result};

/// Schema version that is written. All earlier versions remain readable.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    schema_version: u32,
    condition: &'a Condition,
}

/// Stored form before parsing. The version is checked before the condition is parsed.
#[derive(Deserialize)]
struct Read {
    schema_version: u32,
    condition: Value,
}

/// Error about a stored condition that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A newer version of dibs wrote the condition, with this schema version.
    #[error(
        "the condition has schema version {0}, but this dibs knows up to {SCHEMA_VERSION}: deploy a newer one"
    )]
    Newer(u32),
    /// The stored value is not a condition.
    #[error("the stored condition cannot be read: {0}")]
    Unreadable(#[source] serde_json::Error),
}

impl Read {
    fn understand(self) -> Result<Condition, StoredError> {
        match self.schema_version {
            SCHEMA_VERSION => serde_json::from_value(self.condition).map_err(StoredError::Unreadable),
            version if version > SCHEMA_VERSION => Err(StoredError::Newer(version)),
            version => {
                let message = format!("there never was a schema version {version}");
                Err(StoredError::Unreadable(de::Error::custom(message)))
            }
        }
    }
}

impl Condition {
    /// Serializes to `{"schema_version": 1, "condition": ..}`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if serialization fails, which no condition causes.
    pub fn to_stored(&self) -> Result<Value> {
        serde_json::to_value(Written { schema_version: SCHEMA_VERSION, condition: self })
            .map_err(Error::internal)
    }

    /// Parses the output of [`Self::to_stored`] of this or an earlier version.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` with a [`StoredError`] as its cause.
    pub fn from_stored(stored: Value) -> Result<Self> {
        serde_json::from_value::<Read>(stored)
            .map_err(StoredError::Unreadable)
            .and_then(Read::understand)
            .map_err(Error::internal)
    }
}

/// Serializes a condition with its schema version.
pub fn serialize<S: Serializer>(condition: &Condition, serializer: S) -> Result<S::Ok, S::Error> {
    Written { schema_version: SCHEMA_VERSION, condition }.serialize(serializer)
}

/// Deserializes a condition of any version up to [`SCHEMA_VERSION`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
    Read::deserialize(deserializer)?.understand().map_err(de::Error::custom)
}

/// Serde functions for an optional condition.
pub mod option {
    use super::{
        Condition, Deserialize, Deserializer, Read, Result, SCHEMA_VERSION, Serialize, Serializer, Written,
        de,
    };

    /// Serializes a condition with its schema version, or null.
    pub fn serialize<S: Serializer>(condition: &Option<Condition>, serializer: S) -> Result<S::Ok, S::Error> {
        condition
            .as_ref()
            .map(|condition| Written { schema_version: SCHEMA_VERSION, condition })
            .serialize(serializer)
    }

    /// Deserializes a condition of any version up to [`SCHEMA_VERSION`], or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Condition>, D::Error> {
        let read = Option::<Read>::deserialize(deserializer)?;
        read.map(Read::understand).transpose().map_err(de::Error::custom)
    }
}
