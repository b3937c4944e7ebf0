//! Keys of items. A key consists of words in capitals and ids, joined by `#`, which no id contains.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Attributes of an item in the SDK's representation.
pub type Attributes = HashMap<String, AttributeValue>;

/// Key of one entry in the list index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl ListKey {
    pub(crate) fn attributes(&self) -> [(String, AttributeValue); 2] {
        [
            ("list_pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("list_sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ]
    }
}

/// Primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key, the attribute `pk`.
    pub pk: String,
    /// Sort key, the attribute `sk`.
    pub sk: String,
}

impl Key {
    /// Builds a key of a partition key and a sort key.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn attributes(&self) -> Attributes {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }

    pub(crate) fn of(attributes: &Attributes) -> Option<Self> {
        Some(Self::new(attributes.get("pk")?.as_s().ok()?, attributes.get("sk")?.as_s().ok()?))
    }
}

/// Returns `number` as an attribute's value.
pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
