//! Table of the error codes: for each one its name, its text for clients, its class and its meaning.

/// Class of an error code: how the request failed, independent of a protocol. `shared/http` maps each
/// class to one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request is malformed, or asks for what is never possible.
    Invalid,
    /// The caller is not signed in, or gave a wrong proof of identity.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// The resource does not exist.
    NotFound,
    /// The resource does not have this operation.
    MethodNotAllowed,
    /// The request contradicts the present state of a resource.
    Conflict,
    /// The resource has another version than the request names.
    ChangedSince,
    /// The request is larger than the operation allows.
    TooLarge,
    /// The request has a content type that no operation accepts.
    UnsupportedMediaType,
    /// The request was sent to another host than it is meant for.
    Misdirected,
    /// The request is well formed, but a rule does not accept it from this caller.
    Unacceptable,
    /// The caller has used up a limit of requests.
    TooMany,
    /// A failure inside of dibs, which a repeat does not mend.
    Internal,
    /// A failure that passes, so that a repeat may succeed.
    Unavailable,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $class:ident;)+) => {
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

            /// Returns the class, which decides the status of the reply.
            pub const fn class(self) -> Class {
                match self { $(Code::$variant => Class::$class,)+ }
            }
        }
    };
}

codes! {
    /// The request body is not valid JSON. Correct it and send it again.
    BadJson = "BAD_JSON", Invalid;
    /// An object in the body has a duplicate member, which parsers resolve differently. Send each member
    /// once.
    DuplicateMember = "DUPLICATE_MEMBER", Invalid;
    /// A field, filter or cursor is missing, unknown, of the wrong type or out of range. `details` lists all
    /// of them.
    ValidationError = "VALIDATION_ERROR", Invalid;
    /// The access token is missing, invalid, expired or revoked: sign in again. For a refresh it is the
    /// refresh token, and for a callback of the payment provider the signature.
    Unauthorized = "UNAUTHORIZED", Unauthenticated;
    /// The e-mail address is unknown, the password is wrong, or the account changed during the sign-in. The
    /// response does not reveal which. Check both, and sign in again.
    InvalidCredentials = "INVALID_CREDENTIALS", Unauthenticated;
    /// The caller's role does not allow this operation, or the resource belongs to another user. Use another
    /// account, or ask an administrator for the role.
    Forbidden = "FORBIDDEN", Forbidden;
    /// The resource does not exist. Check the id in the path; the list of the resources shows the ids that
    /// exist.
    NotFound = "NOT_FOUND", NotFound;
    /// The path exists, but not with this method. The `Allow` header lists the allowed methods.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", MethodNotAllowed;
    /// The request body exceeds the size limit of this endpoint. Send less, in several requests where the
    /// endpoint takes a list.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", TooLarge;
    /// The request body is not declared as JSON. Send `Content-Type: application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", UnsupportedMediaType;
    /// Too many requests or failed attempts. Retry after the seconds in `Retry-After`.
    TooManyRequests = "TOO_MANY_REQUESTS", TooMany;
    /// The `Idempotency-Key` was already used with a different request. Use a new key.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", Unacceptable;
    /// The password is among the most common ones, repeats one or two characters, or is a sequence such as
    /// `12345678`. Choose another one.
    PasswordTooCommon = "PASSWORD_TOO_COMMON", Invalid;
    /// The password is shorter than this account requires. `details.characters_min` is the minimum length.
    PasswordTooShort = "PASSWORD_TOO_SHORT", Invalid;
    /// The account's password is too short for a staff role. Its owner must change the password first.
    StaffPasswordNeeded = "STAFF_PASSWORD_NEEDED", Conflict;
    /// An account with this e-mail address already exists. Sign in, or register another address.
    DuplicateEmail = "DUPLICATE_EMAIL", Conflict;
    /// This e-mail address cannot be registered: its account was banned, or it has had too many accounts.
    /// Contact the operator of the service.
    RegistrationRefused = "REGISTRATION_REFUSED", Forbidden;
    /// The owner of the account has not confirmed its e-mail address, which this operation requires. Use the token of
    /// the mail with `POST /auth/email/confirm`, or ask for another mail with `POST /auth/email/resend`; then refresh
    /// the access token.
    EmailNotConfirmed = "EMAIL_NOT_CONFIRMED", Forbidden;
    /// The text is not a token that was mailed to the owner of an account, or the account was closed. Copy the token
    /// whole from the newest mail.
    EmailTokenInvalid = "EMAIL_TOKEN_INVALID", Invalid;
    /// The token of a mail works once, and was used. Nothing is left to do, or ask for another mail.
    EmailTokenUsed = "EMAIL_TOKEN_USED", Conflict;
    /// The token of a mail has expired. Ask for another mail.
    EmailTokenExpired = "EMAIL_TOKEN_EXPIRED", Conflict;
    /// A later mail has replaced the token. Use the token of the newest mail.
    EmailTokenSuperseded = "EMAIL_TOKEN_SUPERSEDED", Conflict;
    /// The account requires a second factor at the sign-in. Send `totp_code`, the present code of the authenticator app,
    /// or `recovery_code`.
    TotpRequired = "TOTP_REQUIRED", Unauthenticated;
    /// The code is neither that of the authenticator app at this time nor an unused recovery code. It counts as a failed
    /// sign-in. Send the code that the app shows now.
    TotpWrong = "TOTP_WRONG", Unauthenticated;
    /// The code of the authenticator app was used. Wait for the next one, at most 30 seconds.
    TotpUsed = "TOTP_USED", Unauthenticated;
    /// The code is right at another minute, so the clock of the device with the authenticator app is wrong. Set it, and
    /// send a new code.
    TotpClockOff = "TOTP_CLOCK_OFF", Unauthenticated;
    /// Staff of this deployment must sign in with an authenticator app, and the account has none. Enrol one with
    /// `POST /users/me/totp`, confirm it, and sign in again.
    TotpEnrolmentRequired = "TOTP_ENROLMENT_REQUIRED", Forbidden;
    /// The change would leave no active administrator. Give the role ADMIN to another account first.
    LastAdministrator = "LAST_ADMINISTRATOR", Conflict;
    /// The account has a balance. Spend it first, or close the account with `forfeit: true`.
    /// `details.balance` is the amount.
    BalanceRemains = "BALANCE_REMAINS", Conflict;
    /// The account is closed. A registration whose `Idempotency-Key` made it needs a new key. No money can be
    /// booked to it: a payment provider must refund what it took, and `GET /payments/reports` lists such
    /// payments for staff.
    AccountClosed = "ACCOUNT_CLOSED", Conflict;
    /// The list of revoked access cannot be read at the moment, so staff requests are refused. Retry after
    /// the seconds in `Retry-After`.
    AccessUnconfirmed = "ACCESS_UNCONFIRMED", Unavailable;
    /// The user has already requested this reward as often as allowed. `GET /events/requests/mine` lists the
    /// requests.
    AlreadyRequested = "ALREADY_REQUESTED", Conflict;
    /// The user does not meet the condition. `details.condition` is the evaluated condition. Request the
    /// reward again once it is met.
    ConditionNotMet = "CONDITION_NOT_MET", Unacceptable;
    /// The external service that checks a condition gave no usable answer. The attempt is recorded; repeat
    /// the request later.
    ConditionUnavailable = "CONDITION_UNAVAILABLE", Unavailable;
    /// No units of the reward are left. Request another reward.
    OutOfStock = "OUT_OF_STOCK", Conflict;
    /// The event is not active, or the current time is outside its period. Request its rewards within the
    /// period that `details` has.
    EventNotActive = "EVENT_NOT_ACTIVE", Conflict;
    /// The coupon has expired, so it can no longer be requested, granted or attached to an event. An
    /// operator can attach one with a later expiry.
    RewardExpired = "REWARD_EXPIRED", Conflict;
    /// This request closed the event, which can now be deleted. Repeat the request after the seconds in
    /// `Retry-After`; the event is then deleted unless a reward was requested meanwhile. Without a repeat
    /// within 90 seconds it opens again.
    EventClosing = "EVENT_CLOSING", Conflict;
    /// The event has requests for its rewards, so it cannot be deleted. End it instead.
    EventHasClaims = "EVENT_HAS_CLAIMS", Conflict;
    /// The reward is already attached to this event. Update the attached reward instead.
    RewardAlreadyAttached = "REWARD_ALREADY_ATTACHED", Conflict;
    /// None of the lines of the request that the decision names is waiting for a review. Read the request
    /// for the status of its lines.
    NotInReview = "NOT_IN_REVIEW", Conflict;
    /// The reward request is the caller's own. Another operator must decide about it.
    OwnRequest = "OWN_REQUEST", Forbidden;
    /// The resource has another version than `If-Match` or `version` names. Read it again and decide on its
    /// current state. `details.version` is the current version.
    ChangedSince = "CHANGED_SINCE", ChangedSince;
    /// The change contradicts the current state of the resource. Read the resource again; the message says
    /// what is possible.
    Conflict = "CONFLICT", Conflict;
    /// The queue accepts no new users at the moment. Join when `GET /queues/{queue_id}` shows that it is
    /// open.
    QueueClosed = "QUEUE_CLOSED", Conflict;
    /// The user is not in this queue. Join it first.
    NotInQueue = "NOT_IN_QUEUE", NotFound;
    /// This resource is protected by a queue. Send the queue token in `X-Queue-Token`.
    QueueTokenRequired = "QUEUE_TOKEN_REQUIRED", Forbidden;
    /// The queue token was issued by another queue or to another user, was modified, or its position is
    /// not admitted yet. Read the position to get the newest token.
    QueueTokenInvalid = "QUEUE_TOKEN_INVALID", Forbidden;
    /// The admission is over: its time ran out, it was not used in time, or the user left the queue or has
    /// paid. Join the queue again.
    QueueTokenExpired = "QUEUE_TOKEN_EXPIRED", Forbidden;
    /// The concert date is before today in the concert's time zone. Choose a later one.
    DateInPast = "DATE_IN_PAST", Invalid;
    /// The concert already has this date. Use it, or choose another day.
    DuplicateDate = "DUPLICATE_DATE", Conflict;
    /// The date has no seat with this name. `details.seats` lists the unknown seats. Choose from the seats
    /// of the date.
    UnknownSeat = "UNKNOWN_SEAT", Invalid;
    /// The request names a seat more than once. Name each seat once.
    RepeatedSeat = "REPEATED_SEAT", Invalid;
    /// The number of seats is not 1 to 4. Reserve at most four seats.
    InvalidSeatCount = "INVALID_SEAT_COUNT", Invalid;
    /// One of the seats is not available. `details.seats` lists these seats, and `details.yours` those that
    /// the caller has. `details.unfinished` lists seats that an unfinished request of the caller holds, each
    /// with `held_until`: repeat that request with its `Idempotency-Key`, choose other seats, or try again then.
    SeatTaken = "SEAT_TAKEN", Conflict;
    /// The caller already holds or owns all requested seats that are taken. `details.yours` lists them: pay or
    /// cancel a reservation that has an `expires_at`; the others are paid. Or choose other seats.
    SeatAlreadyYours = "SEAT_ALREADY_YOURS", Conflict;
    /// The requested number of free adjacent seats does not exist. Ask for fewer seats.
    NoAdjacentSeats = "NO_ADJACENT_SEATS", Conflict;
    /// The reservation or order can no longer be paid, since its hold has expired or it was canceled.
    /// Reserve or order again.
    HoldExpired = "HOLD_EXPIRED", Conflict;
    /// The reservation or order has already been paid. `details` names the payment. Nothing is left to do.
    AlreadyPaid = "ALREADY_PAID", Conflict;
    /// The reservation or order has already been canceled. Nothing is left to do.
    AlreadyCanceled = "ALREADY_CANCELED", Invalid;
    /// A reservation or order that is paid or expired cannot be canceled. `details.status` is its status.
    CannotCancel = "CANNOT_CANCEL", Invalid;
    /// Users of this deployment cannot charge their own balance. Pay through the payment provider instead.
    SelfChargeOff = "SELF_CHARGE_OFF", Forbidden;
    /// The amount of a charge is not a whole number from 1 to 10,000,000. Split a larger charge.
    InvalidAmount = "INVALID_AMOUNT", Invalid;
    /// The balance is lower than the amount. `details` contains `balance` and `required`. Charge the balance
    /// first.
    InsufficientBalance = "INSUFFICIENT_BALANCE", Conflict;
    /// The payment provider refuses this payment. `details.reason` is the reason. The order can be paid in
    /// another way.
    PaymentFailed = "PAYMENT_FAILED", Conflict;
    /// The number of units of an order is not 1 to 10. Order at most 10 units at once.
    InvalidQuantity = "INVALID_QUANTITY", Invalid;
    /// The deal has not started, has ended or was canceled. Order within its period; `details` has status
    /// and period.
    DealNotActive = "DEAL_NOT_ACTIVE", Invalid;
    /// The product has open deals, listed in `details.deals`. While they are open, the product must stay
    /// active and its price above theirs. Cancel them, or wait until they have ended.
    ProductHasDeals = "PRODUCT_HAS_DEALS", Conflict;
    /// The product has 100 open deals, the maximum. Cancel one, or wait until one has ended.
    TooManyDeals = "TOO_MANY_DEALS", Conflict;
    /// A change of `token_seconds` or `no_show_seconds` applies to users who are admitted later; users who
    /// are admitted already keep the earlier values. A queue stores at most 16 such pairs of values, and
    /// all are still in use. Change these two fields again from the time in `details.possible_at`.
    TooManyTerms = "TOO_MANY_TERMS", Conflict;
    /// The deal has fewer units left than requested. `details` contains `available` and `requested`. Order
    /// fewer units.
    InsufficientStock = "INSUFFICIENT_STOCK", Conflict;
    /// An operator may not record activities for their own account. Use another operator or a service
    /// account.
    OwnActivity = "OWN_ACTIVITY", Forbidden;
    /// The user has reached the maximum number of activities of this type in this month. Record no more
    /// until the next month.
    ActivityLimit = "ACTIVITY_LIMIT", Conflict;
    /// The deployment has as many webhooks as it may have. Delete one that is no longer needed.
    TooManyWebhooks = "TOO_MANY_WEBHOOKS", Conflict;
    /// The local stack was called by a host name that is neither a loopback name nor given by `--host`. Call
    /// it as `localhost`.
    HostNotAllowed = "HOST_NOT_ALLOWED", Misdirected;
    /// An internal failure occurred. The request id leads to the cause in the logs. Report the request id if
    /// a repeat fails as well.
    InternalError = "INTERNAL_ERROR", Internal;
    /// The request could not be completed at the moment: other requests changed the same resource on each
    /// try, or a part of the service is throttled or does not answer. It may have taken effect. Repeat it
    /// after the seconds in `Retry-After`, with its `Idempotency-Key`.
    Busy = "BUSY", Unavailable;
}
