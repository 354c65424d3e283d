//! Texts of registration.

use super::Lang;
use super::template::{Template, t};

/// Every text of the two registration forms in one language. A missing one does not compile.
pub struct RegistrationText {
    pub email: &'static str,
    pub password: &'static str,
    pub full_name: &'static str,
    pub contact_name: &'static str,
    pub phone: &'static str,
    pub company: &'static str,
    pub description: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
    pub created: Template<1>,
    pub created_sign_in: Template<1>,
    pub unknown: &'static str,
    pub check: &'static str,
    pub checking: &'static str,
    pub not_there: &'static str,
    pub sign_in_instead: &'static str,
}

/// The texts of a language.
pub fn registration(lang: Lang) -> &'static RegistrationText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: RegistrationText = RegistrationText {
    email: "Adresse e-mail",
    password: "Mot de passe",
    full_name: "Nom complet",
    contact_name: "Nom du contact",
    phone: "Téléphone",
    company: "Entreprise",
    description: "Description de l’activité",
    submit: "Créer le compte",
    submitting: "Création en cours…",
    created: t("Le compte est créé. Bienvenue, {0}."),
    created_sign_in: t("Le compte {0} est créé. Connectez-vous pour continuer."),
    unknown: "Aucun nœud n’a confirmé la création du compte : il existe peut-être, peut-être pas. Vérifiez avant de recommencer.",
    check: "Vérifier si le compte existe",
    checking: "Vérification en cours…",
    not_there: "Aucun compte ne répond à cette adresse et à ce mot de passe pour l’instant. Vous pouvez renvoyer le formulaire : rien n’est perdu, et une adresse n’a jamais deux comptes.",
    sign_in_instead: "Se connecter avec cette adresse",
};

const EN: RegistrationText = RegistrationText {
    email: "E-mail address",
    password: "Password",
    full_name: "Full name",
    contact_name: "Contact name",
    phone: "Phone",
    company: "Company",
    description: "What you offer",
    submit: "Create the account",
    submitting: "Creating…",
    created: t("The account is created. Welcome, {0}."),
    created_sign_in: t("The account {0} is created. Sign in to go on."),
    unknown: "No node confirmed that the account was created: it may or may not exist. Check before trying again.",
    check: "Check whether the account exists",
    checking: "Checking…",
    not_there: "No account answers to this address and password for now. You may send the form again: nothing is lost, and an address never has two accounts.",
    sign_in_instead: "Sign in with this address",
};
