//! Texts of the provider's page.

use super::Lang;
use super::template::{Template, t};

/// Every text of the page in one language. A missing one does not compile.
pub struct FleetText {
    pub title: &'static str,
    pub vehicles: &'static str,
    pub no_vehicles: &'static str,
    pub new_vehicle: &'static str,

    pub vehicle: &'static str,
    pub route: &'static str,
    pub occupancy: &'static str,
    pub offer: &'static str,
    pub price: &'static str,
    pub actions: &'static str,
    pub published: &'static str,
    pub not_published: &'static str,
    pub taken_of: fn(taken: u32, capacity: u32) -> String,
    pub show_seats: &'static str,
    pub edit: &'static str,
    pub publish: &'static str,
    pub unpublish: &'static str,
    pub delete: &'static str,
    /// An action and the vehicle that it is about, for who hears one button at a time.
    pub about: Template<2>,

    pub now_published: Template<1>,
    pub now_unpublished: Template<1>,
    pub deleted: Template<1>,
    pub already_gone: Template<1>,
    pub unknown: Template<1>,
    pub check: &'static str,
    pub seats_reserved: Template<1>,
    pub delete_title: Template<1>,
    pub delete_effect: &'static str,
    pub delete_reserved: fn(u32) -> String,
    pub delete_yes: &'static str,
    pub delete_no: &'static str,

    pub create_title: &'static str,
    pub edit_title: Template<1>,
    pub restored: &'static str,
    pub name: &'static str,
    pub make: &'static str,
    pub model: &'static str,
    pub plate: &'static str,
    pub capacity: &'static str,
    pub capacity_hint: Template<2>,
    pub departure: &'static str,
    pub destination: &'static str,
    pub time: &'static str,
    pub time_kept: Template<1>,
    pub price_label: &'static str,
    pub create: &'static str,
    pub save: &'static str,
    pub saving: &'static str,
    pub give_up: &'static str,
    pub created: Template<1>,
    pub saved: Template<1>,
    pub form_unknown: &'static str,
    pub checking: &'static str,
    pub not_there: &'static str,
    pub capacity_reserved: &'static str,
    pub gone: &'static str,

    pub seats: Template<1>,
    pub close_seats: &'static str,
    pub seats_summary: fn(free: usize, total: usize) -> String,
    pub reservations: &'static str,
    pub reservations_of: Template<1>,
    pub show_all: &'static str,
    pub no_reservations: &'static str,
    pub client: &'static str,
    pub show_more: Template<1>,
    pub cancel_effect: &'static str,
}

/// The texts of a language.
pub fn fleet(lang: Lang) -> &'static FleetText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: FleetText = FleetText {
    title: "Mes véhicules",
    vehicles: "Véhicules",
    no_vehicles: "Vous n’avez pas encore de véhicule. Créez le premier : il reste invisible jusqu’à sa publication.",
    new_vehicle: "Nouveau véhicule",

    vehicle: "Véhicule",
    route: "Trajet",
    occupancy: "Occupation",
    offer: "Offre",
    price: "Prix",
    actions: "Actions",
    published: "publié",
    not_published: "non publié",
    taken_of: |taken, capacity| {
        let plural = if taken > 1 { "prises" } else { "prise" };
        format!("{taken} {plural} sur {capacity}")
    },
    show_seats: "Places",
    edit: "Modifier",
    publish: "Publier",
    unpublish: "Retirer de l’offre",
    delete: "Supprimer",
    about: t("{0} : {1}"),

    now_published: t("{0} est publié : ses places peuvent être réservées."),
    now_unpublished: t("{0} n’est plus proposé. Les réservations déjà faites restent valables."),
    deleted: t("{0} est supprimé."),
    already_gone: t("{0} n’existe déjà plus."),
    unknown: t("Aucun nœud n’a confirmé la demande pour {0} : elle a peut-être été appliquée, peut-être pas."),
    check: "Recharger mes véhicules",
    seats_reserved: t("{0} a des places réservées : annulez d’abord ces réservations, puis supprimez le véhicule."),
    delete_title: t("Supprimer {0} ?"),
    delete_effect: "Le véhicule et ses places disparaissent pour tout le monde. Cela ne peut pas être annulé.",
    delete_reserved: |count| {
        if count == 1 {
            "1 place est réservée : le cluster refuse la suppression tant que cette réservation n’est pas annulée."
                .to_owned()
        } else {
            format!(
                "{count} places sont réservées : le cluster refuse la suppression tant que ces réservations ne sont pas annulées."
            )
        }
    },
    delete_yes: "Supprimer le véhicule",
    delete_no: "Le garder",

    create_title: "Nouveau véhicule",
    edit_title: t("Modifier {0}"),
    restored: "Votre saisie précédente, pas encore enregistrée, a été reprise.",
    name: "Nom",
    make: "Marque",
    model: "Modèle",
    plate: "Immatriculation",
    capacity: "Nombre de places",
    capacity_hint: t("De {0} à {1}. Les places sont créées avec le véhicule."),
    departure: "Départ (facultatif)",
    destination: "Destination (facultatif)",
    time: "Heure de départ (facultatif)",
    time_kept: t("Heure actuelle : « {0} ». Laissez vide pour la garder."),
    price_label: "Prix (facultatif)",
    create: "Créer le véhicule",
    save: "Enregistrer",
    saving: "Enregistrement en cours…",
    give_up: "Fermer sans enregistrer",
    created: t("{0} est créé. Publiez-le pour que ses places puissent être réservées."),
    saved: t("{0} est enregistré."),
    form_unknown: "Aucun nœud n’a confirmé l’enregistrement : il a peut-être été fait, peut-être pas. Vérifiez avant de recommencer.",
    checking: "Vérification en cours…",
    not_there: "Vos véhicules ne montrent pas cet enregistrement pour l’instant. Vérifiez encore, ou renvoyez le formulaire.",
    capacity_reserved: "Une place que ce nombre supprimerait est réservée. Annulez d’abord cette réservation, ou gardez plus de places.",
    gone: "Ce véhicule n’existe plus, ou n’est pas à vous.",

    seats: t("Places : {0}"),
    close_seats: "Fermer les places",
    seats_summary: |free, total| match free {
        0 => format!("complet ({total} places)"),
        1 => format!("1 place libre sur {total}"),
        _ => format!("{free} places libres sur {total}"),
    },
    reservations: "Réservations",
    reservations_of: t("Réservations : {0}"),
    show_all: "Voir celles de tous les véhicules",
    no_reservations: "Aucune réservation pour l’instant. La liste se met à jour d’elle-même.",
    client: "Client",
    show_more: t("Afficher plus ({0} restantes)"),
    cancel_effect: "La place redevient libre pour tout le monde. Le client n’est pas prévenu par l’application.",
};

