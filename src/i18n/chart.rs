//! Texts of charts.

use super::Lang;
use super::template::{Counted, Template, t};

/// Every text of a chart in one language. A missing one does not compile.
pub struct ChartText {
    pub as_table: &'static str,
    pub as_graph: &'static str,
    pub time: &'static str,
    pub reading: &'static str,
    pub bar: &'static str,
    pub reading_number: Template<1>,
    pub lacking: &'static str,
    /// Last, mean, least and most, each with its unit, and how many readings.
    pub summary: Counted<5>,
    /// Mean, least and most of bars, and how many bars.
    pub bars: Counted<4>,
    /// The words before a list: "14:02: …".
    pub lead: Template<1>,
    /// How many of how many rows are shown.
    pub newest_of: Template<2>,
}

/// The texts of a language.
pub fn chart(lang: Lang) -> &'static ChartText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: ChartText = ChartText {
    as_table: "Tableau",
    as_graph: "Graphique",
    time: "Heure",
    reading: "Mesure",
    bar: "Barre",
    reading_number: t("mesure\u{a0}{0}"),
    lacking: "Ce serveur ne fournit pas cette mesure.",
    summary: Counted {
        one: t("dernière {0}, moyenne {1}, de {2} à {3} ({4} mesure)"),
        many: t("dernière {0}, moyenne {1}, de {2} à {3} ({4} mesures)"),
    },
    bars: Counted {
        one: t("moyenne {0}, de {1} à {2} ({3} barre)"),
        many: t("moyenne {0}, de {1} à {2} ({3} barres)"),
    },
    lead: t("{0}\u{a0}: "),
    newest_of: t("Les {0} dernières lignes sur {1}."),
};

const EN: ChartText = ChartText {
    as_table: "Table",
    as_graph: "Chart",
    time: "Time",
    reading: "Reading",
    bar: "Bar",
    reading_number: t("reading\u{a0}{0}"),
    lacking: "This server does not offer this measurement.",
    summary: Counted {
        one: t("last {0}, mean {1}, from {2} to {3} ({4} reading)"),
        many: t("last {0}, mean {1}, from {2} to {3} ({4} readings)"),
    },
    bars: Counted { one: t("mean {0}, from {1} to {2} ({3} bar)"), many: t("mean {0}, from {1} to {2} ({3} bars)") },
    lead: t("{0}: "),
    newest_of: t("The newest {0} rows of {1}."),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bar_is_not_many() {
        assert!(FR.bars.of(Lang::Fr, 1).fill(["1", "1", "1", "1"]).ends_with("(1 barre)"));
        assert!(EN.summary.of(Lang::En, 12).fill(["1", "1", "1", "1", "12"]).ends_with("(12 readings)"));
    }
}
