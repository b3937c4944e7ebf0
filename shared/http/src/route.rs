//! Routes: a method, a path, and a handler with a signature that determines access, input and output. The
//! same entry becomes the Lambda function, the path of the local stack and the operation in the OpenAPI
//! document.

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use domain::Code;
use domain::accounts::{Role, Roles};
use schemars::{Schema, SchemaGenerator};

use runtime::App;

/// Maximum size of a request body, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Maximum size of a request body on bulk routes, in bytes.
pub const BULK_BODY_BYTES_MAX: usize = 1024 * 1024;

/// An endpoint, served by one Lambda function.
pub struct Route {
    /// HTTP method in capitals.
    pub method: &'static str,
    /// Paths below `/api/v1`. Most routes have one; further paths are older names of the same operation.
    pub paths: &'static [&'static str],
    /// Name `<domain>-<operation>` of the function. The binary and the file in `events/` follow from it.
    pub name: &'static str,
    /// Summary of one line for the OpenAPI document.
    pub summary: &'static str,
    /// Description for the OpenAPI document: what happens, and what a repeat does. Callers, idempotency and
    /// refusals are added from the signature.
    pub description: &'static str,
    /// Operation ids, one for each path, if the id that follows from the name does not fit; empty
    /// otherwise.
    pub operation_ids: &'static [&'static str],
    /// Error codes of this route, apart from those that its signature implies.
    pub refusals: &'static [Code],
    /// Maximum size of the request body, in bytes.
    pub body_bytes_max: usize,
    /// Constructor of the axum method router of the handler.
    pub handler: fn(MethodFilter) -> MethodRouter<App>,
    /// Function that describes the handler's signature.
    pub describe: fn(&mut Operation),
}

/// Access rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Open to callers without an account.
    Open,
    /// Open to any signed-in account.
    SignedIn,
    /// Open to accounts with one of these roles.
    Roles(&'static [Role]),
}

impl Access {
    /// Returns whether an account with `roles` may call the route.
    pub fn allows(self, roles: &Roles) -> bool {
        match self {
            Self::Open | Self::SignedIn => true,
            Self::Roles(allowed) => allowed.iter().any(|role| roles.contains(role)),
        }
    }

    /// Returns the role by which an account with `roles` may call the route. On a route for any account, that
    /// is USER, or else the first role of the account.
    pub fn role_of(self, roles: &Roles) -> Option<Role> {
        match self {
            Self::Roles(allowed) => allowed.iter().find(|role| roles.contains(role)).copied(),
            Self::Open | Self::SignedIn => roles.first().copied(),
        }
    }

    /// Returns whether only staff may call the route.
    pub fn is_for_staff(self) -> bool {
        match self {
            Self::Open | Self::SignedIn => false,
            Self::Roles(allowed) => !allowed.contains(&Role::User),
        }
    }
}

/// Function that generates the JSON schema of a type. It returns `None` for a response without JSON.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Option<Schema>;

/// Function that generates the JSON schema of an operation's request body. The argument is the path of the
/// operation in the OpenAPI document. It returns `None` when there is no body at that path.
pub type BodyOf = fn(&str, &mut SchemaGenerator) -> Option<Schema>;

/// Description of an operation, derived from its handler's signature.
pub struct Operation {
    /// Access rule of the operation.
    pub access: Access,
    /// Whether staff without an authenticator app may call the operation, where staff need one.
    pub may_lack_totp: bool,
    /// Schema of the request body, which may differ by path.
    pub body: Option<BodyOf>,
    /// Function that returns whether a body is required, as it is if the schema refuses an empty object.
    pub body_required: fn() -> bool,
    /// Whether every body is refused except an empty one and `{}`.
    pub refuses_bodies: bool,
    /// Schema of the query parameters, as properties of one object.
    pub query: Option<SchemaOf>,
    /// Whether the operation reads the header `Idempotency-Key`.
    pub idempotent: bool,
    /// Whether the operation reads the header `If-Match`.
    pub if_match: bool,
    /// Whether the successful response has an `ETag` with the version of the resource.
    pub versioned: bool,
    /// Whether the operation reads the header `X-Queue-Token`, which is required if a queue guards the
    /// resource.
    pub queue_token: bool,
    /// Whether callers are authenticated by the signature of the request instead of an access token.
    pub signed: bool,
    /// Whether the operation is open without an access token, but reads one that is sent and then may show
    /// more.
    pub token_optional: bool,
    /// Name of the cookie that the operation reads, if it reads one.
    pub cookie: Option<&'static str>,
    /// Status of the successful response, and the schema of the member `data` in its body.
    pub success: Option<(StatusCode, SchemaOf)>,
    /// Whether the successful response is a page of a list, with `meta.next_cursor`.
    pub paged: bool,
    /// Further members of `meta` in a list response, as properties of one object.
    pub meta: Option<SchemaOf>,
    /// Media types of a successful response that is not JSON with the member `data`, such as `text/csv`.
    pub raw: &'static [&'static str],
}

