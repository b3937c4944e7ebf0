//! What is wrong with the environment.

/// A setting that is missing or cannot be used. It names the variable and never holds its value, so that it
/// can be printed wherever a function fails to start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// The environment variable.
    pub variable: &'static str,
    /// What it must be, or why it is needed: the rest of a sentence that begins with the variable.
    pub problem: &'static str,
}

impl ConfigError {
    /// `variable` is not as `problem` says.
    pub const fn new(variable: &'static str, problem: &'static str) -> Self {
        Self { variable, problem }
    }
}
