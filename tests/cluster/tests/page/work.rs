//! A person at work on a page while a node dies: what the page showed and complained of meanwhile.

use serde_json::json;

use crate::world::World;

/// Every state that a section was ever in, and everything that a page complained of. That a request failed is said by
/// the browser itself, not by the page, and is no complaint.
const WATCH: &str = "
    window.states = {};
    const look = () => {
        for (const section of document.querySelectorAll('section[data-state]')) {
            const known = window.states[section.dataset.testid] ??= [];
            if (known.at(-1) !== section.dataset.state) known.push(section.dataset.state);
        }
    };
    new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-state']});
    window.complaints = [];
    addEventListener('error', event => window.complaints.push('error: ' + event.message));
    addEventListener('unhandledrejection', event => window.complaints.push('rejection: ' + event.reason));
    const say = console.error;
    console.error = (...words) => { window.complaints.push(words.join(' ')); say(...words); };";

/// A person at work on a page.
pub struct Work {
    pub world: World,
    page: &'static str,
    sections: &'static [&'static str],
}

impl Work {
    /// Signs in and opens `path`, and waits until each of the sections shows something.
    pub async fn begin(account: &str, path: &'static str, sections: &'static [&'static str]) -> Self {
        Self::begin_in(World::start().await, account, path, sections).await
    }

    /// Signs in to `world` and opens `path`, and waits until each of the sections shows something.
    pub async fn begin_in(world: World, account: &str, path: &'static str, sections: &'static [&'static str]) -> Self {
        world.browser.before_every_page(WATCH).await;
        world.log_in(account).await;
        let work = Self { world, page: path, sections };
        work.world.open_and_settle(path).await;
        work.wait_until_ready().await;
        work
    }

    async fn wait_until_ready(&self) {
        for section in self.sections {
            self.world.browser.wait_for_element(&format!("[data-testid={section}][data-state=ready]")).await;
        }
    }

    /// Kills the node that requests go to.
    pub async fn kill_node_in_use(&self) -> usize {
        let node = self.world.current().await;
        self.world.cluster.kill(node).unwrap();
        // Answers to what is asked from here on.
        self.world.browser.run("window.killedAt = performance.now()").await;
        node
    }

    /// Waits until the page asked for `path` again, by itself, and was answered.
    pub async fn wait_until_asked(&self, path: &str) {
        let script = format!(
            "return performance.getEntriesByType('resource').some(entry => entry.startTime > window.killedAt \
               && entry.responseStatus === 200 && new URL(entry.name).pathname === '{path}')"
        );
        self.world.browser.wait_for(path, &script).await;
    }

    /// The page is still itself, all of it is there, and nothing was ever wrong with it.
    pub async fn end(self) {
        let Self { world, page, sections } = &self;
        self.wait_until_ready().await;
        let name = page.trim_start_matches('/');
        world.browser.wait_for_element(&format!("main[data-page={name}]")).await;
        assert_eq!(world.browser.run("return location.pathname").await, json!(page));
        let states = world.browser.run("return window.states").await;
        println!("{page}: {states}");
        for section in *sections {
            let states = states[section].as_array().expect("the section was there");
            assert!(!states.contains(&json!("error")), "{page}: {section} was {states:?}");
        }
        assert_eq!(world.browser.run("return window.complaints").await, json!([]), "{page}");
    }
}
