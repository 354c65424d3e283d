//! The ways between the private ports of the nodes, each direction of each pair by itself: a test can cut one, and the
//! other goes on. What is cut is not refused: it is sent and never arrives.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::ports::free_port;

/// The ways between all nodes. Dropping it closes them.
#[derive(Default)]
pub struct Links {
    /// Where the first node of a pair reaches the second one, and whether that is cut.
    ways: BTreeMap<(usize, usize), (u16, watch::Sender<bool>)>,
    _tasks: JoinSet<()>,
}

impl Links {
    /// Ways to these private ports of the loopback interface, one a node.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub async fn start(private_ports: &[u16]) -> std::io::Result<Self> {
        let mut links = Self::default();
        for (to, &target) in private_ports.iter().enumerate() {
            for from in (0..private_ports.len()).filter(|from| *from != to) {
                let port = free_port()?;
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
                let (cut, is_cut) = watch::channel(false);
                links._tasks.spawn(listen(listener, target, is_cut));
                links.ways.insert((from, to), (port, cut));
            }
        }
        Ok(links)
    }

    /// The port by which a node reaches another one.
    pub fn port(&self, from: usize, to: usize) -> Option<u16> {
        self.ways.get(&(from, to)).map(|(port, _)| *port)
    }

    /// From now on nothing that a node asks another one arrives, or again does. Whether there is such a way.
    pub fn set_cut(&self, from: usize, to: usize, cut: bool) -> bool {
        let Some((_, is_cut)) = self.ways.get(&(from, to)) else { return false };
        is_cut.send_replace(cut);
        true
    }
}

async fn listen(listener: TcpListener, target: u16, is_cut: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => if let Ok((stream, _)) = connection {
                connections.spawn(pass(stream, target, is_cut.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A connection over which nothing went for a while ends when the way is open again.
async fn pass(mut from: TcpStream, target: u16, mut is_cut: watch::Receiver<bool>) {
    let passed = async {
        let mut to = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await?;
        from.set_nodelay(true)?;
        to.set_nodelay(true)?;
        copy_bidirectional(&mut from, &mut to).await
    };
    let mut cut = is_cut.clone();
    tokio::select! {
        biased;
        _ = cut.wait_for(|cut| *cut) => {}
        // However it ended, it did.
        _ = passed => return,
    }
    let _ = is_cut.wait_for(|cut| !*cut).await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

    use super::*;

    async fn answer(port: u16) -> Option<u8> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        stream.write_all(b"?").await.unwrap();
        timeout(Duration::from_millis(200), stream.read_u8()).await.ok()?.ok()
    }

    #[tokio::test]
    async fn one_direction_of_one_pair_is_cut_and_all_others_go_on() {
        let mut ports = Vec::new();
        for name in [b'0', b'1'] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            ports.push(listener.local_addr().unwrap().port());
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    stream.read_u8().await.unwrap();
                    stream.write_all(&[name]).await.unwrap();
                }
            });
        }
        let links = Links::start(&ports).await.unwrap();
        let (there, back) = (links.port(0, 1).unwrap(), links.port(1, 0).unwrap());
        assert_eq!((answer(there).await, answer(back).await), (Some(b'1'), Some(b'0')));
        assert!(links.set_cut(0, 1, true) && !links.set_cut(0, 2, true));
        assert_eq!((answer(there).await, answer(back).await), (None, Some(b'0')));
        links.set_cut(0, 1, false);
        assert_eq!(answer(there).await, Some(b'1'));
    }
}
