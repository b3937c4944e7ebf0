//! Buyers: they order, pay from the balance and through the provider, cancel, come too late, and repeat all
//! of it. A merchant updates one deal and cancels another meanwhile.

use domain::accounts::Role;
use domain::ids::OrderId;
use domain::orders::QUANTITY_MAX;
use domain::wallet::Purchase;
use integrations::SCRIPTED_SECRET;
use serde_json::json;

use super::clients::{Party, get};
use super::fans::Fan;
use super::plan::user;
use super::shop::{Fate, OnSale};
use super::visits::{Visit, Want};
use super::world::Request;

impl Party {
    /// Returns every buyer of the run.
    pub fn buyers(&self) -> Vec<Fan> {
        self.shop.buyers.iter().map(|id| Fan { party: self.clone(), id: id.clone() }).collect()
    }

    /// Runs the merchant, who moves the end of a deal, renames its product, and cancels another deal.
    pub async fn merchant(self) {
        let dice = &self.world.core.dice;
        let Some(product) = self.shop.deals.first().map(|deal| deal.product.clone()) else { return };
        for _ in 0..2 {
            tokio::time::sleep(dice.millis(1_000, 25_000)).await;
            if let Some(deal) = self.shop.with(Fate::Passes) {
                let end = json!({"end_at": self.world.core.time(dice.between(15_000, 60_000) as i64)});
                self.insist(0, "PATCH", &format!("/timedeals/{}", deal.id), end, 6).await;
            }
        }
        let name = json!({"name": "a cat tree of wood"});
        self.insist(1, "PATCH", &format!("/products/{product}"), name, 6).await;
        tokio::time::sleep(dice.millis(0, 15_000)).await;
        if let Some(deal) = self.shop.with(Fate::IsCanceled) {
            let cancel = json!({"status": "canceled"});
            self.insist(1, "PATCH", &format!("/timedeals/{}", deal.id), cancel, 30).await;
        }
    }

    /// Runs an attacker who sends requests without permission, `steps` times.
    pub async fn thief(self, steps: usize) {
        let dice = &self.world.core.dice;
        let me = user(802);
        for _ in 0..steps {
            tokio::time::sleep(dice.millis(500, 12_000)).await;
            let told = self.visits.all();
            let ordered = told.iter().filter(|visit| matches!(visit.want, Want::Order(..)));
            let ids: Vec<&str> = ordered.filter_map(Visit::id).collect();
            if ids.is_empty() {
                continue;
            }
            let id = *dice.pick::<&str>(&ids);
            if dice.permille(250) {
                self.forge(id).await;
                continue;
            }
            let look = get(&format!("/orders/{id}"), &me, Role::User);
            let post =
                |path: String, body| Request { method: "POST", path, body: Some(body), ..look.clone() };
            let request = match dice.below(5) {
                0 => look,
                1 => get(&format!("/orders/{id}/events"), &me, Role::User),
                2 => Request { method: "DELETE", ..look },
                3 => post(format!("/orders/{id}/payments"), json!({})),
                _ => post("/payments".to_owned(), json!({"order_id": id})),
            };
            let what = format!("{} {}", request.method, request.path);
            let answer = self.world.send(request).await;
            if answer.status() != 403 && !answer.is_passing() {
                self.history.wrong(format!("a stranger's {what} of {id} was answered with {answer:?}"));
            }
        }
    }

    /// Sends a forged payment report: with a wrong secret, or for a payment that was never requested.
    async fn forge(&self, order: &str) {
        let dice = &self.world.core.dice;
        let (secret, reference, status) = match dice.permille(500) {
            true => ("not the secret", format!("{order}:1"), 401),
            false => (SCRIPTED_SECRET, format!("{order}:99"), 404),
        };
        let report =
            json!({"reference": reference, "order_id": order, "status": "completed", "amount": 1_000});
        let answer = self.world.report(report.to_string(), secret).await;
        if answer.status() != status && !answer.is_passing() {
            self.history.wrong(format!("a forged {report} was answered with {answer:?}"));
        }
    }
}

impl Fan {
    /// Runs the buyer.
    pub async fn buy(self) {
        let dice = &self.party.world.core.dice;
        for step in 0..dice.between(1, 4) {
            // Most buyers come at once at the beginning.
            let wait = if step == 0 { dice.millis(0, 1_500) } else { dice.millis(0, 20_000) };
            tokio::time::sleep(wait).await;
            if dice.permille(500) {
                self.charge().await;
            }
            let deal = dice.pick(&self.party.shop.deals).clone();
            let token = match &deal.queue {
                Some(queue) => match self.wait_in_line(queue).await {
                    Some(token) => Some(token),
                    None => continue,
                },
                None => None,
            };
            if dice.permille(200) {
                self.call(&Want::ReadDeal(deal.id.clone()), None, None).await;
            }
            if let Some(id) = self.order(&deal, token.as_deref()).await {
                self.decide(&deal, id, token.as_deref()).await;
            }
        }
    }

    /// Orders some units of a deal, or the remaining ones if there are fewer.
    async fn order(&self, deal: &OnSale, token: Option<&str>) -> Option<OrderId> {
        let dice = &self.party.world.core.dice;
        let most = *dice.pick(&[2, 5, u64::from(QUANTITY_MAX)]);
        let quantity = dice.between(1, most) as u32;
        let mut answer = self.insist(&Want::Order(deal.id.clone(), quantity), token).await;
        let left = answer.error()["details"]["available"].as_u64().and_then(|left| u32::try_from(left).ok());
        if let Some(left) = left.filter(|left| *left > 0 && dice.permille(700)) {
            answer = self.insist(&Want::Order(deal.id.clone(), left), token).await;
        }
        if answer.status() != 201 {
            return None;
        }
        answer.data()["id"].as_str().and_then(OrderId::parse)
    }

    /// Pays, cancels, reads or abandons an order, drawn at random.
    async fn decide(&self, deal: &OnSale, id: OrderId, token: Option<&str>) {
        let dice = &self.party.world.core.dice;
        let (cancel, ask) = (Want::CancelOrder(id.clone()), Want::AskPayment(id.clone()));
        let (read, purchase) = (Want::ReadOrder(id.clone()), Purchase::Order(id));
        match dice.below(24) {
            0..=5 => {
                tokio::time::sleep(dice.millis(0, 4_000)).await;
                self.pay(&purchase, token).await;
            }
            6..=8 => {
                let hold_ms = deal.hold_ms.min(30_000);
                tokio::time::sleep(dice.millis(hold_ms - 5_000, hold_ms + 3_500)).await;
                self.pay(&purchase, token).await;
            }
            9..=13 => {
                tokio::time::sleep(dice.millis(0, 9_000)).await;
                self.insist(&ask, token).await;
                tokio::time::sleep(dice.millis(0, 9_000)).await;
                if dice.permille(300) {
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
        if dice.permille(300) {
            self.call(&read, None, None).await;
        }
    }
}
