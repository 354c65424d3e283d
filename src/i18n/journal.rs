//! Texts of the journal's events.

use super::Lang;
use super::template::{Counted, Template, t};

/// Every event in one language, as it stands inside a sentence. A missing one does not compile.
pub struct JournalText {
    /// The node, how long it took, why.
    pub attempt_failed: Template<3>,
    /// From where, to where, how long it took, why.
    pub request_moved: Template<4>,
    /// From where, to where.
    pub sent_to_leader: Template<2>,
    /// How long it took, attempts; by the attempts.
    pub given_up: Counted<2>,
    /// Who is slow, who was asked as well.
    pub hedged: Template<2>,
    pub not_repeated: &'static str,
    /// The node, its state before and after.
    pub changed: Template<3>,
    /// From where, to where.
    pub moved_automatically: Template<2>,
    pub moved_by_operator: Template<2>,
    pub waited: Template<1>,
    /// The node, the term.
    pub elected: Template<2>,

    /// The node, how long it takes, the faster node, how long that one takes.
    pub slow_and_left: Template<4>,
    pub slow_and_kept: Template<4>,
    pub no_longer_slow: Template<1>,
    /// The node, how many of a hundred go well there, and at the others.
    pub low_success_rate: Template<3>,
    pub success_rate_restored: Template<1>,
    /// The freshest node, the index of the log that it has applied.
    pub read_index_given_up: Template<2>,
    /// The node, the cluster that it names.
    pub foreign_node: Template<2>,
    pub no_longer_foreign: Template<1>,
    /// The cluster, the node that names it.
    pub cluster_followed: Template<2>,
    /// The node, the one that it is the same as.
    pub same_node: Template<2>,

    pub preferred: Template<1>,
    pub automatic: &'static str,
    pub reset: Template<1>,
    pub reset_all: &'static str,
    pub required: Template<1>,
    pub not_required: &'static str,

    pub clock_jumped: Template<1>,
    pub wall_clock_forward: Template<1>,
    pub wall_clock_back: Template<1>,
    pub outage_began: &'static str,
    pub outage_ended: Template<1>,
    pub local_fault_began: &'static str,
    pub local_fault_ended: Template<1>,
}

/// The texts of a language.
pub fn journal(lang: Lang) -> &'static JournalText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: JournalText = JournalText {
    attempt_failed: t("{0} : requête en échec après {1}, {2}"),
    request_moved: t("requête passée du {0} au {1} après {2}, automatiquement : {3}"),
    sent_to_leader: t("requête transmise du {0} au leader, {1}"),
    given_up: Counted {
        one: t("requête abandonnée après {0}, {1} tentative"),
        many: t("requête abandonnée après {0}, {1} tentatives"),
    },
    hedged: t("{0} tarde : lecture envoyée aussi au {1}"),
    not_repeated: "requête non répétée : trop de répétitions déjà en cours",
    changed: t("{0} : {1} → {2}"),
    moved_automatically: t("bascule du {0} vers le {1}, automatique"),
    moved_by_operator: t("bascule du {0} vers le {1}, par l’opérateur"),
    waited: t("attente {0}"),
    elected: t("{0} élu leader, {1}"),

    slow_and_left: t("{0} répond en {1}, le {2} en {3} : les requêtes vont au plus rapide"),
    slow_and_kept: t("{0} répond en {1}, le {2} en {3} : gardé, car choisi par l’opérateur"),
    no_longer_slow: t("{0} est de nouveau aussi rapide que les autres"),
    low_success_rate: t("{0} : {1} % de requêtes réussies, contre {2} % ailleurs ; les requêtes vont à un autre nœud"),
    read_index_given_up: t(
        "tous les nœuds qui répondent sont en retard sur ce que cette page a déjà vu ; le plus avancé est {0}, à l’index {1}",
    ),
    foreign_node: t("{0} appartient à un autre cluster, « {1} » : rien ne lui est envoyé"),
    no_longer_foreign: t("{0} appartient de nouveau à ce cluster"),
    cluster_followed: t("le cluster « {0} » du {1} est le bon, par l’opérateur"),
    same_node: t("{0} et {1} sont le même nœud : compté une seule fois"),
    success_rate_restored: t("{0} : les requêtes réussissent de nouveau"),

    preferred: t("{0} choisi comme nœud préféré, par l’opérateur"),
    automatic: "retour au choix automatique, par l’opérateur",
    reset: t("échecs du {0} réinitialisés, par l’opérateur"),
    reset_all: "échecs de tous les nœuds réinitialisés, par l’opérateur",
    required: t("{0} exigé : rien ne bascule, par l’opérateur"),
    not_required: "plus aucun nœud n’est exigé",

    clock_jumped: t("page réveillée avec {0} de retard (veille ou page figée) : aucun nœud mis en cause"),
    wall_clock_forward: t("l’heure de l’appareil a avancé de {0} : aucun nœud mis en cause"),
    wall_clock_back: t("l’heure de l’appareil a reculé de {0} : aucun nœud mis en cause"),
    outage_began: "plus aucun nœud ne répond",
    outage_ended: t("un nœud répond de nouveau, après {0}"),
    local_fault_began: "votre propre réseau ne répond plus : aucun nœud n’est mis en cause",
    local_fault_ended: t("votre réseau est revenu, après {0}"),
};

