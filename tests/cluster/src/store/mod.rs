//! What a node keeps: the Raft log and vote on disk, the state machine in memory with its snapshots on disk.

pub mod checks;
mod counters;
mod disk;
mod keys;
mod log;
mod machine;
pub mod recent;
pub mod state;
pub mod trial;

use std::io::Cursor;

use redb::{Database, Durability, TableDefinition};

pub use counters::Counters;
pub use disk::Disk;
pub use log::LogStore;
pub use machine::{Machine, SharedState};
use state::{Command, Reply};

openraft::declare_raft_types!(
    /// The types of this cluster's Raft.
    pub TypeConfig:
        D = Command,
        R = Reply,
);

pub type NodeId = u64;
pub type Raft = openraft::Raft<TypeConfig>;

/// Log entries by index, as JSON.
const LOG: TableDefinition<u64, &[u8]> = TableDefinition::new("log");
/// Vote, committed and purged log ids, and the latest snapshot, as JSON.
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

/// Why the store could not do what it was asked. All of them stop the node: its promises rest on this file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the data folder cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error("the store refused: {0}")]
    Redb(Box<redb::Error>),
    #[error("a stored value cannot be read or written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a thread of the store ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
    #[error("the thread of the store ended")]
    Ended,
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Redb(Box::new(error.into()))
            }
        })*
    };
}
from_redb!(DatabaseError, TransactionError, TableError, StorageError, CommitError);

/// Reads one value of the `META` table.
fn read_meta<T: serde::de::DeserializeOwned>(database: &Database, key: &str) -> Result<Option<T>, StoreError> {
    let read = database.begin_read()?;
    let table = read.open_table(META)?;
    let value = table.get(key)?;
    Ok(value.map(|bytes| serde_json::from_slice(bytes.value())).transpose()?)
}

/// Writes one value of the `META` table, which is JSON.
fn write_meta(database: &Database, key: &str, json: &[u8], durability: Durability) -> Result<(), StoreError> {
    let mut write = database.begin_write()?;
    write.set_durability(durability);
    write.open_table(META)?.insert(key, json)?;
    Ok(write.commit()?)
}
