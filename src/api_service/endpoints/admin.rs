//! Figures of the whole cluster, for administrators.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::request::Access;
use super::super::{ApiError, ApiRequest, ApiService};
use super::metrics::Sample;
use super::wire;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminStats {
    pub total_users: Option<u64>,
    pub total_providers: Option<u64>,
    pub total_reservations: Option<u64>,
    pub total_seats: Option<u64>,
    pub available_seats: Option<u64>,
    /// Milliseconds.
    pub average_processing_time: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopProvider {
    #[serde(deserialize_with = "wire::id")]
    pub provider_id: String,
    pub reservation_count: u64,
}

impl ApiService {
    pub async fn admin_stats(self) -> Result<AdminStats, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/stats", Access::Authenticated)).await
    }

    pub async fn top_providers(self) -> Result<Vec<TopProvider>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/top-providers", Access::Authenticated)).await
    }

    pub async fn reservations_per_second(self) -> Result<Vec<Sample>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/reservations-per-second", Access::Authenticated)).await
    }

    /// Milliseconds.
    pub async fn processing_times(self) -> Result<Vec<Sample>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/processing-time", Access::Authenticated)).await
    }

    /// Milliseconds.
    pub async fn consensus_times(self) -> Result<Vec<Sample>, ApiError> {
        self.fetch(ApiRequest::read("/api/admin/charts/raft-consensus", Access::Authenticated)).await
    }

    /// How many reservations were made in each hour of the day, UTC. An hour that the answer leaves out is `None`.
    pub async fn reservations_by_hour(self) -> Result<[Option<f64>; 24], ApiError> {
        let request = ApiRequest::read("/api/admin/charts/reservations-by-hour", Access::Authenticated);
        let named: BTreeMap<String, f64> = self.fetch(request).await?;
        Ok(hours(&named))
    }
}

fn hours(named: &BTreeMap<String, f64>) -> [Option<f64>; 24] {
    let mut hours = [None; 24];
    for (name, count) in named {
        if let Some(place) = name.trim().parse::<usize>().ok().and_then(|hour| hours.get_mut(hour)) {
            *place = Some(*count);
        }
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_known_by_their_name_and_a_missing_one_is_unknown() {
        let named: BTreeMap<String, f64> =
            serde_json::from_str(r#"{"0":3,"23":1,"24":9,"noon":2}"#).unwrap_or_default();
        let hours = hours(&named);
        assert_eq!((hours[0], hours[1], hours[23]), (Some(3.0), None, Some(1.0)));
    }
}
