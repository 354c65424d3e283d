//! The thread that reads and writes the node's file. It is Raft's alone: however busy the node is with passwords or
//! snapshots, a vote and an entry wait for the disk and for nothing else.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use redb::Database;
use tokio::sync::oneshot;

use super::{LOG, META, StoreError, read_meta};

/// What the node keeps is for its own user alone: it holds password hashes and the key that signs tokens.
const FOLDER_MODE: u32 = 0o700;

type Job = Box<dyn FnOnce(&Database) + Send>;

/// A handle on the file; clones share it. The thread ends with the last of them.
#[derive(Clone)]
pub struct Disk(Sender<Job>);

impl Disk {
    /// Opens the node's file in `folder`, making both when they are missing.
    ///
    /// # Errors
    /// When the folder or the file cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        // It may have been there before, open to others.
        std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))?;
        let database = Database::create(folder.join("raft.redb"))?;
        let write = database.begin_write()?;
        write.open_table(LOG)?;
        write.open_table(META)?;
        write.commit()?;
        let (sender, jobs) = channel::<Job>();
        std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
            while let Ok(job) = jobs.recv() {
                job(&database);
            }
        })?;
        Ok(Self(sender))
    }

    /// Runs `work` after all that was asked before.
    ///
    /// # Errors
    /// Those of `work`, and when the thread has ended.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        // Whoever asked may be gone: what was asked is done all the same.
        let job: Job = Box::new(move |database| drop(answer.send(work(database))));
        self.0.send(job).map_err(|_| StoreError::Ended)?;
        answered.await.map_err(|_| StoreError::Ended)?
    }

    /// Reads one value of the `META` table.
    ///
    /// # Errors
    /// When the file cannot be read, or the value is no `T`.
    pub async fn meta<T: serde::de::DeserializeOwned + Send + 'static>(
        &self,
        key: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.run(move |database| read_meta(database, key)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_node_is_for_its_own_user_alone() {
        let parent = tempfile::tempdir().unwrap();
        let (new, open) = (parent.path().join("a/b"), parent.path().join("open"));
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        for folder in [new, open] {
            Disk::open(&folder).unwrap();
            assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
        }
    }

    #[tokio::test]
    async fn the_disk_answers_while_every_thread_for_blocking_work_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).max_blocking_threads(1).build();
        let runtime = runtime.unwrap();
        let (release, held) = channel::<()>();
        runtime.spawn_blocking(move || held.recv());
        let asked = runtime.spawn(async move { disk.meta::<u64>("vote").await.map_err(|error| error.to_string()) });
        assert_eq!(asked.await.unwrap(), Ok(None));
        release.send(()).unwrap();
        runtime.shutdown_background();
    }
}
