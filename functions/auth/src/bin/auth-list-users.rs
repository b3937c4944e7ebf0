fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::list_users::ROUTE)
}
