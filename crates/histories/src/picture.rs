//! A history as a picture: a row a session, an operation a bar from question to answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::operation::{Act, Operation};

/// Sizes in pixels.
const WIDTH: f64 = 960.0;
const NAMES: f64 = 130.0;
const LANE: f64 = 34.0;
const BAR: f64 = 14.0;
const TOP: f64 = 44.0;
/// The width of a letter of the labels, on average: two labels of a lane must not overlap.
const LETTER: f64 = 6.5;

/// A bar and where it is drawn.
struct Bar<'a> {
    operation: &'a Operation,
    from: f64,
    to: f64,
    lane: usize,
}

/// Draws `operations` under `title`. What has no answer fades out to the right.
pub fn svg(title: &str, operations: &[&Operation]) -> String {
    let mut sorted: Vec<&Operation> = operations.to_vec();
    sorted.sort_by_key(|operation| (operation.began_us, operation.ended_us));
    let (bars, rows) = arranged(&sorted);
    let height = TOP + LANE * rows.last().map_or(0, |(_, first, lanes)| first + lanes) as f64 + 12.0;
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="12"><title>{title}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="10" y="24" font-size="14" font-weight="bold" fill="#1a1a1a">{title}</text>"##,
        title = escaped(title)
    );
    for (session, first, lanes) in &rows {
        let y = TOP + LANE * *first as f64;
        let middle = y + LANE * *lanes as f64 / 2.0 + 4.0;
        let _ = write!(
            out,
            r##"<line x1="0" y1="{y}" x2="{WIDTH}" y2="{y}" stroke="#d0d0d0"/><text x="10" y="{middle}" fill="#1a1a1a">{}</text>"##,
            escaped(session)
        );
    }
    bars.iter().for_each(|bar| draw(&mut out, bar));
    out.push_str("</svg>\n");
    out
}

/// Bars with their lanes, and sessions with their first lane and how many they have. Bars of one session that overlap
/// are in different lanes.
fn arranged<'a>(sorted: &[&'a Operation]) -> (Vec<Bar<'a>>, Vec<(&'a str, usize, usize)>) {
    let start = sorted.first().map_or(0, |operation| operation.began_us);
    let last = sorted.iter().map(|operation| operation.answered_us().unwrap_or(operation.began_us)).max();
    let span = last.unwrap_or(start).saturating_sub(start).max(1) as f64;
    // A tenth is left for what has no answer.
    let x = |at: u64| NAMES + (WIDTH - NAMES - 20.0) * 0.9 * (at.saturating_sub(start) as f64 / span);
    let mut sessions: BTreeMap<&str, Vec<Bar<'a>>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for operation in sorted {
        let from = x(operation.began_us);
        let to = operation.answered_us().map_or(WIDTH - 10.0, x).max(from + 3.0);
        let bars = sessions.entry(&operation.session).or_default();
        if bars.is_empty() {
            order.push(&operation.session);
        }
        let wide = |bar: &Bar<'_>| bar.to.max(bar.from + LETTER * bar.operation.to_string().len() as f64);
        let free = |lane: &usize| bars.iter().filter(|bar| bar.lane == *lane).all(|bar| wide(bar) < from);
        let lane = (0..).find(free).unwrap_or_default();
        bars.push(Bar { operation, from, to, lane });
    }
    let (mut bars, mut rows, mut first) = (Vec::new(), Vec::new(), 0);
    for session in order {
        let mut own = sessions.remove(session).unwrap_or_default();
        let lanes = own.iter().map(|bar| bar.lane + 1).max().unwrap_or_default();
        own.iter_mut().for_each(|bar| bar.lane += first);
        rows.push((session, first, lanes));
        bars.append(&mut own);
        first += lanes;
    }
    (bars, rows)
}

fn draw(out: &mut String, bar: &Bar<'_>) {
    let Bar { operation, from, to, lane } = bar;
    let y = TOP + LANE * *lane as f64 + 16.0;
    let colour = match operation.act {
        Act::Book { .. } => "#2f7d4f",
        Act::Cancel { .. } => "#b3541e",
        Act::Read { .. } => "#2b5fa8",
    };
    let open = if operation.is_unknown() { r#" fill-opacity="0.35" stroke-dasharray="4 3""# } else { "" };
    let index = operation.index.map(|index| format!(" @{index}")).unwrap_or_default();
    let _ = write!(
        out,
        r##"<rect x="{from:.1}" y="{y}" width="{:.1}" height="{BAR}" rx="3" fill="{colour}" stroke="{colour}"{open}/><text x="{from:.1}" y="{}" font-size="11" fill="#1a1a1a">{}{index}</text>"##,
        to - from,
        y - 3.0,
        escaped(&operation.to_string())
    );
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML has no such characters, not even as references.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
