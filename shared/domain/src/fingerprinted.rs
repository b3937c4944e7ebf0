//! Entities that one request creates and that a repeat of the request finds again.

use serde::{Deserialize, Serialize};

use crate::campaigns::Campaign;
use crate::concerts::{Concert, Reservation};
use crate::deals::Deal;
use crate::ids::fingerprint;
use crate::orders::Order;
use crate::products::Product;
use crate::rewards::Reward;
use crate::waiting_room::WaitingRoom;
use crate::{Error, Result};

/// Fingerprint of a request with an `Idempotency-Key`, as an entity stores it whose id is not derived from the
/// `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedFingerprint {
    /// Fingerprint of the `Idempotency-Key` and the scope in which it is compared.
    pub key: String,
    /// Fingerprint of the request body.
    pub body: String,
}

impl KeyedFingerprint {
    /// Creates the fingerprint of a request with this `Idempotency-Key`, which is compared within `scope` only.
    /// `body` is the fingerprint of its body.
    pub fn new(scope: &[&str], key: &str, body: &str) -> Self {
        Self { key: fingerprint(&[scope, &[key]].concat()), body: body.to_owned() }
    }

    /// Returns `true` if `request` is the same request.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` if it has the same `Idempotency-Key` but another body.
    pub fn is_same(&self, request: &Self) -> Result<bool> {
        match self.key == request.key {
            true if self.body != request.body => Err(Error::key_reused()),
            same_key => Ok(same_key),
        }
    }
}

/// Entity whose id follows from the `Idempotency-Key` of the request that creates it.
pub trait Fingerprinted: Clone {
    /// Returns the fingerprint of that request; `None` when it had no `Idempotency-Key`, so that the id is
    /// random.
    fn request_fingerprint(&self) -> Option<&str>;
}

macro_rules! fingerprinted {
    ($($entity:ident)+) => {
        $(impl Fingerprinted for $entity {
            fn request_fingerprint(&self) -> Option<&str> {
                self.request_fingerprint.as_deref()
            }
        })+
    };
}

fingerprinted! { Campaign Concert Deal Order Product Reservation Reward WaitingRoom }
