//! Free ports of the loopback interface.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// Below the ports that systems give to outgoing connections: while a killed node is away, none of them can land on its
/// port and keep it from coming back.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port of 127.0.0.1 that nobody listens on, given out once in this process.
///
/// # Errors
/// `AddrInUse` when no free port was found in a thousand tries.
pub fn free_port() -> std::io::Result<u16> {
    for _ in 0..1_000 {
        let port = rand::random_range(RANGE);
        let mut taken = TAKEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !taken.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            taken.insert(port);
            return Ok(port);
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free port"))
}
