//! Signing key of a local stack. It is created if there is none, and kept beside the data file, so that
//! access tokens remain valid after a restart.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Error, Result};
use runtime::Tokens;

/// Mode of the key file: only its owner can read it, because the key signs access tokens of any account.
const MODE: u32 = 0o600;

/// Returns the private key of the stack with the data file `data`, as PEM (PKCS#8, Ed25519). Creates and
/// keeps a key if there is none yet; without a data file, each call returns a new key.
///
/// # Errors
/// Fails if the key file cannot be read or written, or contains no valid key.
pub fn signing_key(data: Option<&Path>) -> Result<String> {
    let Some(path) = data.map(file_of) else { return new_key() };
    let failed = |what: &str, error: std::io::Error| {
        Error::internal(format!("The signing key {} cannot be {what}: {error}.", path.display()))
    };
    if path.exists() {
        let read = File::open(&path).and_then(|mut file| {
            file.set_permissions(Permissions::from_mode(MODE))?;
            let mut pem = String::new();
            file.read_to_string(&mut pem).map(|_| pem)
        });
        let pem = match read {
            Ok(pem) => pem,
            Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
            Err(error) => return Err(failed("read", error)),
        };
        return if Tokens::new(None, Some(&pem)).is_ok() { Ok(pem) } else { Err(no_key(&path)) };
    }
    let pem = new_key()?;
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(MODE).open(&path);
    opened.and_then(|mut file| file.write_all(pem.as_bytes())).map_err(|error| failed("written", error))?;
    Ok(pem)
}

fn no_key(path: &Path) -> Error {
    Error::internal(format!(
        "{} holds no signing key (an Ed25519 private key in PEM). Put a copy of the key back, or delete the file: the next start \
         makes a new one, and everybody signs in again.",
        path.display()
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_file_is_for_its_owner_only_and_named_when_it_holds_no_key() {
        let folder = std::env::temp_dir().join(format!("dibs-keys-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        let data = folder.join("dibs.db");
        let made = signing_key(Some(&data)).unwrap();
        let file = file_of(&data);
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(signing_key(Some(&data)).unwrap(), made);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        for wrong in
            [&b""[..], b"a diary", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"]
        {
            std::fs::write(&file, wrong).unwrap();
            let message = signing_key(Some(&data)).unwrap_err().cause().unwrap().to_string();
            assert!(message.contains("dibs.db.signing-key.pem holds no signing key"), "{message}");
            assert!(message.contains("delete the file") && !message.contains("diary"), "{message}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
