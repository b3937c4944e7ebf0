//! Lists of campaigns, newest first and without deleted ones.

use dibs_http::collect_filtered;
use domain::Result;
use domain::campaigns::Campaign;
use runtime::App;
use store::list::{ListPosition, ListRange};

/// Number of campaigns that one read of the store returns.
const READ_AT_ONCE: usize = 50;

/// Campaigns of a page with their list positions, and the position after which the next page begins.
type ListedCampaigns = (Vec<(ListPosition, Campaign)>, Option<ListPosition>);

/// Lists up to `limit` campaigns that users can see now, newest first, after the position `after`.
pub async fn visible(app: &App, after: Option<ListPosition>, limit: usize) -> Result<ListedCampaigns> {
    let now = app.now();
    browse(app, after, limit, |campaign| campaign.is_visible_at(now)).await
}

/// Lists up to `limit` campaigns that are not deleted and for which `keep` returns `true`, newest first,
/// after the position `after`. Fewer, with a position to continue, when many are dropped.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` of the store.
pub async fn browse(
    app: &App,
    after: Option<ListPosition>,
    limit: usize,
    keep: impl Fn(&Campaign) -> bool,
) -> Result<ListedCampaigns> {
    let read = async |after, at_once| {
        app.store().list_campaigns(&ListRange { after, ..ListRange::default() }, at_once).await
    };
    collect_filtered(limit, READ_AT_ONCE, after, read, |campaign| !campaign.deleted && keep(campaign)).await
}
