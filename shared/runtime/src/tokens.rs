//! Access tokens: signed with EdDSA, valid for 15 minutes. All functions verify them with the public keys.
//! Only the functions that issue tokens have the private key.

use domain::accounts::{Account, RefreshToken, Roles};
use domain::ids::{SessionId, UserId};
use domain::waiting_room::QueueToken;
use domain::{Code, Error, Result, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Lifetime of an access token, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;
const ISSUER: &str = "dibs";
/// Audience that distinguishes queue tokens from access tokens.
const QUEUE_TOKENS: &str = "dibs:queue";
/// Audience that distinguishes device cookies from access tokens.
const DEVICES: &str = "dibs:device";
/// Lifetime of a device cookie after the last sign-in, in seconds: a year.
pub const DEVICE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Prefix of the message that is signed to derive a refresh token. A JWT begins with its header in base64url,
/// which has no colon, so a signature of one kind is never valid for the other.
const SUCCESSOR: &str = "dibs:refresh-token:";
/// Tolerated difference between the clocks of two functions, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// Claims of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    /// User to whom the token was issued.
    pub sub: UserId,
    /// Roles at the time of sign-in or refresh.
    pub roles: Roles,
    /// Account epoch at that time; `None` in tokens that an earlier version of dibs issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Closed accounts of the same e-mail address. Their claims count against the limits of this account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<UserId>,
    /// Session to which the token was issued; `None` in tokens that an earlier version of dibs issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Whether the e-mail address of the account was not confirmed at that time. Tokens that an earlier version of dibs
    /// issued do not say so, since its accounts count as confirmed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
    /// Whether the account had an authenticator app. Its confirmation ends earlier sessions, so the user then signed in
    /// with a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub totp: bool,
    /// Issuer of the token, always `dibs`.
    pub iss: String,
    /// Time of issue, in seconds since 1970.
    pub iat: i64,
    /// End of validity, exclusive, in seconds since 1970.
    pub exp: i64,
}

impl AccessClaims {
    /// Returns the claims of a token that is valid from `now` on, without those that an earlier version of dibs did not
    /// know.
    fn of(user: &UserId, roles: &Roles, now: Timestamp) -> Self {
        Self {
            sub: user.clone(),
            roles: roles.clone(),
            epoch: None,
            former: Vec::new(),
            sid: None,
            unconfirmed: false,
            totp: false,
            iss: ISSUER.to_owned(),
            iat: now.as_seconds(),
            exp: now.as_seconds() + ACCESS_TOKEN_SECONDS,
        }
    }
}

/// Claims of a queue token: a position in a waiting room, or the queue entry that leads to one.
#[derive(Debug, Serialize, Deserialize)]
struct QueueTokenClaims {
    iss: String,
    aud: String,
    #[serde(flatten)]
    queue_token: QueueToken,
}

/// A browser with which a user signed in to an account, as its signed device cookie names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Id of the account that the user signed in to.
    #[serde(rename = "sub")]
    pub user_id: UserId,
    /// Random id of the device.
    #[serde(rename = "jti")]
    pub id: String,
    /// Time of the last sign-in, in seconds since 1970.
    pub iat: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct DeviceClaims {
    iss: String,
    aud: String,
    #[serde(flatten)]
    device: Device,
}

/// Token keys: public keys by their ids, and the private key in functions that issue tokens.
pub struct Tokens {
    public: JwkSet,
    verifying: Vec<(String, DecodingKey)>,
    signing: Option<(String, EncodingKey)>,
}

impl Tokens {
    /// Parses the keys from a JWKS document and, in functions that issue tokens, a private key in PEM
    /// (PKCS#8, Ed25519). The public half of the private key always verifies. Older keys stay in the document
    /// until their last token has expired.
    ///
    /// # Errors
    /// A sentence that names the invalid part, but never the key.
    pub fn new(jwks: Option<&str>, signing_pem: Option<&str>) -> Result<Self, String> {
        let mut public: JwkSet = match jwks {
            Some(text) => serde_json::from_str(text).map_err(|_| "the JWKS document cannot be read")?,
            None => JwkSet { keys: Vec::new() },
        };
        let signing = signing_pem.map(signing_key).transpose()?;
        if let Some((jwk, _)) = &signing
            && !public.keys.iter().any(|known| known.common.key_id == jwk.common.key_id)
        {
            public.keys.push(jwk.clone());
        }
        let verifying = public.keys.iter().map(verifying_key).collect::<Result<_, String>>()?;
        let signing = signing.and_then(|(jwk, key)| Some((jwk.common.key_id?, key)));
        Ok(Self { public, verifying, signing })
    }

    /// Returns the public keys, as `/.well-known/jwks.json` serves them.
    pub const fn public(&self) -> &JwkSet {
        &self.public
    }

    /// Returns whether there is any key to verify tokens with.
    pub const fn can_verify(&self) -> bool {
        !self.verifying.is_empty()
    }

    /// Issues an access token of `session` for `account`, valid for 15 minutes from `now` unless the account's epoch
    /// rises or the session is ended.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the private key.
    pub fn issue_to(&self, account: &Account, session: &SessionId, now: Timestamp) -> Result<String> {
        self.sign(&AccessClaims {
            epoch: Some(account.epoch),
            former: account.former_ids(now),
            sid: Some(session.clone()),
            unconfirmed: !account.is_email_confirmed(),
            totp: account.has_totp(),
            ..AccessClaims::of(&account.id, &account.roles, now)
        })
    }

