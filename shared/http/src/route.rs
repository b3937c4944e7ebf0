//! A route: a method, a path, and a function whose signature says who may call it, what it takes and what it
//! gives. The same entry becomes the Lambda function, the path of the local stack and the line in the OpenAPI
//! document.

use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter};
use domain::Code;
use domain::accounts::{Role, Roles};
use schemars::{Schema, SchemaGenerator};

use crate::App;

/// One endpoint, and so one Lambda function.
pub struct Route {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// Its paths below `/api/v1`; most have one, the others are older names of the same operation.
    pub paths: &'static [&'static str],
    /// `<domain>-<operation>`: the name of the binary, the function, and the file in `events/`.
    pub name: &'static str,
    /// One line for the documentation.
    pub summary: &'static str,
    /// The refusals of its own, beside those that every route can give.
    pub refusals: &'static [Code],
    /// The largest body that it takes.
    pub body_bytes_max: usize,
    /// The handler behind its method.
    pub handler: fn(MethodFilter) -> MethodRouter<App>,
    /// What the handler's signature says.
    pub describe: fn(&mut Operation),
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Every signed-in account.
    SignedIn,
    /// An account with one of these roles.
    Roles(&'static [Role]),
}

impl Access {
    /// Tells whether an account with `roles` may call.
    pub fn allows(self, roles: &Roles) -> bool {
        match self {
            Self::Open | Self::SignedIn => true,
            Self::Roles(allowed) => allowed.iter().any(|role| roles.contains(role)),
        }
    }

    /// Tells whether the route is for staff alone.
    pub fn is_for_staff(self) -> bool {
        match self {
            Self::Open | Self::SignedIn => false,
            Self::Roles(allowed) => !allowed.contains(&Role::User),
        }
    }
}

/// Writes the JSON schema of a type, or of nothing.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Option<Schema>;

/// Writes the JSON schema of the body that a path takes.
pub type BodyOf = fn(&str, &mut SchemaGenerator) -> Option<Schema>;

/// What is known of an operation from its handler's signature.
pub struct Operation {
    /// Who may call it.
    pub access: Access,
    /// The body that it takes, which may differ by path.
    pub body: Option<BodyOf>,
    /// Whether a call without that body lacks something.
    pub body_required: fn() -> bool,
    /// The query parameters that it takes, as the properties of one object.
    pub query: Option<SchemaOf>,
    /// Whether it honours `Idempotency-Key`.
    pub idempotent: bool,
    /// Whether it honours `If-Match`.
    pub if_match: bool,
    /// Whether success has an `ETag`.
    pub versioned: bool,
    /// Whether it takes a token of a waiting room.
    pub queue_token: bool,
    /// Whether its caller is known by a signature.
    pub signed: bool,
    /// The cookie that it reads.
    pub cookie: Option<&'static str>,
    /// The status of success, and the `data` of its envelope.
    pub success: Option<(StatusCode, SchemaOf)>,
    /// Whether success is a list with `meta.next_cursor`.
    pub paged: bool,
    /// What a list says in `meta` beside the cursor, as the properties of one object.
    pub meta: Option<SchemaOf>,
    /// Success that is not JSON in the envelope: its media types.
    pub raw: &'static [&'static str],
}

impl Operation {
    /// Success is 200 with one of `media_types`, outside the envelope.
    pub fn plain(&mut self, media_types: &'static [&'static str]) {
        self.success = Some((StatusCode::OK, |_| None));
        self.raw = media_types;
    }
}

/// An argument or a reply that can say what it means for the documentation.
pub trait Describe {
    /// Adds what it knows to `operation`.
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

/// A function whose arguments and reply all can [`Describe`] themselves.
pub trait Handler<Args> {
    /// Collects what the signature says.
    fn describe(operation: &mut Operation);
}

macro_rules! handlers {
    ($(($($argument:ident),*))+) => {$(
        impl<F, Fut, Reply, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut,
            Fut: Future<Output = Reply>,
            Reply: Describe,
            $($argument: Describe,)*
        {
            fn describe(operation: &mut Operation) {
                $($argument::describe(operation);)*
                Reply::describe(operation);
            }
        }
    )+};
}

handlers! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, G) }

/// Describes `handler` by its signature alone.
pub fn describe<Args, H: Handler<Args>>(_handler: &H, operation: &mut Operation) {
    H::describe(operation);
}

impl Route {
    /// What the handler's signature says.
    pub fn operation(&self) -> Operation {
        let mut operation = Operation {
            access: Access::Open,
            body: None,
            body_required: || false,
            query: None,
            idempotent: false,
            if_match: false,
            versioned: false,
            queue_token: false,
            signed: false,
            cookie: None,
            success: None,
            paged: false,
            meta: None,
            raw: &[],
        };
        (self.describe)(&mut operation);
        operation
    }

    /// The same route with a body of up to 1 MiB, for endpoints that take things in bulk.
    #[must_use]
    pub const fn bulk(self) -> Self {
        Self { body_bytes_max: crate::BULK_BODY_BYTES_MAX, ..self }
    }
}

/// `route!(POST ["/events"] "rewards-create-campaign" create_campaign::create_campaign, "Create an event",
/// [Code…])`
#[macro_export]
macro_rules! route {
    ($method:ident [$($path:literal),+] $name:literal $handler:path, $summary:literal, [$($code:ident),*]) => {
        $crate::Route {
            method: stringify!($method),
            paths: &[$($path),+],
            name: $name,
            summary: $summary,
            refusals: &[$(::domain::Code::$code),*],
            body_bytes_max: $crate::BODY_BYTES_MAX,
            handler: |method| $crate::axum::routing::on(method, $handler),
            describe: |operation| $crate::describe(&$handler, operation),
        }
    };
}
