//! Lists of campaigns.

use domain::Result;
use domain::campaigns::Campaign;
use edge::collect_filtered;
use runtime::App;
use store::list::{ListPosition, ListRange};

/// Number of events that one read of the store returns.
const READ_AT_ONCE: usize = 50;

/// Events with their list positions, and the position to continue behind.
type ListedCampaigns = (Vec<(ListPosition, Campaign)>, Option<ListPosition>);

/// Lists the newest `limit` events that users can see, behind `after`.
pub async fn visible(app: &App, after: Option<ListPosition>, limit: usize) -> Result<ListedCampaigns> {
    let now = app.now();
    browse(app, after, limit, |campaign| campaign.is_visible_at(now)).await
}

/// Returns the newest `limit` campaigns behind `after` that `keep` keeps.
///
/// # Errors
/// Only those of the store.
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
