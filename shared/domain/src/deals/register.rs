//! Registration of deals with their product. The transaction that creates or changes a deal also updates the
//! product's register of open deals, so the product cannot be deleted, or become as cheap as the deal, in
//! between. The entry of a deal that has ended is dropped with the next write of the register.

use serde_json::json;

use super::Deal;
use crate::products::{OPEN_DEALS_MAX, OpenDeal, Product};
use crate::{Code, Error, Result, Timestamp};

impl OpenDeal {
    fn of(deal: &Deal) -> Self {
        Self { id: deal.id.clone(), price: deal.deal_price, ends_at: deal.ends_at }
    }
}

impl Product {
    /// Returns the product with a register of its deals among `deals`, which must be all current deals.
    /// Returns the product unchanged if it already has a register.
    #[must_use]
    pub fn with_register<'a>(&self, deals: impl Iterator<Item = &'a Deal>) -> Self {
        if self.deals.is_some() {
            return self.clone();
        }
        let mine = deals.filter(|deal| deal.product.id == self.id && !deal.is_past()).map(OpenDeal::of);
        Self { deals: Some(mine.collect()), ..self.clone() }
    }

    /// Returns the next version of the product, whose register contains the entry of `deal` as it is now, or
    /// lacks it if the deal has ended or is canceled. Returns the same version if the register is already so.
    ///
    /// # Errors
    /// `TOO_MANY_DEALS` if the product would have more than [`OPEN_DEALS_MAX`] open deals.
    pub fn register(&self, deal: &Deal, now: Timestamp) -> Result<Self> {
        let registered = self.deals.iter().flatten().find(|open| open.id == deal.id);
        let entry = Some(OpenDeal::of(deal)).filter(|_| deal.is_open(now));
        if registered == entry.as_ref() {
            return Ok(self.clone());
        }
        let others = self.open_deals(now).filter(|open| open.id != deal.id).cloned();
        let deals: Vec<OpenDeal> = others.chain(entry).collect();
        if deals.len() > OPEN_DEALS_MAX {
            let message = "This product has 100 open deals; cancel one, or wait until one has ended.";
            return Err(Error::refused(Code::TooManyDeals, message)
                .with_details(json!({"product_id": self.id, "max": OPEN_DEALS_MAX})));
        }
        Ok(Self { deals: Some(deals), version: self.version + 1, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Patch;
    use crate::deals;
    use crate::ids::{DealId, ProductId, UserId};
    use crate::products::{Category, ProductChanges, ProductStatus};
    use assertions::assert_each_eq;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn product(deals: Option<Vec<OpenDeal>>) -> Product {
        Product {
            trail: crate::trail::Trail::default(),
            id: ProductId::new("1"),
            name: "Cat tree".into(),
            description: String::new(),
            price: 10_000,
            image_url: None,
            thumbnail_url: None,
            category: Category::Living,
            status: ProductStatus::Active,
            created_at: at(0),
            updated_at: None,
            created_by: UserId::new("1"),
            request_fingerprint: None,
            deals,
            version: 1,
        }
    }

    fn deal(name: &str, ends_ms: i64) -> Deal {
        Deal {
            trail: crate::trail::Trail::default(),
            id: DealId::new(name),
            product: product(None).snapshot(),
            original_price: 10_000,
            deal_price: 9_000,
            stock_quantity: crate::Quantity::ONE,
            starts_at: at(0),
            ends_at: at(ends_ms),
            status: deals::DealStatus::Active,
            sold_out_at: None,
            hold_seconds: 300,
            queue_id: None,
            created_at: at(0),
            updated_at: None,
            created_by: UserId::new("1"),
            request_fingerprint: None,
            version: 1,
        }
    }

    #[test]
    fn product_knows_its_open_deals_and_forgets_those_that_are_over() {
        let one = product(Some(Vec::new())).register(&deal("a", 100), at(0)).unwrap();
        assert_each_eq!(
            (one.version, 2),
            (one.open_deals(at(99)).count(), 1),
            (one.open_deals(at(100)).count(), 0)
        );
        assert_eq!(one.register(&deal("a", 100), at(0)).unwrap(), one, "it is there");
        let longer = one.register(&deal("a", 200), at(0)).unwrap();
        assert_eq!(longer.deals, Some(vec![OpenDeal::of(&deal("a", 200))]));
        let other = one.register(&deal("b", 900), at(100)).unwrap();
        assert_eq!(other.deals, Some(vec![OpenDeal::of(&deal("b", 900))]), "a is over");
        let canceled = Deal { status: deals::DealStatus::Canceled, ..deal("b", 900) };
        assert_eq!(other.register(&canceled, at(100)).unwrap().deals, Some(Vec::new()));
        assert_eq!(one.register(&canceled, at(0)).unwrap(), one, "it was never there");
    }

    #[test]
    fn product_has_at_most_a_hundred_open_deals() {
        let full = (0..OPEN_DEALS_MAX).fold(product(Some(Vec::new())), |product, number| {
            product.register(&deal(&number.to_string(), 100), at(0)).unwrap()
        });
        assert_eq!(full.register(&deal("more", 200), at(99)).unwrap_err().code, Code::TooManyDeals);
        assert!(full.register(&deal("7", 90), at(0)).is_ok(), "one of them");
        assert_eq!(
            full.register(&deal("more", 200), at(100)).unwrap().deals.map(|deals| deals.len()),
            Some(1)
        );
    }

    #[test]
    fn product_with_open_deals_stays_active_and_dearer_than_they_are() {
        let product = product(Some(vec![OpenDeal::of(&deal("a", 100))]));
        let status = |status| ProductChanges { status: Patch(Some(status)), ..ProductChanges::default() };
        let price = |price| ProductChanges { price: Patch(Some(price)), ..ProductChanges::default() };
        for changes in
            [status(ProductStatus::Deleted), status(ProductStatus::Inactive), price(9_000), price(5_000)]
        {
            let error = product.change(&changes, at(99)).unwrap_err();
            assert_each_eq!(
                (error.code, Code::ProductHasDeals),
                (error.details, Some(json!({"deals": ["tdl_a"]})))
            );
            assert!(product.change(&changes, at(100)).is_ok(), "the deal is over");
        }
        assert_eq!(product.change(&price(9_001), at(0)).unwrap().price, 9_001);
        assert!(product.check_deal_price(9_999).is_ok());
        assert_eq!(product.check_deal_price(10_000).unwrap_err().code, Code::ValidationError);
    }

    #[test]
    fn product_of_a_version_without_register_takes_the_deals_that_are_there() {
        let other =
            Deal { product: Product { id: ProductId::new("2"), ..product(None) }.snapshot(), ..deal("c", 9) };
        let canceled = Deal { status: deals::DealStatus::Canceled, ..deal("b", 9) };
        let there = [deal("a", 9), canceled, other];
        let known = product(None).with_register(there.iter());
        assert_each_eq!((known.version, 1), (known.deals.clone(), Some(vec![OpenDeal::of(&deal("a", 9))])));
        assert_eq!(known.with_register([].iter()), known, "it has one");
    }
}
