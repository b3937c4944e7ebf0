fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::GRANT_REWARDS)
}
