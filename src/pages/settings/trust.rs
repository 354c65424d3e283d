//! The question before a person's token may go to a node that it has not gone to before.

use leptos::prelude::*;

use super::panel::SettingsPanel;
use crate::api_service::NodeTest;
use crate::api_service::failover::NodeUrl;
use crate::components::dialog::Dialog;
use crate::config::Config;
use crate::i18n::Lang;
use crate::i18n::settings::settings;
use crate::words::duration;

/// New nodes, and what follows when they are trusted.
#[derive(Clone)]
pub struct TrustQuestion {
    pub nodes: Vec<NodeUrl>,
    /// What came of the test of one node.
    pub test: Option<NodeTest>,
    /// Whether it says that it belongs to another cluster.
    pub other_cluster: bool,
    /// What is taken with a yes.
    pub config: Config,
    /// What is said then.
    pub said: String,
}

/// Where the question is put.
pub type Asked = RwSignal<Option<TrustQuestion>>;

/// The dialog. `on_yes` is called after a yes.
pub fn trust_dialog(panel: SettingsPanel, asked: Asked, on_yes: Callback<()>) -> impl IntoView {
    let lang = panel.lang;
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let title = Memo::new(move |_| {
        let count = asked.with(|asked| asked.as_ref().map_or(1, |question| question.nodes.len()));
        (settings(lang.get()).ask_title)(count)
    });
    let body = move || asked.with(|asked| asked.as_ref().map(|question| evidence(lang.get(), question)));
    let accept = move |()| {
        if let Some(question) = asked.get_untracked() {
            asked.set(None);
            panel.take(question.config, question.said);
            on_yes.run(());
        }
    };
    view! {
        <Dialog
            open=open
            title=title
            on_cancel=Callback::new(move |()| asked.set(None))
            on_accept=Callback::new(accept)
            no=Signal::derive(move || settings(lang.get()).ask_no)
            yes=Signal::derive(move || settings(lang.get()).ask_yes)
        >
            {body}
            <p>{move || settings(lang.get()).ask_token}</p>
        </Dialog>
    }
}

fn evidence(lang: Lang, question: &TrustQuestion) -> impl IntoView + use<> {
    let test = question.test.as_ref().map(|test| test_words(lang, test));
    let lines = question.nodes.iter().map(|node| {
        let words = test.as_ref().map(|test| format!(" {test}"));
        view! {
            <li>
                <code>{node.to_string()}</code>
                {words}
            </li>
        }
    });
    let warning = question.other_cluster.then(|| view! { <p class="section-note">{settings(lang).other_cluster}</p> });
    view! {
        <ul class="problems" data-testid="trust-nodes">
            {lines.collect_view()}
        </ul>
        {warning}
    }
}

/// What came of a test, after the node's address.
pub fn test_words(lang: Lang, test: &NodeTest) -> String {
    let text = settings(lang);
    match test {
        NodeTest::Healthy { took, role, .. } => (text.healthy)(&duration(lang, *took), *role),
        NodeTest::Answered { status } => text.answered.number(u64::from(*status)),
        NodeTest::NoAnswer => text.no_answer.to_owned(),
        NodeTest::TimedOut { waited } => text.timed_out.fill([&duration(lang, *waited)]),
    }
}
