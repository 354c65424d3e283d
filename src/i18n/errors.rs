//! What a person reads when a call gave no result: what happened, where, and what to do.

use super::Lang;
use super::template::{Counted, Template, t};
use crate::api_service::ApiError;
use crate::api_service::failover::Duration;
use crate::api_service::failover::Unsendable;

/// Every sentence about a failed call in one language. A missing one does not compile.
struct ErrorText {
    unreachable: &'static str,
    unsendable_header: &'static str,
    unsendable: &'static str,
    /// The attempts that were made.
    no_answer: Counted<1>,
    timed_out: Template<1>,
    no_leader: &'static str,
    unknown: &'static str,
    /// The node that it was sent to.
    unknown_at: Template<1>,
    unauthorized: &'static str,
    /// The advice, and the status of the answer.
    refused: Template<2>,
    forbidden: &'static str,
    not_found: &'static str,
    /// A 404 or 405 that is none of the contract's.
    no_route: &'static str,
    conflict: &'static str,
    invalid: &'static str,
    other: &'static str,
    server: Template<1>,
    overloaded_for: Template<1>,
    overloaded: &'static str,
    /// The path, and what is wrong with the answer.
    unreadable: Template<2>,
    required: Template<1>,
    no_nodes: &'static str,
    cancelled: &'static str,
    /// What we say, and what the node says.
    with_words: Template<2>,
    point: char,
}

const FR: ErrorText = ErrorText {
    unsendable_header: "Le navigateur refuse d’envoyer cette requête : un de ses en-têtes contient un caractère interdit. Aucun nœud n’est en cause ; reconnectez-vous avec un autre identifiant.",
    unsendable: "Le navigateur refuse d’envoyer cette requête. Aucun nœud n’est en cause ; vérifiez les adresses de la configuration.",
    unreachable: "Aucun nœud du cluster n’est joignable. Vérifiez votre réseau, puis réessayez.",
    no_answer: Counted {
        one: t("Aucun nœud du cluster n’a répondu ({0}\u{a0}tentative). Vérifiez votre réseau, puis réessayez."),
        many: t("Aucun nœud du cluster n’a répondu ({0}\u{a0}tentatives). Vérifiez votre réseau, puis réessayez."),
    },
    timed_out: t("Le cluster n’a pas répondu en {0}. Réessayez dans un instant."),
    no_leader: "Le cluster n’a pas de leader pour l’instant : rien n’a été appliqué. Réessayez dans un instant.",
    unknown: "La demande est restée sans réponse : elle a peut-être été appliquée, peut-être pas. Vérifiez (mes réservations) avant de recommencer.",
    unknown_at: t(
        "La demande envoyée à {0} est restée sans réponse : elle a peut-être été appliquée, peut-être pas. Vérifiez (mes réservations) avant de recommencer.",
    ),
    unauthorized: "Le cluster a refusé l’identification. Connectez-vous de nouveau.",
    refused: t("{0} (réponse {1})"),
    forbidden: "Votre rôle ne permet pas cette action.",
    not_found: "Cet élément n’existe pas (ou plus). Actualisez la page.",
    no_route: "Ce serveur ne connaît pas cet élément, ou ne propose pas cette action. Actualisez la page ; si cela dure, prévenez l’administrateur.",
    conflict: "Quelqu’un a été plus rapide, ou l’élément existe déjà. Actualisez, puis choisissez autre chose.",
    invalid: "Une valeur n’est pas acceptée. Corrigez la saisie, puis réessayez.",
    other: "Le cluster a refusé la demande. Vérifiez la saisie, puis réessayez.",
    server: t(
        "Le cluster a échoué sur cette demande (réponse {0}). Réessayez ; si cela dure, prévenez l’administrateur.",
    ),
    overloaded_for: t("Le cluster est surchargé et demande d’attendre {0}. Réessayez ensuite."),
    overloaded: "Le cluster est surchargé et demande un peu de patience. Réessayez dans un instant.",
    unreadable: t(
        "La réponse de {0} n’a pas la forme attendue ({1}). Prévenez l’administrateur : la version du serveur ne convient peut-être pas.",
    ),
    required: t(
        "Le nœud exigé, {0}, n’a pas répondu, et aucun autre n’a été essayé. Levez l’exigence dans l’administration, puis réessayez.",
    ),
    no_nodes: "Aucun nœud n’est configuré. Ajoutez au moins une adresse à « nodes » dans config.json, puis rechargez.",
    cancelled: "La demande a été interrompue. Réessayez si vous en avez encore besoin.",
    with_words: t("{0} Réponse du nœud : « {1} »."),
    point: ',',
};

