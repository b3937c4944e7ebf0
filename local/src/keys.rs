//! Signing key of a local stack: created if there is none, and stored beside the data file so that access
//! tokens outlive a restart.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Error, Result};

/// Returns the private key of the stack with the data file `data`, or a new key, as PEM (PKCS#8, Ed25519).
///
/// # Errors
/// Fails if the key file cannot be read or written.
pub fn signing_key(data: Option<&Path>) -> Result<String> {
    let Some(path) = data.map(file_of) else { return new_key() };
    let failed = |what: &str, error: std::io::Error| {
        Error::internal(format!("The signing key {} cannot be {what}: {error}.", path.display()))
    };
    if path.exists() {
        return std::fs::read_to_string(&path).map_err(|error| failed("read", error));
    }
    let pem = new_key()?;
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(&path);
    opened.and_then(|mut file| file.write_all(pem.as_bytes())).map_err(|error| failed("written", error))?;
    Ok(pem)
}

fn file_of(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".signing-key.pem");
    name.into()
}

fn new_key() -> Result<String> {
    let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())
        .map_err(|_| Error::internal("the machine gives no random numbers"))?;
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.as_ref())))
}
