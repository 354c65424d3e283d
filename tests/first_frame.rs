//! The login form that `index.html` shows before the application runs is the one that the application shows.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::fs;
use std::path::Path;

use vcube_raft_frontend::i18n::Lang;
use vcube_raft_frontend::i18n::login::{LoginText, login};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html")).expect("index.html")
}

/// What stands in the tag that has `data-en="english"`, for each of them.
fn french_of<'a>(page: &'a str, english: &str) -> Vec<&'a str> {
    let attribute = format!("data-en=\"{english}\"");
    page.match_indices(&attribute)
        .filter_map(|(at, _)| {
            let text = page[at..].split_once('>')?.1;
            Some(text.split_once('<')?.0)
        })
        .collect()
}

#[test]
fn the_texts_of_the_first_frame_are_those_of_the_login_page_in_both_languages() {
    let page = page();
    let (fr, en) = (login(Lang::Fr), login(Lang::En));
    let texts: [fn(&LoginText) -> &'static str; 8] = [
        |text| text.title,
        |text| text.about,
        |text| text.tab_sign_in,
        |text| text.tab_user,
        |text| text.tab_provider,
        |text| text.email,
        |text| text.password,
        |text| text.submit,
    ];
    for text in texts {
        assert!(french_of(&page, text(en)).contains(&text(fr)), "{} is not {}", text(en), text(fr));
    }
    assert!(page.contains(&format!("data-sending-en=\"{}\" data-sending=\"{}\"", en.submitting, fr.submitting)));
}

#[test]
fn the_fields_of_the_first_frame_are_called_as_those_of_the_login_page() {
    let page = page();
    for id in ["login-email", "login-password"] {
        assert!(page.contains(&format!("<input id=\"{id}\" name=\"{id}\" class=\"input\" data-testid=\"{id}\"")));
        assert!(page.contains(&format!("<label for=\"{id}\"")));
    }
    assert!(page.contains("data-testid=\"login-submit\"") && page.contains("autocomplete=\"username\""));
}

#[test]
fn the_first_frame_is_no_page_of_the_application() {
    let page = page();
    assert!(!page.contains("data-page"), "main[data-page] says that the application runs");
}
