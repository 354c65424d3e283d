//! What the cluster agrees on, and how a log entry changes it.
//!
//! [`State::apply`] is deterministic: times, ids, salts and hashes are made by the proposer and travel in the entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::checks::{self, Rules};
use super::keys::KeyTable;
use super::recent::Recent;
use super::trial::{Subscriptions, Trial, TrialAction};
use crate::clock;
use crate::performance::config::SubscriptionConfig;
use crate::wire::{self, ReservationStatus, Role, VehicleDraft};

/// One log entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// When it was proposed, epoch milliseconds.
    pub at_ms: u64,
    /// Who asked; nobody for a registration and for the bootstrap.
    pub by: Option<Caller>,
    /// Makes a repeated request harmless.
    pub key: Option<RequestKey>,
    pub action: Action,
}

impl Command {
    /// Whose `Idempotency-Key` this is: the caller's, or that of the address which registers.
    pub fn key_owner(&self) -> String {
        key_owner(self.by.as_ref(), &self.action)
    }
}

/// Whose `Idempotency-Key` one is that comes with `action`.
pub fn key_owner(by: Option<&Caller>, action: &Action) -> String {
    match (by, action) {
        (Some(caller), _) => format!("account {}", caller.id),
        (None, Action::Register(account)) => format!("address {}", account.email.trim().to_lowercase()),
        (None, _) => "nobody".to_owned(),
    }
}

/// Somebody whose token was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub id: String,
    pub role: Role,
}

/// An `Idempotency-Key` and what it was used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestKey {
    pub key: String,
    /// Hash of method, path with query, caller and body.
    pub fingerprint: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// First entry of a new cluster; later ones change nothing.
    Bootstrap(Box<Bootstrap>),
    Register(Box<Account>),
    CreateVehicle {
        id: String,
        draft: Box<VehicleDraft>,
    },
    UpdateVehicle {
        id: String,
        draft: Box<VehicleDraft>,
    },
    DeleteVehicle {
        id: String,
    },
    SetPublished {
        id: String,
        published: bool,
    },
    Reserve {
        id: String,
        wanted: Box<wire::NewReservation>,
    },
    CancelReservation {
        id: String,
    },
    DeleteReservation {
        id: String,
    },
    /// One of the people of a performance test does something, in the state of that test.
    InTrial {
        test: String,
        action: Box<Action>,
    },
    Trial(Box<TrialAction>),
    /// Subscriptions under a new id, or none any more.
    Subscribe(Option<(String, SubscriptionConfig)>),
}

/// What a new cluster starts with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bootstrap {
    pub identity: ClusterIdentity,
    pub accounts: Vec<Account>,
    pub vehicles: Vec<wire::Vehicle>,
}

/// Made at random by the first leader.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterIdentity {
    pub cluster_id: String,
    /// Signs the tokens of every node; hexadecimal, 256 bits.
    pub signing_key: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub description: Option<String>,
    /// An argon2id hash in PHC form.
    pub password_hash: String,
}

impl Account {
    /// Its owner, as a token names them.
    pub fn caller(&self) -> Caller {
        Caller { id: self.id.clone(), role: self.role }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VehicleRecord {
    pub vehicle: wire::Vehicle,
    pub seats: Vec<SeatRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeatRecord {
    pub id: String,
    pub label: String,
    /// The committed reservation that holds the seat.
    pub reservation: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReservationRecord {
    pub id: String,
    pub user_id: String,
    pub provider_id: String,
    pub vehicle_id: String,
    pub seat_id: String,
    pub status: ReservationStatus,
    pub created_ms: u64,
}

impl ReservationRecord {
    pub fn view(&self) -> wire::Reservation {
        wire::Reservation {
            id: self.id.clone(),
            user_id: self.user_id.clone(),
            provider_id: self.provider_id.clone(),
            vehicle_id: self.vehicle_id.clone(),
            seat_id: self.seat_id.clone(),
            status: self.status,
            created_at: clock::iso(self.created_ms),
        }
    }
}

/// What an entry did, for the meters. A replayed answer did nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    #[default]
    Nothing,
    Reserved,
    Other,
    /// Something in a performance test.
    Tried,
}

/// The HTTP answer that an entry earned.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub effect: Effect,
}

impl Reply {
    fn done(status: u16, body: impl Serialize, effect: Effect) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => Self { status, body, effect },
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Self::refused(500, "internal", "This node failed.")
            }
        }
    }

    /// Nothing that counts as work of the cluster.
    pub(super) fn quiet(body: Value) -> Self {
        Self { status: 200, body, effect: Effect::Nothing }
    }

    pub(super) fn refused(status: u16, error: &str, message: &str) -> Self {
        Self { status, body: json!({ "error": error, "message": message }), effect: Effect::Nothing }
    }
}