const EN: ErrorText = ErrorText {
    unsendable_header: "The browser refuses to send this request: one of its headers holds a character that none may have. No node is to blame; log in with another identifier.",
    unsendable: "The browser refuses to send this request. No node is to blame; check the addresses of the configuration.",
    unreachable: "No node of the cluster can be reached. Check your network, then try again.",
    no_answer: Counted {
        one: t("No node of the cluster answered ({0}\u{a0}attempt). Check your network, then try again."),
        many: t("No node of the cluster answered ({0}\u{a0}attempts). Check your network, then try again."),
    },
    timed_out: t("The cluster did not answer within {0}. Try again in a moment."),
    no_leader: "The cluster has no leader at the moment: nothing was applied. Try again in a moment.",
    unknown: "The request was left without an answer: it may or may not have been applied. Check (my reservations) before trying again.",
    unknown_at: t(
        "The request sent to {0} was left without an answer: it may or may not have been applied. Check (my reservations) before trying again.",
    ),
    unauthorized: "The cluster refused the identification. Sign in again.",
    refused: t("{0} (answer {1})"),
    forbidden: "Your role does not allow this action.",
    not_found: "This item does not exist, or no longer. Refresh the page.",
    no_route: "This server does not know this item, or does not offer this action. Refresh the page; if it lasts, tell the administrator.",
    conflict: "Somebody was faster, or the item exists already. Refresh, then choose another one.",
    invalid: "A value is not accepted. Correct the input, then try again.",
    other: "The cluster refused the request. Check the input, then try again.",
    server: t("The cluster failed on this request (answer {0}). Try again; if it lasts, tell the administrator."),
    overloaded_for: t("The cluster is overloaded and asks to wait {0}. Try again after that."),
    overloaded: "The cluster is overloaded and asks for patience. Try again in a moment.",
    unreadable: t(
        "The answer of {0} is not of the agreed shape ({1}). Tell the administrator: the version of the server may not fit.",
    ),
    required: t(
        "The required node, {0}, did not answer, and no other was tried. Lift the requirement on the administration page, then try again.",
    ),
    no_nodes: "No node is configured. Add at least one address to “nodes” in config.json, then reload.",
    cancelled: "The request was interrupted. Try again if you still need it.",
    with_words: t("{0} The node says: “{1}”."),
    point: '.',
};

/// One sentence or two for `error`. Words of a node are quoted as they came: show them as text, never as HTML.
pub fn error_text(lang: Lang, error: &ApiError) -> String {
    let text = match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    };
    let words = match error {
        ApiError::Unreachable { tried: 0 } => text.unreachable,
        ApiError::Unreachable { tried } => return text.no_answer.of(lang, *tried as usize).number(u64::from(*tried)),
        ApiError::Unsendable { what: Unsendable::Header } => text.unsendable_header,
        ApiError::Unsendable { what: Unsendable::Request } => text.unsendable,
        ApiError::TimedOut { waited } => return text.timed_out.fill([&seconds(*waited, text.point)]),
        ApiError::NoLeader => text.no_leader,
        ApiError::OutcomeUnknown { node: Some(node) } => return text.unknown_at.fill([node]),
        ApiError::OutcomeUnknown { node: None } => text.unknown,
        ApiError::Unauthorized { message } => return text.with(text.unauthorized, message.as_deref()),
        ApiError::Refused { status, message, .. } => {
            let advice = match status {
                403 => text.forbidden,
                404 if error.is_gone() => text.not_found,
                404 | 405 => text.no_route,
                409 => text.conflict,
                400 | 422 => text.invalid,
                _ => text.other,
            };
            return text.with(&text.refused.fill([advice, &status.to_string()]), message.as_deref());
        }
        ApiError::Server { status } => return text.server.number(u64::from(*status)),
        ApiError::Throttled { wait: Some(wait) } => return text.overloaded_for.fill([&seconds(*wait, text.point)]),
        ApiError::Throttled { wait: None } => text.overloaded,
        ApiError::Decode { path, detail } => return text.unreadable.fill([path, detail]),
        ApiError::RequiredNode { node } => return text.required.fill([node]),
        ApiError::NoNodes => text.no_nodes,
        ApiError::Cancelled => text.cancelled,
    };
    words.to_owned()
}

