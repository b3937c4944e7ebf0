//! Cookies of sign-in: the refresh token, and the device of an earlier sign-in. Both are sent to this host
//! only and hidden from scripts.
//!
//! A cookie with the prefix `__Host-` can only be set by this host, over HTTPS and for every path, so that no
//! sibling domain can plant one. The local stack uses HTTP, where some browsers reject such cookies, and sets
//! `plain_cookies` to use plain names.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use dibs_http::axum::extract::FromRequestParts;
use dibs_http::axum::http::request::Parts;
use dibs_http::axum::http::{HeaderMap, HeaderValue, header};
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Failure, Operation, Refusal};
use domain::accounts::RefreshToken;
use domain::{Code, Error};
use runtime::{App, DEVICE_SECONDS, Device};

/// Name of a cookie, with and without the prefix `__Host-`.
struct CookieName {
    host: &'static str,
    plain: &'static str,
}

const REFRESH: CookieName = CookieName { host: "__Host-refresh_token", plain: "refresh_token" };
const DEVICE: CookieName = CookieName { host: "__Host-device", plain: "device" };

/// Path of cookies with plain names, which are sent to the sign-in paths only.
const PLAIN_PATH: &str = "/api/v1/auth";

/// Refresh token from the caller's cookie; `None` when it is missing or malformed.
pub struct RefreshCookie(pub Option<RefreshToken>);

impl FromRequestParts<App> for RefreshCookie {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Ok(Self(refresh_token(&parts.headers, app.settings().plain_cookies)))
    }
}

impl Describe for RefreshCookie {
    fn describe(operation: &mut Operation) {
        operation.cookie = Some(REFRESH.host);
    }
}

/// Device from the caller's cookie; `None` when it is missing, invalid or expired.
pub struct DeviceCookie(pub Option<Device>);

impl FromRequestParts<App> for DeviceCookie {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let name = if app.settings().plain_cookies { DEVICE.plain } else { DEVICE.host };
        let token = values(&parts.headers, name).single();
        Ok(Self(token.and_then(|token| app.tokens().read_device(token, app.now()))))
    }
}

impl Describe for DeviceCookie {
    fn describe(_: &mut Operation) {}
}

/// Values of one cookie name in a request.
enum Values<'a> {
    None,
    Single(&'a str),
    /// Several different values, of which at least one was not set by dibs. It is unknown which.
    Several,
}

impl<'a> Values<'a> {
    fn single(self) -> Option<&'a str> {
        if let Self::Single(value) = self { Some(value) } else { None }
    }
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> Values<'a> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == name);
    let mut found = Values::None;
    for value in cookies.filter_map(|cookie| cookie.value_raw()) {
        found = match found {
            Values::None => Values::Single(value),
            Values::Single(first) if first == value => found,
            _ => return Values::Several,
        };
    }
    found
}

/// Returns the refresh token of a request. The plain name counts only when the prefixed cookie is missing, so
/// that a planted cookie cannot replace a session.
fn refresh_token(headers: &HeaderMap, plain_cookies: bool) -> Option<RefreshToken> {
    let plain = || values(headers, REFRESH.plain);
    let found = match values(headers, REFRESH.host) {
        _ if plain_cookies => plain(),
        Values::None => plain(),
        found => found,
    };
    found.single().and_then(RefreshToken::parse)
}

/// Response that also sets cookies.
pub struct WithCookies<T> {
    reply: T,
    plain: bool,
    cookies: Vec<Cookie<'static>>,
}

impl<T> WithCookies<T> {
    /// Sets a refresh token, valid for `seconds`. Without a token, the browser keeps the cookie that it has.
    pub fn new(app: &App, reply: T, token: Option<&RefreshToken>, seconds: i64) -> Self {
        let plain = app.settings().plain_cookies;
        let cookies = token.into_iter().flat_map(|token| {
            let set = cookie(&REFRESH, plain, token.expose(), seconds);
            [Some(set), (!plain).then(clear_plain)].into_iter().flatten()
        });
        Self { reply, plain, cookies: cookies.collect() }
    }

    /// Sets the device cookie to `token`.
    #[must_use]
    pub fn with_device(mut self, token: &str) -> Self {
        self.cookies.push(cookie(&DEVICE, self.plain, token.to_owned(), DEVICE_SECONDS));
        self
    }
}

fn cookie(name: &CookieName, plain: bool, value: String, seconds: i64) -> Cookie<'static> {
    let cookie = if plain {
        Cookie::build((name.plain, value)).path(PLAIN_PATH)
    } else {
        Cookie::build((name.host, value)).path("/").secure(true)
    };
    cookie.http_only(true).same_site(SameSite::Strict).max_age(Duration::seconds(seconds)).build()
}

/// Clears the refresh cookie of versions before 28 November 2026, which set the plain name with these
/// attributes. Sessions of those versions live for 14 days after their last refresh, so the plain name is
/// read and cleared until 14 days after every deployment runs this version. From 1 January 2027 on, this
/// function and the plain name outside of `plain_cookies` can be removed.
fn clear_plain() -> Cookie<'static> {
    let mut cookie = cookie(&REFRESH, true, String::new(), 0);
    cookie.set_secure(true);
    cookie
}

