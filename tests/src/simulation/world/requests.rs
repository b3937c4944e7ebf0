//! Requests of clients to the API, and their outcomes.

use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::Value;

/// Request of a client.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Path after `/api/v1`, with its query.
    pub path: String,
    /// User who sends the request.
    pub user: UserId,
    /// Role of the user in the access token.
    pub role: Role,
    /// Value of the header `Idempotency-Key`, if it is sent.
    pub key: Option<String>,
    /// Body of the request, as JSON.
    pub body: Option<Value>,
    /// Value of the header `X-Queue-Token`, if it is sent.
    pub token: Option<String>,
    /// Access token and cookies to send. `None` sends a new access token for `user` and `role`.
    pub session: Option<Shown>,
}

/// Credentials that a client sends.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Access token, if the client sends one.
    pub access_token: Option<String>,
    /// Value of the header `Cookie`, if the client sends it.
    pub cookie: Option<String>,
}

/// Outcome of a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Response of the API.
    Reply {
        /// HTTP status of the response.
        status: u16,
        /// Body of the response, as JSON.
        body: Value,
        /// Values of the `Set-Cookie` headers.
        cookies: Vec<String>,
    },
    /// No response was received. The outcome of the request is unknown.
    Gone,
}

impl Answer {
    /// Returns the HTTP status, or 0 if there was no response.
    pub fn status(&self) -> u16 {
        match self {
            Self::Reply { status, .. } => *status,
            Self::Gone => 0,
        }
    }

    /// Returns the `data` of the body, or null.
    pub fn data(&self) -> &Value {
        match self {
            Self::Reply { body, .. } => &body["data"],
            Self::Gone => &Value::Null,
        }
    }

    /// Returns the `error` of the body, or null.
    pub fn error(&self) -> &Value {
        match self {
            Self::Reply { body, .. } => &body["error"],
            Self::Gone => &Value::Null,
        }
    }

    /// Returns the error code, or an empty string if there is none.
    pub fn code(&self) -> &str {
        match self {
            Self::Reply { body, .. } => body["error"]["code"].as_str().unwrap_or_default(),
            Self::Gone => "",
        }
    }

    /// Returns the values of the `Set-Cookie` headers.
    pub fn cookies(&self) -> &[String] {
        match self {
            Self::Reply { cookies, .. } => cookies,
            Self::Gone => &[],
        }
    }

    /// Returns `true` if there was no response or a status of 500 or above, so that a repeat may succeed.
    pub fn is_passing(&self) -> bool {
        matches!(self.status(), 0 | 500..)
    }
}

/// Returns a GET request.
pub fn get(path: &str, user: &UserId, role: Role) -> Request {
    Request {
        method: "GET",
        path: path.to_owned(),
        user: user.clone(),
        role,
        key: None,
        body: None,
        token: None,
        session: None,
    }
}
