//! Texts of the administrator's page.

use super::template::{Template, t};
use crate::i18n::Lang;

/// Every text of the page in one language. A missing one does not compile.
pub struct AdminText {
    pub title: &'static str,
    pub figures: &'static str,
    pub users: &'static str,
    pub providers: &'static str,
    pub reservations: &'static str,
    pub seats: &'static str,
    pub free_seats: &'static str,
    pub processing_time: &'static str,

    pub raft: &'static str,
    pub term: &'static str,
    pub leader: &'static str,
    pub node_state: &'static str,
    pub votes: &'static str,
    pub appends: &'static str,
    pub elections: &'static str,
    pub asked_for: &'static str,
    pub made: &'static str,
    pub refused: &'static str,
    pub redirected: &'static str,
    pub counted_by: &'static str,

    pub charts: &'static str,
    pub chart_reservations: &'static str,
    pub chart_processing: &'static str,
    pub chart_consensus: &'static str,
    pub chart_hours: &'static str,
    pub per_second: &'static str,
    pub hour: fn(usize) -> String,
    pub chart_empty: &'static str,

    pub top_providers: &'static str,
    pub provider: &'static str,
    pub share: &'static str,
    pub no_reservations: &'static str,
    pub unnamed: Template<1>,
    pub accounts: &'static str,
    pub show_accounts: &'static str,
    pub account_name: &'static str,
    pub account_email: &'static str,
    pub account_role: &'static str,
}

/// The texts of a language.
pub fn admin(lang: Lang) -> &'static AdminText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: AdminText = AdminText {
    title: "Administration",
    figures: "Chiffres clés",
    users: "Utilisateurs",
    providers: "Fournisseurs",
    reservations: "Réservations",
    seats: "Places",
    free_seats: "Places libres",
    processing_time: "Traitement moyen",

    raft: "Raft et réservations",
    term: "Mandat",
    leader: "Leader",
    node_state: "État du nœud interrogé",
    votes: "Demandes de vote",
    appends: "AppendEntries",
    elections: "Élections",
    asked_for: "Réservations demandées",
    made: "Réservations faites",
    refused: "Réservations refusées",
    redirected: "Réservations redirigées vers le leader",
    counted_by: "Compteurs du nœud qui a répondu, depuis son démarrage.",

    charts: "Activité",
    chart_reservations: "Réservations",
    chart_processing: "Temps de traitement",
    chart_consensus: "Consensus Raft",
    chart_hours: "Réservations par heure (UTC)",
    per_second: "par s",
    hour: |hour| format!("{hour}\u{a0}h"),
    chart_empty: "Aucune mesure pour l’instant. La courbe commence avec la première réservation.",

    top_providers: "Fournisseurs les plus réservés",
    provider: "Fournisseur",
    share: "Part",
    no_reservations: "Aucune réservation pour l’instant. Le classement apparaît avec la première.",
    unnamed: t("Fournisseur {0}"),
    accounts: "Comptes",
    show_accounts: "Afficher les comptes",
    account_name: "Nom",
    account_email: "E-mail",
    account_role: "Rôle",
};

const EN: AdminText = AdminText {
    title: "Administration",
    figures: "Key figures",
    users: "Users",
    providers: "Providers",
    reservations: "Reservations",
    seats: "Seats",
    free_seats: "Free seats",
    processing_time: "Mean processing time",

    raft: "Raft and reservations",
    term: "Term",
    leader: "Leader",
    node_state: "State of the node asked",
    votes: "Vote requests",
    appends: "AppendEntries",
    elections: "Elections",
    asked_for: "Reservations asked for",
    made: "Reservations made",
    refused: "Reservations refused",
    redirected: "Reservations redirected to the leader",
    counted_by: "Counters of the node that answered, since it started.",

    charts: "Activity",
    chart_reservations: "Reservations",
    chart_processing: "Processing time",
    chart_consensus: "Raft consensus",
    chart_hours: "Reservations by hour (UTC)",
    per_second: "per s",
    hour: |hour| format!("{hour:02}:00"),
    chart_empty: "No measurement yet. The line begins with the first reservation.",

    top_providers: "Most booked providers",
    provider: "Provider",
    share: "Share",
    no_reservations: "No reservation yet. The ranking appears with the first one.",
    unnamed: t("Provider {0}"),
    accounts: "Accounts",
    show_accounts: "Show the accounts",
    account_name: "Name",
    account_email: "E-mail",
    account_role: "Role",
};
