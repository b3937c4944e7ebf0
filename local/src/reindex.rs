//! Migration of claims from earlier versions into the worklist of reviews.

use domain::Result;
use store::Store;
use store::list::ListRange;

/// Page size of the reads.
const AT_ONCE: usize = 100;

/// Writes the missing entries of the worklist, and returns the number of claims in review. It reads every
/// claim. A repeat is safe, also while the system is running.
///
/// # Errors
/// Fails if the store fails. Entries written before the failure stay.
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
