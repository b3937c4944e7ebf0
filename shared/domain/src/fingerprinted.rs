//! Entities that one request creates and that a repeat of the request finds again.

use crate::campaigns::Campaign;
use crate::concerts::{Concert, Reservation};
use crate::deals::Deal;
use crate::orders::Order;
use crate::products::Product;
use crate::rewards::Reward;
use crate::waiting_room::WaitingRoom;
use crate::webhooks::Webhook;

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

fingerprinted! { Campaign Concert Deal Order Product Reservation Reward WaitingRoom Webhook }
