//! What is wrong with a field, in words.

use super::Lang;

/// Why what was typed into a field cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    Missing,
    NotAnEmail,
    NotAWholeNumber,
    NotANumber,
    Negative,
    OutOfBounds { least: u32, most: u32 },
    NotATime,
    EmailTaken,
}

impl FieldProblem {
    /// One sentence: what is wrong, and what would be right.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Missing, Lang::Fr) => "Ce champ est obligatoire.".to_owned(),
            (Self::Missing, Lang::En) => "This field is required.".to_owned(),
            (Self::NotAnEmail, Lang::Fr) => {
                "Ce n’est pas une adresse e-mail : il faut un nom, @ et un domaine, comme nom@exemple.fr.".to_owned()
            }
            (Self::NotAnEmail, Lang::En) => {
                "This is not an e-mail address: it needs a name, @ and a domain, as in name@example.com.".to_owned()
            }
            (Self::NotAWholeNumber, Lang::Fr) => "Saisissez un nombre entier, en chiffres.".to_owned(),
            (Self::NotAWholeNumber, Lang::En) => "Enter a whole number, in digits.".to_owned(),
            (Self::NotANumber, Lang::Fr) => "Saisissez un nombre, comme 12,50.".to_owned(),
            (Self::NotANumber, Lang::En) => "Enter a number, such as 12.50.".to_owned(),
            (Self::Negative, Lang::Fr) => "Le montant ne peut pas être négatif.".to_owned(),
            (Self::Negative, Lang::En) => "The amount cannot be negative.".to_owned(),
            (Self::OutOfBounds { least, most }, Lang::Fr) => format!("Saisissez un nombre de {least} à {most}."),
            (Self::OutOfBounds { least, most }, Lang::En) => format!("Enter a number from {least} to {most}."),
            (Self::NotATime, Lang::Fr) => "Indiquez une date et une heure qui existent.".to_owned(),
            (Self::NotATime, Lang::En) => "Give a date and a time that exist.".to_owned(),
            (Self::EmailTaken, Lang::Fr) => {
                "Un compte existe déjà avec cette adresse. Connectez-vous, ou saisissez une autre adresse.".to_owned()
            }
            (Self::EmailTaken, Lang::En) => {
                "There is already an account with this address. Sign in, or enter another address.".to_owned()
            }
        }
    }
}
