//! PUT /auth/users/{id}/status
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::set_status::ROUTE)
}
