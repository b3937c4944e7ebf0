//! Error type of all crates. It is independent of HTTP: `dibs-http` maps each [`Code`] to a status when the
//! response is written.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Result of every fallible function of dibs.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// Error code: stable, documented, with the same text in every version of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All codes with their descriptions, in documentation order.
            pub const ALL: &[(Code, &'static str)] = &[$((Code::$variant, concat!($($doc),+)),)+];

            /// Returns the text that clients receive in `error.code`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    /// The request body is not valid JSON.
    BadJson = "BAD_JSON",
    /// An object in the body has a duplicate member, which parsers resolve differently. Send each member
    /// once.
    DuplicateMember = "DUPLICATE_MEMBER",
    /// A field, filter or cursor is missing, unknown, of the wrong type or out of range. `details` lists all
    /// of them.
    ValidationError = "VALIDATION_ERROR",
    /// The access token is missing, invalid, expired or revoked. Sign in again.
    Unauthorized = "UNAUTHORIZED",
    /// The e-mail address is unknown or the password is wrong. The response does not reveal which.
    InvalidCredentials = "INVALID_CREDENTIALS",
    /// The caller's role does not allow this operation, or the resource belongs to another user.
    Forbidden = "FORBIDDEN",
    /// The resource does not exist.
    NotFound = "NOT_FOUND",
    /// The path exists, but not with this method. The `Allow` header lists the allowed methods.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// The request body exceeds the size limit of this endpoint.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The request body is not declared as JSON. Send `Content-Type: application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// Too many requests or failed attempts. Retry after the seconds in `Retry-After`.
    TooManyRequests = "TOO_MANY_REQUESTS",
    /// The `Idempotency-Key` was already used with a different request body. Use a new key.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// The password is among the most common ones, or a run or repetition of characters. Choose another one.
    PasswordTooCommon = "PASSWORD_TOO_COMMON",
    /// The password is shorter than this account requires. `details.characters_min` is the minimum length.
    PasswordTooShort = "PASSWORD_TOO_SHORT",
    /// The account's password is too short for a staff role. Its owner must change the password first.
    StaffPasswordNeeded = "STAFF_PASSWORD_NEEDED",
    /// An account with this e-mail address already exists.
    DuplicateEmail = "DUPLICATE_EMAIL",
    /// This e-mail address cannot be registered: its account was banned, or it has had too many accounts.
    /// Contact the operator of the service.
    RegistrationRefused = "REGISTRATION_REFUSED",
    /// The change would leave no active administrator. Give the role ADMIN to another account first.
    LastAdministrator = "LAST_ADMINISTRATOR",
    /// The account has a balance. Spend it first, or close the account with `forfeit: true`.
    /// `details.balance` is the amount.
    BalanceRemains = "BALANCE_REMAINS",
    /// The account is closed. A registration whose `Idempotency-Key` made it needs a new key. No money can be
    /// booked to it: a payment provider must refund what it took, and `GET /payments/reports` lists such
    /// payments for staff.
    AccountClosed = "ACCOUNT_CLOSED",
    /// The list of revoked access cannot be read at the moment, so staff requests are refused. Retry after
    /// the seconds in `Retry-After`.
    AccessUnconfirmed = "ACCESS_UNCONFIRMED",
    /// The user has already requested this reward as often as allowed.
    AlreadyRequested = "ALREADY_REQUESTED",
    /// The user does not meet the condition. `details` contains the evaluated condition.
    ConditionNotMet = "CONDITION_NOT_MET",
    /// The external service that checks a condition gave no usable answer. The attempt is recorded; repeat
    /// the request later.
    ConditionUnavailable = "CONDITION_UNAVAILABLE",
    /// No units of the reward are left.
    OutOfStock = "OUT_OF_STOCK",
    /// The event is not active, or the current time is outside its period.
    EventNotActive = "EVENT_NOT_ACTIVE",
    /// The coupon has expired and can no longer be requested, attached or granted. Attach one with a later
    /// expiry.
    RewardExpired = "REWARD_EXPIRED",
    /// This request closed the event, which can now be deleted. Repeat the request after `Retry-After`
    /// seconds; the event is then deleted unless a reward was requested meanwhile. Without a repeat it opens
    /// again.
    EventClosing = "EVENT_CLOSING",
    /// The event has reward requests, so it cannot be deleted or changed in this way.
    EventHasClaims = "EVENT_HAS_CLAIMS",
    /// The reward is already attached to this event.
    RewardAlreadyAttached = "REWARD_ALREADY_ATTACHED",
    /// None of the named line items of the request is waiting for a review.
    NotInReview = "NOT_IN_REVIEW",
    /// The reward request is the caller's own. Another operator must decide about it.
    OwnRequest = "OWN_REQUEST",
    /// The resource has another version than `If-Match` or `version` names. Read it again and decide on its
    /// current state. `details.version` is the current version.
    ChangedSince = "CHANGED_SINCE",
    /// The change contradicts the current state of the resource.
    Conflict = "CONFLICT",
    /// The queue accepts no new users at the moment.
    QueueClosed = "QUEUE_CLOSED",
    /// The user is not in this queue.
    NotInQueue = "NOT_IN_QUEUE",
    /// This resource is protected by a queue. Send the queue token in `X-Queue-Token`.
    QueueTokenRequired = "QUEUE_TOKEN_REQUIRED",
    /// The queue token was not issued by this queue to this user, or was modified.
    QueueTokenInvalid = "QUEUE_TOKEN_INVALID",
    /// The queue token has expired, or its position was left, lost by a no-show or completed. Join the queue
    /// again.
    QueueTokenExpired = "QUEUE_TOKEN_EXPIRED",
    /// The date is in the past.
    DateInPast = "DATE_IN_PAST",
    /// The concert already has this date.
    DuplicateDate = "DUPLICATE_DATE",
    /// The date has no seat with this name. `details.seats` lists the unknown seats.
    UnknownSeat = "UNKNOWN_SEAT",
    /// The request names a seat more than once.
    RepeatedSeat = "REPEATED_SEAT",
    /// The number of seats is not 1 to 4.
    InvalidSeatCount = "INVALID_SEAT_COUNT",
    /// One of the seats is not available. `details.seats` lists these seats, and `details.yours` those that
    /// the caller has. `details.unfinished` lists seats that an unfinished request of the caller holds, each
    /// with `held_until`: repeat that request with its `Idempotency-Key`, choose other seats, or try again then.
    SeatTaken = "SEAT_TAKEN",
    /// The caller already holds or owns all requested seats that are taken. `details.yours` lists them: pay or
    /// cancel a reservation that has an `expires_at`; the others are paid. Or choose other seats.
    SeatAlreadyYours = "SEAT_ALREADY_YOURS",
    /// The requested number of free adjacent seats does not exist. Ask for fewer seats.
    NoAdjacentSeats = "NO_ADJACENT_SEATS",
    /// The hold of this reservation or order has expired or was canceled.
    HoldExpired = "HOLD_EXPIRED",
    /// The reservation or order has already been paid. `details` names the payment.
    AlreadyPaid = "ALREADY_PAID",
    /// The resource has already been canceled.
    AlreadyCanceled = "ALREADY_CANCELED",
    /// A reservation or order that is paid or expired cannot be canceled.
    CannotCancel = "CANNOT_CANCEL",
    /// Users of this deployment cannot charge their own balance. Pay through the payment provider instead.
    SelfChargeOff = "SELF_CHARGE_OFF",
    /// The amount of a charge is not a whole number from 1 to 10,000,000.
    InvalidAmount = "INVALID_AMOUNT",
    /// The balance is lower than the amount. `details` contains `balance` and `required`.
    InsufficientBalance = "INSUFFICIENT_BALANCE",
    /// The payment provider refuses this payment. `details.reason` is the reason. The order can be paid in
    /// another way.
    PaymentFailed = "PAYMENT_FAILED",
    /// The number of units of an order is not 1 to 10.
    InvalidQuantity = "INVALID_QUANTITY",
    /// The deal has not started, has ended or was canceled.
    DealNotActive = "DEAL_NOT_ACTIVE",
    /// The product has open deals, listed in `details.deals`. Until they end, it must stay active and cost
    /// more than they do. Cancel them, or wait until they have ended.
    ProductHasDeals = "PRODUCT_HAS_DEALS",
    /// The product has 100 open deals, the maximum. Cancel one, or wait until one has ended.
    TooManyDeals = "TOO_MANY_DEALS",
    /// Users are still admitted under 16 earlier values of `token_seconds` and `no_show_seconds`, and keep what
    /// they were promised. Change these two again from the time in `details.possible_at`.
    TooManyTerms = "TOO_MANY_TERMS",
    /// The deal has fewer units left than requested. `details` contains `available` and `requested`.
    InsufficientStock = "INSUFFICIENT_STOCK",
    /// Nobody may record activities for their own account. Use another operator or a service account.
    OwnActivity = "OWN_ACTIVITY",
    /// The user has reached the maximum number of activities of this type in this month.
    ActivityLimit = "ACTIVITY_LIMIT",
    /// The local stack was called by a host name that is neither a loopback name nor given by `--host`. Call
    /// it as `localhost`.
    HostNotAllowed = "HOST_NOT_ALLOWED",
    /// An internal failure occurred. The request id leads to the cause in the logs.
    InternalError = "INTERNAL_ERROR",
    /// The database throttles for longer than the retries allow. Retry after the seconds in `Retry-After`.
    Busy = "BUSY",
}

/// Maximum number of fields in one error.
pub const FIELDS_MAX: usize = 100;

/// Field of a request that was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field, such as `email` or `lines[2].reason`, or the name of a query parameter.
    pub field: String,
    /// Explanation of the rejection, for people.
    pub message: String,
}

