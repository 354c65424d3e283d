//! Ten thousand calls leave nothing behind: no timer, no controller, no memory.

use std::time::Duration;

use reference_cluster::harness::many::ManyNodes;
use reference_cluster::harness::ports::free_port;
use reference_cluster::harness::proxy::{Fault, Proxy};
use serde_json::{Value, json};

use crate::browser::{Browser, Look};
use crate::world::serve;

/// Calls of one batch. Few enough for a script that a driver waits for.
const BATCH: u64 = 500;
const BATCHES: u64 = 20;

/// What may stay, in bytes: the counting takes some itself, and Chromium keeps some for later.
const HEAP_GROWTH: f64 = 2.0 * 1024.0 * 1024.0;

/// Counts timers that wait and controllers that something still holds; a controller is gone when the garbage collector
/// says so. Also finds the memory of the wasm, which the heap does not count.
const COUNT: &str = "
    const live = window.live = {timers: new Set(), controllers: 0, made: {timers: 0, controllers: 0}};
    const [setTimer, clearTimer] = [window.setTimeout, window.clearTimeout];
    window.setTimeout = (call, ms, ...rest) => {
        const id = setTimer(() => { live.timers.delete(id); call(...rest); }, ms);
        live.timers.add(id);
        live.made.timers++;
        return id;
    };
    window.clearTimeout = id => { live.timers.delete(id); clearTimer(id); };
    const gone = new FinalizationRegistry(() => live.controllers--);
    window.AbortController = class extends AbortController {
        constructor() { super(); live.controllers++; live.made.controllers++; gone.register(this, 0); }
    };
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const make = WebAssembly[name];
        WebAssembly[name] = async (...of) => {
            const made = await make.apply(WebAssembly, of);
            live.memory = (made.instance ?? made).exports.memory;
            return made;
        };
    }";

/// `count` calls, eight at a time. Every tenth is taken back: before it is sent, on its way, or when it has ended.
const CALLS: &str = "
    window.calls = async count => {
        const ended = {answered: 0, cancelled: 0, failed: []};
        let next = 0;
        const lane = async () => {
            while (next < count) {
                const call = next++;
                const taking = call % 10 ? null : new AbortController();
                if (taking && call % 30 === 0) taking.abort();
                else if (taking) setTimeout(() => taking.abort(), call % 8);
                try {
                    const options = taking ? {signal: taking.signal} : {};
                    const answer = await apiService.fetchWithFailover('/api/health?call=' + call % 40, options);
                    if (answer.status === 200) ended.answered++; else ended.failed.push(answer.status);
                } catch (error) {
                    if (error.name === 'Cancelled') ended.cancelled++; else ended.failed.push(String(error));
                }
            }
        };
        await Promise.all(Array.from({length: 8}, lane));
        return ended;
    }";

#[derive(Clone, Copy, Debug)]
struct Level {
    timers: u64,
    controllers: u64,
    /// In bytes.
    heap: f64,
    /// Of the browser itself, for this page.
    outside: f64,
    wasm: f64,
}

