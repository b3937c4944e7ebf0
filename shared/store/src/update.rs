//! Update expressions, for single updates and for those of transactions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An update expression with its condition, placeholder names and values.
pub(crate) struct Change {
    pub expression: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl Change {
    /// Creates an update that applies `expression` if `condition` holds.
    pub fn new(expression: impl Into<String>, condition: impl Into<String>) -> Self {
        let (names, values) = (HashMap::new(), HashMap::new());
        Self { expression: expression.into(), condition: condition.into(), names, values }
    }

    /// Adds the attribute `name` for the placeholder `#…`.
    pub fn name(mut self, placeholder: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.insert(placeholder.into(), name.into());
        self
    }

    /// Adds `value` for the placeholder `:…`.
    pub fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(placeholder.into(), value);
        self
    }
}
