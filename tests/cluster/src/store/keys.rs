//! The idempotency keys that the cluster remembers, with the answer each one earned.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::{Reply, RequestKey};

/// Keys remembered; the oldest is forgotten first. A count and not an age, so that every node forgets the same ones.
const KEYS_KEPT: usize = 100_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeyTable {
    records: BTreeMap<String, KeyRecord>,
    /// Oldest first.
    order: VecDeque<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyRecord {
    pub fingerprint: String,
    pub status: u16,
    pub body: Value,
}

impl KeyTable {
    pub fn find(&self, key: &str) -> Option<&KeyRecord> {
        self.records.get(key)
    }

    pub fn keep(&mut self, key: RequestKey, reply: &Reply) {
        self.order.push_back(key.key.clone());
        let record = KeyRecord { fingerprint: key.fingerprint, status: reply.status, body: reply.body.clone() };
        self.records.insert(key.key, record);
        if self.order.len() > KEYS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_keys_are_forgotten_first() {
        let mut table = KeyTable::default();
        for number in 0..KEYS_KEPT + 2 {
            table.keep(RequestKey { key: number.to_string(), fingerprint: String::new() }, &Reply::default());
        }
        assert_eq!(table.records.len(), KEYS_KEPT);
        assert!(table.find("1").is_none());
        assert!(table.find("2").is_some());
    }
}