/// What is there once everything that ends has ended: at most `timers` and `controllers`, when they are given.
async fn level(browser: &Browser, goal: Option<(u64, u64)>) -> Level {
    let mut last = None;
    for _ in 0..200 {
        // Twice: what the first finds unused may hold what the second finds.
        for _ in 0..2 {
            browser.devtools("HeapProfiler.collectGarbage", json!({})).await;
        }
        let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await;
        let counts = browser.run("return [live.timers.size, live.controllers, live.memory.buffer.byteLength]").await;
        let number = |value: &Value| value.as_f64().expect("a number");
        let level = Level {
            timers: counts[0].as_u64().expect("a number"),
            controllers: counts[1].as_u64().expect("a number"),
            heap: number(&heap["usedSize"]),
            outside: number(&heap["embedderHeapUsedSize"]),
            wasm: number(&counts[2]),
        };
        let settled = match goal {
            Some((timers, controllers)) => level.timers <= timers && level.controllers <= controllers,
            // The same twice in a row, with no check under way.
            None => {
                let same = |last: Level| (last.timers, last.controllers) == (level.timers, level.controllers);
                level.controllers == 0 && last.is_some_and(same)
            }
        };
        if settled {
            return level;
        }
        last = Some(level);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("something stayed: {last:?}, and at most {goal:?} (timers, controllers) should");
}

/// One batch, with `fault` on the node in use. Adds up to `ended`.
async fn batch(browser: &Browser, proxies: &[Proxy], fault: Fault, ended: &mut [u64; 2]) {
    let status = browser.run_async("return await window.apiService.nodesHealthStatus()").await;
    let node = status["current"].as_u64().expect("a node is in use");
    let proxy = &proxies[usize::try_from(node).expect("an index")];
    proxy.set(fault).await;
    let all = browser.run_async(&format!("return await window.calls({BATCH})")).await;
    proxy.set(Fault::None).await;
    // Evidence that is cleared leaves three nodes for the next fault; within five seconds of the last it is refused.
    browser.run_async("return await window.apiService.resetFailedNodes()").await;
    assert_eq!(all["failed"], json!([]), "{fault:?} on node {node}");
    for (sum, name) in ended.iter_mut().zip(["answered", "cancelled"]) {
        *sum += all[name].as_u64().expect("a count");
    }
}

/// Stand-ins answer ten thousand times in a few seconds; their proxies break some of it.
#[tokio::test]
async fn ten_thousand_calls_leave_no_timer_no_controller_and_no_memory() {
    let nodes = ManyNodes::start(3).await.expect("ports for all");
    let mut proxies = Vec::new();
    for url in nodes.urls() {
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        proxies.push(Proxy::start(free_port().expect("a free port"), port).await.expect("a proxy"));
    }
    let urls: Vec<String> = proxies.iter().map(|proxy| format!("http://127.0.0.1:{}", proxy.port())).collect();
    let site = serve(&json!({ "nodes": urls }).to_string()).await;
    let browser = Browser::start(Look::default()).await;
    browser.before_every_page(COUNT).await;
    browser.goto(&format!("{}/login", site.url())).await;
    let healthy = "return window.apiService?.nodesHealthStatus().then(s => s.nodes.every(n => n.state === 'healthy'))";
    browser.wait_for("three healthy nodes", healthy).await;
    browser.run(CALLS).await;
    let faults = [Fault::Refuse, Fault::Status500, Fault::CutMidBody, Fault::StallMidBody, Fault::Hang];
    // What is filled once is filled first: the journal's ring, the histograms, compiled code.
    let mut ended = [0; 2];
    for fault in [Fault::None, Fault::Refuse] {
        batch(&browser, &proxies, fault, &mut ended).await;
    }
    let before = level(&browser, None).await;
    let (mut ended, began) = ([0; 2], std::time::Instant::now());
    for number in 0..BATCHES {
        let fault = if number % 2 == 0 { Fault::None } else { faults[number as usize / 2 % faults.len()] };
        batch(&browser, &proxies, fault, &mut ended).await;
    }
    println!("{} calls in {:?}: {} answered, {} taken back", BATCH * BATCHES, began.elapsed(), ended[0], ended[1]);
    assert_eq!(ended[0] + ended[1], BATCH * BATCHES);
    assert!(ended[1] >= BATCH * BATCHES / 30, "calls were taken back");
    let after = level(&browser, Some((before.timers, before.controllers))).await;
    let made = browser.run("return live.made").await;
    println!("made on the way: {made}\nbefore {before:?}\nafter  {after:?}");
    assert!(after.heap - before.heap < HEAP_GROWTH, "the heap grew by {} bytes", after.heap - before.heap);
    assert!(after.outside - before.outside < HEAP_GROWTH, "outside it grew {} bytes", after.outside - before.outside);
    assert!(after.wasm - before.wasm < HEAP_GROWTH, "the wasm's memory grew by {} bytes", after.wasm - before.wasm);
}
