//! Deployed names of tables and queues.

use std::collections::HashMap;

use domain::{Error, Result};

use crate::schema::{QUEUES, Queue, TABLES, Table};

/// Deployed name of each table and URL of each queue in [`crate::schema`].
#[derive(Debug)]
pub struct Names {
    by_variable: HashMap<String, String>,
}

impl Names {
    /// Reads the names from the environment. A function is given only those of the tables and queues that it
    /// uses, so a missing name becomes an error at its first use.
    pub fn from_env() -> Self {
        Self::from_lookup(|variable| std::env::var(variable).ok())
    }

    /// Collects the names that `lookup` returns for the variables of all tables and queues.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let tables = TABLES.iter().map(|table| table.variable());
        let queues = QUEUES.iter().map(|queue| queue.variable());
        let by_variable = tables
            .chain(queues)
            .filter_map(|variable| Some((variable.clone(), lookup(&variable)?)))
            .collect();
        Self { by_variable }
    }

    pub(crate) fn table(&self, table: &Table) -> Result<&str> {
        self.value(&table.variable())
    }

    pub(crate) fn queue_url(&self, queue: &Queue) -> Result<&str> {
        self.value(&queue.variable())
    }

    /// Returns the URL of the dead-letter queue of `queue`, whose name is that of `queue` with the ending `-dlq`.
    pub(crate) fn dead_letters_url(&self, queue: &Queue) -> Result<String> {
        Ok(format!("{}-dlq", self.queue_url(queue)?))
    }

    fn value(&self, variable: &str) -> Result<&str> {
        let value = self.by_variable.get(variable);
        value
            .map(String::as_str)
            .ok_or_else(|| Error::internal(format!("the variable {variable} is not set")))
    }
}
