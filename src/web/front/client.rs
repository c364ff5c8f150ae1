//! Who the client is when a proxy stands between: we believe a proxy only if we were told to.

use std::net::{IpAddr, SocketAddr};

use super::settings::Cidr;
use crate::web::http::Headers;

/// The right-most address in `X-Forwarded-For` that is none of our proxies. What stands to the
/// left of it was written by strangers.
pub fn address(peer: IpAddr, headers: &Headers, trusted: &[Cidr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let mut said = headers.all("x-forwarded-for").rev().flat_map(|value| value.rsplit(','));
    while trusts(trusted, client) {
        match said.next().and_then(|entry| parse(entry.trim())) {
            Some(next) => client = next,
            None => break,
        }
    }
    client
}

/// A proxy that ends TLS says so in `X-Forwarded-Proto`; the nearest one wrote the last word.
pub fn https(peer: IpAddr, headers: &Headers, trusted: &[Cidr]) -> bool {
    trusts(trusted, peer)
        && headers
            .all("x-forwarded-proto")
            .next_back()
            .and_then(|value| value.rsplit(',').next())
            .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

pub fn trusts(trusted: &[Cidr], address: IpAddr) -> bool {
    trusted.iter().any(|range| range.contains(address))
}

/// Some proxies add the port.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare.unwrap_or(entry).parse() {
        Ok(address) => address,
        Err(_) => entry.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let headers = forwarded.iter().map(|value| ("X-Forwarded-For", value)).collect();
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        assert_eq!(who("203.0.113.9", &["1.1.1.1"]), "203.0.113.9");
        assert_eq!(who("10.0.0.1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(who("::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(who("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_rightmost_stranger_counts() {
        assert_eq!(who("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]), "1.1.1.1");
        assert_eq!(who("10.0.0.1", &["6.6.6.6", "1.1.1.1", "10.0.0.2"]), "1.1.1.1");
        assert_eq!(who("10.0.0.1", &["6.6.6.6, nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(who("10.0.0.1", &["1.1.1.1:4711"]), "1.1.1.1");
        assert_eq!(who("10.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(who("10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn the_scheme_is_believed_from_a_proxy_only() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let says = |value: &str| [("x-forwarded-proto", value)].into_iter().collect::<Headers>();
        let proxy = "10.0.0.1".parse().unwrap();
        assert!(https(proxy, &says("https"), &trusted));
        assert!(!https(proxy, &says("https, http"), &trusted));
        assert!(!https(proxy, &says("http"), &trusted));
        assert!(!https("203.0.113.9".parse().unwrap(), &says("https"), &trusted));
    }
}
