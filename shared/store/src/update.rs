//! Update expressions, for single updates and for those of transactions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

/// An update expression with its condition, placeholder names and values.
pub(crate) struct ConditionalUpdate {
    pub expression: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
    pub returns: ReturnValue,
}

impl ConditionalUpdate {
    /// Creates an update that applies `expression` if `condition` holds.
    pub fn new(expression: impl Into<String>, condition: impl Into<String>) -> Self {
        let (names, values) = (HashMap::new(), HashMap::new());
        let (expression, condition, returns) = (expression.into(), condition.into(), ReturnValue::AllNew);
        Self { expression, condition, names, values, returns }
    }

    /// Leaves the item out of DynamoDB's response to a single update that succeeds. Items of hundreds of
    /// kilobytes would otherwise come back with each write.
    pub fn without_item(self) -> Self {
        Self { returns: ReturnValue::None, ..self }
    }

    /// Defines the placeholder `#…` as the attribute `name`.
    pub fn name(mut self, placeholder: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.insert(placeholder.into(), name.into());
        self
    }

    /// Defines the placeholder `:…` as `value`.
    pub fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(placeholder.into(), value);
        self
    }
}
