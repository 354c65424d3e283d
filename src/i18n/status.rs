//! Texts of the cluster's status, and the words that it shares with the monitor and the journal: names, ages, reasons.

use super::Lang;
use super::template::{Counted, Template, t};

/// Every text of the status in one language. A missing one does not compile.
pub struct StatusText {
    /// A node by its index, as it stands inside a sentence.
    pub node: Template<1>,
    pub ago: Template<1>,
    pub term: Template<1>,
    pub decimal_mark: &'static str,
    /// Between thousands and hundreds, as the browser's `Intl` writes it.
    pub thousands_mark: &'static str,
    /// Between two things that have commas in themselves.
    pub separator: &'static str,

    pub network: &'static str,
    pub timed_out: &'static str,
    pub silent: &'static str,
    pub malformed: &'static str,
    pub draining: &'static str,
    pub marked: &'static str,
    pub low_success_rate: &'static str,
    pub unsendable: &'static str,
    pub answer: Template<1>,
    /// How many of how many checks were answered; by their number in all.
    pub checks: Counted<2>,

    /// How many nodes of how many are healthy; by those that are.
    pub healthy: Counted<2>,
    pub no_nodes: &'static str,
    pub using: Template<1>,
    pub no_node: &'static str,
    /// The time of the last move.
    pub moved_automatically: Template<1>,
    pub moved_by_operator: Template<1>,

    /// The preferred node, and the one that serves. These begin a sentence: see [`Template::sentence`].
    pub unavailable_beside: Template<2>,
    pub returning_beside: Template<2>,
    pub unavailable: Template<1>,
}

/// The texts of a language.
pub fn status(lang: Lang) -> &'static StatusText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: StatusText = StatusText {
    node: t("nœud\u{a0}{0}"),
    ago: t("il y a {0}"),
    term: t("mandat\u{a0}{0}"),
    decimal_mark: ",",
    thousands_mark: "\u{202f}",
    separator: " ; ",

    network: "connexion impossible (refusée, coupée, CORS ou TLS)",
    timed_out: "pas de réponse dans le délai",
    silent: "silencieux bien plus longtemps que d’habitude",
    malformed: "réponse illisible",
    draining: "en cours d’arrêt (503)",
    marked: "signalé en panne",
    low_success_rate: "trop de requêtes en échec",
    unsendable: "le navigateur refuse de l’envoyer",
    answer: t("réponse {0}"),
    checks: Counted { one: t("{0} sur {1} réussi"), many: t("{0} sur {1} réussis") },

    healthy: Counted { one: t("{0}/{1} sain"), many: t("{0}/{1} sains") },
    no_nodes: "aucun nœud configuré",
    using: t("{0} utilisé"),
    no_node: "aucun nœud",
    moved_automatically: t("dernière bascule {0}, automatique"),
    moved_by_operator: t("dernière bascule {0}, par l’opérateur"),

    unavailable_beside: t("Le {0} est préféré mais indisponible ; servi par le {1}."),
    returning_beside: t("Le {0} est préféré et revient ; encore servi par le {1}."),
    unavailable: t("Le {0} est préféré mais indisponible."),
};

const EN: StatusText = StatusText {
    node: t("node\u{a0}{0}"),
    ago: t("{0} ago"),
    term: t("term\u{a0}{0}"),
    decimal_mark: ".",
    thousands_mark: ",",
    separator: "; ",

    network: "no connection (refused, cut off, CORS or TLS)",
    timed_out: "no answer in time",
    silent: "silent far longer than usual",
    malformed: "answer that cannot be read",
    draining: "shutting down (503)",
    marked: "marked as failed",
    low_success_rate: "too many requests fail",
    unsendable: "the browser refuses to send it",
    answer: t("answer {0}"),
    checks: Counted { one: t("{0} of {1} answered"), many: t("{0} of {1} answered") },

    healthy: Counted { one: t("{0}/{1} healthy"), many: t("{0}/{1} healthy") },
    no_nodes: "no node configured",
    using: t("using {0}"),
    no_node: "no node",
    moved_automatically: t("last failover {0}, automatic"),
    moved_by_operator: t("last move {0}, by the operator"),

    unavailable_beside: t("{0} is preferred but unavailable; served by {1}."),
    returning_beside: t("{0} is preferred and coming back; still served by {1}."),
    unavailable: t("{0} is preferred but unavailable."),
};
