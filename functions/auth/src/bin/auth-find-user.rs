fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::find_user::ROUTE)
}
