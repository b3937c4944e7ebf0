//! Error type of this crate.

/// Error about an environment variable that is missing or unusable. It names the variable and never contains
/// its value, so it can be logged when a function fails to start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// Name of the environment variable.
    pub variable: &'static str,
    /// Requirement that the variable does not meet, as the rest of a sentence that begins with its name.
    pub problem: &'static str,
}

impl ConfigError {
    /// Creates the error that `variable` violates the requirement `problem`.
    pub const fn new(variable: &'static str, problem: &'static str) -> Self {
        Self { variable, problem }
    }
}