impl<T: IntoResponse> IntoResponse for WithCookies<T> {
    fn into_response(self) -> Response {
        let mut response = self.reply.into_response();
        for cookie in &self.cookies {
            match HeaderValue::from_str(&cookie.to_string()) {
                Ok(value) => response.headers_mut().append(header::SET_COOKIE, value),
                Err(error) => return Failure(Error::internal(error)).into_response(),
            };
        }
        response
    }
}

impl<T: Describe> Describe for WithCookies<T> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// Response that also clears the refresh token under both names. The device cookie stays.
pub struct WithoutToken<T>(pub T);

impl<T: IntoResponse> IntoResponse for WithoutToken<T> {
    fn into_response(self) -> Response {
        let cookies = vec![
            cookie(&REFRESH, false, String::new(), 0),
            // Without `Secure`, so that the cookie is also cleared on the loopback address over HTTP.
            cookie(&REFRESH, true, String::new(), 0),
        ];
        WithCookies { reply: self.0, plain: false, cookies }.into_response()
    }
}

impl<T: Describe> Describe for WithoutToken<T> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// Error of a route that is authenticated by the refresh cookie. Clears the cookie when the error is
/// `UNAUTHORIZED`.
pub struct CookieFailure {
    error: Error,
    clears: bool,
}

impl CookieFailure {
    /// Creates an error that keeps the cookie, because the browser may have a newer one by now.
    pub fn keeping(error: Error) -> Self {
        Self { error, clears: false }
    }
}

impl<E: Into<Error>> From<E> for CookieFailure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { clears: error.code == Code::Unauthorized, error }
    }
}

impl Refusal for CookieFailure {
    fn into_reply(self) -> Response {
        let failure = Failure(self.error);
        if self.clears { WithoutToken(failure).into_response() } else { failure.into_response() }
    }
}

#[cfg(test)]
mod tests {
    use dibs_http::NoContent;
    use domain::ids::SessionId;

    use super::*;

    fn a_token(entropy: u128) -> RefreshToken {
        RefreshToken::new(SessionId::new("a"), [entropy, 2])
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let lines = lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap()));
        lines.collect()
    }

    #[test]
    fn token_is_found_among_other_cookies() {
        let mine = format!("__Host-refresh_token={}", a_token(1).expose());
        for lines in
            [vec![&*mine], vec![&*format!("a=b; {mine};c=d")], vec!["a=b", &mine], vec![&mine, &mine]]
        {
            assert_eq!(refresh_token(&headers(&lines), false), Some(a_token(1)), "{lines:?}");
        }
        for line in ["", "__Host-refresh_token", "__Host-refresh_token=", &format!("x{mine}")] {
            assert_eq!(refresh_token(&headers(&[line]), false), None, "{line}");
        }
    }

    #[test]
    fn planted_cookie_does_not_take_the_place_of_ours() {
        let (ours, planted) = (a_token(1).expose(), a_token(9).expose());
        let host = format!("__Host-refresh_token={ours}");
        let tossed = format!("refresh_token={planted}");
        for lines in [[&*tossed, &*host], [&*host, &*tossed]] {
            assert_eq!(refresh_token(&headers(&lines), false), Some(a_token(1)), "{lines:?}");
        }
        let old = format!("refresh_token={ours}");
        assert_eq!(refresh_token(&headers(&[&old]), false), Some(a_token(1)), "of the version before");
        assert_eq!(refresh_token(&headers(&[&tossed, &old]), false), None, "nobody can tell which is ours");
        let unreadable = format!("__Host-refresh_token=x; {tossed}");
        assert_eq!(refresh_token(&headers(&[&unreadable]), false), None);
        assert_eq!(refresh_token(&headers(&[&format!("{host}; {old}")]), true), Some(a_token(1)));
    }

    fn set_cookies(response: &Response) -> Vec<&str> {
        let all = response.headers().get_all(header::SET_COOKIE).into_iter();
        all.map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn cookie_belongs_to_this_host_and_is_not_shown_to_scripts() {
        assert_eq!(
            cookie(&REFRESH, false, "x".to_owned(), 1_209_600).to_string(),
            "__Host-refresh_token=x; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=1209600"
        );
        assert_eq!(
            cookie(&DEVICE, true, "x".to_owned(), 5).to_string(),
            "device=x; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=5"
        );
    }

    #[test]
    fn only_a_spent_cookie_is_taken_away() {
        let invalid_session = CookieFailure::from(Error::unauthorized()).into_reply();
        let cleared = set_cookies(&invalid_session);
        assert!(
            cleared[0].starts_with("__Host-refresh_token=;") && cleared[1].starts_with("refresh_token=;")
        );
        assert!(cleared.iter().all(|cookie| cookie.ends_with("Max-Age=0")), "{cleared:?}");
        for kept in
            [Error::busy(domain::BusyReason::Throttled).into(), CookieFailure::keeping(Error::unauthorized())]
        {
            assert!(set_cookies(&kept.into_reply()).is_empty());
        }
        assert_eq!(set_cookies(&WithoutToken(NoContent).into_response()).len(), 2);
    }
}