impl FieldError {
    /// Creates the error that `field` was rejected for the reason `message`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Refusal or failure: a code, a message for people, details for programs, and an internal cause that only
/// the log contains.
#[derive(Debug)]
pub struct Error {
    /// Documented code of the error.
    pub code: Code,
    /// Message for people. It contains no internal information.
    pub message: Cow<'static, str>,
    /// Details for programs, in the form that is documented for the code.
    pub details: Option<Value>,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u32>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates a refusal with this code.
    pub fn refused(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), details: None, retry_after_s: None, cause: None }
    }

    /// Creates a `VALIDATION_ERROR` with up to [`FIELDS_MAX`] rejected fields.
    pub fn invalid(mut fields: Vec<FieldError>) -> Self {
        fields.truncate(FIELDS_MAX);
        Self::refused(Code::ValidationError, "Some fields were not accepted.").with_details(&fields)
    }

    /// Creates a `VALIDATION_ERROR` with one rejected field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// Combines two results. If both are validation errors, their fields are merged; an error with another
    /// code takes precedence over a validation error.
    ///
    /// # Errors
    /// Fails if either result is an error.
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

    /// Creates an `UNAUTHORIZED` error.
    pub fn unauthorized() -> Self {
        Self::refused(Code::Unauthorized, "Sign in first: the access token is missing, wrong or expired.")
    }

    /// Creates a `FORBIDDEN` error.
    pub fn forbidden() -> Self {
        Self::refused(Code::Forbidden, "Your account may not do this.")
    }

    /// Creates a `NOT_FOUND` error that names the kind of resource, `what`.
    pub fn not_found(what: &str) -> Self {
        Self::refused(Code::NotFound, format!("There is no such {what}."))
    }

    /// Creates a `BUSY` error with a retry after one second, for a throttled store.
    pub fn busy(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::refused(Code::Busy, "Too busy at the moment; try again shortly.")
        }
        .retry_after(1)
    }

    /// Creates an `INTERNAL_ERROR`. The `cause` appears in the log only.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::refused(Code::InternalError, "Something went wrong on our side.")
        }
    }

    /// Creates an `INTERNAL_ERROR` for data that breaks an invariant. These errors have their own metric.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::internal(Broken(what.into()))
    }

    /// Returns `true` if the error was created by [`Error::broken`].
    pub fn is_broken(&self) -> bool {
        self.cause().is_some_and(|cause| cause.is::<Broken>())
    }

    /// Adds details for programs.
    #[must_use]
    pub fn with_details(mut self, details: impl Serialize) -> Self {
        self.details = serde_json::to_value(details).ok();
        self
    }

    /// Adds the seconds after which a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Returns the internal cause, for the log.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }
}

/// Invariant that does not hold.
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
