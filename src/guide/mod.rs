//! The user's guide, one text a language: what each kind of person can do here, and what to do when something fails.
//!
//! Both texts have the same chapters under the same anchors, in the same order.

mod en;
mod fr;

use crate::i18n::Lang;

/// The guide in one language.
#[derive(Debug)]
pub struct Guide {
    pub title: &'static str,
    pub intro: &'static str,
    /// What stands over the list of chapters.
    pub contents: &'static str,
    pub chapters: &'static [Chapter],
}

/// What one kind of person needs to know.
#[derive(Debug)]
pub struct Chapter {
    /// The anchor: `/guide#ID`.
    pub id: &'static str,
    pub title: &'static str,
    pub topics: &'static [Topic],
}

/// One thing of it.
#[derive(Debug)]
pub struct Topic {
    /// The anchor.
    pub id: &'static str,
    pub title: &'static str,
    pub blocks: &'static [Block],
}

/// What a topic is written with.
#[derive(Debug)]
pub enum Block {
    Text(&'static str),
    /// To be done in this order.
    Steps(&'static [&'static str]),
    List(&'static [&'static str]),
    /// A word, and what it means or what to do.
    Terms(&'static [(&'static str, &'static str)]),
}

/// The guide of a language.
pub fn guide(lang: Lang) -> &'static Guide {
    match lang {
        Lang::Fr => &fr::GUIDE,
        Lang::En => &en::GUIDE,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Anchors and how many of what, without the words.
    fn shape(lang: Lang) -> Vec<String> {
        let size = |block: &Block| match block {
            Block::Text(_) => "text".to_owned(),
            Block::Steps(steps) => format!("{} steps", steps.len()),
            Block::List(list) => format!("{} items", list.len()),
            Block::Terms(terms) => format!("{} terms", terms.len()),
        };
        let chapters = guide(lang).chapters.iter();
        chapters
            .flat_map(|chapter| {
                let topics = chapter.topics.iter().map(move |topic| {
                    let blocks: Vec<String> = topic.blocks.iter().map(size).collect();
                    format!("{}/{}: {}", chapter.id, topic.id, blocks.join(", "))
                });
                topics.collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_things_under_the_same_anchors() {
        assert_eq!(shape(Lang::Fr), shape(Lang::En));
    }

    #[test]
    fn what_is_set_holds_at_once_and_nothing_is_said_to_wait_for_a_reload() {
        for (lang, at_once, later) in [
            (Lang::Fr, "Les délais valent aussitôt", "prochain chargement"),
            (Lang::En, "Timeouts hold at once", "next load"),
        ] {
            let texts: Vec<&str> = guide(lang)
                .chapters
                .iter()
                .flat_map(|chapter| chapter.topics)
                .flat_map(|topic| topic.blocks)
                .flat_map(|block| match block {
                    Block::Text(text) => vec![*text],
                    Block::Steps(texts) | Block::List(texts) => texts.to_vec(),
                    Block::Terms(terms) => terms.iter().flat_map(|(term, text)| [*term, *text]).collect(),
                })
                .collect();
            assert!(texts.iter().any(|text| text.contains(at_once)), "{lang:?}");
            assert!(!texts.iter().any(|text| text.contains(later)), "{lang:?}");
        }
    }

    #[test]
    fn every_anchor_is_there_once() {
        let chapters = guide(Lang::Fr).chapters;
        let topics = chapters.iter().flat_map(|chapter| chapter.topics.iter().map(|topic| topic.id));
        let all: Vec<&str> = chapters.iter().map(|chapter| chapter.id).chain(topics).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
