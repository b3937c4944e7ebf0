fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::read_product::ROUTE)
}
