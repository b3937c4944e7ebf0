//! Operator of deals, who changes and cancels them while users order.

use serde_json::json;

use crate::simulation::setup::deals::Fate;
use crate::simulation::workload::Workload;

impl Workload {
    /// Runs the operator, who moves the end of a deal, renames its product, and cancels another deal.
    pub async fn deal_operator(self) {
        let prng = &self.world.core.env.prng;
        let Some(product) = self.deals.on_sale.first().map(|deal| deal.product.clone()) else { return };
        for _ in 0..2 {
            tokio::time::sleep(prng.millis(1_000, 25_000)).await;
            if let Some(deal) = self.deals.with(Fate::Passes) {
                let end = json!({"end_at": self.world.core.env.time(prng.between(15_000, 60_000) as i64)});
                self.insist(0, "PATCH", &format!("/timedeals/{}", deal.id), end, 6).await;
            }
        }
        let name = json!({"name": "a cat tree of wood"});
        self.insist(1, "PATCH", &format!("/products/{product}"), name, 6).await;
        tokio::time::sleep(prng.millis(0, 15_000)).await;
        if let Some(deal) = self.deals.with(Fate::IsCanceled) {
            let cancel = json!({"status": "canceled"});
            self.insist(1, "PATCH", &format!("/timedeals/{}", deal.id), cancel, 30).await;
        }
    }
}
