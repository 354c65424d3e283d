//! The gallery: every shared component in its states, with what it takes. For who builds pages; only with the cargo
//! feature `gallery`, so it is in English alone. What components say themselves is in the language of the page.

use std::cell::Cell;
use std::future::pending;

use leptos::prelude::*;

use crate::api_service::failover::{Check, Duration, FailureReason, NodeState, Timestamp};
use crate::api_service::{ApiError, ApiService};
use crate::components::chart::{Axis, Chart, Line, Point};
use crate::components::check_bar::{CheckBar, bars};
use crate::components::dialog::Dialog;
use crate::components::field::FieldKind;
use crate::components::figures::figures;
use crate::components::form::{Form, FormField};
use crate::components::glyph::{Glyph, outline};
use crate::components::section::{data_section, section};
use crate::components::tabs::{Tab, Tabs};
use crate::hooks::{Remote, use_remote};
use crate::i18n::form::FieldProblem;
use crate::shell::page::Page;
use crate::store::notice::NoticeStore;

#[component]
pub fn GalleryPage() -> impl IntoView {
    view! {
        <Page name="gallery" title="Gallery">
            {show("btn", "class: btn, btn-primary, btn-small, btn-icon, btn-wide; aria-disabled with a reason in title, aria-busy, aria-pressed", buttons())}
            {show("badge", "class: badge, badge-ok, badge-warn, badge-down, badge-cur, badge-pref, badge-lead; always a word", badges())}
            {show("Glyph", "outline: the shape of a state, from nodes_monitor::outline; 16 × 16, hidden from screen readers", glyphs())}
            {show("FormField, Form::field", "id, kind (type, autocomplete, required, inputmode), label, value, problem, hint", fields())}
            {show("table", "class: table in a table-frame, number for columns of numbers, table-cards for cards on a phone", table())}
            {show("figures, pairs", "list of (name, value): large figures", figure_list())}
            {show("NoticeStore", "info, success, error, with_undo, error_with_action; spoken by the two live regions", notices())}
            {show("Dialog", "open, title, on_cancel (Escape), children", dialog())}
            {show("Tabs", "id, label, tabs (key, label), chosen, on_choose, children", tabs())}
            {show("data_section", "id, title, data (Remote), content; its data-state says which", nothing_but("The four states stand below."))}
            {states()}
            {show("Chart", "id, title, unit, axis, bars, whole, labels, empty; lines of (name, points, steady); a gap is a value of None", charts())}
            {show("CheckBar", "bars, count, label, summary, describe", check_bar())}
        </Page>
    }
}

/// A component by its name, what it takes, and itself.
fn show(name: &'static str, takes: &'static str, content: impl IntoView + 'static) -> impl IntoView {
    let content = view! {
        <p class="muted">{takes}</p>
        {content}
    };
    section(name, name.to_owned().into(), content.into_any())
}

fn nothing_but(words: &'static str) -> impl IntoView {
    view! { <p>{words}</p> }
}

fn buttons() -> impl IntoView {
    let one = |class: &'static str, words: &'static str, disabled: Option<&'static str>, busy: Option<&'static str>| {
        view! {
            <button type="button" class=class aria-disabled=disabled aria-busy=busy>
                {words}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="node-head-line">
            {one("btn btn-primary", "Primary", None, None)} {one("btn", "Plain", None, None)}
            {one("btn btn-small", "Small", None, None)} {one("btn", "Not now", Some("true"), None)}
            {one("btn", "Under way", None, Some("true"))}
        </div>
    }
}

fn badges() -> impl IntoView {
    let all = [
        ("badge", "unknown"),
        ("badge badge-ok", "well"),
        ("badge badge-warn", "doubtful"),
        ("badge badge-down", "failed"),
        ("badge badge-cur", "in use"),
        ("badge badge-pref", "preferred"),
        ("badge badge-lead", "leader"),
    ];
    let all = all.map(|(class, words)| view! { <span class=class>{words}</span> }.into_any());
    view! { <div class="node-head-line">{Vec::from(all)}</div> }
}

const STATES: [NodeState; 6] = [
    NodeState::Healthy,
    NodeState::Suspect,
    NodeState::Failed,
    NodeState::Probing,
    NodeState::Recovering,
    NodeState::Unknown,
];

fn glyphs() -> impl IntoView {
    let one = |state: NodeState| {
        view! {
            <span data-node-state=state.as_str()>
                <span class="node-state">
                    <Glyph outline=outline(state) />
                    {state.as_str()}
                </span>
            </span>
        }
        .into_any()
    };
    view! { <div class="node-head-line">{Vec::from(STATES.map(one))}</div> }
}

fn fields() -> impl IntoView {
    let form = Form::new();
    let well = FormField::new("gallery-well", FieldKind::TEXT, |_| "A field");
    let wrong = FormField::new("gallery-wrong", FieldKind::EMAIL, |_| "A field with an error");
    let long = FormField::new("gallery-long", FieldKind::LONG_TEXT, |_| "Several lines");
    well.value.set("What was typed".to_owned());
    form.accepts(&[wrong], vec![("gallery-wrong", FieldProblem::Missing)]);
    view! {
        <div class="form page-narrow">
            {form.field_with_hint(well, "A hint on how to fill it in.".into())} {form.field(wrong)} {form.field(long)}
        </div>
    }
}

fn table() -> impl IntoView {
    let row = |name: &'static str, state: (&'static str, &'static str), number: &'static str| {
        let (class, words) = state;
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>
                    <span class=class>{words}</span>
                </td>
                <td class="number">{number}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <div class="table-frame">
            <table class="table table-cards">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">
                            "Number"
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {row("First", ("badge badge-ok", "well"), "1,234")}
                    {row("Second", ("badge badge-down", "failed"), "56")}
                </tbody>
            </table>
        </div>
    }
}

fn figure_list() -> impl IntoView {
    let list =
        || vec![("seats".into(), "1,204".into()), ("mean".into(), "2.4 ms".into()), ("absent".into(), "–".into())];
    figures(list())
}

fn notices() -> impl IntoView {
    let notices = expect_context::<NoticeStore>();
    let button = |id: &'static str, words: &'static str, act: Callback<()>| {
        view! {
            <button type="button" class="btn" data-testid=id on:click=move |_| act.run(())>
                {words}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="node-head-line">
            {button("gallery-info", "Info", Callback::new(move |()| notices.info("Something to know.")))}
            {button("gallery-success", "Success", Callback::new(move |()| notices.success("It is done.")))}
            {button("gallery-error", "Error", Callback::new(move |()| notices.error("It failed; this stays.")))}
            {button(
                "gallery-undo",
                "With undo",
                Callback::new(move |()| notices.with_undo("It is done.", move || notices.info("Taken back."))),
            )}
        </div>
    }
}

fn dialog() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="btn" data-testid="gallery-dialog" on:click=move |_| open.set(true)>
            "Ask"
        </button>
        <Dialog
            open=open
            title="Do it all the same?"
            on_cancel=Callback::new(move |()| open.set(false))
            on_accept=Callback::new(move |()| open.set(false))
            no="No"
            yes="Yes"
        >
            <p>"What is known, and what would follow."</p>
        </Dialog>
    }
}

