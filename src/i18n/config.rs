//! Why a configuration is refused, in words.

use super::Lang;
use crate::api_service::HeaderProblem;
use crate::api_service::address::UrlProblem;
use crate::config::ConfigProblem;
use crate::config::load::Unavailable;

/// The texts around the list of reasons.
pub struct ConfigText {
    pub title: &'static str,
    pub intro: &'static str,
    pub advice: &'static str,
    pub reload: &'static str,
    pub unavailable_title: &'static str,
    pub unavailable_advice: &'static str,
    pub retry: &'static str,
}

/// The texts of a language.
pub fn config_text(lang: Lang) -> &'static ConfigText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: ConfigText = ConfigText {
    title: "Configuration refusée",
    intro: "Le fichier /config.json de ce site ne peut pas être utilisé. L’application ne démarre pas, pour ne pas parler au mauvais serveur :",
    advice: "Corrigez ces valeurs dans config.json, puis rechargez la page. Une valeur absente prend sa valeur par défaut.",
    reload: "Recharger",
    unavailable_title: "Configuration indisponible",
    unavailable_advice: "L’application ne démarre pas sans ce fichier, qui dit où sont les nœuds : un mot de passe pourrait partir vers un autre serveur. Réessayez dans un instant ; si cela dure, prévenez l’administrateur.",
    retry: "Réessayer",
};

const EN: ConfigText = ConfigText {
    title: "Configuration refused",
    intro: "The file /config.json of this site cannot be used. The application does not start, so that it never talks to the wrong server:",
    advice: "Correct these values in config.json, then reload the page. A value that is left out takes its default.",
    reload: "Reload",
    unavailable_title: "Configuration unavailable",
    unavailable_advice: "The application does not start without this file, which says where the nodes are: a password could go to another server. Try again in a moment; if it lasts, tell the administrator.",
    retry: "Try again",
};

/// One sentence for what came in place of `/config.json`.
pub fn unavailable_text(lang: Lang, why: Unavailable) -> String {
    match (lang, why) {
        (Lang::Fr, Unavailable::NoAnswer) => {
            "Le serveur de ce site n’a pas répondu à la demande du fichier /config.json.".to_owned()
        }
        (Lang::En, Unavailable::NoAnswer) => {
            "The server of this site did not answer for the file /config.json.".to_owned()
        }
        (Lang::Fr, Unavailable::Status(status)) => {
            format!("Le serveur de ce site a répondu {status} à la demande du fichier /config.json.")
        }
        (Lang::En, Unavailable::Status(status)) => {
            format!("The server of this site answered {status} for the file /config.json.")
        }
        (Lang::Fr, Unavailable::WebPage) => {
            "Le serveur de ce site a répondu par une page web, ou par rien, à la place du fichier /config.json."
                .to_owned()
        }
        (Lang::En, Unavailable::WebPage) => {
            "The server of this site answered with a web page, or with nothing, in place of the file /config.json."
                .to_owned()
        }
        (Lang::Fr, Unavailable::Missing) => "Le fichier /config.json manque sur le serveur de ce site.".to_owned(),
        (Lang::En, Unavailable::Missing) => "The file /config.json is missing on the server of this site.".to_owned(),
    }
}

/// One sentence for `problem`: what, where, and what would be right.
pub fn problem_text(lang: Lang, problem: &ConfigProblem) -> String {
    match lang {
        Lang::Fr => french(problem),
        Lang::En => english(problem),
    }
}

fn french(problem: &ConfigProblem) -> String {
    match problem {
        ConfigProblem::NotJson { line, column } => {
            format!("Ce n’est pas du JSON : la lecture s’arrête à la ligne {line}, colonne {column}.")
        }
        ConfigProblem::NotAnObject => "Le fichier doit être un objet JSON : { … }.".to_owned(),
        ConfigProblem::NodesNotAList => "« nodes » doit être une liste d’adresses.".to_owned(),
        ConfigProblem::NoNodes => "« nodes » est vide : indiquez l’adresse d’au moins un nœud.".to_owned(),
        ConfigProblem::NodesMissing => {
            "« nodes » manque : hors de la machine de développement, indiquez l’adresse d’au moins un nœud.".to_owned()
        }
        ConfigProblem::TooManyNodes { count, most } => {
            format!("« nodes » a {count} entrées ; {most} au plus sont admises.")
        }
        ConfigProblem::NodeNotText { index } => format!("« nodes[{index}] » doit être un texte entre guillemets."),
        ConfigProblem::Node { index, text, problem } => {
            format!("« nodes[{index}] » vaut « {text} » : {}.", url_words(Lang::Fr, *problem))
        }
        ConfigProblem::DuplicateNode { index, first, url } => {
            format!("« nodes[{index}] » est le même nœud que « nodes[{first}] » ({url}).")
        }
        ConfigProblem::NotANumber { field, text } => format!("« {field} » vaut {text} : un nombre est attendu."),
        ConfigProblem::OutOfBounds { field, value, least, most } => {
            format!("« {field} » vaut {value} : un nombre de {least} à {most} est attendu.")
        }
        ConfigProblem::NotABoolean { field, text } => format!("« {field} » vaut {text} : true ou false est attendu."),
        ConfigProblem::UnknownOrder { text } => {
            format!("« order » vaut « {text} » : « listed » ou « spread » est attendu.")
        }
        ConfigProblem::HeadersNotTexts { text } => {
            format!("« headers » contient {text} : un objet de textes est attendu, comme {{ \"X-Api-Key\": \"…\" }}.")
        }
        ConfigProblem::Header { name, problem } => {
            format!(
                "« headers » : l’en-tête « {name} » ne peut pas être envoyé : {}.",
                header_words(Lang::Fr, *problem)
            )
        }
        ConfigProblem::NotACurrency { text } => {
            format!("« currency » vaut « {text} » : un code de trois lettres comme « EUR » est attendu.")
        }
    }
}