impl ErrorText {
    /// The node's own words after ours, quoted.
    fn with(&self, ours: &str, words: Option<&str>) -> String {
        match words.map(str::trim).filter(|words| !words.is_empty()) {
            None => ours.to_owned(),
            Some(words) => self.with_words.fill([ours, words]),
        }
    }
}

/// Seconds with one decimal below ten: short waits are told apart, long ones stay readable.
fn seconds(duration: Duration, point: char) -> String {
    let tenths = duration.as_millis() / 100;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        format!("{}\u{a0}s", tenths / 10)
    } else {
        format!("{}{point}{}\u{a0}s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn every_class() -> Vec<ApiError> {
        vec![
            ApiError::Unreachable { tried: 3 },
            ApiError::TimedOut { waited: Duration::from_millis(4_530) },
            ApiError::Unsendable { what: Unsendable::Header },
            ApiError::Unsendable { what: Unsendable::Request },
            ApiError::NoLeader,
            ApiError::OutcomeUnknown { node: Some(Arc::from("http://localhost:8081")) },
            ApiError::Unauthorized { message: None },
            ApiError::Refused { status: 409, code: None, message: Some("seat taken".into()) },
            ApiError::Server { status: 500 },
            ApiError::Throttled { wait: Some(Duration::from_secs(12)) },
            ApiError::Decode { path: "/api/auth/login".into(), detail: "missing field `role`".into() },
            ApiError::NoNodes,
            ApiError::Cancelled,
        ]
    }

    #[test]
    fn every_class_of_error_has_a_sentence_of_its_own_in_each_language() {
        let mut seen = Vec::new();
        for error in every_class() {
            for lang in [Lang::Fr, Lang::En] {
                let text = error_text(lang, &error);
                assert!(text.chars().count() > 40, "{} in {lang:?} says too little: {text}", error.class());
                assert!(!seen.contains(&text), "{} in {lang:?} says what another says: {text}", error.class());
                seen.push(text);
            }
        }
    }

    #[test]
    fn an_unknown_outcome_says_so_names_the_node_and_tells_to_check_first() {
        let error = ApiError::OutcomeUnknown { node: Some(Arc::from("http://localhost:8081")) };
        let english = error_text(Lang::En, &error);
        for part in ["may or may not have been applied", "http://localhost:8081", "before trying again"] {
            assert!(english.contains(part), "{part:?} is not in {english:?}");
        }
        assert!(error_text(Lang::Fr, &error).contains("peut-être pas"));
    }

    #[test]
    fn a_decode_error_names_the_path_and_the_field() {
        let error = ApiError::Decode { path: "/api/x".into(), detail: "missing field `role`".into() };
        for lang in [Lang::Fr, Lang::En] {
            let text = error_text(lang, &error);
            assert!(text.contains("/api/x") && text.contains("`role`"), "{text}");
        }
    }

    #[test]
    fn one_attempt_is_singular_and_several_are_plural() {
        for (tried, fr, en) in
            [(1, "1\u{a0}tentative)", "1\u{a0}attempt)"), (4, "4\u{a0}tentatives)", "4\u{a0}attempts)")]
        {
            assert!(error_text(Lang::Fr, &ApiError::Unreachable { tried }).contains(fr));
            assert!(error_text(Lang::En, &ApiError::Unreachable { tried }).contains(en));
        }
    }

    #[test]
    fn a_wait_is_written_with_the_decimal_sign_of_the_language() {
        let short = Duration::from_millis(1_530);
        assert_eq!(seconds(short, ','), "1,5\u{a0}s");
        assert_eq!(seconds(short, '.'), "1.5\u{a0}s");
        assert_eq!(seconds(Duration::from_secs(5), ','), "5\u{a0}s");
        assert_eq!(seconds(Duration::from_millis(12_700), ','), "12\u{a0}s");
    }
}
