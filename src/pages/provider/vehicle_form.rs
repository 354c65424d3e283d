//! The form that makes a vehicle or changes one. What is typed is kept in the tab until it is saved or given up: a
//! reload or a session that ends loses nothing.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::Draft;
use super::fields::{self, KeptTime, Typed};
use super::fleet::{Fleet, NEW, title};
use crate::api_service::endpoints::fleet::{Vehicle, VehicleFields};
use crate::api_service::endpoints::wire::TimeStamp;
use crate::api_service::{ActionKey, ApiError};
use crate::components::field::FieldKind;
use crate::components::form::{Form, FormField, focus};
use crate::i18n::errors::error_text;
use crate::i18n::fleet::fleet;
use crate::i18n::{Lang, format};
use crate::storage::{self, Area};

/// What keeps the vehicle from being saved, beside the fields.
#[derive(Clone, Debug, PartialEq)]
enum Problem {
    /// Nobody knows whether it was.
    Unknown,
    /// It was looked for, and is not there yet.
    NotThere,
    /// A seat that would go is reserved.
    SeatsReserved,
    Answer(ApiError),
}

impl Problem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Unknown => fleet(lang).form_unknown.to_owned(),
            Self::NotThere => fleet(lang).not_there.to_owned(),
            Self::SeatsReserved => fleet(lang).capacity_reserved.to_owned(),
            Self::Answer(error) => error_text(lang, error),
        }
    }
}

/// What was sent, to be looked for when its outcome is not known.
#[derive(Clone)]
struct Sent {
    vehicle: String,
    fields: VehicleFields,
    /// The vehicles that were there before.
    known: Vec<String>,
}

#[derive(Clone, Copy)]
struct VehicleForm {
    state: Fleet,
    form: Form,
    name: FormField,
    make: FormField,
    model: FormField,
    plate: FormField,
    capacity: FormField,
    departure: FormField,
    destination: FormField,
    time: FormField,
    price: FormField,
    /// Whether a new vehicle is on offer at once.
    publish: RwSignal<bool>,
    kept_time: RwSignal<KeptTime>,
    /// What the fields were filled in with.
    initial: StoredValue<Typed>,
    /// For which vehicle the fields are filled in.
    filled_for: RwSignal<Option<String>>,
    restored: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    under_way: RwSignal<bool>,
    checking: RwSignal<bool>,
    action: StoredValue<ActionKey, LocalStorage>,
    sent: StoredValue<Option<Sent>, LocalStorage>,
}

/// The form, while `?edit=` names a vehicle.
pub fn vehicle_form(state: Fleet) -> impl IntoView {
    let form = VehicleForm::new(state);
    Effect::new(move |_| form.fill_in());
    Effect::new(move |_| form.keep_draft());
    let open = Memo::new(move |_| state.edited.with(Option::is_some));
    move || open.get().then(|| form.view())
}

impl VehicleForm {
    fn new(state: Fleet) -> Self {
        let text = FieldKind::TEXT;
        Self {
            state,
            form: Form::new(),
            name: FormField::new(fields::NAME, text, |lang| fleet(lang).name),
            make: FormField::new(fields::MAKE, text.optional(), |lang| fleet(lang).make),
            model: FormField::new(fields::MODEL, text.optional(), |lang| fleet(lang).model),
            plate: FormField::new(fields::PLATE, text.optional(), |lang| fleet(lang).plate),
            capacity: FormField::new(fields::CAPACITY, FieldKind::WHOLE, |lang| fleet(lang).capacity),
            departure: FormField::new(fields::DEPARTURE, text.optional(), |lang| fleet(lang).departure),
            destination: FormField::new(fields::DESTINATION, text.optional(), |lang| fleet(lang).destination),
            time: FormField::new(fields::TIME, FieldKind::LOCAL_TIME, |lang| fleet(lang).time),
            price: FormField::new(fields::PRICE, FieldKind::DECIMAL.optional(), |lang| fleet(lang).price_label),
            publish: RwSignal::new(false),
            kept_time: RwSignal::new(KeptTime::default()),
            initial: StoredValue::new(Typed::default()),
            filled_for: RwSignal::new(None),
            restored: RwSignal::new(false),
            problem: RwSignal::new(None),
            under_way: RwSignal::new(false),
            checking: RwSignal::new(false),
            action: StoredValue::new_local(ActionKey::default()),
            sent: StoredValue::new_local(None),
        }
    }

