//! Floor 1: the protocol. No I/O, no clock, no dice: rows, secrets and the time come in as arguments.

pub mod jose;
pub mod time;
