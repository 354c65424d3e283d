//! Texts of charts.

use super::Lang;

/// Every text of a chart in one language. A missing one does not compile.
pub struct ChartText {
    pub as_table: &'static str,
    pub as_graph: &'static str,
    pub time: &'static str,
    pub reading: &'static str,
    pub bar: &'static str,
    pub reading_number: fn(&str) -> String,
    pub lacking: &'static str,
    /// Last, mean, least and most, each with its unit, and how many readings.
    pub summary: fn(&str, &str, &str, &str, &str) -> String,
    /// Mean, least and most of bars, and how many bars.
    pub bars: fn(&str, &str, &str, &str) -> String,
    /// The words before a list: "14:02: …".
    pub lead: fn(&str) -> String,
    /// How many of how many rows are shown.
    pub newest_of: fn(&str, &str) -> String,
}

/// The texts of a language.
pub fn chart(lang: Lang) -> &'static ChartText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

/// The end of a noun after `count`, which is one at least.
fn plural(count: &str) -> &'static str {
    if count == "1" { "" } else { "s" }
}

const FR: ChartText = ChartText {
    as_table: "Tableau",
    as_graph: "Graphique",
    time: "Heure",
    reading: "Mesure",
    bar: "Barre",
    reading_number: |number| format!("mesure\u{a0}{number}"),
    lacking: "Ce serveur ne fournit pas cette mesure.",
    summary: |last, mean, least, most, count| {
        format!("dernière {last}, moyenne {mean}, de {least} à {most} ({count} mesure{})", plural(count))
    },
    bars: |mean, least, most, count| format!("moyenne {mean}, de {least} à {most} ({count} barre{})", plural(count)),
    lead: |place| format!("{place}\u{a0}: "),
    newest_of: |shown, all| format!("Les {shown} dernières lignes sur {all}."),
};

const EN: ChartText = ChartText {
    as_table: "Table",
    as_graph: "Chart",
    time: "Time",
    reading: "Reading",
    bar: "Bar",
    reading_number: |number| format!("reading\u{a0}{number}"),
    lacking: "This server does not offer this measurement.",
    summary: |last, mean, least, most, count| {
        format!("last {last}, mean {mean}, from {least} to {most} ({count} reading{})", plural(count))
    },
    bars: |mean, least, most, count| format!("mean {mean}, from {least} to {most} ({count} bar{})", plural(count)),
    lead: |place| format!("{place}: "),
    newest_of: |shown, all| format!("The newest {shown} rows of {all}."),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bar_is_not_many() {
        assert!((FR.bars)("1", "1", "1", "1").ends_with("(1 barre)"));
        assert!((EN.summary)("1", "1", "1", "1", "12").ends_with("(12 readings)"));
    }
}
