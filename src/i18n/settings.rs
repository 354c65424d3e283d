//! Texts of the settings page.

use super::Lang;
use super::template::{Template, t};
use crate::api_service::failover::Role;

/// Every text of the page in one language. A missing one does not compile.
pub struct SettingsText {
    pub title: &'static str,
    pub appearance: &'static str,
    pub language: &'static str,
    pub kept_here: &'static str,

    pub figures: &'static str,
    pub request_timeout: &'static str,
    pub health_interval: &'static str,
    pub monitor_refresh: &'static str,
    pub bounds: Template<3>,
    pub save: &'static str,
    pub saved: &'static str,
    pub not_kept: &'static str,
    pub waits: &'static str,
    pub reload: &'static str,

    pub nodes: &'static str,
    pub nodes_intro: &'static str,
    pub node: &'static str,
    pub state: &'static str,
    pub actions: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub test: &'static str,
    pub testing: &'static str,
    pub remove: &'static str,
    /// An action and the node that it is about.
    pub about: Template<2>,
    pub moved: Template<3>,
    pub removed: Template<1>,
    pub last_node: &'static str,
    pub already_first: &'static str,
    pub already_last: &'static str,
    pub add_label: &'static str,
    pub add_hint: &'static str,
    pub add: &'static str,
    pub already_listed: &'static str,
    pub added: Template<1>,
    pub ask_title: fn(usize) -> String,
    pub ask_token: &'static str,
    pub ask_yes: &'static str,
    pub ask_no: &'static str,
    pub healthy: fn(took: &str, role: Option<Role>) -> String,
    pub answered: Template<1>,
    pub no_answer: &'static str,
    pub timed_out: Template<1>,
    pub other_cluster: &'static str,

    pub transfer: &'static str,
    pub unchanged: &'static str,
    pub changed: Template<1>,
    pub export: &'static str,
    pub export_failed: &'static str,
    pub import: &'static str,
    pub import_hint: &'static str,
    pub import_refused: &'static str,
    pub import_unreadable: &'static str,
    pub imported: &'static str,
    pub reset: &'static str,
    pub was_reset: &'static str,
    pub saved_refused: Template<1>,
    pub forget: &'static str,
}

/// The texts of a language.
pub fn settings(lang: Lang) -> &'static SettingsText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: SettingsText = SettingsText {
    title: "Réglages",
    appearance: "Affichage",
    language: "Langue",
    kept_here: "Ces réglages sont gardés dans ce navigateur.",

    figures: "Délais",
    request_timeout: "Délai d’une requête (ms)",
    health_interval: "Contrôles de santé (ms)",
    monitor_refresh: "Actualisation du moniteur (ms)",
    bounds: t("De {0} à {1}. Le fichier dit {2}."),
    save: "Enregistrer les délais",
    saved: "Les réglages sont enregistrés.",
    not_kept: "Les réglages valent jusqu’au rechargement : ce navigateur refuse de les garder.",
    waits: "Ces changements prennent effet quand la page est rechargée.",
    reload: "Recharger maintenant",

    nodes: "Nœuds",
    nodes_intro: "Dans l’ordre de préférence : le premier nœud disponible sert. Les changements prennent effet tout de suite.",
    node: "Nœud",
    state: "État",
    actions: "Actions",
    up: "Monter",
    down: "Descendre",
    test: "Tester",
    testing: "Test…",
    remove: "Retirer",
    about: t("{0} : {1}"),
    moved: t("{0} est en position {1} sur {2}."),
    removed: t("{0} est retiré de la liste."),
    last_node: "Le dernier nœud ne peut pas être retiré : l’application n’aurait plus à qui parler.",
    already_first: "Ce nœud est déjà le premier.",
    already_last: "Ce nœud est déjà le dernier.",
    add_label: "Adresse d’un nouveau nœud",
    add_hint: "Par exemple http://localhost:8083. Le nœud est testé avant d’être ajouté.",
    add: "Tester et ajouter",
    already_listed: "Ce nœud est déjà dans la liste.",
    added: t("{0} est ajouté à la liste."),
    ask_title: |count| {
        if count == 1 {
            "Faire confiance à ce nœud ?".to_owned()
        } else {
            format!("Faire confiance à ces {count} nœuds ?")
        }
    },
    ask_token: "Votre jeton de session lui sera envoyé avec vos demandes, comme aux autres nœuds : qui le reçoit peut agir en votre nom. N’ajoutez que des nœuds de votre cluster.",
    ask_yes: "Ajouter",
    ask_no: "Ne pas ajouter",
    healthy: |took, role| {
        let role = match role {
            Some(Role::Leader) => ", leader",
            Some(Role::Follower) => ", suiveur",
            Some(Role::Candidate) => ", candidat",
            Some(Role::Learner) => ", apprenant",
            None => "",
        };
        format!("a répondu en {took}{role}")
    },
    answered: t("a répondu {0} : ce n’est peut-être pas un nœud du cluster"),
    no_answer: "n’a pas répondu (éteint, ou refusé par le navigateur : CORS, certificat, contenu mixte)",
    timed_out: t("n’a pas répondu en {0}"),
    other_cluster: "Attention : ce nœud dit faire partie d’un autre cluster.",

    transfer: "Exporter, importer, réinitialiser",
    unchanged: "Rien n’est modifié : tout vient du fichier config.json de ce site.",
    changed: t("Modifié dans ce navigateur : {0}."),
    export: "Exporter (JSON)",
    export_failed: "Le navigateur a refusé le fichier.",
    import: "Importer un fichier config.json",
    import_hint: "Ce que le fichier ne dit pas reste comme il est.",
    import_refused: "Le fichier n’a pas été repris, rien n’a changé :",
    import_unreadable: "Le navigateur n’a pas pu lire ce fichier.",
    imported: "Les réglages du fichier sont repris.",
    reset: "Revenir aux valeurs du fichier",
    was_reset: "Les réglages sont ceux du fichier config.json.",
    saved_refused: t("Réglages gardés ici et ignorés, le fichier vaut à leur place : {0}"),
    forget: "Les oublier",
};

