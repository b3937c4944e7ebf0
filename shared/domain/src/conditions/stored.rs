//! A condition as the store keeps it: with the version of its schema, so that later forms can be told apart.
//!
//! `#[serde(with = "conditions::stored")]` for a field that is a condition, `conditions::stored::option` for
//! one that may be absent.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::Condition;
use crate::{Error, Result};

/// The version that is written. Older ones are understood for ever.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    schema_version: u32,
    condition: &'a Condition,
}

/// The condition as it came is looked at only after its version.
#[derive(Deserialize)]
struct Read {
    schema_version: u32,
    condition: Value,
}

/// Why a stored condition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It was written by a newer dibs.
    #[error(
        "the condition has schema version {0}, but this dibs knows up to {SCHEMA_VERSION}: deploy a newer one"
    )]
    Newer(u32),
    /// It is not what was written.
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
    /// `{"schema_version": 1, "condition": ..}`.
    ///
    /// # Errors
    /// None that can happen: every condition is JSON.
    pub fn to_stored(&self) -> Result<Value> {
        serde_json::to_value(Written { schema_version: SCHEMA_VERSION, condition: self })
            .map_err(Error::internal)
    }

    /// What [`Self::to_stored`] gave, now or in an earlier version.
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

/// Writes the condition with its version.
pub fn serialize<S: Serializer>(condition: &Condition, serializer: S) -> Result<S::Ok, S::Error> {
    Written { schema_version: SCHEMA_VERSION, condition }.serialize(serializer)
}

/// Reads a condition of any version up to this one.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
    Read::deserialize(deserializer)?.understand().map_err(de::Error::custom)
}

/// The same for a condition that may be absent.
pub mod option {
    use super::{
        Condition, Deserialize, Deserializer, Read, Result, SCHEMA_VERSION, Serialize, Serializer, Written,
        de,
    };

    /// Writes the condition with its version, or null.
    pub fn serialize<S: Serializer>(condition: &Option<Condition>, serializer: S) -> Result<S::Ok, S::Error> {
        condition
            .as_ref()
            .map(|condition| Written { schema_version: SCHEMA_VERSION, condition })
            .serialize(serializer)
    }

    /// Reads a condition of any version up to this one, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Condition>, D::Error> {
        let read = Option::<Read>::deserialize(deserializer)?;
        read.map(Read::understand).transpose().map_err(de::Error::custom)
    }
}
