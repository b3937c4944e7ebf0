//! POST /auth/register
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::register::ROUTE)
}
