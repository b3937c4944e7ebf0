//! Histories of what the database stores, write by write.

pub mod chains;
pub mod lines;
pub mod sales;
pub mod seats;
pub mod stocks;
pub mod webhooks;
pub mod writes;
