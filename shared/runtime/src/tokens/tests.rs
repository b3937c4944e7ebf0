use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ids::SessionId;
use serde_json::{Value, json};

use super::*;

/// Generates a private key in PEM.
fn pem() -> String {
    let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.as_ref()))
}

fn tokens() -> Tokens {
    Tokens::new(None, Some(&pem())).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn claims(iat: i64, exp: i64) -> Value {
    json!({"sub": "usr_a", "roles": ["USER"], "iss": "dibs", "iat": iat, "exp": exp})
}

#[test]
fn token_is_valid_from_its_issue_to_its_end_whatever_the_numbers_are() {
    let tokens = tokens();
    for (iat, exp, valid) in [
        (100, 1_000, true),
        (1_000, 100, false),
        (1_006, 2_000, false),
        (i64::MIN, i64::MAX, true),
        (i64::MAX, i64::MAX, false),
        (i64::MIN, i64::MIN, false),
    ] {
        let token = tokens.sign(&claims(iat, exp)).unwrap();
        assert_eq!(tokens.verify(&token, at(1_000)).is_ok(), valid, "{iat} to {exp}");
    }
}

#[test]
fn token_with_a_critical_extension_is_refused() {
    let tokens = tokens();
    let (key_id, key) = tokens.signing().unwrap();
    let header = Header { kid: Some(key_id.clone()), ..Header::new(Algorithm::EdDSA) };
    let sign = |header: &Header| jsonwebtoken::encode(header, &claims(100, 1_000), key).unwrap();
    assert!(tokens.verify(&sign(&header), at(500)).is_ok());
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..header };
    assert!(tokens.verify(&sign(&critical), at(500)).is_err());
}

#[test]
fn device_is_no_access_token_and_known_for_a_year() {
    let tokens = tokens();
    let device = Device { user_id: UserId::new("a"), id: "one".to_owned(), iat: 500 };
    let signed = tokens.sign_device(device.clone()).unwrap();
    assert_eq!(tokens.read_device(&signed, at(500 + DEVICE_SECONDS - 1)), Some(device));
    assert_eq!(tokens.read_device(&signed, at(500 + DEVICE_SECONDS)), None);
    assert!(tokens.verify(&signed, at(500)).is_err() && tokens.verify_queue_token(&signed).is_err());
    let access = tokens.sign(&claims(100, 1_000)).unwrap();
    assert_eq!(tokens.read_device(&access, at(500)), None);
}

#[test]
fn successor_follows_from_the_token_and_the_key() {
    let token = RefreshToken::new(SessionId::new("a"), [1, 2]);
    let (one, pem) = (tokens(), pem());
    let next = Tokens::new(None, Some(&pem)).unwrap().successor(&token).unwrap();
    assert_eq!(Tokens::new(None, Some(&pem)).unwrap().successor(&token).unwrap(), next, "another instance");
    assert_ne!(one.successor(&token).unwrap(), next, "another key");
    assert_eq!(next.session_id, token.session_id);
    assert_ne!(next, token);
    let public = serde_json::to_string(one.public()).unwrap();
    assert!(
        Tokens::new(Some(&public), None).unwrap().successor(&token).is_err(),
        "only with the private key"
    );
}
