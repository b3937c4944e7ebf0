//! One error type for every floor. It knows what went wrong and nothing of HTTP: `dibs-http` gives each
//! [`Code`] its status in the last step.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What every fallible function of dibs returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// Why something was refused or failed: stable, documented, the same text in every version of the
        /// API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code with what it means, in the order of the documentation.
            pub const ALL: &[(Code, &'static str)] = &[$((Code::$variant, concat!($($doc),+)),)+];

            /// The text that clients see in `error.code`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    BadJson = "BAD_JSON",
    /// An object in the body has a member twice, so that readers could understand it differently: send each member once.
    DuplicateMember = "DUPLICATE_MEMBER",
    /// A field, a filter or a cursor is missing, unknown, of the wrong type or out of range; every one is
    /// named.
    ValidationError = "VALIDATION_ERROR",
    /// No access token, or one that is not valid or no longer so.
    Unauthorized = "UNAUTHORIZED",
    /// Unknown e-mail or wrong password; which of the two is not said.
    InvalidCredentials = "INVALID_CREDENTIALS",
    /// The caller's role does not allow this, or the thing is somebody else's.
    Forbidden = "FORBIDDEN",
    /// There is no such thing.
    NotFound = "NOT_FOUND",
    /// The path exists, but not with this method; `Allow` names those it has.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// The body is larger than this endpoint takes.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The body is not said to be JSON: send it with `Content-Type: application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// Too many calls or too many failures; `Retry-After` says when to come back.
    TooManyRequests = "TOO_MANY_REQUESTS",
    /// The same `Idempotency-Key` came with another body.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// The password is among the commonest ones, or a run or repetition of characters; choose another one.
    PasswordTooCommon = "PASSWORD_TOO_COMMON",
    /// The password is shorter than this account needs; `details.characters_min` says how long it must be.
    PasswordTooShort = "PASSWORD_TOO_SHORT",
    /// The account's password is shorter than staff need, so it cannot be given such a role; its owner changes the
    /// password first.
    StaffPasswordNeeded = "STAFF_PASSWORD_NEEDED",
    /// An account with this e-mail exists.
    DuplicateEmail = "DUPLICATE_EMAIL",
    /// This e-mail address cannot be registered: whoever had it was shut out, or it has had too many accounts. Ask
    /// whoever runs this service.
    RegistrationRefused = "REGISTRATION_REFUSED",
    /// There would be no active administrator any more: give the role ADMIN to another account first.
    LastAdministrator = "LAST_ADMINISTRATOR",
    /// The account has a balance: spend it first, or close with `forfeit: true`; `details` holds `balance`.
    BalanceRemains = "BALANCE_REMAINS",
    /// Whether access of staff was revoked cannot be read at the moment; come back after `Retry-After`.
    AccessUnconfirmed = "ACCESS_UNCONFIRMED",
    /// This user has already claimed this reward as often as it may be had.
    AlreadyRequested = "ALREADY_REQUESTED",
    /// The user does not meet the condition; `details` holds the evaluated tree.
    ConditionNotMet = "CONDITION_NOT_MET",
    /// The outside service that checks a condition gave no usable answer; the attempt is recorded and may be
    /// repeated.
    ConditionUnavailable = "CONDITION_UNAVAILABLE",
    /// No unit of the reward is left.
    OutOfStock = "OUT_OF_STOCK",
    /// The event is not active, or now is outside its period.
    EventNotActive = "EVENT_NOT_ACTIVE",
    /// The coupon is past its own expiry date and cannot be claimed, attached or granted any more; attach one
    /// that is good for longer.
    RewardExpired = "REWARD_EXPIRED",
    /// The event was closed by this request and is about to be deleted; repeat the request after `Retry-After`,
    /// and it is deleted unless somebody has requested a reward meanwhile. Nobody repeats it: it opens again.
    EventClosing = "EVENT_CLOSING",
    /// The event has claims and so cannot be deleted, or no longer changed in this way.
    EventHasClaims = "EVENT_HAS_CLAIMS",
    /// The reward is attached to this event already.
    RewardAlreadyAttached = "REWARD_ALREADY_ATTACHED",
    /// No line of the claim waits for a review.
    NotInReview = "NOT_IN_REVIEW",
    /// The request to decide about is the caller's own: another operator has to decide.
    OwnRequest = "OWN_REQUEST",
    /// The thing has another version than `If-Match` or `version` names: read it again, and decide on what it
    /// shows now. `details.version` is the present one.
    ChangedSince = "CHANGED_SINCE",
    /// The change contradicts the present state of the thing.
    Conflict = "CONFLICT",
    /// The queue takes nobody in at the moment.
    QueueClosed = "QUEUE_CLOSED",
    /// The user has no place in this queue.
    NotInQueue = "NOT_IN_QUEUE",
    /// This is behind a queue: call it with the queue token in `X-Queue-Token`.
    QueueTokenRequired = "QUEUE_TOKEN_REQUIRED",
    /// The queue token was not given by this queue to this user, or has been changed.
    QueueTokenInvalid = "QUEUE_TOKEN_INVALID",
    /// The queue token has expired, or its place was left, given to the next, or is done.
    QueueTokenExpired = "QUEUE_TOKEN_EXPIRED",
    /// The date is over.
    DateInPast = "DATE_IN_PAST",
    /// The concert has this date already.
    DuplicateDate = "DUPLICATE_DATE",
    /// The date has no such seat; `details.seats` names those.
    UnknownSeat = "UNKNOWN_SEAT",
    /// A seat is named twice in one request.
    RepeatedSeat = "REPEATED_SEAT",
    /// A reservation has 1 to 4 seats.
    InvalidSeatCount = "INVALID_SEAT_COUNT",
    /// Somebody else has one of the seats; `details.seats` names those, `details.yours` those that the caller
    /// has.
    SeatTaken = "SEAT_TAKEN",
    /// The caller holds or owns every seat that was asked for and is taken; `details.reservation_id` says by
    /// which reservation: pay it, cancel it, or choose other seats.
    SeatAlreadyYours = "SEAT_ALREADY_YOURS",
    /// There are not so many free seats beside each other.
    NoAdjacentSeats = "NO_ADJACENT_SEATS",
    /// What was held for this reservation or order is held no longer: its time is over, or it was given up.
    HoldExpired = "HOLD_EXPIRED",
    /// The reservation or order has been paid; `details` says by which payment.
    AlreadyPaid = "ALREADY_PAID",
    /// It was cancelled before.
    AlreadyCanceled = "ALREADY_CANCELED",
    /// What is paid or over cannot be cancelled.
    CannotCancel = "CANNOT_CANCEL",
    /// Users of this deployment cannot charge their own balance; pay through the payment provider instead.
    SelfChargeOff = "SELF_CHARGE_OFF",
    /// A charge is a whole number from 1 to 10,000,000.
    InvalidAmount = "INVALID_AMOUNT",
    /// The balance does not cover it; `details` holds `balance` and `required`.
    InsufficientBalance = "INSUFFICIENT_BALANCE",
    /// The outside provider does not take this payment; `details.reason` says why. The order can be paid in
    /// another way.
    PaymentFailed = "PAYMENT_FAILED",
    /// An order is of 1 to 10 units.
    InvalidQuantity = "INVALID_QUANTITY",
    /// The deal has not begun, is over, or was cancelled.
    DealNotActive = "DEAL_NOT_ACTIVE",
    /// The product has open deals, which `details.deals` names: while they are open, it stays active and dearer
    /// than they are. Cancel them, or wait until they have ended.
    ProductHasDeals = "PRODUCT_HAS_DEALS",
    /// The product has 100 open deals, the most there may be: cancel one, or wait until one has ended.
    TooManyDeals = "TOO_MANY_DEALS",
    /// The deal has fewer units left than were asked for; `details` holds `available` and `requested`.
    InsufficientStock = "INSUFFICIENT_STOCK",
    /// Nobody records activities for themselves; let another operator or a service account do it.
    OwnActivity = "OWN_ACTIVITY",
    /// The user has as many activities of this type in this month as dibs counts.
    ActivityLimit = "ACTIVITY_LIMIT",
    /// A local stack was called by a name that is neither the loopback's nor given by `--host`; call it as `localhost`.
    HostNotAllowed = "HOST_NOT_ALLOWED",
    /// Something inside failed; the request id leads to the cause in the logs.
    InternalError = "INTERNAL_ERROR",
    /// The database throttles for longer than the retries allow; come back after `Retry-After`.
    Busy = "BUSY",
}

/// How many fields a refusal names.
pub const FIELDS_MAX: usize = 100;

/// A field of a request that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where it is: `email`, `lines[2].reason`, or the name of a query parameter.
    pub field: String,
    /// What is wrong with it, for people.
    pub message: String,
}

