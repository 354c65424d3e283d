//! Counters that outlive a restart: without them what a node says after it would look older than what it said before.

use redb::{Database, Durability};
use serde::Serialize;

use super::{Disk, StoreError, read_meta, write_meta};

const START: &str = "start";
const TEST_COUNTER: &str = "test_counter";

fn keep(database: &Database, key: &str, value: &impl Serialize) -> Result<(), StoreError> {
    write_meta(database, key, &serde_json::to_vec(value)?, Durability::Immediate)
}

/// What a node counts from after it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Which start this is, from 1. The sequence of its messages begins again with each.
    pub start: u64,
    /// Its own counter in the diagnosis: even, as it is there.
    pub test: i64,
}

impl Disk {
    /// Counts a start of the node: synced before it is told.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub async fn count_start(&self) -> Result<Counters, StoreError> {
        self.run(|database| {
            let start = read_meta::<u64>(database, START)?.unwrap_or(0) + 1;
            // Whoever noticed that the node was away has counted one on; this one is one further.
            let test = read_meta::<i64>(database, TEST_COUNTER)?.map_or(0, |known| known + 2);
            keep(database, START, &start)?;
            keep(database, TEST_COUNTER, &test)?;
            Ok(Counters { start, test })
        })
        .await
    }

    /// Keeps the node's own counter in the diagnosis.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn keep_test_counter(&self, counter: i64) -> Result<(), StoreError> {
        self.run(move |database| keep(database, TEST_COUNTER, &counter)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_start_counts_one_on_and_the_own_counter_is_even_and_newer_than_before() {
        let folder = tempfile::tempdir().unwrap();
        for expected in
            [Counters { start: 1, test: 0 }, Counters { start: 2, test: 2 }, Counters { start: 3, test: 10 }]
        {
            // The thread of the disk that was dropped lets go of the file a moment later.
            let disk = loop {
                match Disk::open(folder.path()) {
                    Ok(disk) => break disk,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            assert_eq!(disk.count_start().await.unwrap(), expected);
            if expected.start == 2 {
                disk.keep_test_counter(8).await.unwrap();
            }
        }
    }
}
