//! Settings that are read from environment variables, one struct for each concern. Errors name the variable
//! and never contain its value.

#![warn(missing_docs)]

mod archive;
mod error;
mod integrations;
mod keys;
mod mail;
mod secrets;
mod settings;

pub use archive::{ArchiveConfig, BucketConfig};
pub use error::ConfigError;
pub use integrations::{
    ATTEMPTS_MAX_DEFAULT, IntegrationsConfig, SECRET_BYTES_MIN, TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX,
    WebhooksConfig,
};
pub use keys::KeysConfig;
pub use mail::MailConfig;
pub use secrecy::{ExposeSecret, SecretString};
pub use secrets::SecretReference;
pub use settings::Settings;
