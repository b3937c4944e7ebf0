//! Tests of the domain `notifications`.

mod send_mails;
