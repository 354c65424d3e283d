//! An operator with a cluster in trouble.

use crate::world::World;

#[tokio::test]
async fn an_operator_sees_a_killed_node_fail_and_come_back() {
    let world = World::start().await;
    world.log_in("admin").await;
    for index in 0..3 {
        world.wait_for_state(index, "healthy").await;
    }
    world.wait_for_current(0).await;
    world.cluster.kill(0).unwrap();
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.wait_for_state(0, "failed").await;
    // Which of the others serves is drawn at random by each client.
    world.browser.wait_for_element("[data-testid=cluster-status]:not([data-current-index='0'])").await;
    world.cluster.restart(0).await.unwrap();
    // Two checks that succeed, then a watch of up to half a minute before requests return to it.
    world.wait_for_state(0, "recovering").await;
}

#[tokio::test]
async fn a_switch_by_hand_takes_two_clicks_holds_over_a_reload_and_can_be_undone() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(2, "healthy").await;
    world.browser.click("[data-testid=node][data-node-index='2'] [data-testid=node-switch]").await;
    world.wait_for_current(2).await;
    world.browser.wait_for_element("[data-testid=node][data-node-index='2'][data-preferred=true]").await;
    let read = world.read("/api/raft/status").await;
    assert_eq!(read["node"], 2, "the next request goes there: {read}");
    world.browser.reload().await;
    world.wait_for_current(2).await;
    // From any page of the administration, in two clicks.
    world.browser.click("[data-testid=node-pill]").await;
    world.browser.click(".pill-node:nth-child(2) [data-testid=pill-switch]").await;
    world.wait_for_current(1).await;
    world.browser.click("[data-testid=undo]").await;
    world.wait_for_current(2).await;
    world.browser.click("[data-testid=back-to-automatic]").await;
    world.wait_for_current(0).await;
}

#[tokio::test]
async fn a_switch_to_a_failed_node_shows_the_evidence_and_asks_first() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_current(0).await;
    world.cluster.kill(2).unwrap();
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.wait_for_state(2, "failed").await;
    let switch = "[data-testid=node][data-node-index='2'] [data-testid=node-switch]";
    world.browser.click(switch).await;
    world.browser.click("dialog[open] [data-testid=confirm-cancel]").await;
    world.browser.wait_for("the dialog is gone", "return !document.querySelector('dialog[open]')").await;
    assert_eq!(world.browser.count("[data-preferred=true]").await, 0, "nothing was changed");
    world.browser.click(switch).await;
    world.browser.click("dialog[open] [data-testid=confirm-accept]").await;
    world.browser.wait_for_element("[data-testid=node][data-node-index='2'][data-preferred=true]").await;
    // It is preferred and down: another one serves, and the page says so.
    world.wait_for_current(0).await;
    world.browser.wait_for_text("[data-testid=preferred-unavailable]", "2").await;
    let read = world.read("/api/raft/status").await;
    assert_eq!(read["status"], 200, "requests still fail over: {read}");
    world.cluster.restart(2).await.unwrap();
    // Not to be waited for: the operator knows that it is well again.
    world.browser.click("[data-testid=node][data-node-index='2'] [data-testid=node-reset]").await;
    world.wait_for_current(2).await;
}

#[tokio::test]
async fn a_reset_clears_failures_and_a_second_one_at_once_is_refused() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(1, "healthy").await;
    world.cluster.kill(1).unwrap();
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.wait_for_state(1, "failed").await;
    world.cluster.restart(1).await.unwrap();
    world.browser.click("[data-testid=nodes-reset]").await;
    world.browser.click("[data-testid=nodes-reset]").await;
    world.browser.wait_for_text(".notice-down", "s").await;
    world.wait_for_state(1, "healthy").await;
    world.browser.wait_for_element("[data-testid=failover-event][data-kind=failures-reset]").await;
}

#[tokio::test]
async fn with_every_node_down_the_page_says_so_and_goes_on_when_one_is_back() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(2, "healthy").await;
    for index in 0..3 {
        world.cluster.kill(index).unwrap();
    }
    world.browser.click("[data-testid=nodes-refresh]").await;
    world.browser.wait_for_element("[data-testid=connection-lost]").await;
    world.browser.wait_for_element("[data-testid=stats][data-state=stale]").await;
    for index in 0..3 {
        world.cluster.restart(index).await.unwrap();
    }
    // The prober may have found them already.
    world.browser.run("document.querySelector('[data-testid=try-now]')?.click()").await;
    world
        .browser
        .wait_for("the banner is gone", "return !document.querySelector('[data-testid=connection-lost]')")
        .await;
    world.browser.wait_for_element("[data-testid=stats][data-state=ready]").await;
}

