//! The binary of every function of this domain; `_HANDLER` names the function that it serves.

fn main() -> Result<(), runtime::StartError> {
    dibs_http::start(&live::DOMAIN)
}
