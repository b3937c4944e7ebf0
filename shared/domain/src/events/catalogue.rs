//! Catalogue of domain events. A line has the published text of a type, the kind of its data, and the version of
//! that data.

use std::borrow::Cow;
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};
use strum::VariantArray;

use super::DomainEventData;
use crate::accounts::AccountChangeKind;
use crate::claims;

macro_rules! event_types {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $data:ident, $version:literal;)+) => {
        /// Type of a domain event. Consumers rely on the texts, so a text never changes.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, VariantArray,
        )]
        pub enum EventType { $($(#[doc = $doc])+ #[serde(rename = $text)] $variant,)+ }

        impl EventType {
            /// Returns the text that is published.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Returns the version of the data. It rises by one with each change that is no addition.
            pub const fn version(self) -> u32 {
                match self { $(Self::$variant => $version,)+ }
            }

            /// Returns a description of the type for readers of the events, as one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_start(),)+ }
            }

            /// Returns the name of the data's type. Types of events may share it.
            pub fn data_name(self) -> Cow<'static, str> {
                match self { $(Self::$variant => name_of(DomainEventData::$data),)+ }
            }

            /// Returns the JSON schema of the data.
            pub fn data_schema(self) -> Value {
                let settings = SchemaSettings::draft2020_12().for_serialize();
                let mut generator = settings.with(|settings| settings.inline_subschemas = true).into_generator();
                match self { $(Self::$variant => schema_of(&mut generator, DomainEventData::$data),)+ }
            }
        }

        impl DomainEventData {
            /// Reads the data of an event of type `kind`.
            ///
            /// # Errors
            /// An error of serde that names the member that does not fit.
            pub fn read(kind: EventType, data: Value) -> serde_json::Result<Self> {
                match kind { $(EventType::$variant => from_value(data).map(Self::$data),)+ }
            }
        }
    };
}

event_types! {
    /// An account was registered.
    AccountRegistered = "account.registered", Account, 1;
    /// The roles of an account were replaced.
    AccountRolesChanged = "account.roles_changed", Account, 1;
    /// The status of an account was changed.
    AccountStatusChanged = "account.status_changed", Account, 1;
    /// The password of an account was changed.
    AccountPasswordChanged = "account.password_changed", Account, 1;
    /// The owner of an account confirmed an authenticator app, whose codes sign-ins take from then on.
    AccountTotpEnabled = "account.totp_enabled", Account, 1;
    /// The owner of an account removed the authenticator app.
    AccountTotpDisabled = "account.totp_disabled", Account, 1;
    /// An account was closed by its owner.
    AccountClosed = "account.closed", Account, 1;
    /// The root of an hour of the audit was published.
    AuditRoot = "audit.root", AuditRoot, 1;
    /// Money was added to a balance.
    BalanceCharged = "balance.charged", Entry, 1;
    /// An empty balance was closed with its account.
    BalanceClosed = "balance.closed", Entry, 1;
    /// The balance of a closed account was forfeited.
    BalanceForfeited = "balance.forfeited", Entry, 1;
    /// A reservation or an order was paid from a balance.
    PaymentCompleted = "payment.completed", Entry, 1;
    /// A reward was requested, and a worker grants it.
    ClaimRequested = "claim.requested", Claim, 1;
    /// A reward was requested, and an operator decides.
    ClaimInReview = "claim.in_review", Claim, 1;
    /// An operator approved a requested reward.
    ClaimApproved = "claim.approved", Claim, 1;
    /// A grant was attempted without success and will be retried.
    ClaimGranting = "claim.granting", Claim, 1;
    /// A request was refused because of its condition, or a grant failed; the reward may be requested
    /// again.
    ClaimFailed = "claim.failed", Claim, 1;
    /// An operator rejected a requested reward.
    ClaimRejected = "claim.rejected", Claim, 1;
    /// A reward was granted.
    ClaimGranted = "claim.granted", Claim, 1;
    /// A time deal was changed without a change of its status.
    DealChanged = "deal.changed", Deal, 1;
    /// A time deal is scheduled.
    DealScheduled = "deal.scheduled", Deal, 1;
    /// A time deal is active.
    DealActive = "deal.active", Deal, 1;
    /// A time deal has ended.
    DealEnded = "deal.ended", Deal, 1;
    /// A time deal is sold out.
    DealSoldout = "deal.soldout", Deal, 1;
    /// A time deal was canceled.
    DealCanceled = "deal.canceled", Deal, 1;
    /// An order was placed, and its units are reserved.
    OrderReserved = "order.reserved", Order, 1;
    /// The payment of an order was requested from the provider.
    OrderPaymentRequested = "order.payment_requested", Order, 1;
    /// The provider reported that a payment failed.
    OrderPaymentFailed = "order.payment_failed", Order, 1;
    /// The provider reported that a payment was completed.
    OrderPaymentCompleted = "order.payment_completed", Order, 1;
    /// An order was paid.
    OrderConfirmed = "order.confirmed", Order, 1;
    /// An order was canceled or has expired.
    OrderCanceled = "order.canceled", Order, 1;
    /// An order failed, since its request stopped half way.
    OrderFailed = "order.failed", Order, 1;
    /// Seats are held for a reservation.
    ReservationMade = "reservation.made", Reservation, 1;
    /// A reservation was paid.
    ReservationPaid = "reservation.paid", Reservation, 1;
    /// A reservation was canceled.
    ReservationCanceled = "reservation.canceled", Reservation, 1;
    /// The hold of a reservation has expired.
    ReservationExpired = "reservation.expired", Reservation, 1;
    /// A campaign was created.
    CampaignCreated = "campaign.created", Campaign, 1;
    /// A campaign was changed without a change of its status.
    CampaignChanged = "campaign.changed", Campaign, 1;
    /// A campaign became a draft again.
    CampaignDrafted = "campaign.drafted", Campaign, 1;
    /// A campaign was activated.
    CampaignActivated = "campaign.activated", Campaign, 1;
    /// A campaign was paused.
    CampaignPaused = "campaign.paused", Campaign, 1;
    /// A campaign was ended.
    CampaignEnded = "campaign.ended", Campaign, 1;
    /// A campaign was deleted.
    CampaignDeleted = "campaign.deleted", Campaign, 1;
    /// A reward was attached to a campaign.
    OfferAttached = "offer.attached", Offer, 1;
    /// The terms of an offer were changed.
    OfferChanged = "offer.changed", Offer, 1;
    /// A reward was detached from its campaign.
    OfferDetached = "offer.detached", Offer, 1;
    /// A product was created.
    ProductCreated = "product.created", Product, 1;
    /// A product was changed.
    ProductChanged = "product.changed", Product, 1;
    /// A product was deleted.
    ProductDeleted = "product.deleted", Product, 1;
    /// A concert was created.
    ConcertCreated = "concert.created", Concert, 1;
    /// A date was added to a concert.
    ConcertDateCreated = "concert.date_created", Date, 1;
    /// A waiting room was created, open.
    QueueCreated = "queue.created", Queue, 1;
    /// Name or settings of a waiting room were changed.
    QueueChanged = "queue.changed", Queue, 1;
    /// A waiting room was opened again.
    QueueOpened = "queue.opened", Queue, 1;
    /// A waiting room was paused: it admits nobody.
    QueuePaused = "queue.paused", Queue, 1;
    /// A waiting room was closed: nobody can join.
    QueueClosed = "queue.closed", Queue, 1;
    /// Positions of a waiting room were admitted.
    QueueLetIn = "queue.let_in", LetIn, 1;
    /// Admitted users of a waiting room did not come in time.
    QueueNoShow = "queue.no_show", NoShow, 1;
    /// A notification leaves for a user, and its rule has the channel webhook.
    NotificationCreated = "notification.created", Notification, 1;
}

