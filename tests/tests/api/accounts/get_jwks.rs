//! Tests of `GET /.well-known/jwks.json`, the public keys of access tokens.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

#[tokio::test]
async fn published_keys_verify_access_tokens() {
    let app = TestApp::start().await;
    let token = app.member("kim@example.com").await.caller.token().unwrap().to_owned();
    for path in ["/.well-known/jwks.json", "/api/v1/.well-known/jwks.json"] {
        let reply = app.anonymous().get(path).await;
        assert_each_eq!((reply.status, 200), (reply.header("cache-control"), Some("public, max-age=300")));
        assert!(!reply.text().contains("\"d\""), "the private part is shown");
        let keys: JwkSet = serde_json::from_value(reply.json).unwrap();
        let id = decode_header(&token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&id).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&["dibs"]);
        let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    }
    app.finish().await;
}
