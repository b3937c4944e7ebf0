fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::change_product::ROUTE)
}
