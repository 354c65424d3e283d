//! Texts of the nodes monitor, the node pill and the connection banner.

use super::template::{Counted, Template, t};
use crate::api_service::failover::node::{NodeState, Role};
use crate::i18n::Lang;

/// Every text of the monitor in one language. A missing one does not compile.
pub struct MonitorText {
    pub title: &'static str,
    pub node: &'static str,
    pub state: &'static str,
    pub latency: &'static str,
    pub checks: &'static str,
    pub last_checked: &'static str,
    pub last_seen: &'static str,
    pub raft: &'static str,
    pub actions: &'static str,

    pub in_use: &'static str,
    pub preferred: &'static str,
    pub leader: &'static str,
    pub follower: &'static str,
    pub candidate: &'static str,
    pub learner: &'static str,
    pub no_quorum: &'static str,
    pub median_and_p95: &'static str,
    pub never: &'static str,
    pub just_now: &'static str,
    pub old_data: &'static str,

    pub healthy: &'static str,
    pub suspect: &'static str,
    pub failed: &'static str,
    pub probing: &'static str,
    pub recovering: &'static str,
    pub unknown: &'static str,

    pub switch: &'static str,
    pub reset: &'static str,
    pub test_now: &'static str,
    pub refresh: &'static str,
    pub reset_all: &'static str,
    pub auto_refresh: &'static str,
    pub interval: &'static str,
    pub export: &'static str,
    pub back_to_automatic: &'static str,
    pub undo: &'static str,
    pub already_preferred: &'static str,

    pub paused_hidden: &'static str,
    pub paused_off: &'static str,

    pub confirm_title: Template<1>,
    pub since: Template<1>,
    pub confirm_last_result: &'static str,
    pub confirm_state: &'static str,
    pub confirm_effect_label: &'static str,
    /// The node, while no other serves.
    pub confirm_effect: Template<1>,
    /// The node, and the one that serves.
    pub confirm_effect_beside: Template<2>,
    pub confirm_accept: &'static str,
    pub confirm_cancel: &'static str,
    pub answered_in: Template<1>,
    pub did_not_answer: Template<1>,

    /// Begins a sentence: see [`Template::sentence`].
    pub switched: Template<1>,
    pub automatic_again: &'static str,
    pub no_such_node: &'static str,
    pub reset_none: &'static str,
    pub reset_done: Counted<1>,
    pub reset_one_done: Template<1>,
    pub reset_too_soon: Template<1>,
    /// The node, and the result of its test. Begins a sentence: see [`Template::sentence`].
    pub tested: Template<2>,
    pub export_failed: &'static str,

    pub journal: &'static str,
    pub journal_empty: &'static str,
    pub journal_no_match: &'static str,
    pub journal_kind: &'static str,
    pub journal_node: &'static str,
    pub all_kinds: &'static str,
    pub all_nodes: &'static str,
    pub kinds: [&'static str; 5],
    pub show_more: Counted<1>,
    pub shown_of: Template<2>,

    pub no_connection: &'static str,
    pub no_connection_since: Template<1>,
    pub no_connection_panic: &'static str,
    pub tried: Template<1>,
    /// The share of all checks and requests that were answered.
    pub overall: Template<1>,
    pub next_try_in: Template<1>,
    pub trying: &'static str,
    pub try_now: &'static str,

    pub pill_label: Template<1>,
    pub pill_title: &'static str,

    pub no_checks: &'static str,

    pub alerts: &'static str,
    pub alerts_refused: &'static str,
    pub alert_failed: &'static str,
    pub alert_no_quorum: &'static str,
    pub alert_back: &'static str,

    pub why: &'static str,
    pub why_reads: &'static str,
    pub why_writes: &'static str,
    pub why_taken: &'static str,
    pub why_spare: &'static str,
    pub why_slow: &'static str,
    pub why_stale: &'static str,
    pub why_recovering: &'static str,
    pub why_flapping: &'static str,
    pub why_no_quorum: &'static str,
    pub why_suspect: &'static str,
    pub why_held: &'static str,
    pub why_failed: &'static str,
    pub why_probing: &'static str,
    pub why_not_required: &'static str,

    pub local_fault_since: Template<1>,
    pub local_fault_text: &'static str,

    pub required_title: Template<1>,
    pub required_text: Template<1>,
    pub lift_requirement: &'static str,

    pub search: &'static str,
    pub filter_all: &'static str,
    pub filter_trouble: &'static str,
    pub filter_healthy: &'static str,
    pub filter_unknown: &'static str,
    pub no_match: &'static str,
}

/// The texts of a language.
pub fn monitor(lang: Lang) -> &'static MonitorText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

impl MonitorText {
    pub fn state_word(&self, state: NodeState) -> &'static str {
        match state {
            NodeState::Healthy => self.healthy,
            NodeState::Suspect => self.suspect,
            NodeState::Failed => self.failed,
            NodeState::Probing => self.probing,
            NodeState::Recovering => self.recovering,
            NodeState::Unknown => self.unknown,
        }
    }