#[tokio::test]
async fn the_journal_tells_the_story_and_is_exported_without_a_token() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_current(0).await;
    world.cluster.kill(0).unwrap();
    let read = world.read("/api/admin/stats").await;
    assert_eq!(read["status"], 200, "{read}");
    world.browser.wait_for_element("[data-testid=failover-event][data-kind=request-moved]").await;
    world.browser.wait_for_element("[data-testid=failover-event][data-kind=current-changed]").await;
    let token = world.browser.run("return JSON.parse(sessionStorage.getItem('vcube.session')).token").await;
    let token = token.as_str().expect("the session has a token").to_owned();
    let journal = world.browser.run_async("return JSON.stringify(await window.apiService.journal())").await;
    assert!(!journal.as_str().unwrap_or_default().contains(&token));
    // The export itself, as the button makes it.
    let exported = world
        .browser
        .run_async(
            "const real = URL.createObjectURL; let blob; URL.createObjectURL = b => { blob = b; return real.call(URL, b); }; \
             document.querySelector('[data-testid=nodes-export]').click(); \
             while (!blob) await new Promise(requestAnimationFrame); URL.createObjectURL = real; return await blob.text()",
        )
        .await;
    let exported: serde_json::Value = serde_json::from_str(exported.as_str().unwrap_or_default()).expect("JSON");
    assert!(exported["events"].as_array().is_some_and(|events| !events.is_empty()), "{exported}");
    assert!(!exported.to_string().contains(&token));
}

#[tokio::test]
async fn auto_refresh_can_be_turned_off_and_stays_off_over_a_reload() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(0, "healthy").await;
    let toggle = "[data-testid=nodes-auto-refresh]";
    world.browser.click(toggle).await;
    world
        .browser
        .wait_for("it is off", "return !document.querySelector('[data-testid=nodes-auto-refresh]').checked")
        .await;
    world.browser.reload().await;
    world.browser.wait_for_element(toggle).await;
    let checked = world.browser.run("return document.querySelector('[data-testid=nodes-auto-refresh]').checked").await;
    assert_eq!(checked, false);
}

#[tokio::test]
async fn an_administrator_filters_the_reservations_by_status_and_a_link_keeps_the_filter() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.open("/admin?status=COMMITTED").await;
    world.browser.wait_for_element("[data-testid=all-reservations][data-state=ready]").await;
    world.browser.wait_for_element("[data-testid=reservations-status]").await;
    let chosen = world.browser.run("return document.querySelector('[data-testid=reservations-status]').value").await;
    assert_eq!(chosen, serde_json::Value::from("COMMITTED"));
    let others = world.browser.count("[data-testid=reservation]:not([data-status=COMMITTED])").await;
    assert_eq!(others, 0);
}

#[tokio::test]
async fn one_button_refreshes_the_whole_page_and_says_when() {
    let world = World::start().await;
    world
        .browser
        .before_every_page(
            "window.asked = []; const real = window.fetch; \
             window.fetch = (request, ...rest) => { asked.push(new URL(request.url ?? request, location).pathname); \
               return real(request, ...rest); };",
        )
        .await;
    world.log_in("admin").await;
    world.wait_for_state(2, "healthy").await;
    world.browser.wait_for_element("[data-testid=charts][data-state=ready]").await;
    world.browser.run("asked.length = 0").await;
    world.browser.click("[data-testid=page-refresh]").await;
    let all = "return ['/api/admin/stats', '/api/metrics/dashboard', '/api/admin/charts/top-providers', \
               '/api/admin/charts/processing-time', '/api/health'].every(path => asked.includes(path))";
    world.browser.wait_for("everything is asked for", all).await;
    world.browser.wait_for_text("[data-testid=page-refreshed]", "à jour à").await;
    world.browser.wait_for_element("[data-testid=page-refresh]:not([aria-busy])").await;
}

#[tokio::test]
async fn a_legend_beside_the_monitor_names_every_shape_and_badge_in_both_languages() {
    let world = World::start().await;
    world.log_in("admin").await;
    world.wait_for_state(0, "healthy").await;
    for words in [["en panne", "préféré", "pas encore contrôlé"], ["failed", "preferred", "not checked yet"]] {
        for word in words {
            world.browser.wait_for_text("[data-testid=nodes-legend]", word).await;
        }
        assert_eq!(world.browser.count("[data-testid=nodes-legend] .node-state .glyph").await, 6);
        world.browser.click("[data-testid=language]").await;
    }
}

#[tokio::test]
async fn a_leader_and_a_term_are_labels_and_not_figures_in_both_languages() {
    let world = World::start().await;
    world.log_in("admin").await;
    for (page, section) in [("/admin", "raft"), ("/live", "tolerance"), ("/nodes/0", "node-says")] {
        world.open(page).await;
        let labels = format!("[data-testid={section}] .addresses");
        let digit = |name: &str| {
            format!("return /{name}/.test(document.querySelector('{labels}')?.textContent.replaceAll('\u{a0}', ' '))")
        };
        world.browser.wait_for("the term", &digit("(Mandat|Terme).*1")).await;
        let small = format!("return parseFloat(getComputedStyle(document.querySelector('{labels} dd')).fontSize) < 18");
        assert_eq!(world.browser.run(&small).await, true, "{page}");
    }
    world.open("/live").await;
    let leader = "return /(nœud|node) \\d/.test(document.querySelector('[data-testid=tolerance] .addresses')?.textContent.replaceAll('\u{a0}', ' '))";
    world.browser.wait_for("the leader by its name", leader).await;
    world.browser.click("[data-testid=language]").await;
    world.browser.wait_for_text("[data-testid=tolerance] .addresses", "Raft term").await;
    world.browser.wait_for("the leader by its name", leader).await;
}
