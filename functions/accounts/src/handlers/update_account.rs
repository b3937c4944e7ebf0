//! `PATCH /auth/me`: changes name, phone or password of the caller's account.

use dibs_http::axum::extract::State;
use dibs_http::{Done, Json, Origin, Route, SignedIn, route};
use domain::accounts::{AccountChanges, NewName, Password, Phone};
use domain::{Code, Error, Patch, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::own_account::own;
use crate::services::passwords::{self, PasswordProof};
use crate::services::{account_changes, credentials, password_rules};
use crate::views::UserView;

/// Route that changes the caller's account.
pub static ROUTE: Route = route!(
    /// Changes name, phone number or password. An omitted field keeps its value, and a phone number that is null is
    /// removed. A new password takes `current_password` and ends the sessions of the account, so a repeat of it
    /// gets `INVALID_CREDENTIALS` or `UNAUTHORIZED`; any other repeat changes nothing more. `FORBIDDEN` means that
    /// the account is inactive or banned.
    PATCH ["/auth/me"] "accounts-update-account" update_account, "Update your own account",
    [InvalidCredentials, Conflict, PasswordTooShort, PasswordTooCommon, TooManyRequests, Forbidden]
);

/// Fields of the account to change. An omitted field keeps its value.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("dependentRequired" = {"password": ["current_password"]}))]
#[schemars(rename = "AccountUpdate")]
struct AccountUpdate {
    /// New name of the person, 2 to 100 characters.
    name: Patch<NewName>,
    /// New phone number; null removes the present one.
    phone: Patch<Option<Phone>>,
    /// New password. `current_password` is required with it, and every session of the account ends, so the
    /// user signs in again.
    password: Patch<Password>,
    /// Present password of the account, required to change the password.
    current_password: Patch<PasswordProof>,
}

async fn update_account(
    State(app): State<App>,
    origin: Origin,
    caller: SignedIn,
    Json { value: asked, .. }: Json<AccountUpdate>,
) -> Result<Done<UserView>> {
    let seen = own(&app, &caller.id).await?;
    let hash_seen = seen.person()?.password_hash.clone();
    let mut changes = AccountChanges {
        name: Patch(asked.name.0.map(Into::into)),
        phone: asked.phone,
        ..AccountChanges::default()
    };
    if let (Some(new), Some(current)) = (&asked.password.0, asked.current_password.0) {
        let is_staff = seen.is_staff();
        credentials::check_own(&app, &origin, seen, current.as_str()).await?;
        password_rules::check(app.settings(), new, is_staff)?;
        changes.password_hash = passwords::hash(new.as_str(), app.entropy()).await?.into();
        changes.has_staff_password = password_rules::has_staff_length(new).into();
    }
    let changed = account_changes::by_owner(&app, &caller.id, |account| {
        let hash_now = &account.person()?.password_hash;
        if changes.password_hash.0.as_ref() == Some(hash_now) {
            // An earlier try of this request has changed the password already.
            return Ok(account.clone());
        }
        if let Some(new) = &asked.password.0 {
            if *hash_now != hash_seen {
                return Err(Error::refused(
                    Code::Conflict,
                    "The password was changed at the same time; sign in with the new one, and try again if needed.",
                ));
            }
            // The account may have become staff meanwhile, which requires a longer password.
            password_rules::check(app.settings(), new, account.is_staff())?;
        }
        account.changed(&changes)
    });
    Ok(Done(changed.await?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_the_same_as_nothing() {
        let nothing: AccountUpdate = serde_json::from_str("{}").unwrap();
        assert!(nothing.phone.0.is_none() && nothing.name.0.is_none());
        let removed: AccountUpdate = serde_json::from_str(r#"{"phone": null}"#).unwrap();
        assert_eq!(removed.phone.0, Some(None));
        assert!(serde_json::from_str::<AccountUpdate>(r#"{"name": null}"#).is_err());
        assert!(serde_json::from_str::<AccountUpdate>(r#"{"email": "a@b.co"}"#).is_err());
    }

    #[test]
    fn the_schema_says_the_same() {
        let schema = schemars::schema_for!(AccountUpdate).to_value();
        let accepts = |body: &str| jsonschema::is_valid(&schema, &serde_json::from_str(body).unwrap());
        assert!(!schema.to_string().contains("default"), "what is left out has no default: {schema}");
        assert!(accepts("{}") && accepts(r#"{"phone": null, "name": "Kim"}"#));
        assert!(accepts(r#"{"password": "password124", "current_password": "x"}"#));
        for body in [
            r#"{"name": null}"#,
            r#"{"email": "a@b.co"}"#,
            r#"{"password": "password124"}"#,
            r#"{"phone": "1"}"#,
        ] {
            assert!(!accepts(body), "{body}");
        }
    }
}