const EN: SettingsText = SettingsText {
    title: "Settings",
    appearance: "Display",
    language: "Language",
    kept_here: "These settings are kept in this browser.",

    figures: "Times",
    request_timeout: "Request timeout (ms)",
    health_interval: "Health checks (ms)",
    monitor_refresh: "Monitor refresh (ms)",
    bounds: t("From {0} to {1}. The file says {2}."),
    save: "Save the times",
    saved: "The settings are saved.",
    not_kept: "The settings hold until the page is reloaded: this browser refuses to keep them.",
    waits: "These changes take effect when the page is reloaded.",
    reload: "Reload now",

    nodes: "Nodes",
    nodes_intro: "In the order of preference: the first node that can serve does. Changes take effect at once.",
    node: "Node",
    state: "State",
    actions: "Actions",
    up: "Move up",
    down: "Move down",
    test: "Test",
    testing: "Testing…",
    remove: "Remove",
    about: t("{0}: {1}"),
    moved: t("{0} is at position {1} of {2}."),
    removed: t("{0} is removed from the list."),
    last_node: "The last node cannot be removed: the application would have nobody to talk to.",
    already_first: "This node is the first already.",
    already_last: "This node is the last already.",
    add_label: "Address of a new node",
    add_hint: "For example http://localhost:8083. The node is tested before it is added.",
    add: "Test and add",
    already_listed: "This node is in the list already.",
    added: t("{0} is added to the list."),
    ask_title: |count| {
        if count == 1 { "Trust this node?".to_owned() } else { format!("Trust these {count} nodes?") }
    },
    ask_token: "Your session token will be sent to it with your requests, as to the other nodes: whoever receives it can act in your name. Add only nodes of your cluster.",
    ask_yes: "Add",
    ask_no: "Do not add",
    healthy: |took, role| {
        let role = match role {
            Some(Role::Leader) => ", leader",
            Some(Role::Follower) => ", follower",
            Some(Role::Candidate) => ", candidate",
            Some(Role::Learner) => ", learner",
            None => "",
        };
        format!("answered in {took}{role}")
    },
    answered: t("answered {0}: this may not be a node of the cluster"),
    no_answer: "did not answer (down, or refused by the browser: CORS, certificate, mixed content)",
    timed_out: t("did not answer within {0}"),
    other_cluster: "Caution: this node says that it belongs to another cluster.",

    transfer: "Export, import, reset",
    unchanged: "Nothing is changed: everything comes from the config.json of this site.",
    changed: t("Changed in this browser: {0}."),
    export: "Export (JSON)",
    export_failed: "The browser refused the file.",
    import: "Import a config.json",
    import_hint: "What the file does not say stays as it is.",
    import_refused: "The file was not taken, nothing has changed:",
    import_unreadable: "The browser could not read this file.",
    imported: "The settings of the file are taken.",
    reset: "Back to the file's values",
    was_reset: "The settings are those of config.json.",
    saved_refused: t("Settings kept here and ignored, the file holds in their place: {0}"),
    forget: "Forget them",
};
