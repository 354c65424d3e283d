//! The user's guide: open to everybody, signed in or not.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::components::form::focus;
use crate::guide::{Block, Chapter, Topic, guide};
use crate::i18n::use_lang;
use crate::shell::page::Page;

#[component]
pub fn GuidePage() -> impl IntoView {
    let lang = use_lang();
    let hash = use_location().hash;
    // The page was not there when the browser looked for the anchor.
    Effect::new(move |_: Option<()>| {
        let hash = hash.get_untracked();
        if let Some(id) = hash.strip_prefix('#').filter(|id| !id.is_empty()).map(str::to_owned) {
            // After the page's heading had the focus.
            request_animation_frame(move || focus(&id));
        }
    });
    view! {
        <Page name="guide" title=Signal::derive(move || guide(lang.get()).title)>
            {move || {
                let guide = guide(lang.get());
                let links = guide.chapters.iter().map(|chapter| link(chapter.id, chapter.title)).collect_view();
                let chapters = guide.chapters.iter().map(chapter).collect_view();
                view! {
                    <div class="guide">
                        <p>{guide.intro}</p>
                        <nav class="guide-contents" aria-label=guide.contents>
                            <ul>{links}</ul>
                        </nav>
                        {chapters}
                    </div>
                }
                    .into_any()
            }}
        </Page>
    }
}

fn link(id: &'static str, title: &'static str) -> impl IntoView {
    view! {
        <li>
            // External to the router, which would scroll there and leave the focus where it is.
            <a href=format!("#{id}") rel="external">
                {title}
            </a>
        </li>
    }
}

fn chapter(chapter: &'static Chapter) -> impl IntoView {
    let links = chapter.topics.iter().map(|topic| link(topic.id, topic.title)).collect_view();
    let topics = chapter.topics.iter().map(topic).collect_view();
    view! {
        <section class="guide-chapter" aria-labelledby=chapter.id>
            <h2 id=chapter.id tabindex="-1">
                {chapter.title}
            </h2>
            <ul class="guide-topics">{links}</ul>
            {topics}
        </section>
    }
}

fn topic(topic: &'static Topic) -> impl IntoView {
    let blocks = topic.blocks.iter().map(block).collect_view();
    view! {
        <div>
            <h3 id=topic.id tabindex="-1">
                {topic.title}
            </h3>
            {blocks}
        </div>
    }
}

fn block(block: &'static Block) -> AnyView {
    let items = |list: &'static [&'static str]| {
        list.iter().map(|item| view! { <li>{*item}</li> }.into_any()).collect::<Vec<_>>()
    };
    match block {
        Block::Text(text) => view! { <p>{*text}</p> }.into_any(),
        Block::Steps(list) => view! { <ol>{items(list)}</ol> }.into_any(),
        Block::List(list) => view! { <ul>{items(list)}</ul> }.into_any(),
        Block::Terms(terms) => {
            let rows = terms.iter().map(|(word, meaning)| {
                view! {
                    <div class="checklist-item">
                        <dt>{*word}</dt>
                        <dd>{*meaning}</dd>
                    </div>
                }
                .into_any()
            });
            view! { <dl class="checklist">{rows.collect_view()}</dl> }.into_any()
        }
    }
}