    /// Issues an access token without an epoch, as an earlier version of dibs did. Any later revocation of
    /// the account ends it.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the private key.
    pub fn issue(&self, user: &UserId, roles: &Roles, now: Timestamp) -> Result<String> {
        self.sign(&AccessClaims::of(user, roles, now))
    }

    /// Signs a queue token.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the private key.
    pub fn sign_queue_token(&self, queue_token: &QueueToken) -> Result<String> {
        self.sign(&QueueTokenClaims {
            iss: ISSUER.to_owned(),
            aud: QUEUE_TOKENS.to_owned(),
            queue_token: queue_token.clone(),
        })
    }

    /// Verifies a queue token and returns its contents, whoever its owner is and however old it is.
    ///
    /// # Errors
    /// `QUEUE_TOKEN_INVALID` for a text that is not a queue token signed by dibs. It does not say why.
    pub fn verify_queue_token(&self, token: &str) -> Result<QueueToken> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[QUEUE_TOKENS]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        let claims: QueueTokenClaims = self.read(token, validation).ok_or_else(invalid_queue_token)?;
        Ok(claims.queue_token)
    }

    /// Signs the value of a device cookie.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the private key.
    pub fn sign_device(&self, device: Device) -> Result<String> {
        self.sign(&DeviceClaims { iss: ISSUER.to_owned(), aud: DEVICES.to_owned(), device })
    }

    /// Verifies a device cookie. Returns `None` when it is invalid or was signed more than [`DEVICE_SECONDS`]
    /// before `now`.
    pub fn read_device(&self, token: &str, now: Timestamp) -> Option<Device> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[DEVICES]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        let DeviceClaims { device, .. } = self.read(token, validation)?;
        (now.as_seconds() < device.iat.saturating_add(DEVICE_SECONDS)).then_some(device)
    }

    /// Derives the refresh token that follows `token`. All instances with the private key derive the same
    /// one, since Ed25519 signatures are deterministic (RFC 8032). Only a hash of the signature leaves this
    /// function.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the private key.
    pub fn successor(&self, token: &RefreshToken) -> Result<RefreshToken> {
        let (_, key) = self.signing()?;
        let message = format!("{SUCCESSOR}{}", token.expose());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA);
        let signature = signature.map_err(Error::internal)?;
        Ok(RefreshToken::derived(token.session_id.clone(), signature.as_bytes()))
    }

    fn signing(&self) -> Result<&(String, EncodingKey)> {
        let missing = || Error::internal("DIBS_SIGNING_KEY is not set, and this function issues tokens");
        self.signing.as_ref().ok_or_else(missing)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let (key_id, key) = self.signing()?;
        let header = Header { kid: Some(key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, key).map_err(Error::internal)
    }

    /// Verifies the signature and issuer of `token` and returns its claims. Does not check the expiry.
    fn read<C: DeserializeOwned>(&self, token: &str, mut validation: Validation) -> Option<C> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // RFC 7515, section 4.1.11: a recipient rejects critical extensions that it does not understand. dibs
        // uses none, nor `nbf`.
        if header.crit.is_some() {
            return None;
        }
        let (_, key) = self.verifying.iter().find(|(id, _)| Some(id) == header.kid.as_ref())?;
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<C>(token, key, &validation).ok().map(|token| token.claims)
    }

    /// Verifies an access token at `now` and returns its claims.
    ///
    /// # Errors
    /// `UNAUTHORIZED` for a text that is not a valid access token at `now`. It does not say why.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let claims: AccessClaims = self.read(token, validation).ok_or_else(Error::unauthorized)?;
        let seconds = now.as_seconds();
        // Saturating arithmetic, because a sum that overflows would panic or accept the token.
        let is_over = claims.exp.saturating_add(LEEWAY_SECONDS) <= seconds;
        if is_over || claims.iat.saturating_sub(LEEWAY_SECONDS) > seconds {
            return Err(Error::unauthorized());
        }
        Ok(claims)
    }
}

/// Builds the error `QUEUE_TOKEN_INVALID`, for a token of another user or another waiting room.
pub fn invalid_queue_token() -> Error {
    Error::refused(Code::QueueTokenInvalid, "This is not a token of this queue for you.")
}

fn signing_key(pem: &str) -> Result<(Jwk, EncodingKey), String> {
    let unreadable = |_| "the signing key is not an Ed25519 private key in PEM (PKCS#8)".to_owned();
    let key = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(unreadable)?;
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).map_err(unreadable)?;
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(unreadable)?);
    jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
    Ok((jwk, key))
}

fn verifying_key(jwk: &Jwk) -> Result<(String, DecodingKey), String> {
    let id = jwk.common.key_id.clone().ok_or("a key of the JWKS document has no kid")?;
    let key = DecodingKey::from_jwk(jwk)
        .map_err(|_| format!("the key {id} of the JWKS document cannot be read"))?;
    Ok((id, key))
}

#[cfg(test)]
mod tests;
