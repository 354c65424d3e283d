//! The reservations committed last, in the order of the log: what a stream that was cut goes on from, on any node.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::state::ReservationRecord;
use crate::clock;
use crate::wire::CommittedReservation;

/// Reservations remembered. A count and not an age, so that every node forgets the same ones.
const RECENT_KEPT: usize = 1_000;

/// Part of the replicated state: the same on every node that has applied the same entries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Recent {
    /// Oldest first.
    events: VecDeque<RecentReservation>,
    /// The log index of the last one that was forgotten; 0 while none was.
    forgotten: u64,
}

/// One committed reservation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentReservation {
    /// Of the log entry that committed it.
    pub index: u64,
    pub reservation: CommittedReservation,
}

/// What can be told after some index.
#[derive(Clone, Debug, PartialEq)]
pub enum Since {
    /// Everything, oldest first.
    Events(Vec<RecentReservation>),
    /// Something of it is no longer held.
    Gap,
}

impl Recent {
    /// Takes note of the reservation that the entry at `index` committed.
    pub fn committed(&mut self, index: u64, record: &ReservationRecord) {
        let reservation = CommittedReservation {
            id: record.id.clone(),
            provider_id: record.provider_id.clone(),
            vehicle_id: record.vehicle_id.clone(),
            seat_id: record.seat_id.clone(),
            status: record.status,
            created_at: clock::iso(record.created_ms),
        };
        self.events.push_back(RecentReservation { index, reservation });
        if self.events.len() > RECENT_KEPT
            && let Some(oldest) = self.events.pop_front()
        {
            self.forgotten = oldest.index;
        }
    }

    /// At most `limit` of the reservations committed after `index`.
    pub fn since(&self, index: u64, limit: usize) -> Since {
        if index < self.forgotten {
            return Since::Gap;
        }
        let first = self.events.partition_point(|event| event.index <= index);
        Since::Events(self.events.iter().skip(first).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ReservationStatus;

    fn recent(count: u64) -> Recent {
        let mut recent = Recent::default();
        for index in 1..=count {
            let text = || index.to_string();
            let record = ReservationRecord {
                id: text(),
                user_id: text(),
                provider_id: text(),
                vehicle_id: text(),
                seat_id: text(),
                status: ReservationStatus::Committed,
                created_ms: index,
            };
            recent.committed(index * 2, &record);
        }
        recent
    }

    fn indexes(since: Since) -> Option<Vec<u64>> {
        match since {
            Since::Events(events) => Some(events.into_iter().map(|event| event.index).collect()),
            Since::Gap => None,
        }
    }

    #[test]
    fn what_came_after_an_index_is_told_in_order_and_in_portions() {
        let recent = recent(5);
        assert_eq!(indexes(recent.since(0, 2)), Some(vec![2, 4]));
        assert_eq!(indexes(recent.since(4, 9)), Some(vec![6, 8, 10]));
        assert_eq!(indexes(recent.since(5, 1)), Some(vec![6]));
        assert_eq!(indexes(recent.since(99, 9)), Some(vec![]), "an index that this node has not reached yet");
    }

    #[test]
    fn what_was_forgotten_is_a_gap_and_what_came_just_after_it_is_not() {
        let recent = recent(RECENT_KEPT as u64 + 3);
        assert_eq!(indexes(recent.since(5, 9)), None);
        assert_eq!(indexes(recent.since(6, 1)), Some(vec![8]));
    }
}
