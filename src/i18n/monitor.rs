//! Texts of the nodes monitor, the node pill and the connection banner.

use crate::api_service::failover::node::{NodeState, Role};
use crate::i18n::{Lang, capital};

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

    pub confirm_title: fn(&str) -> String,
    pub since: fn(&str) -> String,
    pub confirm_last_result: &'static str,
    pub confirm_state: &'static str,
    pub confirm_effect_label: &'static str,
    pub confirm_effect: fn(node: &str, current: Option<&str>) -> String,
    pub confirm_accept: &'static str,
    pub confirm_cancel: &'static str,
    pub answered_in: fn(&str) -> String,
    pub did_not_answer: fn(&str) -> String,

    pub switched: fn(&str) -> String,
    pub automatic_again: &'static str,
    pub no_such_node: &'static str,
    pub reset_done: fn(usize) -> String,
    pub reset_one_done: fn(&str) -> String,
    pub reset_too_soon: fn(u64) -> String,
    pub tested: fn(node: &str, result: &str) -> String,
    pub export_failed: &'static str,

    pub journal: &'static str,
    pub journal_empty: &'static str,
    pub journal_no_match: &'static str,
    pub journal_kind: &'static str,
    pub journal_node: &'static str,
    pub all_kinds: &'static str,
    pub all_nodes: &'static str,
    pub kinds: [&'static str; 5],
    pub show_more: fn(usize) -> String,
    pub shown_of: fn(shown: usize, total: usize) -> String,

    pub no_connection: &'static str,
    pub no_connection_since: fn(&str) -> String,
    pub no_connection_panic: &'static str,
    pub tried: fn(&str) -> String,
    /// The share of all checks and requests that were answered.
    pub overall: fn(&str) -> String,
    pub next_try_in: fn(u64) -> String,
    pub trying: &'static str,
    pub try_now: &'static str,

    pub pill_label: fn(&str) -> String,
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

    pub local_fault_since: fn(&str) -> String,
    pub local_fault_text: &'static str,

    pub required_title: fn(&str) -> String,
    pub required_text: fn(&str) -> String,
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

    confirm_title: |node| format!("Utiliser le {node} malgré tout ?"),
    since: |time| format!("depuis {time}"),
    confirm_last_result: "Dernier essai",
    confirm_state: "État",
    confirm_effect_label: "Effet",
    confirm_effect: |node, current| match current {
        Some(current) => format!(
            "Le {node} devient le nœud préféré. Tant qu’il ne répond pas, les requêtes restent servies par le {current} ; elles lui reviennent dès qu’il est rétabli."
        ),
        None => format!(
            "Le {node} devient le nœud préféré : les prochaines requêtes l’essaieront en premier, dès qu’il est rétabli."
        ),
    },
    confirm_accept: "Utiliser ce nœud",
    confirm_cancel: "Ne rien changer",
    answered_in: |latency| format!("a répondu en {latency}"),
    did_not_answer: |reason| format!("n’a pas répondu : {reason}"),

    switched: |node| format!("Le {node} est maintenant le nœud préféré."),
    automatic_again: "Le nœud est de nouveau choisi automatiquement.",
    no_such_node: "Ce nœud n’est plus dans la liste.",
    reset_done: |count| match count {
        0 => "Aucun nœud en échec : rien à réinitialiser.".to_owned(),
        1 => "1 nœud est contrôlé de nouveau.".to_owned(),
        _ => format!("{count} nœuds sont contrôlés de nouveau."),
    },
    reset_one_done: |node| format!("Les échecs du {node} sont effacés ; il est contrôlé de nouveau."),
    reset_too_soon: |seconds| format!("Les échecs viennent d’être réinitialisés. Réessayez dans {seconds} s."),
    tested: |node, result| format!("{} {result}.", capitalised(node)),
    export_failed: "Le navigateur a refusé d’enregistrer le fichier. Autorisez les téléchargements pour ce site, puis réessayez.",

    journal: "Journal",
    journal_empty: "Rien à signaler depuis l’ouverture de la page.",
    journal_no_match: "Aucun événement ne correspond au filtre.",
    journal_kind: "Type",
    journal_node: "Nœud",
    all_kinds: "Tous les types",
    all_nodes: "Tous les nœuds",
    kinds: ["États des nœuds", "Bascules", "Requêtes", "Opérateur", "Cluster"],
    show_more: |count| match count {
        1 => "Afficher 1 événement de plus".to_owned(),
        _ => format!("Afficher {count} événements de plus"),
    },
    shown_of: |shown, total| format!("{shown} sur {total}"),

    no_connection: "Aucun nœud ne répond",
    no_connection_since: |time| format!("Aucun nœud ne répond depuis {time}"),
    no_connection_panic: "Aucun nœud sûr : les requêtes sont tentées quand même",
    tried: |list| format!("Essayés : {list}."),
    overall: |share| format!("{share} en tout"),
    next_try_in: |seconds| format!("Prochain essai dans {seconds} s."),
    trying: "Essai en cours…",
    try_now: "Essayer maintenant",

    pill_label: |summary| format!("Cluster : {summary}. Changer de nœud"),
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

    local_fault_since: |time| format!("Votre réseau ne répond plus depuis {time}"),
    local_fault_text: "Ni les nœuds ni ce site ne sont joignables depuis cet appareil : aucun nœud n’est mis en cause. Vérifiez votre connexion.",

    required_title: |node| format!("{} est exigé", capitalised(node)),
    required_text: |left| format!("Toutes les requêtes de cet onglet vont à ce nœud, sans bascule, encore {left}."),
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

    confirm_title: |node| format!("Use {node} all the same?"),
    since: |time| format!("since {time}"),
    confirm_last_result: "Last try",
    confirm_state: "State",
    confirm_effect_label: "Effect",
    confirm_effect: |node, current| match current {
        Some(current) => format!(
            "{} becomes the preferred node. While it does not answer, requests are still served by {current}; they return to it once it has recovered.",
            capitalised(node)
        ),
        None => format!(
            "{} becomes the preferred node: the next requests go there first, once it has recovered.",
            capitalised(node)
        ),
    },
    confirm_accept: "Use this node",
    confirm_cancel: "Change nothing",
    answered_in: |latency| format!("answered in {latency}"),
    did_not_answer: |reason| format!("did not answer: {reason}"),

    switched: |node| format!("{} is now the preferred node.", capitalised(node)),
    automatic_again: "The node is chosen automatically again.",
    no_such_node: "This node is no longer in the list.",
    reset_done: |count| match count {
        0 => "No failed node: nothing to reset.".to_owned(),
        1 => "1 node is being checked again.".to_owned(),
        _ => format!("{count} nodes are being checked again."),
    },
    reset_one_done: |node| format!("The failures of {node} are cleared; it is being checked again."),
    reset_too_soon: |seconds| format!("Failures were reset just now. Try again in {seconds} s."),
    tested: |node, result| format!("{} {result}.", capitalised(node)),
    export_failed: "The browser refused to save the file. Allow downloads for this site, then try again.",

    journal: "Journal",
    journal_empty: "Nothing to report since the page was opened.",
    journal_no_match: "No event matches the filter.",
    journal_kind: "Kind",
    journal_node: "Node",
    all_kinds: "All kinds",
    all_nodes: "All nodes",
    kinds: ["Node states", "Failovers", "Requests", "Operator", "Cluster"],
    show_more: |count| match count {
        1 => "Show 1 more event".to_owned(),
        _ => format!("Show {count} more events"),
    },
    shown_of: |shown, total| format!("{shown} of {total}"),

    no_connection: "No node answers",
    no_connection_since: |time| format!("No node has answered since {time}"),
    no_connection_panic: "No node can be trusted: requests are tried all the same",
    tried: |list| format!("Tried: {list}."),
    overall: |share| format!("{share} overall"),
    next_try_in: |seconds| format!("Next try in {seconds} s."),
    trying: "Trying now…",
    try_now: "Try now",

    pill_label: |summary| format!("Cluster: {summary}. Change node"),
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

    local_fault_since: |time| format!("Your network has not answered since {time}"),
    local_fault_text: "Neither the nodes nor this site can be reached from this device: no node is blamed. Check your connection.",

    required_title: |node| format!("{} is required", capitalised(node)),
    required_text: |left| format!("Every request of this tab goes to this node, without failover, for another {left}."),
    lift_requirement: "Lift the requirement",

    search: "Find a node",
    filter_all: "All",
    filter_trouble: "In trouble",
    filter_healthy: "Healthy",
    filter_unknown: "Unknown",
    no_match: "No node matches the filter.",
};

/// `text` with a capital at its start; an address stays as it is.
pub fn capitalised(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains("://")) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => std::iter::once(capital(first)).chain(letters).collect(),
        None => String::new(),
    }
}
