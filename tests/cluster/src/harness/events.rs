//! A plain reader of a stream of events: one node, one connection, nothing made up.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::client::{Client, ClientError};

/// A heartbeat comes more often than this: a stream that is silent for so long is broken.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a stream cannot be read, or not on.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("no stream: {0}")]
    Http(#[from] reqwest::Error),
    #[error("no stream: answered {status}: {text}")]
    Refused { status: u16, text: String },
    #[error("nothing came for {0:?}")]
    Silent(Duration),
    #[error("the stream is not text: {0}")]
    NotText(#[from] std::str::Utf8Error),
}

/// One block of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamItem {
    pub id: Option<u64>,
    /// As the stream names it; nothing for an ordinary event.
    pub event: Option<String>,
    pub data: String,
    /// A comment, such as the heartbeat.
    pub comment: Option<String>,
}

impl StreamItem {
    /// The data as JSON of type `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let failed = |error| ClientError::Body { status: 200, text: self.data.clone(), error };
        serde_json::from_str(&self.data).map_err(failed)
    }
}

/// An open stream.
pub struct EventStream {
    response: reqwest::Response,
    unread: Vec<u8>,
}

impl EventStream {
    /// Opens the stream at `path`, after `last_id` when there is one.
    ///
    /// # Errors
    /// When the node does not answer, or not with 200.
    pub async fn open(client: &Client, path: &str, last_id: Option<u64>) -> Result<Self, StreamError> {
        let http = reqwest::Client::builder().no_proxy().read_timeout(PATIENCE).build()?;
        let mut request = client.identify(http.get(format!("{}{path}", client.base())));
        if let Some(id) = last_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await?;
        if response.status() != 200 {
            let status = response.status().as_u16();
            return Err(StreamError::Refused { status, text: response.text().await? });
        }
        Ok(Self { response, unread: Vec::new() })
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next block, comments included; `None` once the node has ended the stream.
    ///
    /// # Errors
    /// When the connection breaks, or nothing comes for too long.
    pub async fn next_item(&mut self) -> Result<Option<StreamItem>, StreamError> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                return Ok(Some(parsed(std::str::from_utf8(&block)?)));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            match chunk.map_err(|_| StreamError::Silent(PATIENCE))?? {
                Some(bytes) => self.unread.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    /// The next event, past the comments; `None` once the node has ended the stream.
    ///
    /// # Errors
    /// As [`EventStream::next_item`].
    pub async fn next_event(&mut self) -> Result<Option<StreamItem>, StreamError> {
        loop {
            match self.next_item().await? {
                Some(item) if item.comment.is_some() => {}
                other => return Ok(other),
            }
        }
    }
}

fn parsed(block: &str) -> StreamItem {
    let mut item = StreamItem::default();
    for line in block.lines() {
        match line.split_once(':').map(|(field, value)| (field, value.strip_prefix(' ').unwrap_or(value))) {
            Some(("", comment)) => item.comment = Some(comment.to_owned()),
            Some(("id", id)) => item.id = id.parse().ok(),
            Some(("event", name)) => item.event = Some(name.to_owned()),
            Some(("data", data)) => item.data.push_str(data),
            _ => {}
        }
    }
    item
}
