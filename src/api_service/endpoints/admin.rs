//! Figures of the whole cluster, for administrators.

use futures_util::future::{join3, try_join_all};
use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService, Call};
use super::auth::UserRole;
use super::fleet::{Provider, Vehicle};
use super::listed::Listed;
use super::reservations::Reservation;

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
    /// Counted by the page, from lists: this server has no such figures.
    #[serde(skip)]
    pub counted: bool,
}

impl AdminStats {
    /// The figures that these lists say; `None` is a list that this server does not have. Nothing without any.
    fn counted(
        users: Option<&[User]>,
        providers: Option<&[Provider]>,
        reservations: Option<&[Reservation]>,
        vehicles: Option<&[Vehicle]>,
    ) -> Option<Self> {
        let of_role = |users: &[User], role: UserRole| {
            let is_it = |user: &&User| user.role.as_deref().and_then(UserRole::parse) == Some(role);
            users.iter().filter(is_it).count() as u64
        };
        let held = reservations.map(|all| all.iter().filter(|reservation| reservation.holds()).count() as u64);
        let seats = vehicles.map(|all| all.iter().map(|vehicle| u64::from(vehicle.capacity)).sum::<u64>());
        let stats = Self {
            total_users: users.map(|users| of_role(users, UserRole::User)),
            total_providers: providers
                .map(|providers| providers.len() as u64)
                .or_else(|| users.map(|users| of_role(users, UserRole::Provider))),
            total_reservations: reservations.map(|all| all.len() as u64),
            total_seats: seats,
            available_seats: seats.zip(held).map(|(seats, held)| seats.saturating_sub(held)),
            average_processing_time: None,
            counted: true,
        };
        (stats != Self { counted: true, ..Self::default() }).then_some(stats)
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TopProvider {
    pub provider_id: String,
    pub reservation_count: u64,
}

/// An account.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
}

/// The vehicles of more providers are not asked for just to count their seats.
const PROVIDERS_ASKED_AT_MOST: usize = 50;

impl ApiService {
    pub fn users(self) -> Call<Listed<User>> {
        self.fetch_list(ApiRequest::read("/api/admin/users", Access::Authenticated))
    }

    /// The figures of the server, or, where it has none, those that its lists say.
    pub fn admin_stats(self) -> Call<AdminStats> {
        Box::pin(async move {
            match self.fetch(ApiRequest::read("/api/admin/stats", Access::Authenticated)).await {
                Err(error @ ApiError::Refused { status: 404 | 405, .. }) => self.counted_stats().await.ok_or(error),
                answer => answer,
            }
        })
    }

    async fn counted_stats(self) -> Option<AdminStats> {
        let (users, providers, reservations) = join3(self.users(), self.providers(), self.reservations()).await;
        let (users, providers, reservations) = (users.ok(), providers.ok(), reservations.ok());
        let vehicles = match &providers {
            Some(providers) if providers.entries.len() <= PROVIDERS_ASKED_AT_MOST => {
                try_join_all(providers.entries.iter().map(|provider| self.vehicles_of(&provider.id))).await.ok()
            }
            _ => None,
        };
        let vehicles: Option<Vec<Vehicle>> =
            vehicles.map(|lists| lists.into_iter().flat_map(|list| list.entries).collect());
        AdminStats::counted(
            users.as_ref().map(|list| list.entries.as_slice()),
            providers.as_ref().map(|list| list.entries.as_slice()),
            reservations.as_ref().map(|list| list.entries.as_slice()),
            vehicles.as_deref(),
        )
    }

    pub fn top_providers(self) -> Call<Listed<TopProvider>> {
        self.fetch_list(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::decode::from_value;
    use super::*;

    /// `/api/admin/stats` was an error where a server has no such address.
    #[test]
    fn figures_that_a_server_does_not_have_are_counted_from_the_lists_that_it_has() {
        let users: Vec<User> =
            from_value(&json!([{ "role": "USER" }, { "role": "user" }, { "role": "ADMIN" }, {}])).unwrap_or_default();
        let reservation = |id: &str, status: &str| json!({ "id": id, "userId": "u", "providerId": "p", "vehicleId": "v", "seatId": id, "status": status });
        let reservations: Vec<Reservation> =
            from_value(&json!([reservation("1", "CONFIRMED"), reservation("2", "CANCELLED")])).unwrap_or_default();
        let vehicles: Vec<Vehicle> =
            from_value(&json!([{ "id": "v", "providerId": "p", "capacity": 12 }])).unwrap_or_default();
        let all = AdminStats::counted(Some(&users), None, Some(&reservations), Some(&vehicles));
        let expected = AdminStats {
            total_users: Some(2),
            total_providers: Some(0),
            total_reservations: Some(2),
            total_seats: Some(12),
            available_seats: Some(11),
            average_processing_time: None,
            counted: true,
        };
        assert_eq!(all, Some(expected));
        let some = AdminStats::counted(None, None, None, Some(&vehicles));
        assert_eq!(some.map(|stats| (stats.total_seats, stats.available_seats)), Some((Some(12), None)));
        assert_eq!(AdminStats::counted(None, None, None, None), None, "then the server offers nothing of it");
    }
}
