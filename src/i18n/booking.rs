//! Texts of the page on which seats are booked.

use super::Lang;
use super::template::{Counted, Template, t};
use crate::api_service::endpoints::reservations::ReservationStatus;

/// Every text of the page in one language. A missing one does not compile.
pub struct BookingText {
    pub title: &'static str,
    pub vehicles: &'static str,
    pub no_vehicles: &'static str,
    pub departure_at: Template<1>,
    pub price: Template<1>,
    pub seats_in_all: fn(u32) -> String,
    pub search: &'static str,
    pub search_place: &'static str,
    pub search_day: &'static str,
    pub none_found: &'static str,
    pub sort: &'static str,
    pub sort_listed: &'static str,
    pub sort_time: &'static str,
    pub sort_price: &'static str,
    pub sort_free: &'static str,
    pub choose_vehicle: &'static str,
    pub chosen: &'static str,

    pub seats: Template<1>,
    pub seats_hint: &'static str,
    pub no_seats: &'static str,
    pub free_of: fn(free: usize, total: usize) -> String,
    pub seat: Template<1>,
    pub taken: &'static str,
    pub mine: &'static str,
    pub free: &'static str,
    pub reserve: &'static str,
    /// The labels of the seats.
    pub reserve_seats: Counted<1>,
    pub reserving: &'static str,
    pub choose_seat_first: &'static str,

    /// What the chosen seats cost together.
    pub total_price: Template<1>,
    pub to_departures: &'static str,

    /// The seats and the departure.
    pub booked: Counted<2>,
    pub booked_after_all: Counted<2>,
    pub seat_taken: Counted<1>,
    /// The seats, and why.
    pub not_booked: Counted<2>,
    pub unknown: Counted<2>,
    pub check: &'static str,

    pub number: Template<1>,
    pub total: &'static str,
    pub confirmed: &'static str,
    pub cancelled_count: &'static str,
    pub mine_title: &'static str,
    pub no_reservations: &'static str,
    pub vehicle: &'static str,
    pub seat_column: &'static str,
    pub status_column: &'static str,
    pub date_column: &'static str,
    pub actions: &'static str,
    pub cancel: &'static str,
    pub cancel_title: Template<2>,
    pub cancel_effect: &'static str,
    pub cancel_yes: &'static str,
    pub cancel_no: &'static str,
    pub cancelling: &'static str,
    pub cancelled: Template<2>,
    pub cannot_cancel: &'static str,
    /// A seat that somebody else gave up before.
    pub cancelled_before: Template<2>,
    pub cannot_remove: &'static str,
    pub still_listed: Template<2>,
    pub remove: &'static str,
    pub removed: Template<2>,
    pub status: fn(&ReservationStatus) -> &str,
}

/// The texts of a language.
pub fn booking(lang: Lang) -> &'static BookingText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: BookingText = BookingText {
    title: "Réserver une place",
    vehicles: "Départs",
    no_vehicles: "Aucun départ n’est proposé pour l’instant. La liste se met à jour d’elle-même.",
    departure_at: t("départ {0}"),
    price: t("prix {0}"),
    seats_in_all: |count| if count == 1 { "1 place".to_owned() } else { format!("{count} places") },
    search: "Chercher un départ",
    search_place: "Lieu ou compagnie",
    search_day: "Jour",
    none_found: "Aucun départ ne correspond. Élargissez la recherche.",
    sort: "Trier par",
    sort_listed: "ordre proposé",
    sort_time: "heure de départ",
    sort_price: "prix",
    sort_free: "places libres",
    choose_vehicle: "Choisir",
    chosen: "Choisi",

    seats: t("Places : {0}"),
    seats_hint: "Choisissez un départ pour voir ses places.",
    no_seats: "Ce véhicule n’a pas de place.",
    free_of: |free, total| match free {
        0 => format!("complet ({total} places)"),
        1 => format!("1 place libre sur {total}"),
        _ => format!("{free} places libres sur {total}"),
    },
    seat: t("place {0}"),
    taken: "prise",
    mine: "la vôtre",
    free: "libre",
    reserve: "Réserver",
    reserve_seats: Counted { one: t("Réserver la place {0}"), many: t("Réserver les places {0}") },
    reserving: "Réservation en cours…",
    choose_seat_first: "Choisissez d’abord une ou plusieurs places libres.",

    total_price: t("Total : {0}"),
    to_departures: "Départs",

    booked: Counted { one: t("La place {0} est réservée : {1}."), many: t("Les places {0} sont réservées : {1}.") },
    booked_after_all: Counted {
        one: t("Vérification faite : la place {0} est bien réservée, {1}."),
        many: t("Vérification faite : les places {0} sont bien réservées, {1}."),
    },
    seat_taken: Counted {
        one: t("La place {0} vient d’être prise par quelqu’un d’autre. Choisissez-en une autre."),
        many: t("Les places {0} viennent d’être prises par quelqu’un d’autre. Choisissez-en d’autres."),
    },
    not_booked: Counted {
        one: t("La place {0} n’est pas réservée. {1}"),
        many: t("Les places {0} ne sont pas réservées. {1}"),
    },
    unknown: Counted {
        one: t(
            "Aucun nœud n’a confirmé la réservation de la place {0} ({1}) : elle a peut-être été enregistrée, peut-être pas. Vérifiez avant de recommencer.",
        ),
        many: t(
            "Aucun nœud n’a confirmé la réservation des places {0} ({1}) : elles ont peut-être été enregistrées, peut-être pas. Vérifiez avant de recommencer.",
        ),
    },
    check: "Vérifier mes réservations",

    number: t("n° {0}"),
    total: "Réservations",
    confirmed: "Confirmées",
    cancelled_count: "Annulées",
    mine_title: "Mes réservations",
    no_reservations: "Vous n’avez pas encore de réservation. Choisissez un départ, puis une place.",
    vehicle: "Départ",
    seat_column: "Place",
    status_column: "État",
    date_column: "Réservée le",
    actions: "Actions",
    cancel: "Annuler la réservation",
    cancel_title: t("Annuler la place {0} ({1}) ?"),
    cancel_effect: "La place redevient libre pour tout le monde.",
    cancel_yes: "Annuler la réservation",
    cancel_no: "La garder",
    cancelling: "Annulation en cours…",
    cancelled: t("La réservation de la place {0} ({1}) est annulée."),
    cannot_cancel: "Ce serveur ne sait pas annuler une réservation. Adressez-vous au transporteur.",
    cancelled_before: t("La réservation de la place {0} ({1}) était déjà annulée."),
    cannot_remove: "Ce serveur ne sait pas retirer une réservation de la liste.",
    still_listed: t(
        "Le serveur dit avoir retiré la réservation de la place {0} ({1}), mais elle est toujours dans la liste. Réessayez plus tard.",
    ),
    remove: "Retirer de la liste",
    removed: t("La réservation de la place {0} ({1}) n’est plus dans la liste."),
    status: |status| match status {
        ReservationStatus::Committed => "confirmée",
        ReservationStatus::Pending => "en attente",
        ReservationStatus::Rejected => "refusée",
        ReservationStatus::Cancelled => "annulée",
        ReservationStatus::Other(word) => word,
    },
};

