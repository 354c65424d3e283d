//! Just enough HTTP to ask a server on this machine whether it is ready.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A server on the loopback interface answers within this, or is not ready.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Status and body of `GET path`, or nothing when no answer came.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    get_with(port, path, "")
}

/// Status and body of `GET path` with further `headers`, each with its end of line; nothing when no answer came.
pub fn get_with(port: u16, path: &str, headers: &str) -> Option<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    // 1.0: the server sends no chunks and closes the connection behind its answer.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\nAccept: */*\r\n{headers}\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    parse(&String::from_utf8_lossy(&answer))
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let answer = "HTTP/1.0 503 Service Unavailable\r\nretry-after: 1\r\n\r\n{\"role\":\"candidate\"}";
        assert_eq!(parse(answer), Some((503, "{\"role\":\"candidate\"}".to_owned())));
        assert_eq!(parse("HTTP/1.0 200 OK\r\n"), None);
    }
}
