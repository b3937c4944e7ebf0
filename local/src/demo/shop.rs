//! Demo shop: five pet products with one time deal each. The deals have the ids "1" to "5"; two are active,
//! two are scheduled, and one has ended.

use domain::deals::{Deal, DealStatus, HOLD_SECONDS_DEFAULT};
use domain::ids::{DealId, ProductId, UserId};
use domain::products::{self, Category, Product};
use domain::{Result, Timestamp};
use runtime::App;

use super::{DAY_SECONDS, parsed};

/// Definition of a demo product and of its deal.
struct Sample {
    product: &'static str,
    name: &'static str,
    description: &'static str,
    category: Category,
    price: u64,
    deal: &'static str,
    deal_price: u64,
    stock: u32,
    /// Start and end of the deal, in days from now. Negative days are in the past.
    days: (i64, i64),
}

fn samples() -> [Sample; 5] {
    [
        Sample {
            product: "prd_cat-tree",
            name: "Cat tree",
            description: "Three floors of sisal and plush, 160 cm high.",
            category: Category::Living,
            price: 45_000,
            deal: "1",
            deal_price: 29_900,
            stock: 100,
            days: (-2, 30),
        },
        Sample {
            product: "prd_salmon",
            name: "Dried salmon for dogs, 1 kg",
            description: "Nothing but salmon.",
            category: Category::Food,
            price: 32_000,
            deal: "2",
            deal_price: 24_000,
            stock: 500,
            days: (-1, 14),
        },
        Sample {
            product: "prd_laser-mouse",
            name: "Laser mouse",
            description: "Runs by itself, and never the same way twice.",
            category: Category::Toy,
            price: 19_000,
            deal: "3",
            deal_price: 9_900,
            stock: 50,
            days: (1, 2),
        },
        Sample {
            product: "prd_raincoat",
            name: "Raincoat for small dogs",
            description: "Yellow, with a hood.",
            category: Category::Fashion,
            price: 27_000,
            deal: "4",
            deal_price: 18_900,
            stock: 200,
            days: (7, 10),
        },
        Sample {
            product: "prd_joint-care",
            name: "Joint care for old cats, 90 capsules",
            description: "Two a day.",
            category: Category::Health,
            price: 52_000,
            deal: "5",
            deal_price: 39_000,
            stock: 30,
            days: (-10, -3),
        },
    ]
}

/// Writes the demo products and their deals.
///
/// # Errors
/// Fails if the store cannot be written.
pub async fn seed(app: &App) -> Result<()> {
    let (now, by) = (app.now(), parsed(UserId::parse("usr_operator"))?);
    for sample in samples() {
        let product = product_of(&sample, &by, now)?;
        let deal = deal_of(&sample, &product, now)?;
        let _ = app.store().save_product(&product).await?;
        let _ = app.store().save_deal(&deal).await?;
    }
    Ok(())
}

fn product_of(sample: &Sample, by: &UserId, now: Timestamp) -> Result<Product> {
    Ok(Product {
        trail: domain::trail::Trail::default(),
        id: parsed(ProductId::parse(sample.product))?,
        name: sample.name.to_owned(),
        description: sample.description.to_owned(),
        price: sample.price,
        image_url: None,
        thumbnail_url: None,
        category: sample.category,
        status: products::ProductStatus::Active,
        created_at: now,
        updated_at: None,
        created_by: by.clone(),
        request_fingerprint: None,
        deals: None,
        version: 1,
    })
}

fn deal_of(sample: &Sample, product: &Product, now: Timestamp) -> Result<Deal> {
    let (start, end) = sample.days;
    let deal = Deal {
        trail: domain::trail::Trail::default(),
        id: parsed(DealId::parse(sample.deal))?,
        product: product.snapshot(),
        original_price: product.price,
        deal_price: sample.deal_price,
        stock_quantity: domain::Quantity(sample.stock),
        starts_at: now.plus_seconds(start * DAY_SECONDS),
        ends_at: now.plus_seconds(end * DAY_SECONDS),
        status: DealStatus::Scheduled,
        sold_out_at: None,
        hold_seconds: HOLD_SECONDS_DEFAULT,
        queue_id: None,
        created_at: now,
        updated_at: None,
        created_by: product.created_by.clone(),
        request_fingerprint: None,
        version: 1,
    };
    Ok(Deal { status: deal.status_at(now, deal.stock_quantity), ..deal })
}
