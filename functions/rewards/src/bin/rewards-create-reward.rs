//! POST /rewards/point, /rewards/item, /rewards/coupon, /rewards/badge
fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::create_reward::ROUTE)
}