const EN: BookingText = BookingText {
    title: "Book a seat",
    vehicles: "Departures",
    no_vehicles: "No departure is on offer right now. The list updates by itself.",
    departure_at: t("departs {0}"),
    price: t("price {0}"),
    seats_in_all: |count| if count == 1 { "1 seat".to_owned() } else { format!("{count} seats") },
    search: "Search departures",
    search_place: "Place or company",
    search_day: "Day",
    none_found: "No departure matches. Search for less.",
    sort: "Sort by",
    sort_listed: "order offered",
    sort_time: "time of departure",
    sort_price: "price",
    sort_free: "free seats",
    choose_vehicle: "Choose",
    chosen: "Chosen",

    seats: t("Seats: {0}"),
    seats_hint: "Choose a departure to see its seats.",
    no_seats: "This vehicle has no seats.",
    free_of: |free, total| match free {
        0 => format!("full ({total} seats)"),
        1 => format!("1 free seat of {total}"),
        _ => format!("{free} free seats of {total}"),
    },
    seat: t("seat {0}"),
    taken: "taken",
    mine: "yours",
    free: "free",
    reserve: "Book",
    reserve_seats: Counted { one: t("Book seat {0}"), many: t("Book seats {0}") },
    reserving: "Booking…",
    choose_seat_first: "Choose one or more free seats first.",

    total_price: t("Total: {0}"),
    to_departures: "Departures",

    booked: Counted { one: t("Seat {0} is booked: {1}."), many: t("Seats {0} are booked: {1}.") },
    booked_after_all: Counted {
        one: t("Checked: seat {0} is booked, {1}."),
        many: t("Checked: seats {0} are booked, {1}."),
    },
    seat_taken: Counted {
        one: t("Seat {0} has just been taken by somebody else. Choose another one."),
        many: t("Seats {0} have just been taken by somebody else. Choose others."),
    },
    not_booked: Counted { one: t("Seat {0} is not booked. {1}"), many: t("Seats {0} are not booked. {1}") },
    unknown: Counted {
        one: t(
            "No node confirmed the booking of seat {0} ({1}): it may or may not have been recorded. Check before trying again.",
        ),
        many: t(
            "No node confirmed the booking of seats {0} ({1}): they may or may not have been recorded. Check before trying again.",
        ),
    },
    check: "Check my reservations",

    number: t("no. {0}"),
    total: "Reservations",
    confirmed: "Confirmed",
    cancelled_count: "Cancelled",
    mine_title: "My reservations",
    no_reservations: "You have no reservation yet. Choose a departure, then a seat.",
    vehicle: "Departure",
    seat_column: "Seat",
    status_column: "Status",
    date_column: "Booked on",
    actions: "Actions",
    cancel: "Cancel the reservation",
    cancel_title: t("Cancel seat {0} ({1})?"),
    cancel_effect: "The seat becomes free for everybody.",
    cancel_yes: "Cancel the reservation",
    cancel_no: "Keep it",
    cancelling: "Cancelling…",
    cancelled: t("The reservation of seat {0} ({1}) is cancelled."),
    cannot_cancel: "This server cannot cancel a reservation. Ask the carrier.",
    cancelled_before: t("The reservation of seat {0} ({1}) was cancelled already."),
    cannot_remove: "This server cannot remove a reservation from the list.",
    still_listed: t(
        "The server says that it removed the reservation of seat {0} ({1}), but still lists it. Try again later.",
    ),
    remove: "Remove from the list",
    removed: t("The reservation of seat {0} ({1}) is no longer in the list."),
    status: |status| match status {
        ReservationStatus::Committed => "confirmed",
        ReservationStatus::Pending => "pending",
        ReservationStatus::Rejected => "rejected",
        ReservationStatus::Cancelled => "cancelled",
        ReservationStatus::Other(word) => word,
    },
};
