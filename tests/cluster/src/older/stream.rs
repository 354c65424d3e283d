//! Streams of events as an older backend has them: data alone, without ids and without heartbeats.

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, future::ready};
use serde_json::Value;

/// `body`, whose pieces are whole blocks, without what an older backend does not send.
pub(super) fn plain(body: Body) -> Body {
    let blocks = body.into_data_stream().filter_map(|piece| {
        ready(match piece {
            Ok(block) => plain_block(&block).map(Ok),
            Err(error) => Some(Err(error)),
        })
    });
    Body::from_stream(blocks)
}

/// Nothing for a comment.
fn plain_block(block: &Bytes) -> Option<Bytes> {
    let text = String::from_utf8_lossy(block);
    let kept: String = text.lines().filter_map(plain_line).collect();
    (!kept.is_empty()).then(|| format!("{kept}\n").into())
}

fn plain_line(line: &str) -> Option<String> {
    let data = line.strip_prefix("data: ")?;
    let Ok(mut event) = serde_json::from_str::<Value>(data) else { return Some(format!("{line}\n")) };
    if let Some(fields) = event.as_object_mut() {
        fields.remove("reservation");
    }
    Some(format!("data: {event}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_names_and_heartbeats_are_left_out() {
        let plain = |block: &'static str| plain_block(&Bytes::from_static(block.as_bytes()));
        assert_eq!(plain(": heartbeat\n\n"), None);
        let block = "id: 7\ndata: {\"totalReservations\":1,\"reservation\":{\"id\":\"r\"}}\n\n";
        assert_eq!(plain(block), Some(Bytes::from_static(b"data: {\"totalReservations\":1}\n\n")));
    }
}
