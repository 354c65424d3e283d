//! The idempotency keys that the cluster remembers, with the answer each one earned.
//!
//! Each person has keys of their own: no number of requests by one makes the cluster forget those of another.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::{Reply, RequestKey};

/// Keys remembered of one person; the oldest is forgotten first.
const KEYS_OF_ONE: usize = 256;
/// A key is remembered for a day, in milliseconds. By the times in the log, so that every node forgets the same ones.
const KEPT_MS: u64 = 24 * 3_600_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeyTable {
    #[serde(default)]
    owners: BTreeMap<String, Keys>,
    /// The owner whose old keys were looked for last: each write looks at the next one.
    #[serde(default)]
    swept: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Keys {
    records: BTreeMap<String, KeyRecord>,
    /// Time and key, oldest first.
    order: VecDeque<(u64, String)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyRecord {
    pub fingerprint: String,
    pub status: u16,
    pub body: Value,
}

impl Keys {
    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.order.pop_front() {
            self.records.remove(&oldest);
        }
    }

    fn forget_old(&mut self, now_ms: u64) {
        while self.order.front().is_some_and(|(at_ms, _)| at_ms.saturating_add(KEPT_MS) < now_ms) {
            self.forget_oldest();
        }
    }
}

impl KeyTable {
    pub fn find(&self, owner: &str, key: &str) -> Option<&KeyRecord> {
        self.owners.get(owner)?.records.get(key)
    }

    /// Remembers the answer to a request of `owner`. The key must not be known.
    pub fn keep(&mut self, at_ms: u64, owner: String, key: RequestKey, reply: &Reply) {
        let keys = self.owners.entry(owner).or_default();
        let record = KeyRecord { fingerprint: key.fingerprint, status: reply.status, body: reply.body.clone() };
        keys.order.push_back((at_ms, key.key.clone()));
        keys.records.insert(key.key, record);
        if keys.order.len() > KEYS_OF_ONE {
            keys.forget_oldest();
        }
        self.sweep(at_ms);
    }

    /// Forgets what is old of one owner, another one each time.
    fn sweep(&mut self, now_ms: u64) {
        let after = (Bound::Excluded(self.swept.as_str()), Bound::Unbounded);
        let next = self.owners.range::<str, _>(after).next().or_else(|| self.owners.iter().next());
        let Some(owner) = next.map(|(owner, _)| owner.clone()) else { return };
        if let Some(keys) = self.owners.get_mut(&owner) {
            keys.forget_old(now_ms);
            if keys.order.is_empty() {
                self.owners.remove(&owner);
            }
        }
        self.swept = owner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(table: &mut KeyTable, at_ms: u64, owner: &str, key: &str) {
        let key = RequestKey { key: key.to_owned(), fingerprint: String::new() };
        table.keep(at_ms, owner.to_owned(), key, &Reply::default());
    }

    #[test]
    fn of_one_person_the_oldest_keys_are_forgotten_first_and_of_others_none() {
        let mut table = KeyTable::default();
        keep(&mut table, 0, "quiet", "mine");
        for number in 0..KEYS_OF_ONE + 2 {
            keep(&mut table, 0, "loud", &number.to_string());
        }
        assert!(table.find("loud", "1").is_none());
        assert!(table.find("loud", "2").is_some());
        assert!(table.find("quiet", "mine").is_some());
        assert!(table.find("quiet", "2").is_none(), "the key of another person");
    }

    #[test]
    fn keys_are_forgotten_after_a_day_whoever_writes_then() {
        let mut table = KeyTable::default();
        keep(&mut table, 0, "a", "old");
        keep(&mut table, KEPT_MS, "b", "new");
        assert!(table.find("a", "old").is_some());
        for number in 0..3 {
            keep(&mut table, KEPT_MS + 1, "c", &number.to_string());
        }
        assert!(table.find("a", "old").is_none() && table.owners.len() == 2);
        assert!(table.find("b", "new").is_some());
    }
}
