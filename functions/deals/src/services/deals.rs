//! Deals together with their unit counts.

use domain::Result;
use domain::deals::{Deal, UnitCounts};
use runtime::App;
use store::DealNow;

/// Returns `deal` with its unit counts, which are about a second behind the buckets.
pub async fn counted(app: &App, deal: Deal) -> Result<DealNow> {
    let summary = app.store().get_unit_counts_if_exists(&deal.id).await?;
    Ok(DealNow { summary: summary.unwrap_or_else(|| UnitCounts::new(&deal)), deal })
}