/// Why an action is refused: status, `error`, `message`.
type Refusal = (u16, &'static str, &'static str);

const NO_SUCH_VEHICLE: Refusal = (404, "not_found", "There is no such vehicle.");
const NO_SUCH_RESERVATION: Refusal = (404, "not_found", "There is no such reservation.");
const ID_TAKEN: Refusal = (409, "id_taken", "There is something else under this id.");
const NOT_YOURS: Refusal = (403, "forbidden", "This is not yours to change.");

/// Everything the cluster agrees on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub identity: Option<ClusterIdentity>,
    pub accounts: BTreeMap<String, Account>,
    /// Account ids by lower-case e-mail.
    pub emails: BTreeMap<String, String>,
    pub vehicles: BTreeMap<String, VehicleRecord>,
    pub reservations: BTreeMap<String, ReservationRecord>,
    #[serde(default)]
    pub recent: Recent,
    /// The performance test that runs, or ran last.
    #[serde(default)]
    pub trial: Option<Box<Trial>>,
    #[serde(default)]
    pub subscriptions: Option<Subscriptions>,
    keys: KeyTable,
}

impl State {
    /// Applies the entry at `index` of the log. The same entries in the same order give the same state and the same
    /// replies on every node.
    pub fn apply(&mut self, index: u64, command: Command) -> Reply {
        self.apply_under(Rules::Cluster, index, command)
    }

    pub(super) fn apply_under(&mut self, rules: Rules, index: u64, command: Command) -> Reply {
        // Whoever proposed it: what a handler would have refused is not applied.
        if let Err(unfit) = checks::entry(&command, rules) {
            return Reply::refused(400, "invalid", &unfit.to_string());
        }
        if let Action::InTrial { test, action } = command.action {
            return self.in_trial(index, &test, Command { action: *action, ..command });
        }
        let owner = command.key_owner();
        if let Some(key) = &command.key
            && let Some(known) = self.keys.find(&owner, &key.key)
        {
            if known.fingerprint != key.fingerprint {
                return Reply::refused(
                    422,
                    "key_reused",
                    "This Idempotency-Key was used for another request; make a new one.",
                );
            }
            return Reply { status: known.status, body: known.body.clone(), effect: Effect::Nothing };
        }
        let reply = self
            .act(index, command.at_ms, command.by.as_ref(), command.action)
            .unwrap_or_else(|(status, error, message)| Reply::refused(status, error, message));
        if let Some(key) = command.key {
            self.keys.keep(command.at_ms, owner, key, &reply);
        }
        reply
    }

    /// The account with this e-mail, compared without case.
    pub fn account_by_email(&self, email: &str) -> Option<&Account> {
        self.accounts.get(self.emails.get(&email.trim().to_lowercase())?)
    }

