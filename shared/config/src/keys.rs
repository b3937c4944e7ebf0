//! Keys that sign and verify access tokens.

use crate::SecretString;

/// Contents of `DIBS_JWKS` (public keys as a JWKS document) and `DIBS_SIGNING_KEY` (private key in PEM). Only
/// functions that issue tokens receive the private key.
#[derive(Clone, Debug)]
pub struct KeysConfig {
    /// Public keys that verify access tokens, as a JWKS document; `None` if `DIBS_JWKS` is unset.
    pub jwks: Option<String>,
    /// Private key that signs access tokens, in PEM; `None` if `DIBS_SIGNING_KEY` is unset.
    pub signing_key: Option<SecretString>,
}

impl KeysConfig {
    /// Reads `DIBS_JWKS` and `DIBS_SIGNING_KEY`. An empty variable counts as unset.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let read = |variable| lookup(variable).filter(|text: &String| !text.is_empty());
        // Environment files allow one line per variable, so a newline in the PEM may be written as backslash
        // and n.
        let signing_key = read("DIBS_SIGNING_KEY").map(|pem| SecretString::from(pem.replace("\\n", "\n")));
        Self { jwks: read("DIBS_JWKS"), signing_key }
    }
}
