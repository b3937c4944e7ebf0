//! PUT /auth/users/{id}/roles
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::set_roles::ROUTE)
}