    fn act(&mut self, index: u64, at_ms: u64, by: Option<&Caller>, action: Action) -> Result<Reply, Refusal> {
        match action {
            Action::Bootstrap(start) => self.bootstrap(*start),
            Action::Register(account) => self.register(*account),
            Action::CreateVehicle { id, draft } => self.create_vehicle(self.known(by)?, id, *draft),
            Action::UpdateVehicle { id, draft } => self.update_vehicle(self.known(by)?, &id, *draft),
            Action::DeleteVehicle { id } => self.delete_vehicle(self.known(by)?, &id),
            Action::SetPublished { id, published } => {
                let record = self.own_vehicle(self.known(by)?, &id)?;
                record.vehicle.published = published;
                Ok(Reply::done(200, &record.vehicle, Effect::Other))
            }
            Action::Reserve { id, wanted } => {
                let reply = self.reserve(at_ms, self.known(by)?, id.clone(), *wanted)?;
                if let Some(record) = self.reservations.get(&id) {
                    self.recent.committed(index, record);
                }
                Ok(reply)
            }
            Action::CancelReservation { id } => self.cancel(self.known(by)?, &id),
            Action::DeleteReservation { id } => self.delete_reservation(self.known(by)?, &id),
            // Taken out in `apply`: it has keys of its own.
            Action::InTrial { .. } => Err((400, "invalid", "A performance test cannot hold another one.")),
            Action::Trial(action) => {
                if matches!(*action, TrialAction::Start { .. } | TrialAction::Stop) {
                    self.researcher(by)?;
                }
                Ok(self.trial_action(at_ms, *action))
            }
            Action::Subscribe(wanted) => {
                self.researcher(by)?;
                Ok(self.set_subscriptions(at_ms, wanted))
            }
        }
    }

