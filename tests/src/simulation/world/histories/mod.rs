//! Histories of what the database stores, write by write.

pub mod lines;
pub mod sales;
pub mod seats;
pub mod stocks;
pub mod webhooks;
pub mod writes;
