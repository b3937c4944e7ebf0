//! PUT /auth/users/{id}/roles
fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::set_roles::ROUTE)
}
