//! Tokens that unsubscribe the recipient of a mail without a sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Result;
use domain::ids::UserId;
use runtime::{App, Purpose};

/// Returns the token that unsubscribes `user`: the id, and what only holders of the key derive from it. It has no
/// expiry, since a mail may be read years later.
pub fn token(app: &App, user: &UserId) -> Result<String> {
    let derived = app.sealing().derive(Purpose::Unsubscribe, &[user.as_str()])?;
    let newest = derived.first().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default();
    Ok(format!("{user}~{newest}"))
}

/// Returns the user whom `token` unsubscribes. `None` if no key of this deployment made the token.
pub fn user_of(app: &App, token: &str) -> Result<Option<UserId>> {
    let Some((user, derived)) = token.split_once('~') else { return Ok(None) };
    let (Some(user), Ok(given)) = (UserId::parse(user), URL_SAFE_NO_PAD.decode(derived)) else {
        return Ok(None);
    };
    let known = app.sealing().derive(Purpose::Unsubscribe, &[user.as_str()])?;
    let is_known =
        known.iter().any(|bytes| bool::from(subtle::ConstantTimeEq::ct_eq(&bytes[..], &given[..])));
    Ok(is_known.then_some(user))
}
