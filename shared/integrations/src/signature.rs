//! Signatures of calls: from dibs to the services, and from the payment provider to dibs.
//!
//! `Dibs-Signature: v1=<hex>` is the HMAC-SHA256 of `{timestamp}.{method}.{path}.{body}`. The timestamp is
//! that of `Dibs-Timestamp` in seconds, and the path includes the query. `Idempotency-Key` is not covered: a
//! fulfilment service must compare it with `grant_id` in the body.

use config::{ExposeSecret, SecretString};
use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use strum::AsRefStr;

/// Header with the signing time, in seconds since 1970.
pub const TIMESTAMP: &str = "dibs-timestamp";
/// Header with the signature: `v1=` and 64 hexadecimal digits.
pub const SIGNATURE: &str = "dibs-signature";
/// Header with the request id, for logs.
pub const REQUEST_ID: &str = "dibs-request-id";
/// Header with the id of the grant or payment. Calls with the same key have one effect.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Maximum clock skew, and thus the period in which a recorded call can be replayed, in seconds.
pub const TOLERANCE_S: i64 = 300;

const VERSION: &str = "v1=";

/// Received call whose signature is to be verified.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// HTTP method, always `POST`.
    pub method: &'a str,
    /// Path with its query, exactly as received.
    pub path: &'a str,
    /// Value of the header [`TIMESTAMP`].
    pub timestamp: Option<&'a str>,
    /// Value of the header [`SIGNATURE`].
    pub signature: Option<&'a str>,
    /// Complete body of the call.
    pub body: &'a [u8],
}

/// Reason why a call is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr)]
#[strum(serialize_all = "lowercase")]
pub enum Untrusted {
    /// A required header is missing.
    Missing,
    /// A header does not have the expected form.
    Malformed,
    /// The signing time is too far from the current time.
    Stale,
    /// The signature does not match secret and content.
    Wrong,
}

/// Returns the value of `Dibs-Signature` for a call. `timestamp` is the value of `Dibs-Timestamp`.
pub fn sign(secret: &SecretString, timestamp: &str, method: &str, path: &str, body: &[u8]) -> String {
    let code = authentication(secret, timestamp, method, path, body).finalize().into_bytes();
    format!("{VERSION}{}", hex::encode(code))
}

/// Verifies that the call is signed with `secret` and that its signing time is within `tolerance_s` seconds
/// of `now`. The comparison takes constant time.
///
/// # Errors
/// - [`Untrusted::Missing`] or [`Untrusted::Malformed`] for a missing or malformed header.
/// - [`Untrusted::Wrong`] for a signature that does not match.
/// - [`Untrusted::Stale`] for a signing time outside the tolerance.
pub fn verify(
    secret: &SecretString,
    call: &Arrived<'_>,
    now: Timestamp,
    tolerance_s: i64,
) -> Result<(), Untrusted> {
    let (Some(timestamp), Some(signature)) = (call.timestamp, call.signature) else {
        return Err(Untrusted::Missing);
    };
    let signed_at = seconds(timestamp).ok_or(Untrusted::Malformed)?;
    let digits = signature.strip_prefix(VERSION).ok_or(Untrusted::Malformed)?;
    let mut code = [0; 32];
    hex::decode_to_slice(digits, &mut code).map_err(|_| Untrusted::Malformed)?;
    // Check the signature first, so that callers without the secret learn nothing about the clock.
    authentication(secret, timestamp, call.method, call.path, call.body)
        .verify_slice(&code)
        .map_err(|_| Untrusted::Wrong)?;
    if now.as_seconds().abs_diff(signed_at) > tolerance_s.unsigned_abs() {
        return Err(Untrusted::Stale);
    }
    Ok(())
}