impl FieldError {
    /// `field` is wrong in the way `message` says.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A refusal or a failure: a code, a sentence for people, details for programs, and an inner cause that
/// only the log sees.
#[derive(Debug)]
pub struct Error {
    /// Which of the documented cases this is.
    pub code: Code,
    /// For people; says nothing of the inside.
    pub message: Cow<'static, str>,
    /// For programs, in the form that the documentation gives for the code.
    pub details: Option<Value>,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u32>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A refusal with a code of its own.
    pub fn refused(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), details: None, retry_after_s: None, cause: None }
    }

    /// Fields that were not accepted, all of them at once, up to [`FIELDS_MAX`].
    pub fn invalid(mut fields: Vec<FieldError>) -> Self {
        fields.truncate(FIELDS_MAX);
        Self::refused(Code::ValidationError, "Some fields were not accepted.").with_details(&fields)
    }

    /// One field that was not accepted.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// What both give, or what is wrong with either: the fields that both do not accept are named together,
    /// and an error of another kind goes first.
    ///
    /// # Errors
    /// When one of them has one.
    pub fn both<T, U>(one: Result<T>, other: Result<U>) -> Result<(T, U)> {
        let (mut one, mut other) = match (one, other) {
            (Ok(one), Ok(other)) => return Ok((one, other)),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            (Err(one), Err(other)) => (one, other),
        };
        if one.code != Code::ValidationError {
            return Err(one);
        }
        match (&mut one.details, &mut other.details) {
            (Some(Value::Array(fields)), Some(Value::Array(more))) if other.code == one.code => {
                fields.append(more);
                fields.truncate(FIELDS_MAX);
                Err(one)
            }
            _ => Err(other),
        }
    }

    /// No valid access token.
    pub fn unauthorized() -> Self {
        Self::refused(Code::Unauthorized, "Sign in first: the access token is missing, wrong or expired.")
    }

    /// Not for this caller.
    pub fn forbidden() -> Self {
        Self::refused(Code::Forbidden, "Your account may not do this.")
    }

    /// There is no such `what`.
    pub fn not_found(what: &str) -> Self {
        Self::refused(Code::NotFound, format!("There is no such {what}."))
    }

    /// The store throttles; the caller may come back in a second.
    pub fn busy(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::refused(Code::Busy, "Too busy at the moment; try again shortly.")
        }
        .retry_after(1)
    }

    /// Something that should not happen; `cause` goes to the log and nowhere else.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::refused(Code::InternalError, "Something went wrong on our side.")
        }
    }

    /// Something that was to be written, or was read, breaks an invariant. It is counted as a metric of its own.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::internal(Broken(what.into()))
    }

    /// Whether an invariant is broken.
    pub fn is_broken(&self) -> bool {
        self.cause().is_some_and(|cause| cause.is::<Broken>())
    }

    /// The same with details for programs.
    #[must_use]
    pub fn with_details(mut self, details: impl Serialize) -> Self {
        self.details = serde_json::to_value(details).ok();
        self
    }

    /// The same with the seconds after which a repeat makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// What lies beneath, for the log.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }
}

/// An invariant that does not hold.
#[derive(Debug)]
struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken invariant: {}", self.0)
    }
}

impl std::error::Error for Broken {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(field: &str) -> Result<()> {
        Err(Error::invalid_field(field, "is odd"))
    }

    #[test]
    fn what_two_checks_find_is_said_together() {
        let error = Error::both(wrong("a"), wrong("b")).unwrap_err();
        let details = error.details.unwrap();
        assert_eq!((&details[0]["field"], &details[1]["field"]), (&"a".into(), &"b".into()));
        assert_eq!((error.code, details.as_array().unwrap().len()), (Code::ValidationError, 2));
        assert_eq!(Error::both(Ok(1), Ok("one")).unwrap(), (1, "one"));
        assert_eq!(Error::both(Ok(1), wrong("b")).unwrap_err().code, Code::ValidationError);
        let busy = || Err::<(), _>(Error::busy("full"));
        assert_eq!(Error::both(wrong("a"), busy()).unwrap_err().code, Code::Busy);
        assert_eq!(Error::both(busy(), wrong("b")).unwrap_err().code, Code::Busy);
    }
}
