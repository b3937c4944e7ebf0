fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::read_user::ROUTE)
}
