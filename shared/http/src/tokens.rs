//! Access tokens: EdDSA-signed, 15 minutes long. Every function can verify one with the public keys; only
//! those that issue tokens are given the private key.

use domain::accounts::{Account, RefreshToken, Roles};
use domain::ids::UserId;
use domain::queue::Ticket;
use domain::{Error, Result, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How long an access token lives.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;
const ISSUER: &str = "dibs";
/// What tells a ticket from an access token.
const TICKETS: &str = "dibs:queue";
/// What tells a known device from an access token.
const DEVICES: &str = "dibs:device";
/// Seconds for which a device is known after its last sign-in. A year.
pub const DEVICE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// What is signed to derive a refresh token begins with this. A JWT begins with its header in base64url, which has no
/// colon, so a signature of the one is never one of the other.
const SUCCESSOR: &str = "dibs:refresh-token:";
/// Clocks of functions are apart by seconds.
const LEEWAY_SECONDS: i64 = 5;

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Whose it is.
    pub sub: UserId,
    /// The roles at the time of signing in or refreshing.
    pub roles: Roles,
    /// Epoch of the account at that time; none in a token of the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Closed accounts of the same e-mail address, whose claims count for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<UserId>,
    /// Always `dibs`.
    pub iss: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid from here on, seconds since 1970.
    pub exp: i64,
}

/// A place in a queue, or what leads to it, on its way through the client.
#[derive(Debug, Serialize, Deserialize)]
struct TicketClaims {
    iss: String,
    aud: String,
    #[serde(flatten)]
    ticket: Ticket,
}

/// A device from which somebody signed in to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whose account it was.
    #[serde(rename = "sub")]
    pub user_id: UserId,
    /// Which of their devices it is.
    #[serde(rename = "jti")]
    pub id: String,
    /// When it was last signed in from, seconds since 1970.
    pub iat: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct DeviceClaims {
    iss: String,
    aud: String,
    #[serde(flatten)]
    device: Device,
}

/// The keys: public ones by their id, and the private one where tokens are issued.
pub struct Tokens {
    public: JwkSet,
    verifying: Vec<(String, DecodingKey)>,
    signing: Option<(String, EncodingKey)>,
}

impl Tokens {
    /// Keys from a JWKS document and, where tokens are issued, a private key in PEM (PKCS#8, Ed25519). The
    /// public half of the private key is always among the verifying ones; older keys stay in the document
    /// until the last token that they signed has expired.
    ///
    /// # Errors
    /// A sentence that names what cannot be read, and never the key.
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

    /// The public keys, for whoever wants to verify our tokens.
    pub const fn public(&self) -> &JwkSet {
        &self.public
    }

    /// Whether there is any key to verify a token with.
    pub const fn can_verify(&self) -> bool {
        !self.verifying.is_empty()
    }

    /// Issues an access token for `account`, good for 15 minutes from `now` and within the account's epoch.
    ///
    /// # Errors
    /// An internal error in a function that was not given the private key.
    pub fn issue_to(&self, account: &Account, now: Timestamp) -> Result<String> {
        let (epoch, former) = (Some(account.epoch), account.former_ids(now));
        self.sign_access(&account.id, &account.roles, epoch, former, now)
    }

    /// Issues an access token as the version before did: without an epoch, it ends with the first revocation after it.
    ///
    /// # Errors
    /// An internal error in a function that was not given the private key.
    pub fn issue(&self, user: &UserId, roles: &Roles, now: Timestamp) -> Result<String> {
        self.sign_access(user, roles, None, Vec::new(), now)
    }

    fn sign_access(
        &self,
        user: &UserId,
        roles: &Roles,
        epoch: Option<u32>,
        former: Vec<UserId>,
        now: Timestamp,
    ) -> Result<String> {
        self.sign(&AccessClaims {
            sub: user.clone(),
            roles: roles.clone(),
            epoch,
            former,
            iss: ISSUER.to_owned(),
            iat: now.as_seconds(),
            exp: now.as_seconds() + ACCESS_TOKEN_SECONDS,
        })
    }

    /// `ticket` as a signed string.
    ///
    /// # Errors
    /// An internal error in a function that was not given the private key.
    pub fn sign_ticket(&self, ticket: &Ticket) -> Result<String> {
        self.sign(&TicketClaims { iss: ISSUER.to_owned(), aud: TICKETS.to_owned(), ticket: ticket.clone() })
    }

    /// The ticket that one of our keys signed, whosever it is and however old.
    ///
    /// # Errors
    /// `QUEUE_TOKEN_INVALID` for everything else, without saying why.
    pub fn read_ticket(&self, token: &str) -> Result<Ticket> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[TICKETS]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        let claims: TicketClaims = self.read(token, validation).ok_or_else(crate::foreign_ticket)?;
        Ok(claims.ticket)
    }

    /// Returns `device` as a signed string, for a cookie.
    ///
    /// # Errors
    /// An internal error in a function that was not given the private key.
    pub fn sign_device(&self, device: Device) -> Result<String> {
        self.sign(&DeviceClaims { iss: ISSUER.to_owned(), aud: DEVICES.to_owned(), device })
    }

    /// Returns the device that one of our keys signed, if that was at most [`DEVICE_SECONDS`] before `now`.
    pub fn read_device(&self, token: &str, now: Timestamp) -> Option<Device> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[DEVICES]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        let DeviceClaims { device, .. } = self.read(token, validation)?;
        (now.as_seconds() < device.iat.saturating_add(DEVICE_SECONDS)).then_some(device)
    }

    /// Returns the refresh token that follows `token`: the same one for each instance, and only with the private key.
    /// Ed25519 signs deterministically (RFC 8032), and only a hash of the signature leaves this function.
    ///
    /// # Errors
    /// An internal error in a function that was not given the private key.
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

    /// What `token` says, if one of our keys signed it. When it ends is for the caller's clock to say.
    fn read<C: DeserializeOwned>(&self, token: &str, mut validation: Validation) -> Option<C> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // RFC 7515, section 4.1.11: who does not understand a critical extension refuses. None of ours has one, nor `nbf`.
        if header.crit.is_some() {
            return None;
        }
        let (_, key) = self.verifying.iter().find(|(id, _)| Some(id) == header.kid.as_ref())?;
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<C>(token, key, &validation).ok().map(|token| token.claims)
    }

    /// What `token` says, if one of our keys signed it and it is valid at `now`.
    ///
    /// # Errors
    /// `UNAUTHORIZED` for everything else, without saying why.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let claims: AccessClaims = self.read(token, validation).ok_or_else(Error::unauthorized)?;
        let seconds = now.as_seconds();
        // Whatever the numbers are: a sum that overflows would panic, or let in.
        let is_over = claims.exp.saturating_add(LEEWAY_SECONDS) <= seconds;
        if is_over || claims.iat.saturating_sub(LEEWAY_SECONDS) > seconds {
            return Err(Error::unauthorized());
        }
        Ok(claims)
    }
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