fn name_of<T: JsonSchema>(_: fn(T) -> DomainEventData) -> Cow<'static, str> {
    T::schema_name()
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator, _: fn(T) -> DomainEventData) -> Value {
    let mut schema = T::json_schema(generator).to_value();
    without_null_defaults(&mut schema);
    schema
}

/// Removes null defaults of optional members, which would contradict a type that is not nullable for readers.
fn without_null_defaults(schema: &mut Value) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(without_null_defaults),
        Value::Object(members) => {
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            members.values_mut().for_each(without_null_defaults);
        }
        _ => {}
    }
}

impl EventType {
    /// All types, in the order of the catalogue.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

impl From<AccountChangeKind> for EventType {
    fn from(kind: AccountChangeKind) -> Self {
        match kind {
            AccountChangeKind::Registered => Self::AccountRegistered,
            AccountChangeKind::RolesChanged => Self::AccountRolesChanged,
            AccountChangeKind::StatusChanged => Self::AccountStatusChanged,
            AccountChangeKind::PasswordChanged => Self::AccountPasswordChanged,
            AccountChangeKind::TotpEnabled => Self::AccountTotpEnabled,
            AccountChangeKind::TotpDisabled => Self::AccountTotpDisabled,
            AccountChangeKind::Closed => Self::AccountClosed,
        }
    }
}

impl From<claims::LineStatus> for EventType {
    fn from(status: claims::LineStatus) -> Self {
        match status {
            claims::LineStatus::Requested => Self::ClaimRequested,
            claims::LineStatus::InReview => Self::ClaimInReview,
            claims::LineStatus::Approved => Self::ClaimApproved,
            claims::LineStatus::Granting => Self::ClaimGranting,
            claims::LineStatus::Failed => Self::ClaimFailed,
            claims::LineStatus::Rejected => Self::ClaimRejected,
            claims::LineStatus::Granted => Self::ClaimGranted,
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for EventType {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_text_of_a_change_is_that_of_its_status() {
        let statuses = [
            claims::LineStatus::Requested,
            claims::LineStatus::InReview,
            claims::LineStatus::Approved,
            claims::LineStatus::Granting,
            claims::LineStatus::Failed,
            claims::LineStatus::Rejected,
            claims::LineStatus::Granted,
        ];
        for status in statuses {
            let published = serde_json::to_value(EventType::from(status)).unwrap();
            assert_eq!(published, format!("claim.{}", status.as_ref()));
        }
        for kind in
            [AccountChangeKind::Registered, AccountChangeKind::Closed, AccountChangeKind::RolesChanged]
        {
            assert_eq!(EventType::from(kind).as_str(), format!("account.{}", kind.as_ref()));
        }
    }
}
