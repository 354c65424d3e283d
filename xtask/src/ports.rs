//! The ports of a demonstration: chosen, told apart, and free before anything is started.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use crate::failure::Failure;

/// The first port of a node, as the application's default configuration has it.
pub const FIRST_NODE: u16 = 8080;
pub const NODES_AT_MOST: usize = 16;
const NODES_BY_DEFAULT: usize = 3;

/// The ports of the nodes: those that are listed, or `nodes` in a row from [`FIRST_NODE`].
///
/// # Errors
/// When there are none or too many, when the two options disagree, when a port is listed twice or is the application's.
pub fn of_nodes(listed: &[u16], nodes: Option<usize>, app: u16) -> Result<Vec<u16>, Failure> {
    let count = nodes.unwrap_or(if listed.is_empty() { NODES_BY_DEFAULT } else { listed.len() });
    if count == 0 || count > NODES_AT_MOST {
        return Err(option(format!("{count} nodes are asked for"), format!("ask for 1 to {NODES_AT_MOST}")));
    }
    let ports: Vec<u16> = match listed {
        [] => (FIRST_NODE..).take(count).collect(),
        listed if listed.len() == count => listed.to_vec(),
        listed => {
            return Err(option(
                format!("--nodes {count} does not fit --ports, which names {}", listed.len()),
                "name one port a node, or give only one of the two".to_owned(),
            ));
        }
    };
    for (index, port) in ports.iter().enumerate() {
        if *port == 0 {
            return Err(option("port 0 cannot be named in a link".into(), "name ports from 1 to 65535".into()));
        }
        if ports[..index].contains(port) {
            return Err(option(format!("port {port} is named twice"), "give each node a port of its own".into()));
        }
        if *port == app {
            let what = format!("port {port} is both that of node {index} and that of the application");
            return Err(option(what, "choose another with --ports or --app-port".into()));
        }
    }
    Ok(ports)
}

/// Refuses a port that is taken.
///
/// # Errors
/// With the name of the port, and the option that chooses another.
pub fn ensure_free(port: u16, purpose: &str, option: &str) -> Result<(), Failure> {
    // A browser may try either address for `localhost`: another program on one of them would answer in our place.
    for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let reason = match TcpListener::bind((address, port)).map_err(|error| error.kind()) {
            Err(ErrorKind::AddrInUse) => format!("is in use on {address}"),
            Err(ErrorKind::PermissionDenied) => "may not be used by this user".to_owned(),
            // Free, or a machine without IPv6.
            _ => continue,
        };
        let advice = format!(
            "choose another with {option}, or end the program that holds it (`ss -ltnp 'sport = :{port}'` names it)"
        );
        return Err(Failure::Port { port, purpose: purpose.to_owned(), reason, advice });
    }
    Ok(())
}

fn option(what: String, advice: String) -> Failure {
    Failure::Option { what, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: Result<Vec<u16>, Failure>) -> String {
        result.err().map(|failure| failure.to_string()).unwrap_or_default()
    }

    #[test]
    fn three_nodes_from_8080_are_the_default() {
        assert_eq!(of_nodes(&[], None, 5173).ok(), Some(vec![8080, 8081, 8082]));
        assert_eq!(of_nodes(&[], Some(1), 5173).ok(), Some(vec![8080]));
        assert_eq!(of_nodes(&[], Some(16), 5173).map(|ports| ports.len()).ok(), Some(16));
    }

    #[test]
    fn listed_ports_say_how_many_nodes_there_are() {
        assert_eq!(of_nodes(&[9000, 9100], None, 5173).ok(), Some(vec![9000, 9100]));
        assert!(refused(of_nodes(&[9000, 9100], Some(3), 5173)).contains("names 2"));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_reason() {
        assert!(refused(of_nodes(&[], Some(17), 5173)).contains("17 nodes"));
        assert!(refused(of_nodes(&[], Some(0), 5173)).contains("0 nodes"));
        assert!(refused(of_nodes(&[9000, 9000], None, 5173)).contains("port 9000 is named twice"));
        assert!(refused(of_nodes(&[9000], None, 9000)).contains("port 9000"));
        assert!(refused(of_nodes(&[], None, 8081)).contains("node 1"));
    }

    #[test]
    fn a_port_in_use_is_refused_by_name() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let port = held.as_ref().ok().and_then(|held| held.local_addr().ok()).map(|address| address.port());
        let port = port.unwrap_or_default();
        let message = ensure_free(port, "node 0", "--ports").err().map(|failure| failure.to_string());
        assert!(message.unwrap_or_default().contains(&format!("port {port} (node 0) is in use")));
        drop(held);
        assert!(ensure_free(port, "node 0", "--ports").is_ok());
    }
}