fn tabs() -> impl IntoView {
    let chosen = RwSignal::new("first");
    let all =
        vec![Tab { key: "first", label: "First".into_signal() }, Tab { key: "second", label: "Second".into_signal() }];
    view! {
        <Tabs
            id="gallery-tab"
            label="An example"
            tabs=all
            chosen=Memo::new(move |_| chosen.get())
            on_choose=Callback::new(move |key| chosen.set(key))
        >
            <p>{move || format!("The panel of “{}”.", chosen.get())}</p>
        </Tabs>
    }
}

trait IntoSignal {
    fn into_signal(self) -> Signal<&'static str>;
}

impl IntoSignal for &'static str {
    fn into_signal(self) -> Signal<&'static str> {
        Signal::stored(self)
    }
}

/// A section in each of its states.
fn states() -> impl IntoView {
    let content = |words: &'static str| nothing_but(words);
    let ready: Remote<u8> = use_remote(0, |_: ApiService| async { Ok(1) });
    let failed: Remote<u8> = use_remote(0, |_: ApiService| async { Err(ApiError::Server { status: 500 }) });
    let loading: Remote<u8> = use_remote(0, |_: ApiService| pending());
    let asked = Cell::new(0);
    // The first answer is there; every later call fails.
    let stale: Remote<u8> = use_remote(0, move |_: ApiService| {
        let first = asked.replace(asked.get() + 1) == 0;
        async move { if first { Ok(1) } else { Err(ApiError::TimedOut { waited: Duration::from_secs(5) }) } }
    });
    set_timeout(move || stale.refresh(), Duration::from_millis(300));
    view! {
        {data_section("gallery-loading", || "Loading".to_owned(), loading, content(""))}
        {data_section("gallery-ready", || "Ready".to_owned(), ready, content("What it shows."))}
        {data_section("gallery-stale", || "Stale".to_owned(), stale, content("What it showed before."))}
        {data_section("gallery-failed", || "In error".to_owned(), failed, content(""))}
    }
}

fn charts() -> impl IntoView {
    let start = 1_760_000_000_000.0;
    let at = move |index: i32| start + f64::from(index) * 10_000.0;
    let wave = move |shift: i32| {
        let value = move |index: i32| f64::from((index * 7 + shift) % 23);
        let point =
            move |index: i32| Point { at: at(index), value: (!(18..22).contains(&index)).then(|| value(index)) };
        Signal::stored((0..40).map(point).collect::<Vec<_>>())
    };
    let lines = vec![
        Line { name: "first".into(), points: wave(3), steady: true },
        Line { name: "second".into(), points: wave(11), steady: true },
    ];
    let hours =
        (0..24).map(|hour| Point { at: f64::from(hour), value: Some(f64::from((hour * 5) % 17)) }).collect::<Vec<_>>();
    let labels = Signal::stored((0..24).map(|hour| format!("{hour} h")).collect::<Vec<_>>());
    let empty: Signal<String> = "Nothing was measured yet.".into();
    view! {
        <div class="charts">
            {Chart::lines("gallery-lines", Axis::Time, "Lines with a gap".into(), "ms".into(), empty).view(lines)}
            {Chart::bars("gallery-bars", "Bars".into(), "".into(), labels, empty)
                .view(vec![Line { name: "bars".into(), points: Signal::stored(hours), steady: false }])}
            {Chart::lines("gallery-empty", Axis::Time, "Without data".into(), "ms".into(), empty)
                .view(vec![Line { name: "none".into(), points: Signal::stored(Vec::new()), steady: true }])}
        </div>
    }
}

fn check_bar() -> impl IntoView {
    let check = |index: u64| Check {
        at: Timestamp::from_millis(index * 10_000),
        result: if index % 9 == 4 {
            Err(FailureReason::TimedOut)
        } else {
            Ok(Duration::from_millis(index * index % 90 + 1))
        },
    };
    let checks: Vec<Check> = (0..38).map(check).collect();
    let count = checks.len();
    view! {
        <CheckBar
            bars=bars(&checks)
            count=count
            label="Last checks of an example"
            summary="34 of 38 answered"
            describe=Callback::new(move |index: usize| format!("check {index}"))
        />
    }
}
