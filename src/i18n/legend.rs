//! Texts of the legend beside the nodes monitor: what its shapes, colours and badges mean.

use super::Lang;
use crate::api_service::failover::NodeState;

/// Every text of the legend in one language. A missing one does not compile.
pub struct LegendText {
    pub title: &'static str,
    pub healthy: &'static str,
    pub suspect: &'static str,
    pub failed: &'static str,
    pub probing: &'static str,
    pub recovering: &'static str,
    pub unknown: &'static str,
    pub in_use: &'static str,
    pub preferred: &'static str,
    pub leader: &'static str,
    pub bars: &'static str,
    pub bars_meaning: &'static str,
    pub old: &'static str,
    pub old_meaning: &'static str,
}

impl LegendText {
    /// What a state means for requests.
    pub fn meaning_of(&self, state: NodeState) -> &'static str {
        match state {
            NodeState::Healthy => self.healthy,
            NodeState::Suspect => self.suspect,
            NodeState::Failed => self.failed,
            NodeState::Probing => self.probing,
            NodeState::Recovering => self.recovering,
            NodeState::Unknown => self.unknown,
        }
    }
}

/// The texts of a language.
pub fn legend(lang: Lang) -> &'static LegendText {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

const FR: LegendText = LegendText {
    title: "Légende",
    healthy: "répond, et reçoit des demandes",
    suspect: "un échec ou un silence : un autre nœud passe avant",
    failed: "ne reçoit plus de demande, contrôlé de temps en temps",
    probing: "contrôlé en ce moment, après une panne",
    recovering: "répond de nouveau, doit rester stable avant de servir",
    unknown: "pas encore contrôlé",
    in_use: "la prochaine demande y va",
    preferred: "choisi par un opérateur",
    leader: "conduit le cluster Raft",
    bars: "barres",
    bars_meaning: "un contrôle chacune : plus haute, plus lente ; coupée en rouge, échouée",
    old: "pointillés",
    old_meaning: "état trop ancien pour être cru",
};

const EN: LegendText = LegendText {
    title: "Legend",
    healthy: "answers, and is sent requests",
    suspect: "a failure or a silence: another node goes first",
    failed: "is sent no requests, and checked now and then",
    probing: "being checked right now, after a failure",
    recovering: "answers again, has to stay stable before it serves",
    unknown: "not checked yet",
    in_use: "the next request goes there",
    preferred: "chosen by an operator",
    leader: "leads the Raft cluster",
    bars: "bars",
    bars_meaning: "a check each: the taller the slower; cut and red, failed",
    old: "dashed",
    old_meaning: "a state too old to be believed",
};