    /// The caller, when there is an account of this id and role. Tokens are checked by the handlers; this is for
    /// proposals that did not come through one.
    fn known<'a>(&self, by: Option<&'a Caller>) -> Result<&'a Caller, Refusal> {
        let caller = by.ok_or((401, "unauthorized", "Log in first."))?;
        match self.accounts.get(&caller.id) {
            Some(account) if account.role == caller.role => Ok(caller),
            Some(_) => Err((403, "forbidden", "Your role does not allow this.")),
            None => Err((401, "unauthorized", "There is no such account.")),
        }
    }

    fn researcher(&self, by: Option<&Caller>) -> Result<(), Refusal> {
        let caller = self.known(by)?;
        let may = matches!(caller.role, Role::Admin | Role::Researcher);
        if may { Ok(()) } else { Err((403, "forbidden", "Your role does not allow this.")) }
    }

    fn bootstrap(&mut self, start: Bootstrap) -> Result<Reply, Refusal> {
        if self.identity.is_none() {
            self.identity = Some(start.identity);
            for account in start.accounts {
                self.register(account)?;
            }
            for vehicle in start.vehicles {
                let seats = seats(&vehicle.id, 0, vehicle.capacity);
                self.vehicles.insert(vehicle.id.clone(), VehicleRecord { vehicle, seats });
            }
        }
        Ok(Reply::done(200, json!({ "success": true }), Effect::Other))
    }

    fn register(&mut self, account: Account) -> Result<Reply, Refusal> {
        let email = account.email.trim().to_lowercase();
        if self.emails.contains_key(&email) {
            return Ok(Reply {
                status: 409,
                body: json!({
                    "success": false,
                    "error": "email_taken",
                    "message": "There is already an account with this e-mail address.",
                }),
                effect: Effect::Nothing,
            });
        }
        if self.accounts.contains_key(&account.id) {
            return Err(ID_TAKEN);
        }
        let body = json!({ "success": true, "userId": account.id, "message": "The account was created." });
        self.emails.insert(email, account.id.clone());
        self.accounts.insert(account.id.clone(), account);
        Ok(Reply::done(201, body, Effect::Other))
    }

    fn create_vehicle(&mut self, by: &Caller, id: String, draft: VehicleDraft) -> Result<Reply, Refusal> {
        if by.role != Role::Provider {
            return Err(NOT_YOURS);
        }
        if self.vehicles.contains_key(&id) {
            return Err(ID_TAKEN);
        }
        let seats = seats(&id, 0, draft.capacity);
        let published = draft.published.unwrap_or(false);
        let vehicle = vehicle(id.clone(), by.id.clone(), published, draft);
        let reply = Reply::done(201, &vehicle, Effect::Other);
        self.vehicles.insert(id, VehicleRecord { vehicle, seats });
        Ok(reply)
    }

    fn update_vehicle(&mut self, by: &Caller, id: &str, draft: VehicleDraft) -> Result<Reply, Refusal> {
        let record = self.own_vehicle(by, id)?;
        let (wanted, present) = (draft.capacity as usize, record.seats.len());
        if record.seats.iter().skip(wanted).any(|seat| seat.reservation.is_some()) {
            return Err((409, "seats_reserved", "A seat that this would remove is reserved."));
        }
        record.seats.truncate(wanted);
        record.seats.extend(seats(id, present as u32, draft.capacity));
        let published = draft.published.unwrap_or(record.vehicle.published);
        record.vehicle = vehicle(id.to_owned(), by.id.clone(), published, draft);
        Ok(Reply::done(200, &record.vehicle, Effect::Other))
    }

    fn delete_vehicle(&mut self, by: &Caller, id: &str) -> Result<Reply, Refusal> {
        let record = self.own_vehicle(by, id)?;
        if record.seats.iter().any(|seat| seat.reservation.is_some()) {
            return Err((409, "seats_reserved", "This vehicle has reservations; cancel them first."));
        }
        self.vehicles.remove(id);
        Ok(Reply::done(200, json!({ "success": true }), Effect::Other))
    }

    fn reserve(&mut self, at_ms: u64, by: &Caller, id: String, wanted: wire::NewReservation) -> Result<Reply, Refusal> {
        if by.role != Role::Admin && by.id != wanted.user_id {
            return Err((403, "forbidden", "A reservation is made for the person who is logged in."));
        }
        if self.reservations.contains_key(&id) {
            return Err(ID_TAKEN);
        }
        if !self.accounts.contains_key(&wanted.user_id) {
            return Err((400, "unknown_user", "There is no such user."));
        }
        let record = self.vehicles.get_mut(&wanted.vehicle_id).ok_or(NO_SUCH_VEHICLE)?;
        if !record.vehicle.published {
            return Err((409, "not_published", "This vehicle is not offered at the moment."));
        }
        if record.vehicle.provider_id != wanted.provider_id {
            return Err((400, "wrong_provider", "This vehicle belongs to another provider."));
        }
        let seat = record.seats.iter_mut().find(|seat| seat.id == wanted.seat_id);
        let seat = seat.ok_or((404, "not_found", "There is no such seat in this vehicle."))?;
        if seat.reservation.is_some() {
            return Err((409, "seat_taken", "This seat was just taken; choose another one."));
        }
        seat.reservation = Some(id.clone());
        let reservation = ReservationRecord {
            id: id.clone(),
            user_id: wanted.user_id,
            provider_id: wanted.provider_id,
            vehicle_id: wanted.vehicle_id,
            seat_id: wanted.seat_id,
            status: ReservationStatus::Committed,
            created_ms: at_ms,
        };
        let reply = Reply::done(201, reservation.view(), Effect::Reserved);
        self.reservations.insert(id, reservation);
        Ok(reply)
    }

    /// Cancelling twice is the same as once.
    fn cancel(&mut self, by: &Caller, id: &str) -> Result<Reply, Refusal> {
        let reservation = self.reservations.get_mut(id).ok_or(NO_SUCH_RESERVATION)?;
        if by.role != Role::Admin && by.id != reservation.user_id && by.id != reservation.provider_id {
            return Err(NOT_YOURS);
        }
        reservation.status = ReservationStatus::Cancelled;
        let reply = Reply::done(200, reservation.view(), Effect::Other);
        let (vehicle, seat) = (reservation.vehicle_id.clone(), reservation.seat_id.clone());
        self.free_seat(&vehicle, &seat, id);
        Ok(reply)
    }

    fn delete_reservation(&mut self, by: &Caller, id: &str) -> Result<Reply, Refusal> {
        let reservation = self.reservations.get(id).ok_or(NO_SUCH_RESERVATION)?;
        if by.role != Role::Admin && by.id != reservation.user_id {
            return Err(NOT_YOURS);
        }
        let (vehicle, seat) = (reservation.vehicle_id.clone(), reservation.seat_id.clone());
        self.free_seat(&vehicle, &seat, id);
        self.reservations.remove(id);
        Ok(Reply::done(200, json!({ "success": true }), Effect::Other))
    }

    fn free_seat(&mut self, vehicle: &str, seat: &str, reservation: &str) {
        let seats = self.vehicles.get_mut(vehicle).map(|record| record.seats.as_mut_slice()).unwrap_or_default();
        for held in seats.iter_mut().filter(|held| held.id == seat) {
            // The seat may have been taken again since.
            if held.reservation.as_deref() == Some(reservation) {
                held.reservation = None;
            }
        }
    }

    fn own_vehicle(&mut self, by: &Caller, id: &str) -> Result<&mut VehicleRecord, Refusal> {
        let record = self.vehicles.get_mut(id).ok_or(NO_SUCH_VEHICLE)?;
        if by.role != Role::Provider || record.vehicle.provider_id != by.id {
            return Err(NOT_YOURS);
        }
        Ok(record)
    }
}

