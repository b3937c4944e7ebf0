fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::join_queue::ROUTE)
}
