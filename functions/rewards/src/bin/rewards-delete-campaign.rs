fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::delete_campaign::ROUTE)
}