fn vehicle(id: String, provider_id: String, published: bool, draft: VehicleDraft) -> wire::Vehicle {
    wire::Vehicle {
        id,
        name: draft.name,
        make: draft.make,
        model: draft.model,
        license_plate: draft.license_plate,
        capacity: draft.capacity,
        published,
        provider_id,
        departure: draft.departure,
        destination: draft.destination,
        departure_time: draft.departure_time,
        price: draft.price,
    }
}

/// Seats `from` to `to` (not included), four a row: 1A 1B 1C 1D 2A …
fn seats(vehicle_id: &str, from: u32, to: u32) -> Vec<SeatRecord> {
    (from..to)
        .map(|number| SeatRecord { id: seat_id(vehicle_id, number), label: seat_label(number), reservation: None })
        .collect()
}

fn seat_label(number: u32) -> String {
    format!("{}{}", number / 4 + 1, ["A", "B", "C", "D"][number as usize % 4])
}

/// The id of the seat with this number, counted from 0.
pub fn seat_id(vehicle_id: &str, number: u32) -> String {
    format!("{vehicle_id}-{}", seat_label(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(by: &str, key: Option<&str>, action: Action) -> Command {
        let by = Some(Caller { id: by.to_owned(), role: if by == "provider" { Role::Provider } else { Role::User } });
        let key = key.map(|key| RequestKey { key: key.to_owned(), fingerprint: format!("{action:?}") });
        Command { at_ms: 1_000, by, key, action }
    }

    fn account(id: &str) -> Account {
        let email = format!("{id}@vcube.test");
        let (name, password_hash) = (id.to_owned(), String::new());
        let (phone, company, description) = (None, None, None);
        let role = if id == "provider" { Role::Provider } else { Role::User };
        Account { id: id.to_owned(), email, name, role, phone, company, description, password_hash }
    }

    fn register(id: &str) -> Command {
        Command { at_ms: 1_000, by: None, key: None, action: Action::Register(Box::new(account(id))) }
    }

    fn draft(capacity: u32) -> Box<VehicleDraft> {
        let text = || "x".to_owned();
        Box::new(VehicleDraft {
            name: text(),
            make: text(),
            model: text(),
            license_plate: text(),
            capacity,
            departure: None,
            destination: None,
            departure_time: None,
            price: None,
            published: Some(true),
            provider_id: None,
        })
    }

    fn reserve(id: &str, seat: &str) -> Action {
        let wanted = wire::NewReservation {
            user_id: "user".to_owned(),
            provider_id: "provider".to_owned(),
            vehicle_id: "v".to_owned(),
            seat_id: seat.to_owned(),
        };
        Action::Reserve { id: id.to_owned(), wanted: Box::new(wanted) }
    }

    fn history() -> Vec<Command> {
        vec![
            register("user"),
            register("provider"),
            command("provider", None, Action::CreateVehicle { id: "v".to_owned(), draft: draft(10) }),
            command("user", Some("k"), reserve("r1", "v-1A")),
            command("user", Some("k"), reserve("r1", "v-1A")),
            command("user", None, reserve("r2", "v-1A")),
            command("provider", None, Action::UpdateVehicle { id: "v".to_owned(), draft: draft(12) }),
            command("user", None, Action::CancelReservation { id: "r1".to_owned() }),
            command("user", None, reserve("r3", "v-1A")),
            command("user", None, Action::CancelReservation { id: "r1".to_owned() }),
        ]
    }

    fn json(state: &State) -> String {
        serde_json::to_string(state).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_same_entries_give_the_same_state_on_every_node_and_from_every_snapshot() {
        let mut straight = State::default();
        let replies: Vec<_> = (0..).zip(history()).map(|(index, entry)| straight.apply(index, entry).status).collect();
        assert_eq!(replies, [201, 201, 201, 201, 201, 409, 200, 200, 201, 200]);
        for cut in 0..history().len() {
            let mut state = State::default();
            for (number, entry) in history().into_iter().enumerate() {
                if number == cut {
                    state = serde_json::from_str(&json(&state)).unwrap_or_default();
                }
                state.apply(number as u64, entry);
            }
            assert_eq!(json(&state), json(&straight), "from a snapshot before entry {cut}");
        }
    }

    #[test]
    fn cancelling_again_does_not_free_a_seat_that_was_taken_since() {
        let mut state = State::default();
        (0..).zip(history()).for_each(|(index, entry)| drop(state.apply(index, entry)));
        let holder = state.vehicles.get("v").and_then(|record| record.seats.first()).map(|seat| &seat.reservation);
        assert_eq!(holder, Some(&Some("r3".to_owned())));
    }

    #[test]
    fn what_no_handler_would_let_through_is_not_applied_either() {
        let mut state = State::default();
        (0..).zip(history()).for_each(|(index, entry)| drop(state.apply(index, entry)));
        let before = json(&state);
        let admin = Some(Caller { id: "user".to_owned(), role: Role::Admin });
        let new_admin = Account { role: Role::Admin, ..account("new") };
        let long = Account { name: "x".repeat(60 << 10), ..account("long") };
        let not_hashed = Account { password_hash: "secret".to_owned(), ..account("plain") };
        let in_trial = |action| Action::InTrial { test: "t".to_owned(), action: Box::new(action) };
        let refused = [
            (400, command("provider", None, Action::CreateVehicle { id: "w".to_owned(), draft: draft(4_000_000_000) })),
            (400, command("provider", None, Action::UpdateVehicle { id: "v".to_owned(), draft: draft(9) })),
            (409, command("provider", None, Action::CreateVehicle { id: "v".to_owned(), draft: draft(10) })),
            (400, Command { action: Action::Register(Box::new(new_admin)), ..register("new") }),
            (400, Command { action: Action::Register(Box::new(long)), ..register("long") }),
            (400, Command { action: Action::Register(Box::new(not_hashed)), ..register("plain") }),
            (
                409,
                Command {
                    action: Action::Register(Box::new(Account { email: "b@c.d".into(), ..account("user") })),
                    ..register("user")
                },
            ),
            (401, command("nobody", None, reserve("r9", "v-2A"))),
            (403, Command { by: admin, ..command("user", None, Action::CancelReservation { id: "r3".to_owned() }) }),
            (409, command("user", None, reserve("r3", "v-2A"))),
            (400, command("user", Some(&"k".repeat(1_000)), reserve("r9", "v-2A"))),
            (403, command("user", None, Action::Subscribe(None))),
            (403, command("user", None, Action::Trial(Box::new(TrialAction::Stop)))),
            (409, command("user", None, in_trial(Action::Trial(Box::new(TrialAction::Stop))))),
        ];
        for (status, entry) in refused {
            let shown = format!("{entry:?}");
            assert_eq!(state.apply(99, entry).status, status, "{}", shown.chars().take(200).collect::<String>());
        }
        assert_eq!(json(&state), before, "and nothing has changed");
    }
}
