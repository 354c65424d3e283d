//! What a new cluster starts with: one administrator, or the demo accounts and a few vehicles.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::auth::{self, AuthError};
use crate::clock;
use crate::store::SharedState;
use crate::store::state::{Account, Bootstrap, ClusterIdentity, State};
use crate::wire::{Role, Vehicle};

/// An account that a cluster which was started for a demonstration has. For demos and tests only: these passwords are public.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    pub id: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub name: &'static str,
    pub role: Role,
    pub company: Option<&'static str>,
}

/// One account of each role, and a second provider and user to try ownership with.
pub const DEMO_ACCOUNTS: &[DemoAccount] = &[
    demo("admin", "admin@vcube.test", "admin-demo", "Alice Tremblay", Role::Admin, None),
    demo("provider", "provider@vcube.test", "provider-demo", "Paul Gagnon", Role::Provider, Some("Navettes du Fleuve")),
    demo(
        "provider2",
        "provider2@vcube.test",
        "provider2-demo",
        "Nadia Roy",
        Role::Provider,
        Some("Laurentides Express"),
    ),
    demo("user", "user@vcube.test", "user-demo", "Louis Bouchard", Role::User, None),
    demo("user2", "user2@vcube.test", "user2-demo", "Maya Côté", Role::User, None),
    demo("researcher", "researcher@vcube.test", "researcher-demo", "Inès Fortin", Role::Researcher, None),
];

const fn demo(
    id: &'static str,
    email: &'static str,
    password: &'static str,
    name: &'static str,
    role: Role,
    company: Option<&'static str>,
) -> DemoAccount {
    DemoAccount { id, email, password, name, role, company }
}

/// The demo account with this id (`admin`, `provider`, `provider2`, `user`, `user2`, `researcher`).
pub fn demo_account(id: &str) -> Option<&'static DemoAccount> {
    DEMO_ACCOUNTS.iter().find(|account| account.id == id)
}

/// Whom a new cluster knows.
pub enum First {
    /// The demo accounts, and vehicles of theirs.
    Demo,
    /// One administrator, whose password is random and told once, and nothing else.
    Administrator {
        email: String,
        password: String,
        /// Tells the entry of this node from that of another one which led meanwhile.
        cluster_id: String,
        told: AtomicBool,
    },
}

impl First {
    pub fn administrator(email: String) -> Self {
        let password = auth::random_id("");
        Self::Administrator { email, password, cluster_id: auth::random_id("c-"), told: AtomicBool::new(false) }
    }

    /// Address and password of the administrator, once, when they are those of the cluster.
    pub fn to_be_told(&self, state: &SharedState) -> Option<(&str, &str)> {
        let Self::Administrator { email, password, cluster_id, told } = self else { return None };
        let ours = |state: &State| state.identity.as_ref().is_some_and(|identity| identity.cluster_id == *cluster_id);
        (state.read(ours) && !told.swap(true, Ordering::Relaxed)).then_some((email, password))
    }
}

/// Everything the first leader writes into the log of a new cluster.
///
/// # Errors
/// When the passwords cannot be hashed.
pub async fn bootstrap(first: &First) -> Result<Bootstrap, AuthError> {
    let signing_key = auth::random_secret();
    match first {
        First::Demo => {
            let accounts = tokio::task::spawn_blocking(demo_accounts).await??;
            let identity = ClusterIdentity { cluster_id: auth::random_id("c-"), signing_key };
            Ok(Bootstrap { identity, accounts, vehicles: vehicles(clock::now_ms()) })
        }
        First::Administrator { email, password, cluster_id, .. } => {
            let chosen = password.clone();
            let password_hash = tokio::task::spawn_blocking(move || auth::hash_password(&chosen)).await??;
            let administrator = Account {
                id: auth::random_id("a-"),
                email: email.clone(),
                name: "Administrator".to_owned(),
                role: Role::Admin,
                phone: None,
                company: None,
                description: None,
                password_hash,
            };
            let identity = ClusterIdentity { cluster_id: cluster_id.clone(), signing_key };
            Ok(Bootstrap { identity, accounts: vec![administrator], vehicles: Vec::new() })
        }
    }
}

fn demo_accounts() -> Result<Vec<Account>, AuthError> {
    let account = |demo: &DemoAccount| {
        Ok(Account {
            id: demo.id.to_owned(),
            email: demo.email.to_owned(),
            name: demo.name.to_owned(),
            role: demo.role,
            phone: Some("+1 418 555 0100".to_owned()),
            company: demo.company.map(str::to_owned),
            description: None,
            password_hash: auth::hash_password(demo.password)?,
        })
    };
    DEMO_ACCOUNTS.iter().map(account).collect()
}

struct Route {
    id: &'static str,
    name: &'static str,
    model: (&'static str, &'static str),
    plate: &'static str,
    capacity: u32,
    provider: &'static str,
    from: &'static str,
    to: &'static str,
    /// Hours after the cluster was made.
    leaves_in_hours: u64,
    price: f64,
    published: bool,
}

const ROUTES: &[Route] = &[
    route("v-mtl-qc", "Express 20", ("Prevost", "H3-45"), "FLV 020", 56, "provider", "Montréal", "Québec", 3, 34.5),
    route("v-qc-mtl", "Express 40", ("Prevost", "X3-45"), "FLV 040", 48, "provider", "Québec", "Montréal", 7, 34.5),
    route("v-mtl-shk", "Navette 10", ("Ford", "Transit"), "FLV 010", 14, "provider", "Montréal", "Sherbrooke", 5, 22.0),
    route("v-mtl-trb", "Neige 1", ("MCI", "J4500"), "LAU 001", 80, "provider2", "Montréal", "Mont-Tremblant", 9, 28.0),
    route(
        "v-gat-mtl",
        "Neige 2",
        ("Mercedes-Benz", "Sprinter"),
        "LAU 002",
        10,
        "provider2",
        "Gatineau",
        "Montréal",
        26,
        19.75,
    ),
    Route {
        published: false,
        ..route("v-qc-sag", "Fjord", ("Volvo", "9700"), "LAU 003", 52, "provider2", "Québec", "Saguenay", 30, 41.0)
    },
];

#[allow(clippy::too_many_arguments)]
const fn route(
    id: &'static str,
    name: &'static str,
    model: (&'static str, &'static str),
    plate: &'static str,
    capacity: u32,
    provider: &'static str,
    from: &'static str,
    to: &'static str,
    leaves_in_hours: u64,
    price: f64,
) -> Route {
    Route { id, name, model, plate, capacity, provider, from, to, leaves_in_hours, price, published: true }
}

/// The seeded vehicles of a cluster made at `now_ms`.
fn vehicles(now_ms: u64) -> Vec<Vehicle> {
    // On the quarter hour, as timetables are.
    let start = now_ms - now_ms % 900_000;
    let vehicle = |route: &Route| Vehicle {
        id: route.id.to_owned(),
        name: route.name.to_owned(),
        make: route.model.0.to_owned(),
        model: route.model.1.to_owned(),
        license_plate: route.plate.to_owned(),
        capacity: route.capacity,
        published: route.published,
        provider_id: route.provider.to_owned(),
        departure: Some(route.from.to_owned()),
        destination: Some(route.to.to_owned()),
        departure_time: Some(clock::iso(start + route.leaves_in_hours * 3_600_000)),
        price: Some(route.price),
    };
    ROUTES.iter().map(vehicle).collect()
}