fn english(problem: &ConfigProblem) -> String {
    match problem {
        ConfigProblem::NotJson { line, column } => {
            format!("This is not JSON: reading stops at line {line}, column {column}.")
        }
        ConfigProblem::NotAnObject => "The file must be a JSON object: { … }.".to_owned(),
        ConfigProblem::NodesNotAList => "“nodes” must be a list of addresses.".to_owned(),
        ConfigProblem::NoNodes => "“nodes” is empty: give the address of at least one node.".to_owned(),
        ConfigProblem::NodesMissing => {
            "“nodes” is missing: beyond a development machine, give the address of at least one node.".to_owned()
        }
        ConfigProblem::TooManyNodes { count, most } => {
            format!("“nodes” has {count} entries; {most} at most are allowed.")
        }
        ConfigProblem::NodeNotText { index } => format!("“nodes[{index}]” must be a text in quotes."),
        ConfigProblem::Node { index, text, problem } => {
            format!("“nodes[{index}]” is “{text}”: {}.", url_words(Lang::En, *problem))
        }
        ConfigProblem::DuplicateNode { index, first, url } => {
            format!("“nodes[{index}]” is the same node as “nodes[{first}]” ({url}).")
        }
        ConfigProblem::NotANumber { field, text } => format!("“{field}” is {text}: a number is expected."),
        ConfigProblem::OutOfBounds { field, value, least, most } => {
            format!("“{field}” is {value}: a number from {least} to {most} is expected.")
        }
        ConfigProblem::NotABoolean { field, text } => format!("“{field}” is {text}: true or false is expected."),
        ConfigProblem::UnknownOrder { text } => format!("“order” is “{text}”: “listed” or “spread” is expected."),
        ConfigProblem::HeadersNotTexts { text } => {
            format!("“headers” holds {text}: an object of texts is expected, such as {{ \"X-Api-Key\": \"…\" }}.")
        }
        ConfigProblem::Header { name, problem } => {
            format!("“headers”: the header “{name}” cannot be sent: {}.", header_words(Lang::En, *problem))
        }
        ConfigProblem::NotACurrency { text } => {
            format!("“currency” is “{text}”: a code of three letters such as “EUR” is expected.")
        }
    }
}

/// Why a header is not one that a deployment can add.
const fn header_words(lang: Lang, problem: HeaderProblem) -> &'static str {
    match (lang, problem) {
        (Lang::Fr, HeaderProblem::Name) => "ce n’est pas un nom d’en-tête",
        (Lang::En, HeaderProblem::Name) => "this is no name of a header",
        (Lang::Fr, HeaderProblem::Forbidden) => "les navigateurs l’interdisent aux pages",
        (Lang::En, HeaderProblem::Forbidden) => "browsers forbid it to pages",
        (Lang::Fr, HeaderProblem::Own) => "l’application le fixe elle-même",
        (Lang::En, HeaderProblem::Own) => "the application sets it itself",
        (Lang::Fr, HeaderProblem::Twice) => "ce nom est donné deux fois",
        (Lang::En, HeaderProblem::Twice) => "this name is given twice",
        (Lang::Fr, HeaderProblem::Value) => "sa valeur est vide, trop longue, ou contient un caractère interdit",
        (Lang::En, HeaderProblem::Value) => "its value is empty, too long, or has a forbidden character",
    }
}

/// Why a text is not the address of a node.
pub fn url_words(lang: Lang, problem: UrlProblem) -> &'static str {
    match (lang, problem) {
        (Lang::Fr, UrlProblem::Empty) => "l’adresse est vide",
        (Lang::En, UrlProblem::Empty) => "the address is empty",
        (Lang::Fr, UrlProblem::Scheme) => "l’adresse doit commencer par http://, https:// ou un seul /",
        (Lang::En, UrlProblem::Scheme) => "the address must begin with http://, https:// or a single /",
        (Lang::Fr, UrlProblem::NoHost) => "il manque le nom de l’hôte",
        (Lang::En, UrlProblem::NoHost) => "the host is missing",
        (Lang::Fr, UrlProblem::Host) => "l’hôte n’est ni un nom ni une adresse valable",
        (Lang::En, UrlProblem::Host) => "the host is neither a valid name nor a valid address",
        (Lang::Fr, UrlProblem::Port) => "le port doit être un nombre de 1 à 65535",
        (Lang::En, UrlProblem::Port) => "the port must be a number from 1 to 65535",
        (Lang::Fr, UrlProblem::Credentials) => {
            "l’adresse ne doit contenir ni nom ni mot de passe : ils finiraient dans les journaux"
        }
        (Lang::En, UrlProblem::Credentials) => {
            "the address must not carry a name or a password: they would end up in logs"
        }
        (Lang::Fr, UrlProblem::Query) => "l’adresse ne doit contenir ni « ? » ni « # »",
        (Lang::En, UrlProblem::Query) => "the address must not contain “?” or “#”",
        (Lang::Fr, UrlProblem::Character) => "l’adresse contient une espace ou un caractère interdit",
        (Lang::En, UrlProblem::Character) => "the address contains a space or a forbidden character",
    }
}
