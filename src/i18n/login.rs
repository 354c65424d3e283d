//! Texts of the login page.

use super::Lang;

/// Every text of the page in one language. A missing one does not compile.
pub struct LoginText {
    pub tabs: &'static str,
    pub tab_sign_in: &'static str,
    pub tab_user: &'static str,
    pub tab_provider: &'static str,
    pub title_user: &'static str,
    pub title_provider: &'static str,
    pub title: &'static str,
    /// What the application is for.
    pub about: &'static str,
    pub demo_accounts: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub submit: &'static str,
    pub submitting: &'static str,
    pub wrong: &'static str,
    /// A login that was taken, and a first call that was refused as nobody's.
    pub never_known: &'static str,
    pub email_missing: &'static str,
    pub password_missing: &'static str,
}

/// The texts of a language.
pub fn login(lang: Lang) -> &'static LoginText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: LoginText = LoginText {
    tabs: "Se connecter ou s’inscrire",
    tab_sign_in: "Connexion",
    tab_user: "Inscription",
    tab_provider: "Inscription prestataire",
    title_user: "Créer un compte utilisateur",
    title_provider: "Créer un compte prestataire",
    title: "Connexion",
    about: "Réservez des places et surveillez le cluster qui garde les réservations, même quand un nœud tombe.",
    demo_accounts: "Comptes de démonstration",
    email: "Adresse e-mail",
    password: "Mot de passe",
    submit: "Se connecter",
    submitting: "Connexion en cours…",
    wrong: "Adresse e-mail ou mot de passe incorrect.",
    never_known: "Le serveur a accepté la connexion, puis n’a pas reconnu l’appel suivant. Il attend peut-être les en-têtes \
                  X-User-Id et X-User-Role : c’est le réglage legacyIdentityHeaders de la configuration.",
    email_missing: "Saisissez votre adresse e-mail.",
    password_missing: "Saisissez votre mot de passe.",
};

const EN: LoginText = LoginText {
    tabs: "Sign in or register",
    tab_sign_in: "Sign in",
    tab_user: "Register",
    tab_provider: "Register as provider",
    title_user: "Create a user account",
    title_provider: "Create a provider account",
    title: "Sign in",
    about: "Book seats and watch the cluster that keeps the reservations, even when a node goes down.",
    demo_accounts: "Demo accounts",
    email: "E-mail address",
    password: "Password",
    submit: "Sign in",
    submitting: "Signing in…",
    wrong: "Wrong e-mail address or password.",
    never_known: "The server accepted the sign-in, then did not recognise the next call. It may expect the headers \
                  X-User-Id and X-User-Role: that is the setting legacyIdentityHeaders of the configuration.",
    email_missing: "Enter your e-mail address.",
    password_missing: "Enter your password.",
};
