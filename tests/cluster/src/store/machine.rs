//! The state machine as Raft sees it: applies entries to [`State`], makes and installs snapshots.

use std::io::Cursor;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use openraft::storage::{RaftStateMachine, Snapshot};
use openraft::{
    Entry, EntryPayload, LogId, OptionalSend, RaftSnapshotBuilder, SnapshotMeta, StorageError, StorageIOError,
    StoredMembership,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::state::{Reply, State};
use super::{Disk, META, NodeId, StoreError, TypeConfig};
use crate::clock;
use crate::meters::Meters;

const SNAPSHOT: &str = "snapshot";

/// Entries proposed longer ago are not counted as throughput.
const FRESH_MS: u64 = 5_000;

type Membership = StoredMembership<NodeId, openraft::BasicNode>;

/// A snapshot as it lies on disk and crosses the network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Image {
    applied: Option<LogId<NodeId>>,
    membership: Membership,
    state: State,
}

impl Image {
    fn meta(&self) -> SnapshotMeta<NodeId, openraft::BasicNode> {
        SnapshotMeta {
            last_log_id: self.applied,
            last_membership: self.membership.clone(),
            snapshot_id: self.applied.map_or_else(|| "empty".to_owned(), |id| id.to_string()),
        }
    }
}

/// What the HTTP handlers read. Clones share one state.
#[derive(Clone)]
pub struct SharedState {
    image: Arc<RwLock<Image>>,
    applied: Arc<watch::Sender<u64>>,
}

impl SharedState {
    /// Runs `read` on the state; it must be short.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.image().state)
    }

    /// The highest log index applied here.
    pub fn applied_index(&self) -> u64 {
        *self.applied.borrow()
    }

    /// Waits until `index` is applied here; false when `limit` passes first.
    pub async fn wait_applied(&self, index: u64, limit: Duration) -> bool {
        let mut applied = self.applied.subscribe();
        matches!(tokio::time::timeout(limit, applied.wait_for(|now| *now >= index)).await, Ok(Ok(_)))
    }

    /// Wakes whoever waits each time that entries were applied here.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    // A poisoned lock means that a reader panicked: the state itself is whole, since only `apply` writes it.
    fn image(&self) -> RwLockReadGuard<'_, Image> {
        self.image.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn image_mut(&self) -> RwLockWriteGuard<'_, Image> {
        self.image.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn announce(&self) {
        let index = self.image().applied.map_or(0, |id| id.index);
        self.applied.send_replace(index);
    }
}

/// The state machine and its snapshots.
#[derive(Clone)]
pub struct Machine {
    disk: Disk,
    shared: SharedState,
    meters: Arc<Meters>,
}

impl Machine {
    /// Starts from the snapshot on disk, or empty.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub async fn new(disk: Disk, meters: Arc<Meters>) -> Result<Self, StoreError> {
        let image: Image = disk.meta(SNAPSHOT).await?.unwrap_or_default();
        let index = image.applied.map_or(0, |id| id.index);
        let shared = SharedState { image: Arc::new(RwLock::new(image)), applied: Arc::new(watch::Sender::new(index)) };
        Ok(Self { disk, shared, meters })
    }

    pub fn shared(&self) -> SharedState {
        self.shared.clone()
    }

    async fn keep(&self, bytes: Arc<Vec<u8>>) -> Result<(), StoreError> {
        self.disk
            .run(move |database| {
                let write = database.begin_write()?;
                write.open_table(META)?.insert(SNAPSHOT, bytes.as_slice())?;
                Ok(write.commit()?)
            })
            .await
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Machine {
    async fn build_snapshot(&mut self) -> Result<Snapshot<TypeConfig>, StorageError<NodeId>> {
        let failed = |error: StoreError| StorageIOError::write_snapshot(None, &error);
        // A copy, so that requests do not wait while a large state is written as JSON.
        let image = self.shared.image().clone();
        let meta = image.meta();
        let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&image)).await;
        let bytes =
            written.map_err(StoreError::from).and_then(|json| json.map_err(StoreError::from)).map_err(failed)?;
        let bytes = Arc::new(bytes);
        self.keep(bytes.clone()).await.map_err(failed)?;
        Ok(Snapshot { meta, snapshot: Box::new(Cursor::new(Arc::unwrap_or_clone(bytes))) })
    }
}

impl RaftStateMachine<TypeConfig> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<(Option<LogId<NodeId>>, Membership), StorageError<NodeId>> {
        let image = self.shared.image();
        Ok((image.applied, image.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Reply>, StorageError<NodeId>>
    where
        I: IntoIterator<Item = Entry<TypeConfig>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut replies = Vec::new();
        {
            let mut image = self.shared.image_mut();
            for entry in entries {
                image.applied = Some(entry.log_id);
                replies.push(match entry.payload {
                    EntryPayload::Blank => Reply::default(),
                    EntryPayload::Membership(membership) => {
                        image.membership = StoredMembership::new(Some(entry.log_id), membership);
                        Reply::default()
                    }
                    EntryPayload::Normal(command) => {
                        let proposed_ms = command.at_ms;
                        let reply = image.state.apply(entry.log_id.index, command);
                        // A node that catches up applies what was committed long ago: that is no throughput of now.
                        if clock::now_ms().saturating_sub(proposed_ms) < FRESH_MS {
                            self.meters.applied(reply.effect);
                        }
                        reply
                    }
                });
            }
        }
        self.shared.announce();
        Ok(replies)
    }

    async fn get_snapshot_builder(&mut self) -> Self::SnapshotBuilder {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>, StorageError<NodeId>> {
        Ok(Box::default())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<NodeId, openraft::BasicNode>,
        snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), StorageError<NodeId>> {
        let bytes = Arc::new(snapshot.into_inner());
        let signature = Some(meta.signature());
        let image: Image =
            serde_json::from_slice(&bytes).map_err(|error| StorageIOError::read_snapshot(signature.clone(), &error))?;
        self.keep(bytes).await.map_err(|error| StorageIOError::write_snapshot(signature, &error))?;
        *self.shared.image_mut() = image;
        self.shared.announce();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<TypeConfig>>, StorageError<NodeId>> {
        let stored: Option<Image> =
            self.disk.meta(SNAPSHOT).await.map_err(|error| StorageIOError::read_snapshot(None, &error))?;
        let Some(image) = stored else { return Ok(None) };
        let bytes = serde_json::to_vec(&image).map_err(|error| StorageIOError::read_snapshot(None, &error))?;
        Ok(Some(Snapshot { meta: image.meta(), snapshot: Box::new(Cursor::new(bytes)) }))
    }
}
