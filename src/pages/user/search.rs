//! Which departures are shown, and in what order. Pure: texts and numbers.

use std::cmp::Ordering;

/// What the departures are put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As the cluster lists them.
    #[default]
    Listed,
    Time,
    Price,
    FreeSeats,
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::Listed, Self::Time, Self::Price, Self::FreeSeats];

    /// The word of the URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "",
            Self::Time => "time",
            Self::Price => "price",
            Self::FreeSeats => "free",
        }
    }

    /// An unknown word is the order of the cluster.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word).unwrap_or_default()
    }
}

/// What a person looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Part of the name of a place, a vehicle or a company; empty: any.
    pub place: String,
    /// `2026-05-04` in the person's time zone; empty: any.
    pub day: String,
    pub sort: Sort,
}

/// What a departure is found and put in order by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// Everything that `place` may name.
    pub words: Vec<String>,
    /// The day of departure in the person's time zone; `None` for free text.
    pub day: Option<String>,
    /// In milliseconds since 1970.
    pub at: Option<f64>,
    pub price: Option<f64>,
    pub free: Option<usize>,
}

impl Search {
    /// Whether anything is left out.
    pub fn is_narrow(&self) -> bool {
        !self.place.trim().is_empty() || !self.day.is_empty()
    }

    /// Whether the departure is one that is looked for. Case and accents make no difference.
    pub fn finds(&self, offer: &Offer) -> bool {
        let wanted = plain(self.place.trim());
        let has_place = wanted.is_empty() || offer.words.iter().any(|word| plain(word).contains(&wanted));
        has_place && (self.day.is_empty() || offer.day.as_ref() == Some(&self.day))
    }

    /// The order of two departures; one of which the figure is not known comes after the others.
    pub fn order(&self, a: &Offer, b: &Offer) -> Ordering {
        match self.sort {
            Sort::Listed => Ordering::Equal,
            Sort::Time => known_first(a.at, b.at),
            Sort::Price => known_first(a.price, b.price),
            // The most free seats first.
            Sort::FreeSeats => known_first(a.free.map(|free| -(free as f64)), b.free.map(|free| -(free as f64))),
        }
    }
}

fn known_first(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// In small letters and without the accents of Western Europe's languages.
fn plain(text: &str) -> String {
    let letter = |letter: char| match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '-' | '’' | '\'' => ' ',
        other => other,
    };
    text.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(word: &str, day: &str, price: Option<f64>, free: Option<usize>) -> Offer {
        Offer { words: vec![word.to_owned()], day: Some(day.to_owned()), at: None, price, free }
    }

    fn search(place: &str, day: &str) -> Search {
        Search { place: place.to_owned(), day: day.to_owned(), sort: Sort::Listed }
    }

    #[test]
    fn a_place_is_found_in_any_case_and_without_its_accents() {
        let offer = offer("Saint-Étienne → Orléans", "2026-05-04", None, None);
        for place in ["saint etienne", " ORLEANS ", "", "étienne"] {
            assert!(search(place, "").finds(&offer), "{place}");
        }
        assert!(!search("Lyon", "").finds(&offer));
    }

    #[test]
    fn a_day_leaves_out_the_other_days_and_what_names_none() {
        let listed = offer("Lyon", "2026-05-04", None, None);
        assert!(search("lyon", "2026-05-04").finds(&listed) && !search("", "2026-05-05").finds(&listed));
        assert!(!search("", "2026-05-04").finds(&Offer { day: None, ..listed }));
    }

    #[test]
    fn the_cheapest_or_the_emptiest_is_first_and_what_is_unknown_last() {
        let mut offers = [
            offer("a", "", None, None),
            offer("b", "", Some(20.0), Some(3)),
            offer("c", "", Some(9.5), Some(0)),
            offer("d", "", Some(30.0), Some(12)),
        ];
        let mut sorted = |sort| {
            offers.sort_by(|a, b| Search { sort, ..Search::default() }.order(a, b));
            offers.iter().map(|offer| offer.words[0].clone()).collect::<String>()
        };
        assert_eq!(sorted(Sort::Price), "cbda");
        assert_eq!(sorted(Sort::FreeSeats), "dbca");
        assert_eq!(Sort::parse("price"), Sort::Price);
        assert_eq!(Sort::parse("whatever"), Sort::Listed);
    }
}
