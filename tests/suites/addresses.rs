//! Addresses, natively: as the `url` package reads them, which the application uses outside of a browser.

use url::Url;
use vcube_raft_frontend::api_service::address::node_url;

use crate::address_table::{Address, BASE, CASES, IN_CHROMIUM};
use crate::case::Tally;

fn check(case: &Address) {
    let base = Url::parse(BASE).expect("the page has an address");
    assert_eq!(base.join(case.text).ok().as_ref().map(Url::as_str), case.url, "{:?} as a URL", case.text);
    let node = node_url(case.text).map(|url| url.to_string());
    assert_eq!(node, case.as_node(), "{:?} as a node", case.text);
}

pub fn tally() -> Tally {
    let mut tally = Tally::of("addresses");
    CASES.iter().for_each(|case| tally.case(case.asks, || check(case)));
    tally
}

/// `tests/browser` looks at them; this holds that the documentation names them.
pub fn in_chromium() -> Tally {
    let mut tally = Tally::of("addresses, in Chromium");
    for case in &CASES {
        match IN_CHROMIUM.iter().find(|known| known.asks == case.asks) {
            None => tally.case(case.asks, || {}),
            Some(known) => tally.difference(known.asks, &format!("`{}`", known.url), || {
                let same = case.url == Some(known.url) && case.as_node() == known.node.of(known.url);
                assert!(!same, "{} is no difference", known.asks);
            }),
        }
    }
    tally
}
