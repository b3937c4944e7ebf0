//! Migration that adds claims of earlier versions to the worklist of reviews.

use domain::Result;
use store::Store;
use store::list::ListRange;

/// Number of items that one read returns.
const AT_ONCE: usize = 100;

/// Adds every claim in review to the worklist of reviews, and returns the number of such claims. It reads
/// every claim. A repeat is safe, also while the system is running.
///
/// # Errors
/// Fails if the store cannot be read or written. Entries written before the failure stay.
pub async fn reindex_reviews(store: &Store) -> Result<usize> {
    let (mut in_review, mut campaigns) = (0, ListRange::default());
    loop {
        let page = store.list_campaigns(&campaigns, AT_ONCE).await?;
        let is_last = page.len() < AT_ONCE;
        for (position, campaign) in page {
            campaigns.after = Some(position);
            let mut claims = ListRange::default();
            loop {
                let page = store.list_claims(&campaign.id, &claims, AT_ONCE).await?;
                let is_last = page.len() < AT_ONCE;
                for (position, claim) in page {
                    claims.after = Some(position);
                    in_review += usize::from(store.index_review(&claim).await?);
                }
                if is_last {
                    break;
                }
            }
        }
        if is_last {
            return Ok(in_review);
        }
    }
}
