//! Texts of the administrator's page.

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
    pub counted_by: &'static str,

    pub top_providers: &'static str,
    pub provider: &'static str,
    pub share: &'static str,
    pub no_reservations: &'static str,
    pub unnamed: fn(&str) -> String,
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

    raft: "Consensus Raft",
    term: "Mandat",
    leader: "Leader",
    node_state: "État du nœud interrogé",
    votes: "Demandes de vote",
    appends: "AppendEntries",
    elections: "Élections",
    counted_by: "Compteurs du nœud qui a répondu, depuis son démarrage.",

    top_providers: "Fournisseurs les plus réservés",
    provider: "Fournisseur",
    share: "Part",
    no_reservations: "Aucune réservation pour l’instant. Le classement apparaît avec la première.",
    unnamed: |id| format!("Fournisseur {id}"),
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

    raft: "Raft consensus",
    term: "Term",
    leader: "Leader",
    node_state: "State of the node asked",
    votes: "Vote requests",
    appends: "AppendEntries",
    elections: "Elections",
    counted_by: "Counters of the node that answered, since it started.",

    top_providers: "Most booked providers",
    provider: "Provider",
    share: "Share",
    no_reservations: "No reservation yet. The ranking appears with the first one.",
    unnamed: |id| format!("Provider {id}"),
};
