//! Settings from the environment: one small struct a concern. An error names the variable, and never its
//! value.

#![warn(missing_docs)]

mod error;
mod keys;
mod parties;
mod secrets;
mod settings;

pub use error::ConfigError;
pub use keys::KeysConfig;
pub use parties::{
    ATTEMPTS_MAX_DEFAULT, PartiesConfig, SECRET_BYTES_MIN, Secret, TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX,
};
pub use secrets::KeptSecret;
pub use settings::Settings;
