//! Ports for servers that have to be told theirs before they begin.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first of these ports, and how many there are. The system gives out none of them by itself (Linux begins at
/// 32,768), so nobody who asks it for any port takes one meanwhile.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

/// A port of this machine on which nobody listens, and which is given out here once.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        // Test programs that run at the same time begin at places of their own.
        let begin = u16::try_from(std::process::id() * 61 % u32::from(COUNT)).unwrap();
        let port = FIRST + (begin + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        let is_taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        // Some servers take both; where the machine has no such address, only the first counts.
        let is_taken_by_name = TcpListener::bind((Ipv6Addr::LOCALHOST, port))
            .is_err_and(|fault| fault.kind() == std::io::ErrorKind::AddrInUse);
        if !is_taken && !is_taken_by_name {
            return port;
        }
    }
}
