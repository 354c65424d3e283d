//! Texts of the provider's page.

use super::Lang;

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
    pub about: fn(action: &str, vehicle: &str) -> String,

    pub now_published: fn(&str) -> String,
    pub now_unpublished: fn(&str) -> String,
    pub deleted: fn(&str) -> String,
    pub already_gone: fn(&str) -> String,
    pub unknown: fn(&str) -> String,
    pub check: &'static str,
    pub seats_reserved: fn(&str) -> String,
    pub delete_title: fn(&str) -> String,
    pub delete_effect: &'static str,
    pub delete_reserved: fn(u32) -> String,
    pub delete_yes: &'static str,
    pub delete_no: &'static str,

    pub create_title: &'static str,
    pub edit_title: fn(&str) -> String,
    pub restored: &'static str,
    pub name: &'static str,
    pub make: &'static str,
    pub model: &'static str,
    pub plate: &'static str,
    pub capacity: &'static str,
    pub capacity_hint: fn(least: u32, most: u32) -> String,
    pub departure: &'static str,
    pub destination: &'static str,
    pub time: &'static str,
    pub time_kept: fn(&str) -> String,
    pub price_label: &'static str,
    pub create: &'static str,
    pub save: &'static str,
    pub saving: &'static str,
    pub give_up: &'static str,
    pub created: fn(&str) -> String,
    pub saved: fn(&str) -> String,
    pub form_unknown: &'static str,
    pub checking: &'static str,
    pub not_there: &'static str,
    pub capacity_reserved: &'static str,
    pub gone: &'static str,

    pub seats: fn(&str) -> String,
    pub close_seats: &'static str,
    pub seats_summary: fn(free: usize, total: usize) -> String,
    pub reservations: &'static str,
    pub reservations_of: fn(&str) -> String,
    pub show_all: &'static str,
    pub no_reservations: &'static str,
    pub client: &'static str,
    pub show_more: fn(usize) -> String,
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
    about: |action, vehicle| format!("{action} : {vehicle}"),

    now_published: |name| format!("{name} est publié : ses places peuvent être réservées."),
    now_unpublished: |name| format!("{name} n’est plus proposé. Les réservations déjà faites restent valables."),
    deleted: |name| format!("{name} est supprimé."),
    already_gone: |name| format!("{name} n’existe déjà plus."),
    unknown: |name| {
        format!("Aucun nœud n’a confirmé la demande pour {name} : elle a peut-être été appliquée, peut-être pas.")
    },
    check: "Recharger mes véhicules",
    seats_reserved: |name| {
        format!("{name} a des places réservées : annulez d’abord ces réservations, puis supprimez le véhicule.")
    },
    delete_title: |name| format!("Supprimer {name} ?"),
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
    edit_title: |name| format!("Modifier {name}"),
    restored: "Votre saisie précédente, pas encore enregistrée, a été reprise.",
    name: "Nom",
    make: "Marque",
    model: "Modèle",
    plate: "Immatriculation",
    capacity: "Nombre de places",
    capacity_hint: |least, most| format!("De {least} à {most}. Les places sont créées avec le véhicule."),
    departure: "Départ (facultatif)",
    destination: "Destination (facultatif)",
    time: "Heure de départ (facultatif)",
    time_kept: |text| format!("Heure actuelle : « {text} ». Laissez vide pour la garder."),
    price_label: "Prix (facultatif)",
    create: "Créer le véhicule",
    save: "Enregistrer",
    saving: "Enregistrement en cours…",
    give_up: "Fermer sans enregistrer",
    created: |name| format!("{name} est créé. Publiez-le pour que ses places puissent être réservées."),
    saved: |name| format!("{name} est enregistré."),
    form_unknown: "Aucun nœud n’a confirmé l’enregistrement : il a peut-être été fait, peut-être pas. Vérifiez avant de recommencer.",
    checking: "Vérification en cours…",
    not_there: "Vos véhicules ne montrent pas cet enregistrement pour l’instant. Vérifiez encore, ou renvoyez le formulaire.",
    capacity_reserved: "Une place que ce nombre supprimerait est réservée. Annulez d’abord cette réservation, ou gardez plus de places.",
    gone: "Ce véhicule n’existe plus, ou n’est pas à vous.",

    seats: |vehicle| format!("Places : {vehicle}"),
    close_seats: "Fermer les places",
    seats_summary: |free, total| match free {
        0 => format!("complet ({total} places)"),
        1 => format!("1 place libre sur {total}"),
        _ => format!("{free} places libres sur {total}"),
    },
    reservations: "Réservations",
    reservations_of: |vehicle| format!("Réservations : {vehicle}"),
    show_all: "Voir celles de tous les véhicules",
    no_reservations: "Aucune réservation pour l’instant. La liste se met à jour d’elle-même.",
    client: "Client",
    show_more: |count| format!("Afficher plus ({count} restantes)"),
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
    about: |action, vehicle| format!("{action}: {vehicle}"),

    now_published: |name| format!("{name} is published: its seats can be booked."),
    now_unpublished: |name| format!("{name} is no longer on offer. Reservations made before stay valid."),
    deleted: |name| format!("{name} is deleted."),
    already_gone: |name| format!("{name} was gone already."),
    unknown: |name| format!("No node confirmed the request for {name}: it may or may not have been applied."),
    check: "Reload my vehicles",
    seats_reserved: |name| {
        format!("{name} has reserved seats: cancel these reservations first, then delete the vehicle.")
    },
    delete_title: |name| format!("Delete {name}?"),
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
    edit_title: |name| format!("Edit {name}"),
    restored: "What you typed before and did not save yet was taken up again.",
    name: "Name",
    make: "Make",
    model: "Model",
    plate: "License plate",
    capacity: "Number of seats",
    capacity_hint: |least, most| format!("From {least} to {most}. The seats are made with the vehicle."),
    departure: "Departure (optional)",
    destination: "Destination (optional)",
    time: "Departure time (optional)",
    time_kept: |text| format!("Time now: “{text}”. Leave empty to keep it."),
    price_label: "Price (optional)",
    create: "Create the vehicle",
    save: "Save",
    saving: "Saving…",
    give_up: "Close without saving",
    created: |name| format!("{name} is created. Publish it so that its seats can be booked."),
    saved: |name| format!("{name} is saved."),
    form_unknown: "No node confirmed that this was saved: it may or may not have been. Check before trying again.",
    checking: "Checking…",
    not_there: "Your vehicles do not show this change for now. Check again, or send the form again.",
    capacity_reserved: "A seat that this number would remove is reserved. Cancel that reservation first, or keep more seats.",
    gone: "This vehicle no longer exists, or is not yours.",

    seats: |vehicle| format!("Seats: {vehicle}"),
    close_seats: "Close the seats",
    seats_summary: |free, total| match free {
        0 => format!("full ({total} seats)"),
        1 => format!("1 free seat of {total}"),
        _ => format!("{free} free seats of {total}"),
    },
    reservations: "Reservations",
    reservations_of: |vehicle| format!("Reservations: {vehicle}"),
    show_all: "Show those of all vehicles",
    no_reservations: "No reservation yet. The list updates by itself.",
    client: "Client",
    show_more: |count| format!("Show more ({count} left)"),
    cancel_effect: "The seat becomes free for everybody. The application does not tell the client.",
};
