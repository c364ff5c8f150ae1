//! What the operator decides, and the limits that keep one client from harming the others.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    pub tls: Option<TlsFiles>,
    /// Only these peers are believed when they say for whom they speak.
    pub trust_proxy: Vec<Cidr>,
    pub workers: usize,
    pub limits: Limits,
}

/// PEM files; they are read again when they change.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Limits {
    /// Lowered at the start if the system grants too few descriptors.
    pub max_connections: usize,
    /// A whole team often shares one address; IPv6 is counted by /64, trusted proxies not at all.
    pub max_per_ip: usize,
    pub head_bytes: usize,
    pub headers: usize,
    /// From the first byte of a head to its last, and for a TLS handshake.
    pub head_time: Duration,
    /// How long a body may be behind the pace of `slowest`, at its beginning and while it comes.
    pub body_time: Duration,
    /// However steadily it comes, no body takes longer.
    pub body_most: Duration,
    /// The same for writing an answer.
    pub write_time: Duration,
    /// Bytes per second.
    pub slowest: u64,
    /// How long a connection may say nothing between requests.
    pub idle_time: Duration,
    /// How long a request may wait for a worker before it is told that we are too busy.
    pub queue_time: Duration,
    /// How long we listen after a last answer, so that a reset does not destroy it on its way.
    pub linger_time: Duration,
    pub memory_body: usize,
    /// How many bytes all temporary files together may have, lowered at the start to half of what is free then.
    pub files_all: u64,
    /// How many those of one address may have, at most a quarter of all.
    pub files_each: u64,
    pub memory_answer: usize,
    /// While more bodies than this are on their way, new ones go to files almost at once.
    pub memory_bodies: usize,
    /// A parked request is asked again at most this often.
    pub wake_pause: Duration,
    /// No request is parked longer, whatever the handler says.
    pub park_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_connections: 8192,
            max_per_ip: 2048,
            head_bytes: 16 * 1024,
            headers: 64,
            head_time: Duration::from_secs(5),
            body_time: Duration::from_secs(10),
            body_most: Duration::from_secs(600),
            write_time: Duration::from_secs(30),
            slowest: 16 * 1024,
            idle_time: Duration::from_secs(30),
            queue_time: Duration::from_secs(20),
            linger_time: Duration::from_secs(2),
            memory_body: 256 * 1024,
            files_all: 2 << 30,
            files_each: 512 << 20,
            memory_answer: 512 * 1024,
            memory_bodies: 128,
            wake_pause: Duration::from_millis(50),
            park_time: Duration::from_secs(300),
        }
    }
}

/// An address, or a range of them: `10.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix: u32,
}

impl Cidr {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

impl From<IpAddr> for Cidr {
    fn from(address: IpAddr) -> Cidr {
        let network = address.to_canonical();
        let prefix = if network.is_ipv4() { 32 } else { 128 };
        Cidr { network, prefix }
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Cidr, String> {
        let wrong = || format!("{text} is neither an address nor a range like 10.0.0.0/8");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| wrong())?;
        let Some(prefix) = prefix else {
            return Ok(network.into());
        };
        let prefix: u32 = prefix.parse().map_err(|_| wrong())?;
        if prefix > if network.is_ipv4() { 32 } else { 128 } {
            return Err(wrong());
        }
        Ok(Cidr { network, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_its_addresses_and_no_others() {
        let ten: Cidr = "10.0.0.0/8".parse().unwrap();
        assert!(ten.contains("10.255.0.1".parse().unwrap()));
        assert!(ten.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!ten.contains("11.0.0.1".parse().unwrap()));
        assert!(!ten.contains("::1".parse().unwrap()));
        let all: Cidr = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        let one: Cidr = "::1".parse().unwrap();
        assert!(one.contains("::1".parse().unwrap()));
        assert!(!one.contains("::2".parse().unwrap()));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "ten"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong}");
        }
    }
}
