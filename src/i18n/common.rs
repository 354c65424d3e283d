//! Texts of the frame around every page, and of the components that all pages share.

use super::Lang;
use super::template::{Counted, Template, t};
use crate::api_service::endpoints::auth::UserRole;

/// Every shared text in one language. A missing one does not compile.
pub struct CommonText {
    pub skip_link: &'static str,
    pub main_navigation: &'static str,
    pub menu: &'static str,
    pub account: &'static str,
    pub nav_admin: &'static str,
    pub nav_user: &'static str,
    pub nav_provider: &'static str,
    pub nav_research: &'static str,
    pub nav_live: &'static str,
    pub nav_performance: &'static str,
    pub nav_settings: &'static str,
    pub nav_guide: &'static str,
    pub switch_language: &'static str,
    pub theme: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub theme_system: &'static str,
    /// Who, and in what role.
    pub signed_in_as: Template<2>,
    pub role: fn(UserRole) -> &'static str,
    pub log_out: &'static str,
    pub logged_out: &'static str,
    pub session_over: &'static str,

    pub unfinished_booking: &'static str,
    pub unfinished: &'static str,
    pub finish: &'static str,
    pub finished: &'static str,

    pub loading: &'static str,
    pub chunk_missing: &'static str,
    pub reload: &'static str,
    pub retry: &'static str,
    pub stale_since: Template<1>,
    /// How many entries, of how many, and where and why the first one.
    pub unreadable: Counted<3>,
    pub updated_at: Template<1>,
    pub close: &'static str,
    pub dismiss: &'static str,
    pub undo: &'static str,
    pub notices: &'static str,
    pub required: &'static str,

    pub not_found_title: &'static str,
    pub not_found_text: &'static str,
    pub forbidden_title: &'static str,
    /// The role of whoever is here.
    pub forbidden_text: Template<1>,
    pub to_my_page: &'static str,
    pub to_login: &'static str,
}

/// The texts of a language.
pub fn common(lang: Lang) -> &'static CommonText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: CommonText = CommonText {
    skip_link: "Aller au contenu",
    main_navigation: "Navigation principale",
    menu: "Menu",
    account: "Compte et affichage",
    nav_admin: "Administration",
    nav_user: "Réserver",
    nav_provider: "Mes véhicules",
    nav_research: "Recherche",
    nav_live: "En direct",
    nav_performance: "Performance",
    nav_settings: "Réglages",
    nav_guide: "Guide",
    switch_language: "Changer de langue :",
    theme: "Thème",
    theme_light: "Clair",
    theme_dark: "Sombre",
    theme_system: "Système",
    signed_in_as: t("Connecté : {0} ({1})"),
    role: |role| match role {
        UserRole::Admin => "administrateur",
        UserRole::Provider => "prestataire",
        UserRole::User => "utilisateur",
        UserRole::Researcher => "chercheur",
    },
    log_out: "Se déconnecter",
    logged_out: "Vous êtes déconnecté.",
    session_over: "Votre session est terminée. Reconnectez-vous : vous reviendrez à la page où vous étiez.",

    unfinished_booking: "Une réservation était en cours quand la page a été quittée : elle a peut-être été enregistrée, peut-être pas. La terminer ne réservera qu’une fois.",
    unfinished: "Une demande était en cours quand la page a été quittée : elle a peut-être été appliquée, peut-être pas. La terminer ne l’appliquera qu’une fois.",
    finish: "La terminer",
    finished: "La demande interrompue est terminée : elle est appliquée, une seule fois.",

    loading: "Chargement…",
    chunk_missing: "Cette page n’a pas pu être chargée. Vérifiez le réseau, puis réessayez. Si une nouvelle version vient d’être installée, rechargez.",
    reload: "Recharger",
    retry: "Réessayer",
    stale_since: t("Données de {0} : l’actualisation a échoué."),
    unreadable: Counted {
        one: t("{0} sur {1} n’a pas pu être lu\u{a0}: {2}"),
        many: t("{0} sur {1} n’ont pas pu être lus, dont le premier\u{a0}: {2}"),
    },
    updated_at: t("à jour à {0}"),
    close: "Fermer",
    dismiss: "Fermer ce message",
    undo: "Annuler",
    notices: "Messages",
    required: "obligatoire",

    not_found_title: "Page introuvable",
    not_found_text: "Aucune page n’existe à cette adresse. Le lien est peut-être ancien ou mal recopié.",
    forbidden_title: "Page d’un autre rôle",
    forbidden_text: t(
        "Cette page n’est pas ouverte au rôle « {0} ». Revenez à votre page, ou reconnectez-vous avec un autre compte.",
    ),
    to_my_page: "Revenir à ma page",
    to_login: "Aller à la connexion",
};

const EN: CommonText = CommonText {
    skip_link: "Skip to content",
    main_navigation: "Main navigation",
    menu: "Menu",
    account: "Account and display",
    nav_admin: "Administration",
    nav_user: "Book",
    nav_provider: "My vehicles",
    nav_research: "Research",
    nav_live: "Live",
    nav_performance: "Performance",
    nav_settings: "Settings",
    nav_guide: "Guide",
    switch_language: "Change language:",
    theme: "Theme",
    theme_light: "Light",
    theme_dark: "Dark",
    theme_system: "System",
    signed_in_as: t("Signed in: {0} ({1})"),
    role: |role| match role {
        UserRole::Admin => "administrator",
        UserRole::Provider => "provider",
        UserRole::User => "user",
        UserRole::Researcher => "researcher",
    },
    log_out: "Sign out",
    logged_out: "You are signed out.",
    session_over: "Your session is over. Sign in again: you will come back to the page where you were.",

    unfinished_booking: "A booking was under way when the page was left: it may or may not have been recorded. Finishing it books once only.",
    unfinished: "A request was under way when the page was left: it may or may not have been applied. Finishing it applies it once only.",
    finish: "Finish it",
    finished: "The interrupted request is finished: applied, and once only.",

    loading: "Loading…",
    chunk_missing: "This page could not be loaded. Check the network, then try again. When a new version has just been installed, reload.",
    reload: "Reload",
    retry: "Try again",
    stale_since: t("Data from {0}: the refresh failed."),
    unreadable: Counted {
        one: t("{0} of {1} could not be read: {2}"),
        many: t("{0} of {1} could not be read, the first: {2}"),
    },
    updated_at: t("up to date at {0}"),
    close: "Close",
    dismiss: "Dismiss this message",
    undo: "Undo",
    notices: "Messages",
    required: "required",

    not_found_title: "Page not found",
    not_found_text: "There is no page at this address. The link may be old, or copied in part.",
    forbidden_title: "A page of another role",
    forbidden_text: t(
        "This page is not open to the role “{0}”. Go back to your page, or sign in with another account.",
    ),
    to_my_page: "Back to my page",
    to_login: "Go to sign in",
};
