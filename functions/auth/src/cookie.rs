//! The cookie of the refresh token: only sent to us, only to these endpoints, never shown to scripts.

use domain::accounts::{RefreshToken, SESSION_SECONDS};
use domain::{Code, Error};
use edge::axum::extract::FromRequestParts;
use edge::axum::http::request::Parts;
use edge::axum::http::{HeaderValue, header};
use edge::axum::response::{IntoResponse, Response};
use edge::{App, Describe, Failure, Operation};

const NAME: &str = "refresh_token";
const SCOPE: &str = "HttpOnly; Secure; SameSite=Strict; Path=/api/v1/auth";

/// The refresh token that the caller's cookie holds, if there is one that looks like it.
pub struct Cookie(pub Option<RefreshToken>);

impl FromRequestParts<App> for Cookie {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let lines = parts.headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        Ok(Self(token(lines)))
    }
}

impl Describe for Cookie {
    fn describe(operation: &mut Operation) {
        operation.cookie = Some(NAME);
    }
}

fn token<'a>(lines: impl Iterator<Item = &'a str>) -> Option<RefreshToken> {
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).and_then(|(_, value)| RefreshToken::parse(value))
}

/// A reply that also gives the caller a new refresh token.
pub struct WithToken<T> {
    /// The reply.
    pub reply: T,
    /// The token.
    pub token: RefreshToken,
}

impl<T: IntoResponse> IntoResponse for WithToken<T> {
    fn into_response(self) -> Response {
        let cookie = format!("{NAME}={}; {SCOPE}; Max-Age={SESSION_SECONDS}", self.token.expose());
        with_cookie(self.reply.into_response(), &cookie)
    }
}

impl<T: Describe> Describe for WithToken<T> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// A reply that also takes the caller's refresh token away.
pub struct WithoutToken<T>(pub T);

impl<T: IntoResponse> IntoResponse for WithoutToken<T> {
    fn into_response(self) -> Response {
        with_cookie(self.0.into_response(), &format!("{NAME}=; {SCOPE}; Max-Age=0"))
    }
}

impl<T: Describe> Describe for WithoutToken<T> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// A failure of a call that lives by its cookie: when the cookie is what is wrong, it is taken away.
pub struct CookieFailure(Error);

impl<E: Into<Error>> From<E> for CookieFailure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for CookieFailure {
    fn into_response(self) -> Response {
        let spent = self.0.code == Code::Unauthorized;
        let failure = Failure(self.0);
        if spent { WithoutToken(failure).into_response() } else { failure.into_response() }
    }
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    match HeaderValue::from_str(cookie) {
        Ok(value) => {
            response.headers_mut().append(header::SET_COOKIE, value);
            response
        }
        Err(error) => Failure(Error::internal(error)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::SessionId;
    use edge::NoContent;

    use super::*;

    fn a_token() -> RefreshToken {
        RefreshToken::new(SessionId::new("a"), [1, 2])
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mine = format!("refresh_token={}", a_token().expose());
        for lines in
            [vec![mine.clone()], vec![format!("a=b; {mine};c=d")], vec!["a=b".to_owned(), mine.clone()]]
        {
            assert_eq!(token(lines.iter().map(String::as_str)), Some(a_token()), "{lines:?}");
        }
        for line in ["", "refresh_token", "refresh_token=", "refresh_token=x", &format!("x{mine}")] {
            assert_eq!(token([line].into_iter()), None, "{line}");
        }
    }

    fn set_cookie(response: &Response) -> Option<&str> {
        response.headers().get(header::SET_COOKIE)?.to_str().ok()
    }

    #[test]
    fn the_cookie_is_for_us_alone() {
        let response = WithToken { reply: NoContent, token: a_token() }.into_response();
        let cookie = set_cookie(&response).unwrap();
        assert!(cookie.starts_with("refresh_token=ses_a."), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age=1209600"] {
            assert!(cookie.split("; ").any(|one| one == part), "{part} in {cookie}");
        }
    }

    #[test]
    fn only_a_spent_cookie_is_taken_away() {
        let spent = CookieFailure::from(Error::unauthorized()).into_response();
        assert!(set_cookie(&spent).unwrap().contains("Max-Age=0"));
        let busy = CookieFailure::from(Error::busy("throttled")).into_response();
        assert_eq!(set_cookie(&busy), None);
    }
}