    /// In the order shown.
    fn fields(self) -> [FormField; 9] {
        let Self { name, make, model, plate, capacity, departure, destination, time, price, .. } = self;
        [name, make, model, plate, capacity, departure, destination, time, price]
    }

    fn typed(self) -> Typed {
        let [name, make, model, plate, capacity, departure, destination, time, price] =
            self.fields().map(|field| field.value.get());
        Typed { name, make, model, plate, capacity, departure, destination, time, price }
    }

    fn write(self, typed: Typed) {
        let Typed { name, make, model, plate, capacity, departure, destination, time, price } = typed;
        let texts = [name, make, model, plate, capacity, departure, destination, time, price];
        for (field, text) in self.fields().into_iter().zip(texts) {
            field.value.set(text);
        }
    }

    /// Fills the fields in once for each vehicle that comes into the form: with what was typed before, else with what
    /// the vehicle is.
    fn fill_in(self) {
        let edited = self.state.edited.get();
        if self.filled_for.with_untracked(|filled| *filled == edited) {
            return;
        }
        let Some(id) = edited else {
            self.filled_for.set(None);
            return;
        };
        let (typed, kept) = if id == NEW {
            Default::default()
        } else {
            // Until the vehicles are known there is nothing to fill in.
            let Some(vehicle) = self.state.vehicle(&id) else { return };
            fields::filled_in(&vehicle, local_time_of)
        };
        let draft = self.draft_of(&id).filter(|draft| *draft != typed);
        self.restored.set(draft.is_some());
        self.initial.set_value(typed.clone());
        self.kept_time.set(kept);
        self.problem.set(None);
        self.publish.set(false);
        self.write(draft.unwrap_or(typed));
        self.filled_for.set(Some(id));
        // The form may not be in the page yet.
        request_animation_frame(|| focus(fields::NAME));
    }

    fn draft_of(self, id: &str) -> Option<Typed> {
        let provider = self.state.session.user_id()?;
        let kept = storage::read(Area::Tab, &Draft::key_of(&provider))?;
        Draft::read(&kept, &provider, id, js_sys::Date::now())
    }

    /// Keeps what is typed while the form is open. A form that was only looked at takes no draft's place.
    fn keep_draft(self) {
        let typed = self.typed();
        let (Some(vehicle), Some(provider)) = (self.filled_for.get(), self.state.session.user_id()) else { return };
        if self.initial.with_value(|initial| *initial == typed) {
            return;
        }
        let key = Draft::key_of(&provider);
        let draft = Draft { provider, vehicle, typed, since_ms: js_sys::Date::now() };
        storage::write(Area::Tab, &key, &draft.to_json());
    }

    /// Saved, or given up: nothing is kept.
    fn close(self) {
        self.filled_for.try_set(None);
        if let Some(provider) = self.state.session.user_id() {
            storage::remove(Area::Tab, &Draft::key_of(&provider));
        }
        self.state.close_form();
    }

    /// Sends the form, once, however often this is called while it lasts.
    fn submit(self) {
        if self.under_way.get_untracked() || self.checking.get_untracked() {
            return;
        }
        let (Some(vehicle), Some(provider)) = (self.filled_for.get_untracked(), self.state.session.user_id()) else {
            return;
        };
        let kept = self.kept_time.get_untracked();
        let read = fields::read(&untrack(|| self.typed()), &provider, &kept, iso_of);
        let (wanted, refusals) = match read {
            Ok(wanted) => (Some(wanted), Vec::new()),
            Err(refusals) => (None, refusals),
        };
        self.form.accepts(&self.fields(), refusals);
        let Some(mut wanted) = wanted else { return };
        wanted.published = if vehicle == NEW {
            self.publish.get_untracked()
        } else {
            untrack(|| self.state.vehicle(&vehicle)).is_some_and(|known| known.published)
        };
        let content = (&vehicle, &wanted);
        let Some(key) = self.action.try_update_value(|action| action.key_for(&content, self.state.api)) else { return };
        let known = self
            .state
            .vehicles
            .value()
            .with_untracked(|vehicles| vehicles.iter().flatten().map(|vehicle| vehicle.id.clone()).collect());
        let sent = Sent { vehicle, fields: wanted, known };
        self.sent.set_value(Some(sent.clone()));
        self.problem.set(None);
        self.under_way.set(true);
        spawn_local(async move {
            let api = self.state.api;
            let result = if sent.vehicle == NEW {
                api.create_vehicle(&sent.fields, &key).await
            } else {
                api.update_vehicle(&sent.vehicle, &sent.fields, &key).await
            };
            self.saved(self.state.session.checked(result), &sent);
            self.under_way.try_set(false);
        });
    }

