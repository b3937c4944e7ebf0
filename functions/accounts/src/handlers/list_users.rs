//! `GET /auth/users`: lists all users, for administrators.

use dibs_http::axum::extract::State;
use dibs_http::{AdministratorNow, Cursor, Limit, Page, Query, Route, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::ListRange;

use crate::views::UserView;

/// Route that lists all users.
pub static ROUTE: Route = route!(
    /// Returns the accounts of all users, page by page.
    GET ["/auth/users"] "accounts-list-users" list_users, "List users, newest first", []
);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserFilter {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_users(
    State(app): State<App>,
    _: AdministratorNow,
    Query(filter): Query<UserFilter>,
) -> Result<Page<UserView>> {
    let after = filter.cursor.map(|cursor| cursor.position()).transpose()?;
    let Limit(limit) = filter.limit;
    let mut found =
        app.store().list_accounts(&ListRange { after, ..ListRange::default() }, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).and_then(|(position, _)| Cursor::of(position));
    Ok(Page { entries: found.into_iter().map(|(_, account)| account.into()).collect(), next_cursor })
}
