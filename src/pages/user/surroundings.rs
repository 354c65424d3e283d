//! What the list of departures says beside the vehicles: free seats and companies. Without it the list is shown all the
//! same.

use futures_util::future::join_all;

use crate::api_service::ApiService;
use crate::api_service::endpoints::fleet::Vehicle;

/// So many vehicles are asked at a time for their seats: a booking finds a free connection of the browser's six.
const AT_A_TIME: usize = 3;
/// Of so many vehicles the free seats are asked for: a list of hundreds is searched first.
const VEHICLES_AT_MOST: usize = 60;

/// Found by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// Vehicle and its free seats.
    pub free: Vec<(String, usize)>,
    /// Provider and its name.
    pub companies: Vec<(String, String)>,
}

impl Surroundings {
    pub fn free_of(&self, vehicle_id: &str) -> Option<usize> {
        self.free.iter().find(|(id, _)| id == vehicle_id).map(|(_, free)| *free)
    }

    pub fn company_of(&self, provider_id: &str) -> Option<&str> {
        self.companies.iter().find(|(id, _)| id == provider_id).map(|(_, name)| name.as_str())
    }

    /// What is known of these vehicles. A node that does not say leaves a gap.
    pub async fn of(api: ApiService, vehicles: &[Vehicle]) -> Self {
        let providers = api.providers().await.map(|listed| listed.entries).unwrap_or_default();
        let companies = providers.into_iter().filter_map(|provider| {
            let name = provider.company_name.or(provider.name).filter(|name| !name.trim().is_empty())?;
            Some((provider.id, name))
        });
        let mut free = Vec::new();
        let asked = &vehicles[..vehicles.len().min(VEHICLES_AT_MOST)];
        for some in asked.chunks(AT_A_TIME) {
            let counts = some.iter().map(async |vehicle| {
                let seats = api.seats(&vehicle.id).await.ok()?.entries;
                Some((vehicle.id.clone(), seats.iter().filter(|seat| seat.available).count()))
            });
            free.extend(join_all(counts).await.into_iter().flatten());
        }
        Self { free, companies: companies.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_vehicle_is_found_and_what_is_not_stays_unsaid() {
        let known = Surroundings {
            free: vec![("v".into(), 0), ("w".into(), 12)],
            companies: vec![("p".into(), "Bo Cars".into())],
        };
        assert_eq!((known.free_of("w"), known.free_of("v"), known.free_of("x")), (Some(12), Some(0), None));
        assert_eq!((known.company_of("p"), known.company_of("q")), (Some("Bo Cars"), None));
    }
}