    pub fn role_word(&self, role: Role) -> &'static str {
        match role {
            Role::Leader => self.leader,
            Role::Follower => self.follower,
            Role::Candidate => self.candidate,
            Role::Learner => self.learner,
        }
    }
}

const FR: MonitorText = MonitorText {
    title: "Nœuds du cluster",
    node: "Nœud",
    state: "État",
    latency: "Latence",
    checks: "Derniers contrôles",
    last_checked: "Contrôlé",
    last_seen: "Vu",
    raft: "Raft",
    actions: "Actions",

    in_use: "utilisé",
    preferred: "préféré",
    leader: "leader",
    follower: "suiveur",
    candidate: "candidat",
    learner: "apprenti",
    no_quorum: "sans quorum",
    median_and_p95: "médiane / p95",
    never: "jamais",
    just_now: "à l’instant",
    old_data: "données anciennes",

    healthy: "sain",
    suspect: "suspect",
    failed: "en panne",
    probing: "à l’essai",
    recovering: "en reprise",
    unknown: "inconnu",

    switch: "Utiliser",
    reset: "Réinitialiser",
    test_now: "Tester",
    refresh: "Actualiser",
    reset_all: "Réinitialiser les échecs",
    auto_refresh: "Actualisation automatique",
    interval: "Intervalle",
    export: "Exporter le journal",
    back_to_automatic: "Revenir au choix automatique",
    undo: "Annuler",
    already_preferred: "Ce nœud est déjà le nœud préféré.",

    paused_hidden: "en pause : onglet masqué",
    paused_off: "actualisation automatique arrêtée",

    confirm_title: t("Utiliser le {0} malgré tout ?"),
    since: t("depuis {0}"),
    confirm_last_result: "Dernier essai",
    confirm_state: "État",
    confirm_effect_label: "Effet",
    confirm_effect: t(
        "Le {0} devient le nœud préféré : les prochaines requêtes l’essaieront en premier, dès qu’il est rétabli.",
    ),
    confirm_effect_beside: t(
        "Le {0} devient le nœud préféré. Tant qu’il ne répond pas, les requêtes restent servies par le {1} ; elles lui reviennent dès qu’il est rétabli.",
    ),
    confirm_accept: "Utiliser ce nœud",
    confirm_cancel: "Ne rien changer",
    answered_in: t("a répondu en {0}"),
    did_not_answer: t("n’a pas répondu : {0}"),

    switched: t("Le {0} est maintenant le nœud préféré."),
    automatic_again: "Le nœud est de nouveau choisi automatiquement.",
    no_such_node: "Ce nœud n’est plus dans la liste.",
    reset_none: "Aucun nœud en échec : rien à réinitialiser.",
    reset_done: Counted {
        one: t("{0} nœud est contrôlé de nouveau."),
        many: t("{0} nœuds sont contrôlés de nouveau."),
    },
    reset_one_done: t("Les échecs du {0} sont effacés ; il est contrôlé de nouveau."),
    reset_too_soon: t("Les échecs viennent d’être réinitialisés. Réessayez dans {0} s."),
    tested: t("{0} {1}."),
    export_failed: "Le navigateur a refusé d’enregistrer le fichier. Autorisez les téléchargements pour ce site, puis réessayez.",

    journal: "Journal",
    journal_empty: "Rien à signaler depuis l’ouverture de la page.",
    journal_no_match: "Aucun événement ne correspond au filtre.",
    journal_kind: "Type",
    journal_node: "Nœud",
    all_kinds: "Tous les types",
    all_nodes: "Tous les nœuds",
    kinds: ["États des nœuds", "Bascules", "Requêtes", "Opérateur", "Cluster"],
    show_more: Counted { one: t("Afficher {0} événement de plus"), many: t("Afficher {0} événements de plus") },
    shown_of: t("{0} sur {1}"),

    no_connection: "Aucun nœud ne répond",
    no_connection_since: t("Aucun nœud ne répond depuis {0}"),
    no_connection_panic: "Aucun nœud sûr : les requêtes sont tentées quand même",
    tried: t("Essayés : {0}."),
    overall: t("{0} en tout"),
    next_try_in: t("Prochain essai dans {0} s."),
    trying: "Essai en cours…",
    try_now: "Essayer maintenant",

    pill_label: t("Cluster : {0}. Changer de nœud"),
    pill_title: "Changer de nœud",

    no_checks: "aucun contrôle",

    alerts: "Alertes",
    alerts_refused: "Le navigateur refuse les notifications de ce site. Autorisez-les dans ses réglages, puis réessayez.",
    alert_failed: "Un nœud est en panne.",
    alert_no_quorum: "Le cluster ne peut plus servir : aucun nœud ne répond, ou pas de quorum.",
    alert_back: "Tous les nœuds sont rétablis.",

    why: "Pourquoi ce nœud ?",
    why_reads: "Lectures",
    why_writes: "Écritures",
    why_taken: "choisi : la prochaine requête y va",
    why_spare: "prêt : un autre passe avant",
    why_slow: "plus lent que d’habitude en ce moment",
    why_stale: "en retard sur ce que cette page a déjà vu",
    why_recovering: "de retour, encore observé",
    why_flapping: "trop souvent quitté ces derniers temps",
    why_no_quorum: "sans quorum : ne peut pas écrire",
    why_suspect: "suspect : seulement en dernier recours",
    why_held: "a demandé de patienter",
    why_failed: "en panne : seulement s’il ne reste rien d’autre",
    why_probing: "en panne, à l’essai en ce moment",
    why_not_required: "un autre nœud est exigé",

    local_fault_since: t("Votre réseau ne répond plus depuis {0}"),
    local_fault_text: "Ni les nœuds ni ce site ne sont joignables depuis cet appareil : aucun nœud n’est mis en cause. Vérifiez votre connexion.",

    required_title: t("{0} est exigé"),
    required_text: t("Toutes les requêtes de cet onglet vont à ce nœud, sans bascule, encore {0}."),
    lift_requirement: "Lever l’exigence",

    search: "Chercher un nœud",
    filter_all: "Tous",
    filter_trouble: "En difficulté",
    filter_healthy: "Sains",
    filter_unknown: "Inconnus",
    no_match: "Aucun nœud ne correspond au filtre.",
};

