//! Access tokens of the operator and of the clients.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::accounts::Role;
use domain::ids::{UserId, fresh};
use domain::{Error, Result, Timestamp};
use indicatif::ProgressBar;
use runtime::Tokens;
use serde_json::json;

use super::clients::for_each;
use super::{Running, failure};
use crate::api_client::{Api, RequestSpec, text};

/// Number of concurrent registrations. The stack hashes only a few passwords at once.
const REGISTER_AT_ONCE: usize = 8;

/// Returns the current time of this machine.
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Reads the signing key from the file that `running` names. Returns `None` if it names none.
///
/// # Errors
/// Fails if the file cannot be read or has no valid key.
pub fn key(running: &Running) -> Result<Option<Tokens>> {
    let Some(file) = &running.signing_key else { return Ok(None) };
    let unreadable = |why: String| failure(format!("{}: {why}", file.display()));
    let pem = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    Tokens::new(None, Some(&pem)).map(Some).map_err(unreadable)
}

/// Returns an access token of an operator: signed with `key` or, without a key, from a sign-in with the email
/// and password in `running`.
///
/// # Errors
/// Fails if the stack refuses the sign-in.
pub async fn operator(api: &Api, running: &Running, key: Option<&Tokens>) -> Result<String> {
    match key {
        Some(key) => issue(key, Role::Operator),
        None => sign_in(api, &running.email, &running.password).await,
    }
}

/// Returns the access tokens of `count` new users: signed with `key` or, without a key, from a registration
/// and a sign-in of each.
///
/// # Errors
/// Fails if the stack refuses one of them.
pub async fn buyers(
    api: &Api,
    key: Option<&Tokens>,
    count: usize,
    progress: &ProgressBar,
) -> Result<Arc<[String]>> {
    if let Some(key) = key {
        return (0..count).map(|_| issue(key, Role::User)).collect();
    }
    progress.set_message("registering");
    let (rush, password) = (rand::random::<u32>(), format!("{:032x}", rand::random::<u128>()));
    let people = (0..count).map(|number| format!("rush-{rush:08x}-{number}@example.com")).collect();
    let (api, progress) = (api.clone(), progress.clone());
    let tokens = for_each(people, REGISTER_AT_ONCE, move |number, email| {
        let (api, progress, password) = (api.clone(), progress.clone(), password.clone());
        async move {
            let person = json!({"email": email, "password": password, "name": format!("Buyer {number}")});
            api.expect(None, RequestSpec::post("/auth/register", person)).await?;
            let token = sign_in(&api, &email, &password).await?;
            progress.inc(1);
            Ok::<_, Error>(token)
        }
    });
    tokens.await.into_iter().collect()
}

fn issue(key: &Tokens, role: Role) -> Result<String> {
    key.issue(&UserId::new(fresh(now(), rand::random())), &BTreeSet::from([role]), now())
}

async fn sign_in(api: &Api, email: &str, password: &str) -> Result<String> {
    let credentials = json!({"email": email, "password": password});
    let signed_in = api.expect(None, RequestSpec::post("/auth/login", credentials)).await?;
    text(&signed_in["data"]["access_token"]).map(str::to_owned)
}