impl Operation {
    /// Sets the successful response to 200 with one of `media_types`, in place of JSON with the member
    /// `data`.
    pub fn plain(&mut self, media_types: &'static [&'static str]) {
        self.success = Some((StatusCode::OK, |_| None));
        self.raw = media_types;
    }
}

/// An argument or response type that contributes to the description of an operation.
pub trait Describe {
    /// Adds the contribution of this type to `operation`.
    fn describe(operation: &mut Operation);
}

impl Describe for axum::extract::State<App> {
    fn describe(_: &mut Operation) {}
}

impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// An error type that handlers return. It is [`domain::Error`], unless the reply to an error also changes
/// a cookie.
pub trait Refusal {
    /// Converts the error into the reply.
    fn into_reply(self) -> Response;
}

/// A handler: an async function whose arguments and result all implement [`Describe`].
pub trait Handler<Args> {
    /// Adds the contributions of all arguments and of the result to `operation`.
    fn describe(operation: &mut Operation);

    /// Builds the axum router that calls the handler for `method`.
    fn on(self, method: MethodFilter) -> MethodRouter<App>;
}

macro_rules! handlers {
    ($([$($part:ident),*] $($last:ident)?;)+) => {$(
        #[allow(non_snake_case, reason = "each argument is named like its type")]
        impl<F, Fut, Reply, Refused, $($part,)* $($last, Via)?> Handler<($($part,)* $($last, Via)?)> for F
        where
            F: Fn($($part,)* $($last)?) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Result<Reply, Refused>> + Send,
            Reply: Describe + IntoResponse,
            Refused: Refusal,
            $($part: Describe + FromRequestParts<App> + Send + 'static,)*
            $($last: Describe + FromRequest<App, Via> + Send + 'static, Via: 'static,)?
        {
            fn describe(operation: &mut Operation) {
                $($part::describe(operation);)*
                $($last::describe(operation);)?
                Reply::describe(operation);
            }

            fn on(self, method: MethodFilter) -> MethodRouter<App> {
                axum::routing::on(method, async move |$($part: $part,)* $($last: $last)?| {
                    self($($part,)* $($last)?)
                        .await
                        .map_or_else(Refusal::into_reply, IntoResponse::into_response)
                })
            }
        }
    )+};
}

handlers! {
    [];
    [] A;
    [A] B;
    [A, B] C;
    [A, B, C] D;
    [A, B, C, D] E;
    [A, B, C, D, E] G;
}

/// Adds to `operation` what the signature of `handler` says, without calling the handler.
pub fn describe<Args, H: Handler<Args>>(_handler: &H, operation: &mut Operation) {
    H::describe(operation);
}

/// Builds the axum router that calls `handler` for `method`.
pub fn on<Args, H: Handler<Args>>(method: MethodFilter, handler: H) -> MethodRouter<App> {
    handler.on(method)
}

impl Route {
    /// Returns the description of the operation that follows from the handler's signature.
    pub fn operation(&self) -> Operation {
        let mut operation = Operation {
            access: Access::Open,
            may_lack_totp: false,
            body: None,
            body_required: || false,
            refuses_bodies: false,
            query: None,
            idempotent: false,
            if_match: false,
            versioned: false,
            queue_token: false,
            signed: false,
            token_optional: false,
            cookie: None,
            success: None,
            paged: false,
            meta: None,
            raw: &[],
        };
        (self.describe)(&mut operation);
        operation
    }

    /// Raises the maximum size of the request body to 1 MiB, for bulk endpoints.
    #[must_use]
    pub const fn bulk(self) -> Self {
        Self { body_bytes_max: BULK_BODY_BYTES_MAX, ..self }
    }

    /// Sets the operation ids, one a path, in place of the id that follows from the name.
    #[must_use]
    pub const fn operation_ids(self, ids: &'static [&'static str]) -> Self {
        Self { operation_ids: ids, ..self }
    }
}

/// Builds a [`Route`](crate::Route) from method, paths, name, handler, summary and error codes. A doc comment in
/// front of them is the description in the OpenAPI document:
/// `route!(/// Creates… POST ["/events"] "rewards-create-campaign" create_campaign, "Create an event", [Code…])`.
#[macro_export]
macro_rules! route {
    ($(#[doc = $doc:literal])* $method:ident [$($path:literal),+] $name:literal $handler:path, $summary:literal, [$($code:ident),*]) => {
        $crate::Route {
            method: stringify!($method),
            paths: &[$($path),+],
            name: $name,
            summary: $summary,
            description: concat!($($doc, "\n"),*),
            operation_ids: &[],
            refusals: &[$(::domain::Code::$code),*],
            body_bytes_max: $crate::BODY_BYTES_MAX,
            handler: |method| $crate::on(method, $handler),
            describe: |operation| $crate::describe(&$handler, operation),
        }
    };
}
