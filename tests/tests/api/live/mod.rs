//! Tests of live updates.

mod broadcasts;
mod create_ticket;
mod get_deal_stock;
mod get_seat_map;
mod sockets;
