//! Which addresses may be called when a user or a message chose the host.
//!
//! A name is resolved once; what it resolves to is checked, and the connection goes to exactly the checked
//! address. So no spelling of a number, no name that points inward and no answer that changes between the
//! look and the call leads into the house.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The guard said no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forbidden;

impl fmt::Display for Forbidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No address and no port: whoever chose the host learns nothing about the house.
        out.write_str("this address may not be called from here")
    }
}

impl std::error::Error for Forbidden {}

/// Whether this address lies in the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// First address and length of the ranges that are not public (IANA's special-purpose registry).
const INWARD_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::new(255, 255, 255, 255), 32),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    !INWARD_V4.iter().any(|(first, length)| {
        let mask = u32::MAX << (32 - length);
        address.to_bits() & mask == first.to_bits()
    })
}

/// Only what IANA gives to the public internet (2000::/3), less the parts of it that carry another
/// address inside (Teredo, 6to4) or are set aside. Mapped, compatible, NAT64, local and multicast addresses
/// all lie outside 2000::/3.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |first: u128, length: u32| bits >> (128 - length) == first >> (128 - length);
    const GLOBAL: u128 = 0x2000 << 112;
    const PROTOCOLS: u128 = 0x2001 << 112;
    const DOCUMENTATION: u128 = 0x2001_0db8 << 96;
    const SIX_TO_FOUR: u128 = 0x2002 << 112;
    const DOCUMENTATION_TOO: u128 = 0x3fff << 112;
    within(GLOBAL, 3)
        && !within(PROTOCOLS, 23)
        && !within(DOCUMENTATION, 32)
        && !within(SIX_TO_FOUR, 16)
        && !within(DOCUMENTATION_TOO, 20)
}

/// Whether an address is one that not even an administrator's choice leads to: the link itself, where clouds hand
/// out credentials, everybody at once, and nobody.
pub fn is_never_chosen(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast(),
    }
}

/// Whether the URL has a form that a stranger may have us call: a web scheme on its own port.
pub fn is_ordinary(uri: &Uri) -> bool {
    let scheme = uri.scheme_str();
    matches!((scheme, uri.port_u16()), (Some("http"), None | Some(80)) | (Some("https"), None | Some(443)))
}

/// Resolves names and lets through what its rule allows.
#[derive(Debug)]
pub(super) struct Guarded {
    inner: DefaultResolver,
    allows: fn(IpAddr) -> bool,
}

impl Guarded {
    /// For hosts that a stranger may have chosen: public addresses only.
    pub(super) fn public_only() -> Guarded {
        Guarded { inner: DefaultResolver::default(), allows: is_public }
    }

    /// For hosts that an administrator chose: what no choice may lead to is kept out.
    pub(super) fn chosen() -> Guarded {
        Guarded { inner: DefaultResolver::default(), allows: |address| !is_never_chosen(address) }
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        // One forbidden address among allowed ones is a trick, not a fallback.
        if found.iter().all(|address| (self.allows)(address.ip())) {
            Ok(found)
        } else {
            Err(ureq::Error::Other(Box::new(Forbidden)))
        }
    }
}
