//! Answers of a server that is not ours, put between the page and its real cluster.

use crate::browser::Browser;

/// Lets `answer(method, path, real)` give the answers of the nodes from the next page on: it gives nothing to leave the
/// real one, else `{status, json}`, or `{status, body}` for a text. `real()` is what the node says, as JSON, and
/// `answered` the body of a function of these. The tab remembers `sessionStorage.turn`, by which a test changes the
/// answers, and `window.asked` counts what was asked for, by method and path.
pub async fn answer_with(browser: &Browser, answered: &str) {
    let script = format!(
        "const send = window.fetch;
         const answer = async (method, path, real, turn) => {{ {answered} }};
         window.asked = {{}};
         window.fetch = async (request, ...rest) => {{
             const url = new URL(request.url ?? request, location.href);
             const method = request.method ?? rest[0]?.method ?? 'GET';
             if (url.origin === location.origin) return send(request, ...rest);
             const what = `${{method}} ${{url.pathname}}`;
             let sent;
             const real = async () => {{
                 sent ??= await send(request, ...rest);
                 return await sent.clone().json().catch(() => null);
             }};
             const given = await answer(method, url.pathname, real, sessionStorage.turn ?? '');
             asked[what] = (asked[what] ?? 0) + 1;
             if (!given) return sent ?? send(request, ...rest);
             const headers = {{'Content-Type': 'application/json'}};
             const body = 'json' in given ? JSON.stringify(given.json) : given.body ?? null;
             return new Response(body, {{status: given.status ?? 200, headers}});
         }};"
    );
    browser.before_every_page(&script).await;
}

/// What the nodes answer from now on, as the function of [`answer_with`] reads it.
pub async fn turn(browser: &Browser, turn: &str) {
    browser.run(&format!("sessionStorage.turn = '{turn}'")).await;
}

/// Waits until what `what` begins with, method and path, was asked for `times` more.
pub async fn wait_until_asked(browser: &Browser, what: &str, times: u32) {
    let count = format!(
        "Object.entries(asked).filter(([name]) => name.startsWith('{what}')).reduce((sum, [, count]) => sum + count, 0)"
    );
    let before = browser.run(&format!("return {count}")).await;
    browser.wait_for(what, &format!("return {count} >= {before} + {times}")).await;
}