    /// Tells what came of it. What was typed goes only with a success.
    fn saved(self, result: Result<(), ApiError>, sent: &Sent) {
        let definite = matches!(result, Ok(()) | Err(ApiError::Refused { .. }));
        if definite {
            self.action.try_update_value(ActionKey::settled);
        }
        match result {
            Ok(()) => self.succeeded(sent),
            Err(ApiError::OutcomeUnknown { .. } | ApiError::TimedOut { .. }) => self.refuse(Problem::Unknown),
            Err(ApiError::Refused { status: 409, code: Some(code), .. }) if code == "seats_reserved" => {
                self.refuse(Problem::SeatsReserved);
                focus(fields::CAPACITY);
            }
            // The session ended: its page says so, and the draft waits here.
            Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
            Err(error) => self.refuse(Problem::Answer(error)),
        }
        self.state.refresh();
    }

    fn succeeded(self, sent: &Sent) {
        let text = self.state.text();
        let words = match (sent.vehicle == NEW, sent.fields.published) {
            (true, true) => text.created_published,
            (true, _) => text.created,
            (false, _) => text.saved,
        };
        self.state.notices.success(words.fill([&sent.fields.name]));
        // Another vehicle may have come into the form meanwhile.
        if self.filled_for.try_get_untracked().flatten().as_ref() == Some(&sent.vehicle) {
            self.close();
        }
    }

    fn refuse(self, problem: Problem) {
        self.state.notices.alert_only(problem.text(self.state.lang_now()));
        self.problem.try_set(Some(problem));
    }

