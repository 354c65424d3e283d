//! The Raft log, vote and commit index in one redb file. Whatever Raft was promised is synced before it is told so.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{Entry, LogId, LogState, OptionalSend, RaftLogId, RaftLogReader, StorageError, StorageIOError, Vote};
use redb::{Database, Durability, ReadableTable};

use super::{Disk, LOG, META, NodeId, StoreError, TypeConfig, read_meta, write_meta};
use crate::meters::Meters;

const VOTE: &str = "vote";
const COMMITTED: &str = "committed";
const PURGED: &str = "purged";

/// A handle on the log; clones share it.
#[derive(Clone)]
pub struct LogStore {
    disk: Disk,
    commit_index: Arc<AtomicU64>,
    meters: Arc<Meters>,
}

impl LogStore {
    /// # Errors
    /// When the file cannot be read.
    pub async fn new(disk: Disk, meters: Arc<Meters>) -> Result<Self, StoreError> {
        let committed: Option<LogId<NodeId>> = disk.meta(COMMITTED).await?.flatten();
        let commit_index = Arc::new(AtomicU64::new(committed.map_or(0, |id| id.index)));
        Ok(Self { disk, commit_index, meters })
    }

    /// The highest log index known to be committed, shared with whoever reports it.
    pub fn commit_index(&self) -> Arc<AtomicU64> {
        self.commit_index.clone()
    }
}

fn last_and_purged(database: &Database) -> Result<LogState<TypeConfig>, StoreError> {
    let purged: Option<LogId<NodeId>> = read_meta(database, PURGED)?;
    let read = database.begin_read()?;
    let table = read.open_table(LOG)?;
    let last = match table.last()? {
        Some((_, bytes)) => Some(*serde_json::from_slice::<Entry<TypeConfig>>(bytes.value())?.get_log_id()),
        None => purged,
    };
    Ok(LogState { last_purged_log_id: purged, last_log_id: last })
}

fn entries(database: &Database, range: (Bound<u64>, Bound<u64>)) -> Result<Vec<Entry<TypeConfig>>, StoreError> {
    let read = database.begin_read()?;
    let table = read.open_table(LOG)?;
    let mut entries = Vec::new();
    for row in table.range::<u64>(range)? {
        entries.push(serde_json::from_slice(row?.1.value())?);
    }
    Ok(entries)
}

/// Answers how many entries that were.
fn remove(database: &Database, range: (Bound<u64>, Bound<u64>), purged: Option<&[u8]>) -> Result<u64, StoreError> {
    let write = database.begin_write()?;
    let mut removed = 0;
    {
        let mut table = write.open_table(LOG)?;
        table.retain_in::<u64, _>(range, |_, _| {
            removed += 1;
            false
        })?;
        if let Some(json) = purged {
            write.open_table(META)?.insert(PURGED, json)?;
        }
    }
    write.commit()?;
    Ok(removed)
}

fn insert(database: &Database, entries: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
    let write = database.begin_write()?;
    {
        let mut table = write.open_table(LOG)?;
        for (index, json) in entries {
            table.insert(index, json.as_slice())?;
        }
    }
    Ok(write.commit()?)
}

fn reading(error: StoreError) -> StorageError<NodeId> {
    StorageIOError::read_logs(&error).into()
}

fn writing(error: StoreError) -> StorageError<NodeId> {
    StorageIOError::write_logs(&error).into()
}

impl RaftLogReader<TypeConfig> for LogStore {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry<TypeConfig>>, StorageError<NodeId>> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        self.disk.run(move |database| entries(database, range)).await.map_err(reading)
    }
}

impl RaftLogStorage<TypeConfig> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, StorageError<NodeId>> {
        self.disk.run(last_and_purged).await.map_err(reading)
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<NodeId>) -> Result<(), StorageError<NodeId>> {
        let vote = *vote;
        self.disk
            .run(move |database| write_meta(database, VOTE, &serde_json::to_vec(&vote)?, Durability::Immediate))
            .await
            .map_err(|error| StorageIOError::write_vote(&error).into())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<NodeId>>, StorageError<NodeId>> {
        self.disk.meta(VOTE).await.map_err(|error| StorageIOError::read_vote(&error).into())
    }

    /// Not synced: it only saves a restarted node from waiting for a leader before it applies what it has.
    async fn save_committed(&mut self, committed: Option<LogId<NodeId>>) -> Result<(), StorageError<NodeId>> {
        self.commit_index.fetch_max(committed.map_or(0, |id| id.index), Ordering::Relaxed);
        self.disk
            .run(move |database| write_meta(database, COMMITTED, &serde_json::to_vec(&committed)?, Durability::None))
            .await
            .map_err(writing)
    }

    async fn read_committed(&mut self) -> Result<Option<LogId<NodeId>>, StorageError<NodeId>> {
        Ok(self.disk.meta::<Option<LogId<NodeId>>>(COMMITTED).await.map_err(reading)?.flatten())
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<TypeConfig>) -> Result<(), StorageError<NodeId>>
    where
        I: IntoIterator<Item = Entry<TypeConfig>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let rows: Result<Vec<_>, StoreError> =
            entries.into_iter().map(|entry| Ok((entry.log_id.index, serde_json::to_vec(&entry)?))).collect();
        let rows = rows.map_err(writing)?;
        self.disk.run(move |database| insert(database, &rows)).await.map_err(writing)?;
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, log_id: LogId<NodeId>) -> Result<(), StorageError<NodeId>> {
        let range = (Bound::Included(log_id.index), Bound::Unbounded);
        self.disk.run(move |database| remove(database, range, None)).await.map_err(writing)?;
        Ok(())
    }

    async fn purge(&mut self, log_id: LogId<NodeId>) -> Result<(), StorageError<NodeId>> {
        let range = (Bound::Unbounded, Bound::Included(log_id.index));
        let removed = self
            .disk
            .run(move |database| remove(database, range, Some(&serde_json::to_vec(&log_id)?)))
            .await
            .map_err(writing)?;
        if removed > 0 {
            self.meters.compacted(removed);
        }
        Ok(())
    }
}
