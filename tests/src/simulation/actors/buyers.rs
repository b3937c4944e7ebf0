//! Buyers: they order, pay from the balance and through the provider, cancel, come too late, and repeat each
//! of these requests.

use domain::ids::OrderId;
use domain::orders::QUANTITY_MAX;
use domain::wallet::Purchase;

use super::concertgoers::Concertgoer;
use crate::simulation::records::requests::Want;
use crate::simulation::setup::deals::OnSale;
use crate::simulation::workload::Workload;

impl Workload {
    /// Returns every buyer of the run.
    pub fn buyers(&self) -> Vec<Concertgoer> {
        self.deals.buyers.iter().map(|id| Concertgoer { workload: self.clone(), id: id.clone() }).collect()
    }
}

impl Concertgoer {
    /// Runs the buyer, who orders one to four times and pays, cancels or abandons each order.
    pub async fn buy(self) {
        let prng = &self.workload.world.core.env.prng;
        for step in 0..prng.between(1, 4) {
            // Most buyers come at once at the beginning.
            let wait = if step == 0 { prng.millis(0, 1_500) } else { prng.millis(0, 20_000) };
            tokio::time::sleep(wait).await;
            if prng.permille(500) {
                self.charge().await;
            }
            let deal = prng.pick(&self.workload.deals.on_sale).clone();
            let token = match &deal.queue {
                Some(queue) => match self.wait_in_line(queue).await {
                    Some(token) => Some(token),
                    None => continue,
                },
                None => None,
            };
            if prng.permille(200) {
                self.call(&Want::ReadDeal(deal.id.clone()), None, None).await;
            }
            if let Some(id) = self.order(&deal, token.as_deref()).await {
                self.decide(&deal, id, token.as_deref()).await;
            }
        }
    }

    /// Orders some units of a deal, or fewer if not so many are left. Returns the order, if one was made.
    async fn order(&self, deal: &OnSale, token: Option<&str>) -> Option<OrderId> {
        let prng = &self.workload.world.core.env.prng;
        let most = *prng.pick(&[2, 5, u64::from(QUANTITY_MAX)]);
        let quantity = prng.between(1, most) as u32;
        let mut answer = self.insist(&Want::Order(deal.id.clone(), quantity), token).await;
        let left = answer.error()["details"]["available"].as_u64().and_then(|left| u32::try_from(left).ok());
        if let Some(left) = left.filter(|left| *left > 0 && prng.permille(700)) {
            answer = self.insist(&Want::Order(deal.id.clone(), left), token).await;
        }
        if answer.status() != 201 {
            return None;
        }
        answer.data()["id"].as_str().and_then(OrderId::parse)
    }

    /// Pays, cancels, reads or abandons an order, as drawn at random.
    async fn decide(&self, deal: &OnSale, id: OrderId, token: Option<&str>) {
        let prng = &self.workload.world.core.env.prng;
        let (cancel, ask) = (Want::CancelOrder(id.clone()), Want::AskPayment(id.clone()));
        let (read, purchase) = (Want::ReadOrder(id.clone()), Purchase::Order(id));
        match prng.below(24) {
            0..=5 => {
                tokio::time::sleep(prng.millis(0, 4_000)).await;
                self.pay(&purchase, token).await;
            }
            6..=8 => {
                let hold_ms = deal.hold_ms.min(30_000);
                tokio::time::sleep(prng.millis(hold_ms - 5_000, hold_ms + 3_500)).await;
                self.pay(&purchase, token).await;
            }
            9..=13 => {
                tokio::time::sleep(prng.millis(0, 9_000)).await;
                self.insist(&ask, token).await;
                tokio::time::sleep(prng.millis(0, 9_000)).await;
                if prng.permille(300) {
                    self.insist(&ask, token).await;
                }
            }
            14 => drop(tokio::join!(self.insist(&ask, token), self.pay(&purchase, token))),
            15 => drop(tokio::join!(self.insist(&ask, token), self.insist(&cancel, None))),
            16 | 17 => drop(self.insist(&cancel, None).await),
            18 => drop(tokio::join!(self.insist(&cancel, None), self.pay(&purchase, token))),
            19 => {
                self.pay(&purchase, token).await;
                self.insist(&cancel, None).await;
            }
            _ => {}
        }
        if prng.permille(300) {
            self.call(&read, None, None).await;
        }
    }
}
