//! Why this node: the candidates in the order in which this client considers them, each with what became of it.

use leptos::prelude::*;

use crate::api_service::ApiService;
use crate::api_service::failover::{Candidate, Standing, Target};
use crate::i18n::monitor::{MonitorText, monitor};
use crate::i18n::template::capitalised;
use crate::i18n::{Lang, use_lang};
use crate::store::cluster::ClusterStore;
use crate::words::node_name;

/// A disclosure: closed until somebody asks.
pub fn why_this_node(api: ApiService, store: ClusterStore) -> impl IntoView {
    let lang = use_lang();
    let open = RwSignal::new(false);
    let answer = move || {
        // Asked again after every change that the page shows.
        store.overview().track();
        store.states().track();
        open.get().then(|| {
            let lang = lang.get();
            let text = monitor(lang);
            view! {
                {list(lang, text.why_reads, api.explain(Target::AnyNode))}
                {list(lang, text.why_writes, api.explain(Target::Leader))}
            }
            .into_any()
        })
    };
    view! {
        <details
            class="why"
            data-testid="why-this-node"
            on:toggle=move |event| {
                let details: web_sys::Element = event_target(&event);
                open.set(details.has_attribute("open"));
            }
        >
            <summary>{move || monitor(lang.get()).why}</summary>
            <div class="why-answer">{answer}</div>
        </details>
    }
}

/// More candidates than this help nobody: the rest are named by their number.
const SHOWN_AT_MOST: usize = 8;

fn list(lang: Lang, title: &'static str, candidates: Vec<Candidate>) -> impl IntoView {
    let text = monitor(lang);
    let more = candidates.len().saturating_sub(SHOWN_AT_MOST);
    let lines = candidates
        .into_iter()
        .take(SHOWN_AT_MOST)
        .map(|candidate| {
            let name = capitalised(&node_name(lang, candidate.index));
            view! { <li data-testid="candidate">{format!("{name} – {}", standing(text, candidate.standing))}</li> }
                .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div>
            <h3>{title}</h3>
            <ol>{lines}</ol>
            {(more > 0).then(|| format!("+ {more}"))}
        </div>
    }
}

fn standing(text: &MonitorText, standing: Standing) -> &'static str {
    match standing {
        Standing::Taken => text.why_taken,
        Standing::Spare => text.why_spare,
        Standing::Slow => text.why_slow,
        Standing::LeftAsSlow => text.why_left_as_slow,
        Standing::Stale => text.why_stale,
        Standing::Recovering => text.why_recovering,
        Standing::Flapping => text.why_flapping,
        Standing::LowSuccessRate => text.why_low_success_rate,
        Standing::NoQuorum => text.why_no_quorum,
        Standing::Suspect => text.why_suspect,
        Standing::Held => text.why_held,
        Standing::Failed => text.why_failed,
        Standing::Probing => text.why_probing,
        Standing::Foreign => text.why_foreign,
        Standing::NotRequired => text.why_not_required,
    }
}