fn authentication(
    secret: &SecretString,
    timestamp: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> Hmac<Sha256> {
    let mut code = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    for part in [timestamp, ".", method, ".", path, "."] {
        code.update(part.as_bytes());
    }
    code.update(body);
    code
}

/// Parses seconds that consist of digits only, as they are sent. `parse` would also accept a sign.
fn seconds(text: &str) -> Option<i64> {
    (text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    // Generated with: printf '1700000000.POST./fulfilment?k=v.{"a":1}' | openssl dgst -sha256 -hmac 'a secret
    // for tests'
    const VECTOR: &str = "v1=308c124cdf434aaa227ef9bf48c5ce830f8d2ba64fee857f56568251fc8cd70f";
    // Generated with: printf '0.POST./.' | openssl dgst -sha256 -hmac k
    const VECTOR_EMPTY: &str = "v1=c937240263a1d2e56c66e69cfe5e68922c7305bec859bbe094a5d7a7d06de104";

    const AT: i64 = 1_700_000_000;
    const PATH: &str = "/fulfilment?k=v";
    const BODY: &[u8] = b"{\"a\":1}";

    fn secret() -> SecretString {
        SecretString::from("a secret for tests")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn arrived(signature: &str) -> Arrived<'_> {
        Arrived {
            method: "POST",
            path: PATH,
            timestamp: Some("1700000000"),
            signature: Some(signature),
            body: BODY,
        }
    }

    #[test]
    fn signatures_are_those_that_openssl_makes() {
        assert_eq!(sign(&secret(), "1700000000", "POST", PATH, BODY), VECTOR);
        assert_eq!(sign(&SecretString::from("k"), "0", "POST", "/", b""), VECTOR_EMPTY);
    }

    #[test]
    fn the_window_is_closed_on_both_sides() {
        let call = arrived(VECTOR);
        for (now, expected) in [
            (AT, Ok(())),
            (AT + 300, Ok(())),
            (AT - 300, Ok(())),
            (AT + 301, Err(Untrusted::Stale)),
            (AT - 301, Err(Untrusted::Stale)),
        ] {
            assert_eq!(verify(&secret(), &call, at(now), TOLERANCE_S), expected, "{now}");
        }
    }

    #[test]
    fn every_signed_part_counts() {
        let good = arrived(VECTOR);
        let check = |call: Arrived<'_>| verify(&secret(), &call, at(AT), TOLERANCE_S);
        assert_eq!(check(good), Ok(()));
        assert_eq!(verify(&SecretString::from("another"), &good, at(AT), TOLERANCE_S), Err(Untrusted::Wrong));
        assert_eq!(check(Arrived { method: "PUT", ..good }), Err(Untrusted::Wrong));
        assert_eq!(check(Arrived { path: "/fulfilment", ..good }), Err(Untrusted::Wrong));
        assert_eq!(check(Arrived { body: b"{\"a\":2}", ..good }), Err(Untrusted::Wrong));
        assert_eq!(check(Arrived { timestamp: Some("1700000001"), ..good }), Err(Untrusted::Wrong));
    }

    #[test]
    fn what_is_no_signature_is_told_apart() {
        let good = arrived(VECTOR);
        let check = |call: Arrived<'_>| verify(&secret(), &call, at(AT), TOLERANCE_S);
        assert_eq!(check(Arrived { timestamp: None, ..good }), Err(Untrusted::Missing));
        assert_eq!(check(Arrived { signature: None, ..good }), Err(Untrusted::Missing));
        for timestamp in ["", "+1700000000", "-1", "17e8", "1700000000.0", "9999999999999999999999"] {
            assert_eq!(
                check(Arrived { timestamp: Some(timestamp), ..good }),
                Err(Untrusted::Malformed),
                "{timestamp}"
            );
        }
        let hex = &VECTOR["v1=".len()..];
        let (short, long, odd) =
            (format!("v1={}", &hex[2..]), format!("{VECTOR}00"), format!("v1=zz{}", &hex[2..]));
        // A multi-byte character must not be split.
        let wide = format!("v1=é{}", &hex[2..]);
        for signature in ["", "v1=", hex, &short, &long, &odd, &wide, &VECTOR.replace("v1", "v2")] {
            assert_eq!(
                check(Arrived { signature: Some(signature), ..good }),
                Err(Untrusted::Malformed),
                "{signature}"
            );
        }
    }
}