const EN: JournalText = JournalText {
    attempt_failed: t("{0}: request failed after {1}, {2}"),
    request_moved: t("request moved from {0} to {1} after {2}, automatically: {3}"),
    sent_to_leader: t("request sent on from {0} to the leader, {1}"),
    given_up: Counted {
        one: t("request given up after {0}, {1} attempt"),
        many: t("request given up after {0}, {1} attempts"),
    },
    hedged: t("{0} is slow: read sent to {1} as well"),
    not_repeated: "request not repeated: too many repeats already",
    changed: t("{0}: {1} → {2}"),
    moved_automatically: t("moved from {0} to {1}, automatic"),
    moved_by_operator: t("moved from {0} to {1}, by the operator"),
    waited: t("waited {0}"),
    elected: t("{0} elected leader, {1}"),

    slow_and_left: t("{0} takes {1}, {2} takes {3}: requests go to the faster one"),
    slow_and_kept: t("{0} takes {1}, {2} takes {3}: kept, since the operator chose it"),
    no_longer_slow: t("{0} is as fast as the others again"),
    low_success_rate: t("{0}: {1}% of requests succeed, {2}% elsewhere; requests go to another node"),
    read_index_given_up: t(
        "every node that answers is behind what this page has seen; the freshest is {0}, at index {1}",
    ),
    foreign_node: t("{0} belongs to another cluster, “{1}”: nothing is sent there"),
    no_longer_foreign: t("{0} belongs to this cluster again"),
    cluster_followed: t("the cluster “{0}” of {1} is the right one, by the operator"),
    same_node: t("{0} and {1} are the same node: counted once"),
    success_rate_restored: t("{0}: requests succeed again"),

    preferred: t("{0} chosen as the preferred node, by the operator"),
    automatic: "back to the automatic choice, by the operator",
    reset: t("failures of {0} reset, by the operator"),
    reset_all: "failures of all nodes reset, by the operator",
    required: t("{0} required: nothing fails over, by the operator"),
    not_required: "no node is required any more",

    clock_jumped: t("page woken {0} too late (machine asleep, or page frozen): no node blamed"),
    wall_clock_forward: t("the clock of this device moved forward by {0}: no node blamed"),
    wall_clock_back: t("the clock of this device moved back by {0}: no node blamed"),
    outage_began: "no node answers any more",
    outage_ended: t("a node answers again, after {0}"),
    local_fault_began: "your own network does not answer: no node is blamed",
    local_fault_ended: t("your network is back, after {0}"),
};
