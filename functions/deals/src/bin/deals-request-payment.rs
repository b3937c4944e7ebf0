fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::request_payment::ROUTE)
}