const EN: MonitorText = MonitorText {
    title: "Cluster nodes",
    node: "Node",
    state: "State",
    latency: "Latency",
    checks: "Last checks",
    last_checked: "Checked",
    last_seen: "Seen",
    raft: "Raft",
    actions: "Actions",

    in_use: "in use",
    preferred: "preferred",
    leader: "leader",
    follower: "follower",
    candidate: "candidate",
    learner: "learner",
    no_quorum: "no quorum",
    median_and_p95: "median / p95",
    never: "never",
    just_now: "just now",
    old_data: "old data",

    healthy: "healthy",
    suspect: "suspect",
    failed: "failed",
    probing: "probing",
    recovering: "recovering",
    unknown: "unknown",

    switch: "Use",
    reset: "Reset",
    test_now: "Test",
    refresh: "Refresh",
    reset_all: "Reset failures",
    auto_refresh: "Auto-refresh",
    interval: "Interval",
    export: "Export journal",
    back_to_automatic: "Back to automatic",
    undo: "Undo",
    already_preferred: "This node is already the preferred one.",

    paused_hidden: "paused: tab hidden",
    paused_off: "auto-refresh off",

    confirm_title: t("Use {0} all the same?"),
    since: t("since {0}"),
    confirm_last_result: "Last try",
    confirm_state: "State",
    confirm_effect_label: "Effect",
    confirm_effect: t("{0} becomes the preferred node: the next requests go there first, once it has recovered."),
    confirm_effect_beside: t(
        "{0} becomes the preferred node. While it does not answer, requests are still served by {1}; they return to it once it has recovered.",
    ),
    confirm_accept: "Use this node",
    confirm_cancel: "Change nothing",
    answered_in: t("answered in {0}"),
    did_not_answer: t("did not answer: {0}"),

    switched: t("{0} is now the preferred node."),
    automatic_again: "The node is chosen automatically again.",
    no_such_node: "This node is no longer in the list.",
    reset_none: "No failed node: nothing to reset.",
    reset_done: Counted { one: t("{0} node is being checked again."), many: t("{0} nodes are being checked again.") },
    reset_one_done: t("The failures of {0} are cleared; it is being checked again."),
    reset_too_soon: t("Failures were reset just now. Try again in {0} s."),
    tested: t("{0} {1}."),
    export_failed: "The browser refused to save the file. Allow downloads for this site, then try again.",

    journal: "Journal",
    journal_empty: "Nothing to report since the page was opened.",
    journal_no_match: "No event matches the filter.",
    journal_kind: "Kind",
    journal_node: "Node",
    all_kinds: "All kinds",
    all_nodes: "All nodes",
    kinds: ["Node states", "Failovers", "Requests", "Operator", "Cluster"],
    show_more: Counted { one: t("Show {0} more event"), many: t("Show {0} more events") },
    shown_of: t("{0} of {1}"),

    no_connection: "No node answers",
    no_connection_since: t("No node has answered since {0}"),
    no_connection_panic: "No node can be trusted: requests are tried all the same",
    tried: t("Tried: {0}."),
    overall: t("{0} overall"),
    next_try_in: t("Next try in {0} s."),
    trying: "Trying now…",
    try_now: "Try now",

    pill_label: t("Cluster: {0}. Change node"),
    pill_title: "Change node",

    no_checks: "no check yet",

    alerts: "Alerts",
    alerts_refused: "The browser refuses notifications of this site. Allow them in its settings, then try again.",
    alert_failed: "A node has failed.",
    alert_no_quorum: "The cluster cannot serve: no node answers, or there is no quorum.",
    alert_back: "All nodes are back.",

    why: "Why this node?",
    why_reads: "Reads",
    why_writes: "Writes",
    why_taken: "taken: the next request goes there",
    why_spare: "ready: another one comes before it",
    why_slow: "slower than usual at this moment",
    why_stale: "behind what this page has seen",
    why_recovering: "back, and still watched",
    why_flapping: "left too often lately",
    why_no_quorum: "without quorum: cannot write",
    why_suspect: "suspect: a last resort",
    why_held: "asked for patience",
    why_failed: "failed: only when nothing else is left",
    why_probing: "failed, being tried right now",
    why_not_required: "another node is required",

    local_fault_since: t("Your network has not answered since {0}"),
    local_fault_text: "Neither the nodes nor this site can be reached from this device: no node is blamed. Check your connection.",

    required_title: t("{0} is required"),
    required_text: t("Every request of this tab goes to this node, without failover, for another {0}."),
    lift_requirement: "Lift the requirement",

    search: "Find a node",
    filter_all: "All",
    filter_trouble: "In trouble",
    filter_healthy: "Healthy",
    filter_unknown: "Unknown",
    no_match: "No node matches the filter.",
};
