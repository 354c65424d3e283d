//! What an entry of the log must be like, whoever proposed it.
//!
//! The handlers ask here so that a person hears what is wrong; [`State::apply`](super::state::State::apply) asks once
//! more, so that a proposal that never passed a handler changes nothing that a handler would have refused.

use std::ops::RangeInclusive;

use argon2::PasswordHash;

use super::state::{Account, Action, Command};
use super::trial::{SECONDS_KEPT, TrialAction};
use crate::wire::{Role, VehicleDraft};

/// Seats of a vehicle that a provider offers.
const CAPACITY: RangeInclusive<u32> = 10..=80;
/// Seats of a vehicle in a performance test.
const CAPACITY_IN_TRIAL: RangeInclusive<u32> = 1..=200;
/// Lengths in characters.
const ID_CHARS: usize = 100;
const EMAIL_CHARS: usize = 254;
const SHORT_CHARS: usize = 40;
const NAME_CHARS: usize = 200;
const LONG_CHARS: usize = 2_000;
const HASH_CHARS: usize = 200;
/// Of an `Idempotency-Key`.
pub const KEY_CHARS: usize = 200;

/// What is wrong, in words for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

/// Whose state an entry changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Cluster,
    /// The state of a performance test, which is gone when the test is over.
    Trial,
}

/// # Errors
/// The first thing that is wrong with `command`.
pub fn entry(command: &Command, rules: Rules) -> Result<(), Unfit> {
    if let Some(key) = &command.key {
        request_key(&key.key)?;
        at_most("fingerprint", &key.fingerprint, HASH_CHARS)?;
    }
    match &command.action {
        Action::Register(wanted) => registration(wanted),
        Action::CreateVehicle { id: new, draft } | Action::UpdateVehicle { id: new, draft } => {
            id("id", new)?;
            vehicle_within(draft, capacity(rules))
        }
        Action::Reserve { id: new, .. } => id("id", new),
        Action::DeleteVehicle { .. }
        | Action::SetPublished { .. }
        | Action::CancelReservation { .. }
        | Action::DeleteReservation { .. } => Ok(()),
        Action::Bootstrap(_) | Action::InTrial { .. } | Action::Trial(_) | Action::Subscribe(_)
            if rules == Rules::Trial =>
        {
            Err(Unfit("The people of a performance test cannot do this.".into()))
        }
        Action::Bootstrap(_) | Action::InTrial { .. } | Action::Subscribe(None) => Ok(()),
        Action::Trial(action) => trial(action),
        Action::Subscribe(Some((new, config))) => {
            id("id", new)?;
            config.within_bounds().map_err(|error| Unfit(error.to_string()))
        }
    }
}

fn trial(action: &TrialAction) -> Result<(), Unfit> {
    match action {
        TrialAction::Start { id: new, config, .. } => {
            id("id", new)?;
            config.within_bounds().map_err(|error| Unfit(error.to_string()))
        }
        TrialAction::Report(report) if report.seconds.len() > SECONDS_KEPT => {
            Err(Unfit(format!("A report has at most {SECONDS_KEPT} seconds.")))
        }
        TrialAction::Report(_) | TrialAction::Stop | TrialAction::End { .. } => Ok(()),
    }
}

/// An account that somebody makes for themselves.
fn registration(wanted: &Account) -> Result<(), Unfit> {
    if !matches!(wanted.role, Role::User | Role::Provider) {
        return Err(Unfit("An account that is registered is a user or a provider.".into()));
    }
    id("id", &wanted.id)?;
    email(&wanted.email)?;
    account_texts(wanted)?;
    at_most("passwordHash", &wanted.password_hash, HASH_CHARS)?;
    // Nobody can log in without a hash: the people of a performance test have none.
    if !wanted.password_hash.is_empty() && PasswordHash::new(&wanted.password_hash).is_err() {
        return Err(Unfit("The hash of the password is not one.".into()));
    }
    Ok(())
}

/// # Errors
/// When a text of the account is too long, or its name empty.
pub fn account_texts(account: &Account) -> Result<(), Unfit> {
    required("name", &account.name)?;
    optional("phone", account.phone.as_deref(), SHORT_CHARS)?;
    optional("companyName", account.company.as_deref(), NAME_CHARS)?;
    optional("description", account.description.as_deref(), LONG_CHARS)
}

/// # Errors
/// When a vehicle like this cannot be offered.
pub fn vehicle(draft: &VehicleDraft) -> Result<(), Unfit> {
    vehicle_within(draft, CAPACITY)
}

fn capacity(rules: Rules) -> RangeInclusive<u32> {
    match rules {
        Rules::Cluster => CAPACITY,
        Rules::Trial => CAPACITY_IN_TRIAL,
    }
}

fn vehicle_within(draft: &VehicleDraft, capacity: RangeInclusive<u32>) -> Result<(), Unfit> {
    required("name", &draft.name)?;
    at_most("licensePlate", &draft.license_plate, NAME_CHARS)?;
    at_most("make", &draft.make, NAME_CHARS)?;
    at_most("model", &draft.model, NAME_CHARS)?;
    optional("departure", draft.departure.as_deref(), NAME_CHARS)?;
    optional("destination", draft.destination.as_deref(), NAME_CHARS)?;
    optional("departureTime", draft.departure_time.as_deref(), SHORT_CHARS)?;
    if !capacity.contains(&draft.capacity) {
        return Err(Unfit(format!("The capacity must be {} to {} seats.", capacity.start(), capacity.end())));
    }
    if draft.price.is_some_and(|price| !price.is_finite() || price < 0.0) {
        return Err(Unfit("The price must not be negative.".into()));
    }
    Ok(())
}

/// The address without the space around it.
///
/// # Errors
/// When it is none.
pub fn email(text: &str) -> Result<String, Unfit> {
    let email = text.trim();
    at_most("email", email, EMAIL_CHARS)?;
    let valid = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if valid { Ok(email.to_owned()) } else { Err(Unfit("This is not an e-mail address.".into())) }
}

/// The text without the space around it.
///
/// # Errors
/// When nothing is left, or too much.
pub fn required(field: &str, text: &str) -> Result<String, Unfit> {
    at_most(field, text, NAME_CHARS)?;
    match text.trim() {
        "" => Err(Unfit(format!("The field `{field}` must not be empty."))),
        text => Ok(text.to_owned()),
    }
}

/// # Errors
/// When the `Idempotency-Key` is empty or too long.
pub fn request_key(key: &str) -> Result<(), Unfit> {
    if key.is_empty() || key.len() > KEY_CHARS {
        return Err(Unfit(format!("The Idempotency-Key must be 1 to {KEY_CHARS} characters.")));
    }
    Ok(())
}

fn id(field: &str, text: &str) -> Result<(), Unfit> {
    required(field, text)?;
    at_most(field, text, ID_CHARS)
}

fn optional(field: &str, text: Option<&str>, most: usize) -> Result<(), Unfit> {
    text.map_or(Ok(()), |text| at_most(field, text, most))
}

fn at_most(field: &str, text: &str, most: usize) -> Result<(), Unfit> {
    // Bytes first: counting the characters of a long text takes long.
    if text.len() > most && text.chars().take(most + 1).count() > most {
        return Err(Unfit(format!("The field `{field}` must have at most {most} characters.")));
    }
    Ok(())
}
