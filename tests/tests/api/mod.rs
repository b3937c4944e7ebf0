//! The API, endpoint by endpoint: the files mirror `functions/`.

mod platform;
