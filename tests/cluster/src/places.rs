//! Places that many want, and of which no address may have them all: connections and streams.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

/// Bits of an IPv6 address that one customer of a provider has for themselves are not counted apart.
const NETWORK_BITS: u32 = 64;

/// So many places, and so many at most for one address.
#[derive(Debug)]
pub struct Places {
    at_most: usize,
    of_one_at_most: usize,
    /// Addresses behind which are many.
    shared: Vec<IpAddr>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// All are taken.
    Full,
    /// This address has as many as it may.
    FullForOne,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    pub fn new(at_most: usize, of_one_at_most: usize) -> Self {
        Self { at_most, of_one_at_most, shared: Vec::new(), taken: Mutex::default() }
    }

    /// Addresses that may take all places: proxies, behind which are many.
    #[must_use]
    pub fn shared_by(self, shared: Vec<IpAddr>) -> Self {
        Self { shared, ..self }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// # Errors
    /// When there is no place for `address`.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, NoPlace> {
        let address = network(address);
        let mut taken = self.taken();
        if taken.all >= self.at_most {
            return Err(NoPlace::Full);
        }
        let of_one = taken.by_address.entry(address).or_default();
        if *of_one >= self.of_one_at_most && !self.shared.contains(&address) {
            return Err(NoPlace::FullForOne);
        }
        *of_one += 1;
        taken.all += 1;
        Ok(Place { places: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_one) = taken.by_address.get_mut(&self.address) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> NETWORK_BITS << NETWORK_BITS)),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_its_share_and_leaves_the_rest_to_others() {
        let places = Arc::new(Places::new(3, 2));
        let at = |text: &str| places.take(text.parse().unwrap());
        let (_first, second) = (at("10.0.0.1").unwrap(), at("10.0.0.1").unwrap());
        assert_eq!(at("10.0.0.1").unwrap_err(), NoPlace::FullForOne);
        assert_eq!(at("::ffff:10.0.0.1").unwrap_err(), NoPlace::FullForOne, "the same one");
        let _other = at("10.0.0.2").unwrap();
        assert_eq!(at("10.0.0.3").unwrap_err(), NoPlace::Full);
        drop(second);
        let _again = at("2001:db8::1").unwrap();
        assert_eq!(places.taken().by_address.len(), 3);
    }

    #[test]
    fn a_proxy_takes_the_places_of_the_many_behind_it() {
        let proxy: IpAddr = "10.0.0.9".parse().unwrap();
        let places = Arc::new(Places::new(3, 1).shared_by(vec![proxy]));
        let held: Vec<_> = (0..3).map(|_| places.take(proxy).unwrap()).collect();
        assert_eq!((held.len(), places.take(proxy).unwrap_err()), (3, NoPlace::Full));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share_their_places() {
        let places = Arc::new(Places::new(9, 1));
        let _one = places.take("2001:db8:1:2::1".parse().unwrap()).unwrap();
        assert_eq!(places.take("2001:db8:1:2:ffff::9".parse().unwrap()).unwrap_err(), NoPlace::FullForOne);
        assert!(places.take("2001:db8:1:3::1".parse().unwrap()).is_ok());
    }
}
