//! What a person reads when a call gave no result: what happened, where, and what to do.

use super::Lang;
use crate::api_service::ApiError;
use crate::api_service::failover::Duration;

/// One sentence or two for `error`. Words of a node are quoted as they came: show them as text, never as HTML.
pub fn error_text(lang: Lang, error: &ApiError) -> String {
    match lang {
        Lang::Fr => french(error),
        Lang::En => english(error),
    }
}

fn french(error: &ApiError) -> String {
    match error {
        ApiError::Unreachable { tried: 0 } => {
            "Aucun nœud du cluster n’est joignable. Vérifiez votre réseau, puis réessayez.".to_owned()
        }
        ApiError::Unreachable { tried } => format!(
            "Aucun nœud du cluster n’a répondu ({tried}\u{a0}{}). Vérifiez votre réseau, puis réessayez.",
            if *tried == 1 { "tentative" } else { "tentatives" }
        ),
        ApiError::TimedOut { waited } => {
            format!("Le cluster n’a pas répondu en {}. Réessayez dans un instant.", seconds(*waited, "s", ','))
        }
        ApiError::OutcomeUnknown { node } => format!(
            "La demande{} est restée sans réponse : elle a peut-être été appliquée, peut-être pas. Vérifiez (mes réservations) avant de recommencer.",
            node.as_ref().map(|node| format!(" envoyée à {node}")).unwrap_or_default()
        ),
        ApiError::Unauthorized { message } => {
            with_words("Le cluster a refusé l’identification. Connectez-vous de nouveau.", message.as_deref(), Lang::Fr)
        }
        ApiError::Refused { status, message, .. } => {
            let advice = match status {
                403 => "Votre rôle ne permet pas cette action.",
                404 => "Cet élément n’existe pas (ou plus). Actualisez la page.",
                409 => {
                    "Quelqu’un a été plus rapide, ou l’élément existe déjà. Actualisez, puis choisissez autre chose."
                }
                400 | 422 => "Une valeur n’est pas acceptée. Corrigez la saisie, puis réessayez.",
                _ => "Le cluster a refusé la demande. Vérifiez la saisie, puis réessayez.",
            };
            with_words(&format!("{advice} (réponse {status})"), message.as_deref(), Lang::Fr)
        }
        ApiError::Server { status } => {
            format!(
                "Le cluster a échoué sur cette demande (réponse {status}). Réessayez ; si cela dure, prévenez l’administrateur."
            )
        }
        ApiError::Throttled { wait: Some(wait) } => {
            format!("Le cluster est surchargé et demande d’attendre {}. Réessayez ensuite.", seconds(*wait, "s", ','))
        }
        ApiError::Throttled { wait: None } => {
            "Le cluster est surchargé et demande un peu de patience. Réessayez dans un instant.".to_owned()
        }
        ApiError::Decode { path, detail } => format!(
            "La réponse de {path} n’a pas la forme attendue ({detail}). Prévenez l’administrateur : la version du serveur ne convient peut-être pas."
        ),
        ApiError::RequiredNode { node } => format!(
            "Le nœud exigé, {node}, n’a pas répondu, et aucun autre n’a été essayé. Levez l’exigence dans l’administration, puis réessayez."
        ),
        ApiError::NoNodes => {
            "Aucun nœud n’est configuré. Ajoutez au moins une adresse à « nodes » dans config.json, puis rechargez."
                .to_owned()
        }
        ApiError::Cancelled => "La demande a été interrompue. Réessayez si vous en avez encore besoin.".to_owned(),
    }
}

fn english(error: &ApiError) -> String {
    match error {
        ApiError::Unreachable { tried: 0 } => {
            "No node of the cluster can be reached. Check your network, then try again.".to_owned()
        }
        ApiError::Unreachable { tried } => format!(
            "No node of the cluster answered ({tried}\u{a0}{}). Check your network, then try again.",
            if *tried == 1 { "attempt" } else { "attempts" }
        ),
        ApiError::TimedOut { waited } => {
            format!("The cluster did not answer within {}. Try again in a moment.", seconds(*waited, "s", '.'))
        }
        ApiError::OutcomeUnknown { node } => format!(
            "The request{} was left without an answer: it may or may not have been applied. Check (my reservations) before trying again.",
            node.as_ref().map(|node| format!(" sent to {node}")).unwrap_or_default()
        ),
        ApiError::Unauthorized { message } => {
            with_words("The cluster refused the identification. Sign in again.", message.as_deref(), Lang::En)
        }
        ApiError::Refused { status, message, .. } => {
            let advice = match status {
                403 => "Your role does not allow this action.",
                404 => "This item does not exist, or no longer. Refresh the page.",
                409 => "Somebody was faster, or the item exists already. Refresh, then choose another one.",
                400 | 422 => "A value is not accepted. Correct the input, then try again.",
                _ => "The cluster refused the request. Check the input, then try again.",
            };
            with_words(&format!("{advice} (answer {status})"), message.as_deref(), Lang::En)
        }
        ApiError::Server { status } => {
            format!(
                "The cluster failed on this request (answer {status}). Try again; if it lasts, tell the administrator."
            )
        }
        ApiError::Throttled { wait: Some(wait) } => {
            format!("The cluster is overloaded and asks to wait {}. Try again after that.", seconds(*wait, "s", '.'))
        }
        ApiError::Throttled { wait: None } => {
            "The cluster is overloaded and asks for patience. Try again in a moment.".to_owned()
        }
        ApiError::Decode { path, detail } => format!(
            "The answer of {path} is not of the agreed shape ({detail}). Tell the administrator: the version of the server may not fit."
        ),
        ApiError::RequiredNode { node } => format!(
            "The required node, {node}, did not answer, and no other was tried. Lift the requirement on the administration page, then try again."
        ),
        ApiError::NoNodes => {
            "No node is configured. Add at least one address to “nodes” in config.json, then reload.".to_owned()
        }
        ApiError::Cancelled => "The request was interrupted. Try again if you still need it.".to_owned(),
    }
}

/// The node's own words after ours, quoted.
fn with_words(text: &str, words: Option<&str>, lang: Lang) -> String {
    match (words.map(str::trim).filter(|words| !words.is_empty()), lang) {
        (None, _) => text.to_owned(),
        (Some(words), Lang::Fr) => format!("{text} Réponse du nœud : « {words} »."),
        (Some(words), Lang::En) => format!("{text} The node says: “{words}”."),
    }
}

/// Seconds with one decimal below ten: short waits are told apart, long ones stay readable.
fn seconds(duration: Duration, unit: &str, point: char) -> String {
    let tenths = duration.as_millis() / 100;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        format!("{}\u{a0}{unit}", tenths / 10)
    } else {
        format!("{}{point}{}\u{a0}{unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn every_class() -> Vec<ApiError> {
        vec![
            ApiError::Unreachable { tried: 3 },
            ApiError::TimedOut { waited: Duration::from_millis(4_530) },
            ApiError::OutcomeUnknown { node: Some(Rc::from("http://localhost:8081")) },
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
        let error = ApiError::OutcomeUnknown { node: Some(Rc::from("http://localhost:8081")) };
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
        assert_eq!(seconds(short, "s", ','), "1,5\u{a0}s");
        assert_eq!(seconds(short, "s", '.'), "1.5\u{a0}s");
        assert_eq!(seconds(Duration::from_secs(5), "s", ','), "5\u{a0}s");
        assert_eq!(seconds(Duration::from_millis(12_700), "s", ','), "12\u{a0}s");
    }
}