    /// Looks whether the vehicle is what was sent.
    fn check(self) {
        let Some(sent) = self.sent.get_value() else { return };
        if self.under_way.get_untracked() || self.checking.get_untracked() {
            return;
        }
        self.checking.set(true);
        spawn_local(async move {
            let state = self.state;
            let result = state.session.checked(state.api.vehicles_of(&sent.fields.provider_id).await);
            if self.checking.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(vehicles) if vehicles.entries.iter().any(|vehicle| sent.is(vehicle)) => {
                    self.action.try_update_value(ActionKey::settled);
                    self.succeeded(&sent);
                }
                Ok(_) => self.refuse(Problem::NotThere),
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.refuse(Problem::Answer(error)),
            }
            state.refresh();
        });
    }

    fn title(self) -> String {
        let text = fleet(self.state.lang.get());
        match self.state.edited.get() {
            Some(id) if id != NEW => {
                let name = self.state.vehicle(&id).as_ref().map(title);
                text.edit_title.fill([&name.unwrap_or(id)])
            }
            _ => text.create_title.to_owned(),
        }
    }

    /// Whether the vehicle that the URL names is not among the provider's.
    fn is_gone(self) -> bool {
        let known = self.state.vehicles.value().with(Option::is_some);
        let there = |id: String| id == NEW || self.state.vehicle(&id).is_some();
        known && !self.state.edited.get().is_some_and(there)
    }

    fn view(self) -> impl IntoView {
        let lang = self.state.lang;
        let gone = Memo::new(move |_| self.is_gone());
        let hint = Signal::derive(move || {
            let [least, most] = [fields::CAPACITY_LEAST, fields::CAPACITY_MOST].map(|seats| seats.to_string());
            fleet(lang.get()).capacity_hint.fill([&least, &most])
        });
        let time_hint = Signal::derive(move || {
            let unreadable = |kept: &KeptTime| kept.original.clone().filter(|_| kept.shown.is_empty());
            self.kept_time.with(unreadable).map_or_else(String::new, |text| fleet(lang.get()).time_kept.fill([&text]))
        });
        let plain = move |field: FormField| self.form.field(field);
        view! {
            <section class="section" data-testid="vehicle-section" aria-labelledby="vehicle-form-title">
                <h2 id="vehicle-form-title">{move || self.title()}</h2>
                <p class="section-note" hidden=move || !gone.get()>
                    {move || fleet(lang.get()).gone}
                </p>
                <form
                    class="card form form-wide"
                    novalidate
                    data-testid="vehicle-form"
                    on:submit=move |event: SubmitEvent| {
                        event.prevent_default();
                        self.submit();
                    }
                >
                    <p class="field-note" hidden=move || !self.restored.get()>
                        {move || fleet(lang.get()).restored}
                    </p>
                    {plain(self.name)}
                    {plain(self.plate)}
                    {plain(self.make)}
                    {plain(self.model)}
                    {self.form.field_with_hint(self.capacity, hint)}
                    {plain(self.price)}
                    {plain(self.departure)}
                    {plain(self.destination)}
                    {self.form.field_with_hint(self.time, time_hint)}
                    {self.publish_choice()}
                    {self.answers(gone)}
                </form>
            </section>
        }
    }

    fn publish_choice(self) -> impl IntoView {
        let Self { publish, state, .. } = self;
        let is_new = move || state.edited.with(|edited| edited.as_deref() == Some(NEW));
        view! {
            <label class="check" hidden=move || !is_new()>
                <input
                    type="checkbox"
                    data-testid="vehicle-publish"
                    prop:checked=publish
                    on:change=move |event| publish.set(event_target_checked(&event))
                />
                {move || fleet(state.lang.get()).publish_now}
            </label>
        }
    }

    /// What was answered, and the buttons.
    fn answers(self, gone: Memo<bool>) -> impl IntoView {
        let Self { problem, under_way, checking, state, .. } = self;
        let lang = state.lang;
        let error = Memo::new(move |_| {
            problem.with(|problem| problem.as_ref().map_or_else(String::new, |problem| problem.text(lang.get())))
        });
        let unknown = move || problem.with(|problem| matches!(problem, Some(Problem::Unknown | Problem::NotThere)));
        let is_new = move || state.edited.with(|edited| edited.as_deref() == Some(NEW));
        let save = move || {
            let text = fleet(lang.get());
            match (under_way.get(), is_new()) {
                (true, _) => text.saving,
                (false, true) => text.create,
                (false, false) => text.save,
            }
        };
        view! {
            <div class="form-end">
                <p class="form-problem" data-testid="vehicle-error" hidden=move || error.with(String::is_empty)>
                    {error}
                </p>
                <div class="form-buttons">
                    <button
                        type="submit"
                        class="btn btn-primary"
                        data-testid="vehicle-save"
                        hidden=move || gone.get()
                        aria-busy=move || under_way.get().then_some("true")
                    >
                        {save}
                    </button>
                    <button
                        type="button"
                        class="btn"
                        data-testid="vehicle-check"
                        hidden=move || !unknown()
                        aria-busy=move || checking.get().then_some("true")
                        on:click=move |_| self.check()
                    >
                        {move || {
                            let text = fleet(lang.get());
                            if checking.get() { text.checking } else { text.check }
                        }}
                    </button>
                    <button type="button" class="btn" data-testid="vehicle-close" on:click=move |_| self.close()>
                        {move || fleet(lang.get()).give_up}
                    </button>
                </div>
            </div>
        }
    }
}

impl Sent {
    /// Whether `vehicle` is what was sent: one that was not there before, or the one that was changed.
    fn is(&self, vehicle: &Vehicle) -> bool {
        let this = if self.vehicle == NEW { !self.known.contains(&vehicle.id) } else { vehicle.id == self.vehicle };
        this && fields::is_written(vehicle, &self.fields)
    }
}

/// What `<input type=datetime-local>` shows for an ISO 8601 time; `None` for free text.
fn local_time_of(text: &str) -> Option<String> {
    let at = TimeStamp::parse(text)?;
    let date = js_sys::Date::new(&at.0.into());
    let shown = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    );
    (!date.get_time().is_nan()).then_some(shown)
}

/// ISO 8601 in UTC for a time of the person's zone; `None` for a text that is no time.
fn iso_of(local: &str) -> Option<String> {
    Some(format::iso(js_sys::Date::parse(local))).filter(|iso| !iso.is_empty())
}
