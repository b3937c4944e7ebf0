fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::leave_queue::ROUTE)
}
