fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::list_orders::ROUTE)
}
