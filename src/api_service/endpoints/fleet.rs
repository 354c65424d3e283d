//! Providers, vehicles and seats.

use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::wire;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<String>,
    pub phone_number: Option<String>,
    pub company_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle {
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub make: Option<String>,
    pub model: Option<String>,
    pub license_plate: Option<String>,
    /// Seats.
    #[serde(default)]
    pub capacity: u32,
    /// Only published vehicles are offered to users.
    #[serde(default)]
    pub published: bool,
    #[serde(deserialize_with = "wire::id")]
    pub provider_id: String,
    pub departure: Option<String>,
    pub destination: Option<String>,
    /// As the provider wrote it: ISO 8601, or free text.
    pub departure_time: Option<String>,
    pub price: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    #[serde(deserialize_with = "wire::id")]
    pub vehicle_id: String,
    #[serde(deserialize_with = "wire::id")]
    pub label: String,
    pub available: bool,
}

impl ApiService {
    pub async fn providers(self) -> Result<Vec<Provider>, ApiError> {
        self.fetch(ApiRequest::read("/api/integrated/providers", Access::Public)).await
    }

    pub async fn vehicles(self) -> Result<Vec<Vehicle>, ApiError> {
        self.fetch(ApiRequest::read("/api/integrated/vehicles", Access::Public)).await
    }

    pub async fn vehicle(self, id: &str) -> Result<Vehicle, ApiError> {
        let path = format!("/api/integrated/vehicles/{}", wire::path_part(id));
        self.fetch(ApiRequest::read(path, Access::Public)).await
    }

    /// Every vehicle of a provider, published or not.
    pub async fn vehicles_of(self, provider_id: &str) -> Result<Vec<Vehicle>, ApiError> {
        let path = format!("/api/integrated/providers/{}/vehicles", wire::path_part(provider_id));
        self.fetch(ApiRequest::read(path, Access::Authenticated)).await
    }

    pub async fn seats(self, vehicle_id: &str) -> Result<Vec<Seat>, ApiError> {
        let path = format!("/api/integrated/vehicles/{}/seats", wire::path_part(vehicle_id));
        self.fetch(ApiRequest::read(path, Access::Public)).await
    }
}