const EN: FleetText = FleetText {
    title: "My vehicles",
    vehicles: "Vehicles",
    no_vehicles: "You have no vehicle yet. Create the first one: nobody sees it until it is published.",
    new_vehicle: "New vehicle",

    vehicle: "Vehicle",
    route: "Route",
    occupancy: "Occupancy",
    offer: "Offer",
    price: "Price",
    actions: "Actions",
    published: "published",
    not_published: "not published",
    taken_of: |taken, capacity| format!("{taken} taken of {capacity}"),
    show_seats: "Seats",
    edit: "Edit",
    publish: "Publish",
    unpublish: "Unpublish",
    delete: "Delete",
    about: t("{0}: {1}"),

    now_published: t("{0} is published: its seats can be booked."),
    now_unpublished: t("{0} is no longer on offer. Reservations made before stay valid."),
    deleted: t("{0} is deleted."),
    already_gone: t("{0} was gone already."),
    unknown: t("No node confirmed the request for {0}: it may or may not have been applied."),
    check: "Reload my vehicles",
    seats_reserved: t("{0} has reserved seats: cancel these reservations first, then delete the vehicle."),
    delete_title: t("Delete {0}?"),
    delete_effect: "The vehicle and its seats are gone for everybody. This cannot be undone.",
    delete_reserved: |count| {
        if count == 1 {
            "1 seat is reserved: the cluster refuses to delete until this reservation is cancelled.".to_owned()
        } else {
            format!("{count} seats are reserved: the cluster refuses to delete until these reservations are cancelled.")
        }
    },
    delete_yes: "Delete the vehicle",
    delete_no: "Keep it",

    create_title: "New vehicle",
    edit_title: t("Edit {0}"),
    restored: "What you typed before and did not save yet was taken up again.",
    name: "Name",
    make: "Make",
    model: "Model",
    plate: "License plate",
    capacity: "Number of seats",
    capacity_hint: t("From {0} to {1}. The seats are made with the vehicle."),
    departure: "Departure (optional)",
    destination: "Destination (optional)",
    time: "Departure time (optional)",
    time_kept: t("Time now: “{0}”. Leave empty to keep it."),
    price_label: "Price (optional)",
    create: "Create the vehicle",
    save: "Save",
    saving: "Saving…",
    give_up: "Close without saving",
    created: t("{0} is created. Publish it so that its seats can be booked."),
    saved: t("{0} is saved."),
    form_unknown: "No node confirmed that this was saved: it may or may not have been. Check before trying again.",
    checking: "Checking…",
    not_there: "Your vehicles do not show this change for now. Check again, or send the form again.",
    capacity_reserved: "A seat that this number would remove is reserved. Cancel that reservation first, or keep more seats.",
    gone: "This vehicle no longer exists, or is not yours.",

    seats: t("Seats: {0}"),
    close_seats: "Close the seats",
    seats_summary: |free, total| match free {
        0 => format!("full ({total} seats)"),
        1 => format!("1 free seat of {total}"),
        _ => format!("{free} free seats of {total}"),
    },
    reservations: "Reservations",
    reservations_of: t("Reservations: {0}"),
    show_all: "Show those of all vehicles",
    no_reservations: "No reservation yet. The list updates by itself.",
    client: "Client",
    show_more: t("Show more ({0} left)"),
    cancel_effect: "The seat becomes free for everybody. The application does not tell the client.",
};
