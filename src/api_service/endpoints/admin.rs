//! Figures of the whole cluster, for administrators.

use super::super::json::{FromValue, Object, ReadError, Value};
use super::super::request::Access;
use super::super::{ApiRequest, ApiService, Call};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
}

impl FromValue for AdminStats {
    fn from_value(answer: &Value) -> Result<Self, ReadError> {
        let answer = Object::of(answer)?;
        Ok(Self {
            total_users: answer.number("totalUsers")?,
            total_providers: answer.number("totalProviders")?,
            total_reservations: answer.number("totalReservations")?,
            total_seats: answer.number("totalSeats")?,
            available_seats: answer.number("availableSeats")?,
            average_processing_time: answer.decimal("averageProcessingTime")?,
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TopProvider {
    pub provider_id: String,
    pub reservation_count: u64,
}

impl FromValue for TopProvider {
    fn from_value(entry: &Value) -> Result<Self, ReadError> {
        let entry = Object::of(entry)?;
        Ok(Self {
            provider_id: entry.need("providerId", Object::id)?,
            reservation_count: entry.need("reservationCount", Object::number)?,
        })
    }
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    pub id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
}

impl FromValue for User {
    fn from_value(entry: &Value) -> Result<Self, ReadError> {
        let entry = Object::of(entry)?;
        Ok(Self {
            id: entry.id("id")?,
            email: entry.text("email")?,
            name: entry.text("name")?,
            role: entry.text("role")?,
        })
    }
}

impl ApiService {
    pub fn users(self) -> Call<Vec<User>> {
        self.fetch(ApiRequest::read("/api/admin/users", Access::Authenticated))
    }

    pub fn admin_stats(self) -> Call<AdminStats> {
        self.fetch(ApiRequest::read("/api/admin/stats", Access::Authenticated))
    }

    pub fn top_providers(self) -> Call<Vec<TopProvider>> {
        self.fetch(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated))
    }
}
