//! Short ways to what every test needs.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use reference_cluster::{Client, Cluster, ClusterOptions};

pub async fn cluster() -> Cluster {
    cluster_with(ClusterOptions::default()).await
}

pub async fn cluster_with(options: ClusterOptions) -> Cluster {
    Cluster::start(options).await.unwrap()
}

/// A demo account logged in at node `i`.
pub async fn login(cluster: &Cluster, i: usize, account: &str) -> Client {
    cluster.client(i).unwrap().login_demo(account).await.unwrap()
}

/// A running node that does not lead.
pub async fn follower(cluster: &Cluster) -> usize {
    let leader = cluster.wait_for_leader().await.unwrap();
    (leader + 1) % cluster.len()
}
