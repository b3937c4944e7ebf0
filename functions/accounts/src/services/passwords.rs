//! Password hashing: argon2id with the parameters that OWASP lists first for 19 MiB (Password Storage Cheat
//! Sheet). Passwords are normalized to NFKC first, so that all keyboards produce the same one.

use std::borrow::Cow;
use std::sync::LazyLock;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::accounts::PasswordHash;
use domain::{Error, Result};
use icu_normalizer::ComposingNormalizerBorrowed;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Maximum number of concurrent hashes in a process. More than there are processors would only use memory, 19
/// MiB each.
const AT_ONCE_MAX: usize = 4;

static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| cores.get().min(AT_ONCE_MAX)))
});

/// Hash of a password that no account has, with the current parameters. It is checked for accounts that do
/// not exist, so that they take as long as others.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ZGlicy1ub2JvZHlzYWx0IQ$VBAjSEmWQCqKvfs5O5ZUvRZ89DwW1AwB1OjtmPrcUNI";

/// Password that proves who the caller is, 1 to 1,000 characters. Its bounds are wider than those of a new
/// password, so that a wrong password is refused as such and not as an invalid field.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(transparent)]
pub struct PasswordProof(#[schemars(length(min = 1, max = 1000))] String);

impl PasswordProof {
    /// Returns the password in plain text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Normalizes a password to NFKC before it is hashed or measured (NIST SP 800-63B, section 5.1.1.2).
pub(crate) fn normalized(password: &str) -> Cow<'_, str> {
    const { ComposingNormalizerBorrowed::new_nfkc() }.normalize(password)
}

/// Hashes `password` with the salt `entropy`. Takes some 20 ms of processor time.
///
/// # Errors
/// `INTERNAL_ERROR` when hashing fails.
pub async fn hash(password: &str, entropy: u128) -> Result<PasswordHash> {
    let password = normalized(password).into_owned();
    in_a_slot(move || {
        let phc = hasher()?.hash_password_with_salt(password.as_bytes(), &entropy.to_be_bytes());
        Ok(PasswordHash::new(phc.map_err(Error::internal)?.to_string()))
    })
    .await
}

/// Checks `password` against `hash`. Without a hash the answer is `false`, after the same time. Versions
/// before 28 November 2026 hashed passwords without normalization, so the original form is tried as well if
/// it differs.
///
/// # Errors
/// `INTERNAL_ERROR` when a stored hash is malformed.
pub async fn verify(password: &str, hash: Option<&PasswordHash>) -> Result<bool> {
    let known = hash.is_some();
    let mut forms = vec![normalized(password).into_owned(), password.to_owned()];
    forms.dedup();
    let phc = hash.map_or(NOBODYS, PasswordHash::as_str).to_owned();
    in_a_slot(move || {
        for form in forms {
            match hasher()?.verify_password(form.as_bytes(), phc.as_str()) {
                Ok(()) => return Ok(known),
                Err(argon2::password_hash::Error::PasswordInvalid) => {}
                Err(other) => return Err(Error::internal(other)),
            }
        }
        Ok(false)
    })
    .await
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Runs `work` on a blocking thread, limited by the number of processors. A single-threaded runtime runs it
/// in place: a Lambda instance has one call at a time, and the order of events in the simulation must not
/// depend on other threads.
async fn in_a_slot<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return work();
    }
    let _slot = SLOTS.acquire().await.map_err(Error::internal)?;
    spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let hashed = hash("password123", 7).await.unwrap();
        assert!(hashed.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashed.as_str());
        assert!(verify("password123", Some(&hashed)).await.unwrap());
        assert!(!verify("password124", Some(&hashed)).await.unwrap());
        assert_ne!(hash("password123", 8).await.unwrap(), hashed);
    }

    #[tokio::test]
    async fn password_is_the_same_in_every_unicode_form() {
        let (composed, decomposed) = ("비밀caf\u{e9}번호", "비밀cafe\u{301}번호");
        assert_ne!(composed, decomposed);
        for one in [composed, decomposed] {
            let hashed = hash(one, 7).await.unwrap();
            for other in [composed, decomposed, "비밀ｃａｆé번호"] {
                assert!(verify(other, Some(&hashed)).await.unwrap(), "{one:?} and {other:?}");
            }
        }
    }

    #[tokio::test]
    async fn hash_of_a_password_that_was_not_normalized_still_fits_it() {
        let typed = "cafe\u{301}-password";
        let phc = hasher().unwrap().hash_password_with_salt(typed.as_bytes(), &[7; 16]).unwrap().to_string();
        assert!(verify(typed, Some(&PasswordHash::new(&*phc))).await.unwrap());
        assert!(!verify("cafe-password", Some(&PasswordHash::new(&*phc))).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_takes_the_same_work_and_lets_nobody_in() {
        let ours = hash("x", 7).await.unwrap();
        let shape = |phc: &str| phc.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(shape(NOBODYS), shape(ours.as_str()));
        assert_eq!(NOBODYS.split('$').nth(3), ours.as_str().split('$').nth(3));
        assert!(!verify("nobody", None).await.unwrap());
        assert!(!verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_an_error_and_no_match() {
        assert!(verify("x", Some(&PasswordHash::new("nonsense"))).await.is_err());
    }
}
