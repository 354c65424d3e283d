//! Reads go on while nodes die, whatever the way.

use std::time::Duration;

use reference_cluster::harness::cluster::ClusterOptions;
use reference_cluster::harness::proxy::Fault;
use serde_json::Value;

use crate::browser::Look;
use crate::world::World;

const READ: &str = "/api/integrated/vehicles";

/// Reads again and again in the page, `lanes` at a time, until told to stop; `window.reads` counts.
async fn begin_reading(world: &World, lanes: usize) {
    world
        .browser
        .run(&format!(
            "window.reads = {{ok: 0, failed: [], slowest: 0, stop: false}}; \
             const lane = async () => {{ while (!window.reads.stop) {{ const t = performance.now(); \
               try {{ const a = await window.apiService.fetchWithFailover('{READ}'); \
                 if (a.status === 200) window.reads.ok++; else window.reads.failed.push(a.status); }} \
               catch (e) {{ window.reads.failed.push(e.name + ': ' + e.message); }} \
               window.reads.slowest = Math.max(window.reads.slowest, performance.now() - t); \
               await new Promise(r => setTimeout(r, 20)); }} }}; \
             window.reads.done = Promise.all(Array.from({{length: {lanes}}}, lane))"
        ))
        .await;
}

/// Waits until `count` more reads came back.
async fn wait_for_reads(world: &World, count: u64) {
    let before = world.browser.run("return window.reads.ok").await.as_u64().unwrap_or_default();
    let script = format!("return window.reads.ok >= {}", before + count);
    world.browser.wait_for("more reads", &script).await;
}

/// Ends the reading: none failed. Prints how long the slowest took.
async fn end_reading(world: &World, what: &str) {
    let reads = world.browser.run_async("window.reads.stop = true; await window.reads.done; return window.reads").await;
    println!("{what}: {} reads, slowest {} ms", reads["ok"], reads["slowest"].as_f64().unwrap_or_default().round());
    assert_eq!(reads["failed"], Value::Array(Vec::new()), "{what}");
}

#[tokio::test]
async fn no_read_fails_when_the_node_in_use_is_killed_stopped_and_comes_back() {
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for("the service", "return !!window.apiService").await;
    world.wait_until_all_healthy().await;
    begin_reading(&world, 4).await;
    wait_for_reads(&world, 40).await;
    let first = world.current().await;
    world.cluster.kill(first).unwrap();
    wait_for_reads(&world, 40).await;
    assert_ne!(world.current().await, first, "reads moved on");
    world.cluster.restart(first).await.unwrap();
    let second = world.current().await;
    world.cluster.pause(second).unwrap();
    wait_for_reads(&world, 40).await;
    world.cluster.resume(second).unwrap();
    wait_for_reads(&world, 40).await;
    end_reading(&world, "killed, restarted, stopped, resumed").await;
}

#[tokio::test]
async fn fifty_reads_caught_on_a_dying_node_all_move_and_no_healthy_node_is_blamed() {
    let world = World::start().await;
    world.open("/login").await;
    world.browser.wait_for("the service", "return !!window.apiService").await;
    world.wait_until_all_healthy().await;
    let victim = world.current().await;
    world.cluster.kill(victim).unwrap();
    let script = format!(
        "const all = await Promise.allSettled(Array.from({{length: 50}}, (_, i) => \
           window.apiService.fetchWithFailover('{READ}?burst=' + i))); \
         return all.map(r => r.status === 'fulfilled' ? r.value.status : String(r.reason))"
    );
    let answers = world.browser.run_async(&script).await;
    let answers = answers.as_array().expect("fifty answers").clone();
    assert!(answers.len() == 50 && answers.iter().all(|answer| *answer == 200), "{answers:?}");
    let status = world.browser.run_async("return await window.apiService.nodesHealthStatus()").await;
    let nodes = status["nodes"].as_array().expect("nodes").clone();
    for node in nodes.iter().filter(|node| node["index"] != victim) {
        assert_eq!(node["state"], "healthy", "{status}");
    }
}

#[tokio::test]
async fn a_read_survives_every_way_in_which_a_node_can_misbehave() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.open("/login").await;
    world.browser.wait_for("the service", "return !!window.apiService").await;
    let faults = [
        Fault::Refuse,
        Fault::Hang,
        Fault::Slow(Duration::from_secs(4)),
        Fault::Status500,
        Fault::Status503RetryAfter(1),
        Fault::Status429(1),
        Fault::CutMidBody,
        Fault::StallMidBody,
        Fault::GarbageJson,
        Fault::HtmlPage,
    ];
    for fault in faults {
        world.wait_until_all_healthy().await;
        let node = world.current().await;
        world.cluster.fault(node, fault).await.unwrap();
        let read = world.read(READ).await;
        println!(
            "{fault:?}: answered by node {} after {} ms",
            read["node"],
            read["took"].as_f64().unwrap_or_default().round()
        );
        assert_eq!(read["status"], 200, "{fault:?}: {read}");
        assert!(read["body"].is_array(), "{fault:?}: the body is whole: {read}");
        world.cluster.clear(node).await.unwrap();
        let reset = world.browser.run_async("return await window.apiService.resetFailedNodes()").await;
        if reset["tooSoonMs"].is_number() {
            // Two faults within five seconds: the node comes back by itself.
            continue;
        }
    }
}

#[tokio::test]
async fn a_call_taken_back_blames_nobody_and_leaves_nothing_behind() {
    let options = ClusterOptions { with_proxies: true, ..ClusterOptions::default() };
    let world = World::with(options, Look::default()).await;
    world.open("/login").await;
    world.browser.wait_for("the service", "return !!window.apiService").await;
    world.wait_until_all_healthy().await;
    let node = world.current().await;
    world.cluster.fault(node, Fault::Slow(Duration::from_millis(300))).await.unwrap();
    let script = format!(
        "const taking = new AbortController(); const call = window.apiService.fetchWithFailover('{READ}', {{signal: taking.signal}}); \
         taking.abort(); return await call.then(() => 'answered', error => error.name)"
    );
    let ended = world.browser.run_async(&script).await;
    assert_eq!(ended, "Cancelled");
    let journal = world.browser.run_async("return await window.apiService.journal()").await;
    let failed = journal.as_array().into_iter().flatten().filter(|event| event["kind"] == "attempt-failed").count();
    assert_eq!(failed, 0, "{journal}");
}

#[tokio::test]
async fn a_failover_never_shows_older_data() {
    let world = World::start().await;
    world.log_in("user").await;
    world.wait_until_all_healthy().await;
    let script = "const s = JSON.parse(sessionStorage.getItem('vcube.session')); \
        return await window.apiService.fetchWithFailover('/reservations/byUser/' + s.user)";
    let client = world.cluster.client(0).unwrap().login_demo("user").await.unwrap();
    for round in 0..6 {
        let booked = client.book_any("v-mtl-qc").await.unwrap();
        world.read("/api/integrated/vehicles/v-mtl-qc/seats").await;
        world.browser.run_async(&format!("return await window.apiService.switchToNode({})", round % 3)).await;
        let list = world.browser.run_async(script).await;
        let known = list["body"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == booked.id));
        assert!(known, "round {round}: {} is missing in {list}", booked.id);
    }
}
