//! The keys of access tokens.

use crate::Secret;

/// `DIBS_JWKS`, the public keys as a JWKS document, and `DIBS_SIGNING_KEY`, the private one in PEM, which
/// only the functions that issue tokens are given.
#[derive(Clone, Debug)]
pub struct KeysConfig {
    /// Public keys.
    pub jwks: Option<String>,
    /// The private key.
    pub signing_key: Option<Secret>,
}

impl KeysConfig {
    /// Reads the two variables; an empty one counts as one that is not set.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let read = |variable| lookup(variable).filter(|text: &String| !text.is_empty());
        // Files of variables have one line for each, so a newline may be written as \\n.
        let signing_key = read("DIBS_SIGNING_KEY").map(|pem| Secret::new(pem.replace("\\n", "\n")));
        Self { jwks: read("DIBS_JWKS"), signing_key }
    }
}
