//! Providers, vehicles and seats.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::super::request::{Access, Repeat};
use super::super::transport::Method;
use super::super::{ApiError, ApiRequest, ApiService, Call};
use super::auth::encode;
use super::listed::Listed;
use super::removal::{Removal, among};
use super::wire;

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<String>,
    pub phone_number: Option<String>,
    pub company_name: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle {
    pub id: String,
    /// Empty when it has none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    pub make: Option<String>,
    pub model: Option<String>,
    pub license_plate: Option<String>,
    /// Seats.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub capacity: u32,
    /// Only published vehicles are offered to users.
    #[serde(default)]
    pub published: bool,
    pub provider_id: String,
    pub departure: Option<String>,
    pub destination: Option<String>,
    /// As the provider wrote it: ISO 8601, or free text. A number of milliseconds since 1970 is written as ISO 8601.
    #[serde(default, deserialize_with = "wire::time_text")]
    pub departure_time: Option<String>,
    pub price: Option<f64>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "SeatBody")]
pub struct Seat {
    pub id: String,
    pub vehicle_id: String,
    pub label: String,
    pub available: bool,
}

/// A seat as backends write it: the older names too.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeatBody {
    id: String,
    vehicle_id: String,
    label: Option<String>,
    seat_number: Option<String>,
    available: Option<bool>,
    is_reserved: Option<bool>,
    reserved: Option<bool>,
}

impl TryFrom<SeatBody> for Seat {
    type Error = &'static str;

    /// A seat of which nobody says whether it is free is not offered.
    fn try_from(body: SeatBody) -> Result<Self, Self::Error> {
        let reserved = body.is_reserved.or(body.reserved);
        Ok(Self {
            id: body.id,
            vehicle_id: body.vehicle_id,
            label: body.label.or(body.seat_number).ok_or("missing field `label`")?,
            available: body.available.or(reserved.map(|reserved| !reserved)).unwrap_or_default(),
        })
    }
}

/// A vehicle as its provider describes it. What is `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleFields {
    pub provider_id: String,
    pub name: String,
    pub make: String,
    pub model: String,
    pub license_plate: String,
    /// Seats, 10 to 80.
    pub capacity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    /// Offered to users. Always said: there are servers that take a vehicle off the offer where it is not.
    pub published: bool,
}

const VEHICLES: &str = "/api/integrated/vehicles";

fn vehicle_path(id: &str, rest: &str) -> String {
    format!("{VEHICLES}/{}{rest}", wire::path_part(id))
}

impl ApiService {
    pub fn providers(self) -> Call<Listed<Provider>> {
        self.fetch_list(ApiRequest::read("/api/integrated/providers", Access::Public))
    }

    pub fn vehicles(self) -> Call<Listed<Vehicle>> {
        self.fetch_list(ApiRequest::read(VEHICLES, Access::Public))
    }

    pub fn vehicle(self, id: &str) -> Call<Vehicle> {
        self.fetch(ApiRequest::read(vehicle_path(id, ""), Access::Public))
    }

    /// Every vehicle of a provider, published or not.
    pub fn vehicles_of(self, provider_id: &str) -> Call<Listed<Vehicle>> {
        let path = format!("/api/integrated/providers/{}/vehicles", wire::path_part(provider_id));
        self.fetch_list(ApiRequest::read(path, Access::Authenticated))
    }

    pub fn seats(self, vehicle_id: &str) -> Call<Listed<Seat>> {
        self.fetch_list(ApiRequest::read(vehicle_path(vehicle_id, "/seats"), Access::Public))
    }

    /// The seats of a vehicle of the caller: published or not, so the request says who asks.
    pub fn own_seats(self, vehicle_id: &str) -> Call<Listed<Seat>> {
        self.fetch_list(ApiRequest::read(vehicle_path(vehicle_id, "/seats"), Access::Authenticated))
    }

    /// Makes a vehicle with its seats, published only where the fields say so, once: with `key` where the nodes honour it (see
    /// [`super::super::ActionKey`]). The answer's body is not in the contract, so it is not read.
    ///
    /// # Errors
    /// [`ApiError::Refused`] in the node's words; [`ApiError::OutcomeUnknown`] when nobody knows.
    pub async fn create_vehicle(self, fields: &VehicleFields, key: &Arc<str>) -> Result<(), ApiError> {
        let body = encode(VEHICLES, fields)?;
        let request = ApiRequest::write(Method::Post, VEHICLES, Some(body), Repeat::NeedsKey);
        self.send(self.keyed(request, key)).await
    }

    /// Changes a vehicle of the caller. With a key: a late repeat must not undo a change made since.
    ///
    /// # Errors
    /// As [`ApiService::create_vehicle`]; 409 when a seat that would go is reserved.
    pub async fn update_vehicle(self, id: &str, fields: &VehicleFields, key: &Arc<str>) -> Result<(), ApiError> {
        let path = vehicle_path(id, "");
        let body = encode(&path, fields)?;
        let request = ApiRequest::write(Method::Put, path, Some(body), Repeat::NeedsKey);
        self.send(self.keyed(request, key)).await
    }

    /// Deletes a vehicle of `provider_id`.
    ///
    /// # Errors
    /// [`ApiError::Refused`] with status 409 when a seat is reserved; with 404 or 405 and without a code from a backend
    /// that cannot delete.
    pub async fn delete_vehicle(self, id: &str, provider_id: &str) -> Result<Removal, ApiError> {
        let request = ApiRequest::write(Method::Delete, vehicle_path(id, ""), None, Repeat::Harmless);
        let said = self.send(request).await;
        let is_it = |listed: &Vehicle| listed.id == id;
        self.removed(said, async || among(self.vehicles_of(provider_id).await, is_it)).await
    }

    /// Offers a vehicle to users, or takes it from the offer.
    pub async fn set_vehicle_published(self, id: &str, published: bool) -> Result<(), ApiError> {
        let path = vehicle_path(id, if published { "/publish" } else { "/unpublish" });
        self.send(ApiRequest::write(Method::Post, path, None, Repeat::Harmless)).await
    }
}
