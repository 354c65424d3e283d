//! Le guide en français.

use super::{Block, Chapter, Guide, Topic};

pub(super) const GUIDE: Guide = Guide {
    title: "Guide d’utilisation",
    intro: "VCube-Raft réserve des places sur un cluster de plusieurs nœuds. Quand l’un d’eux tombe, la page continue avec les autres : vous n’avez rien à recharger, et vous restez connecté.",
    contents: "Sommaire",
    chapters: &[
        Chapter { id: "start", title: "Pour tout le monde", topics: START },
        Chapter { id: "book", title: "Réserver une place", topics: BOOK },
        Chapter { id: "provide", title: "Proposer des véhicules", topics: PROVIDE },
        Chapter { id: "operate", title: "Exploiter le cluster", topics: OPERATE },
        Chapter { id: "research", title: "Mesurer", topics: RESEARCH },
    ],
};

const START: &[Topic] = &[
    Topic {
        id: "account",
        title: "Se connecter, créer un compte",
        blocks: &[
            Block::Text(
                "La page de connexion a trois onglets : se connecter, créer un compte d’utilisateur, créer un compte de prestataire. Après la connexion, chacun arrive sur la page de son rôle.",
            ),
            Block::Text(
                "Quand une session expire, la page le dit et vous ramène, une fois reconnecté, là où vous étiez.",
            ),
        ],
    },
    Topic {
        id: "display",
        title: "Langue, thème, clavier",
        blocks: &[Block::List(&[
            "Langue (français, anglais) et thème (clair, sombre, système) se choisissent en haut de chaque page et sont gardés dans ce navigateur.",
            "Tout se fait au clavier : Tab pour avancer, Entrée pour agir, les flèches dans les onglets, les graphiques et les barres de contrôles, Échap pour fermer une question.",
            "Le premier lien de chaque page, « Aller au contenu », saute la navigation.",
        ])],
    },
    Topic {
        id: "messages",
        title: "Ce que disent les sections",
        blocks: &[Block::Terms(&[
            ("Chargement", "Rien n’est encore arrivé."),
            (
                "Données de 14:02",
                "La dernière actualisation a échoué : les données affichées sont celles de cette heure.",
            ),
            (
                "Aucun nœud ne répond",
                "Le bandeau dit depuis quand, ce qui a été essayé, et quand aura lieu le prochain essai.",
            ),
            (
                "Votre réseau ne répond plus",
                "Ni les nœuds ni ce site ne sont joignables d’ici : vérifiez votre connexion.",
            ),
        ])],
    },
];

const BOOK: &[Topic] = &[
    Topic {
        id: "book-seat",
        title: "Réserver",
        blocks: &[
            Block::Steps(&[
                "Choisissez un départ dans la liste.",
                "Choisissez une place libre sur le plan. Les places prises et les vôtres sont marquées.",
                "Appuyez sur « Réserver la place ». La réservation apparaît dans « Mes réservations ».",
            ]),
            Block::Text("Appuyer deux fois ne réserve qu’une fois, et une panne de nœud ne réserve jamais deux fois."),
        ],
    },
    Topic {
        id: "book-unknown",
        title: "Si la réponse n’arrive pas",
        blocks: &[
            Block::Text(
                "La page dit alors que la place est peut-être réservée, peut-être pas. Appuyez sur « Vérifier mes réservations » avant de recommencer.",
            ),
            Block::Text(
                "Si vous rechargez pendant une réservation, la page propose de la terminer : elle ne sera faite qu’une fois.",
            ),
        ],
    },
    Topic {
        id: "book-cancel",
        title: "Annuler",
        blocks: &[Block::Text(
            "« Annuler la réservation » demande une confirmation, puis libère la place pour tout le monde. Un serveur ancien ne sait pas annuler : le bouton le dit, adressez-vous au transporteur.",
        )],
    },
];

const PROVIDE: &[Topic] = &[
    Topic {
        id: "provide-vehicle",
        title: "Créer et publier un véhicule",
        blocks: &[
            Block::Steps(&[
                "« Nouveau véhicule » : nom, marque, modèle, immatriculation, nombre de places (10 à 80).",
                "Enregistrez : les places sont créées avec le véhicule.",
                "« Publier » : les utilisateurs peuvent réserver.",
            ]),
            Block::Text("Ce que vous tapez est gardé si la page est rechargée avant l’enregistrement."),
        ],
    },
    Topic {
        id: "provide-change",
        title: "Modifier, retirer, supprimer",
        blocks: &[Block::List(&[
            "Retirer de l’offre garde les réservations déjà faites.",
            "Un véhicule dont une place est réservée ne peut pas être supprimé : annulez d’abord ces réservations.",
            "Réduire le nombre de places est refusé si une place réservée devait disparaître.",
        ])],
    },
    Topic {
        id: "provide-bookings",
        title: "Suivre les réservations",
        blocks: &[Block::Text(
            "« Réservations » montre celles de tous vos véhicules, ou d’un seul. Vous pouvez annuler une réservation ; l’application ne prévient pas le client.",
        )],
    },
];

const OPERATE: &[Topic] = &[
    Topic {
        id: "operate-look",
        title: "En un regard",
        blocks: &[
            Block::Text(
                "La pastille en haut de chaque page dit quel nœud sert et combien sont sains ; le titre de l’onglet dit la même chose. Elle ouvre la liste des nœuds : deux clics pour en changer.",
            ),
            Block::Text(
                "Dans l’administration, la phrase d’état ajoute le rôle Raft, le mandat et la dernière bascule. « Pourquoi ce nœud ? » montre les candidats dans l’ordre, avec ce qui en écarte chacun.",
            ),
            Block::Text(
                "Le nom d’un nœud ouvre sa page : latences, contrôles, trafic réel, avis sur les autres, journal.",
            ),
        ],
    },
    Topic {
        id: "operate-states",
        title: "Les états d’un nœud",
        blocks: &[Block::Terms(&[
            ("Inconnu", "Rien n’a encore été entendu de lui. Il peut servir."),
            ("Sain", "Il répond."),
            (
                "Suspect",
                "Il a échoué une fois, ou se tait bien plus longtemps que d’habitude. Un contrôle suit dans le quart de seconde.",
            ),
            ("En panne", "Le contrôle a échoué aussi. Il ne sert que s’il ne reste rien d’autre."),
            ("À l’essai", "Il était en panne, un contrôle est en cours ; deux réussites sont demandées."),
            (
                "En reprise",
                "Il répond de nouveau et peut servir, mais il est observé de 5 à 30 secondes avant que les requêtes lui reviennent.",
            ),
        ])],
    },
    Topic {
        id: "operate-levers",
        title: "Les leviers",
        blocks: &[Block::Terms(&[
            (
                "Utiliser",
                "Le nœud devient le préféré, tout de suite. « Annuler » revient en arrière. S’il n’est pas sain, une question montre d’abord les preuves et l’effet.",
            ),
            ("Revenir au choix automatique", "Oublie le nœud préféré."),
            ("Tester", "Un contrôle maintenant ; le résultat est dit."),
            (
                "Réinitialiser",
                "Efface les échecs : le nœud est contrôlé de nouveau. Pour tous les nœuds, une fois toutes les cinq secondes au plus.",
            ),
            (
                "Exiger ce nœud",
                "Pour un diagnostic, sur la page du nœud : toutes les requêtes de cet onglet y vont, sans bascule, dix minutes au plus. Un bandeau le rappelle et permet de lever l’exigence.",
            ),
        ])],
    },
    Topic {
        id: "operate-journal",
        title: "Le journal et les alertes",
        blocks: &[
            Block::Text(
                "Le journal dit qui a échoué, pourquoi, où les requêtes sont allées, combien de temps on a attendu, et qui a agi. Il garde les 512 derniers événements depuis l’ouverture de la page ; il se filtre et s’exporte en JSON, sans jeton.",
            ),
            Block::Text(
                "Les alertes, à activer, préviennent d’un nœud en panne, d’un cluster qui ne peut plus servir, et du retour à la normale, même quand la page est masquée : un seul onglet veille alors, une fois par minute.",
            ),
        ],
    },
    Topic {
        id: "operate-when",
        title: "Que faire quand…",
        blocks: &[Block::Terms(&[
            (
                "Un nœud est en panne",
                "Rien d’urgent : les autres servent. Ouvrez sa page ; la sonde distingue un nœud arrêté d’une erreur CORS. Redémarrez-le ou corrigez ses en-têtes ; il revient de lui-même.",
            ),
            (
                "Le contrôle réussit, le trafic échoue",
                "Le trafic est cru. Regardez les journaux et le disque du nœud, et s’il autorise la requête OPTIONS.",
            ),
            (
                "« Sans quorum »",
                "Une majorité des nœuds ne se voit plus : les lectures continuent, les écritures attendent. Rétablissez les nœuds ou le réseau entre eux.",
            ),
            (
                "Un nœud va et vient",
                "Il est tenu à l’écart de plus en plus longtemps. Cherchez la cause avant de « Réinitialiser ».",
            ),
            (
                "Aucun nœud ne répond",
                "Lisez la cause de chacun dans le bandeau. Si c’est votre réseau, le bandeau le dit.",
            ),
            (
                "Un nœud doit être arrêté",
                "Choisissez-en un autre avec « Utiliser », attendez que « requêtes en attente » soit à 0 sur sa page, puis arrêtez-le.",
            ),
        ])],
    },
    Topic {
        id: "operate-settings",
        title: "Les réglages",
        blocks: &[Block::Text(
            "Ajouter, retirer et ordonner les nœuds prend effet tout de suite ; un nœud est testé avant d’être ajouté, et une question rappelle qu’il recevra votre jeton. Les délais valent au prochain chargement. Tout est gardé dans ce navigateur, par-dessus config.json, et se remet à zéro, s’exporte et s’importe.",
        )],
    },
];

const RESEARCH: &[Topic] = &[
    Topic {
        id: "research-live",
        title: "En direct",
        blocks: &[Block::Text(
            "« En direct » montre ce que le cluster mesure en ce moment : livraison causale et consensus, tolérance aux pannes, producteurs chauds, accès par rôle. Un tiret signifie que rien n’a été mesuré ; aucun chiffre n’est inventé.",
        )],
    },
    Topic {
        id: "research-tests",
        title: "Tests de performance",
        blocks: &[
            Block::Steps(&[
                "Réglez les tailles et la durée, puis « Lancer le test » ; ou « Test rapide », ou « Test de charge ».",
                "Suivez la progression. Le test tourne dans le cluster : recharger la page ou perdre un nœud ne l’arrête pas.",
                "Arrêtez-le quand vous voulez : ce qu’il a mesuré est gardé.",
            ]),
            Block::Text(
                "L’historique est gardé dans ce navigateur ; il s’exporte en CSV et en JSON, et deux tests s’y comparent.",
            ),
        ],
    },
    Topic {
        id: "research-charts",
        title: "Lire un graphique",
        blocks: &[Block::List(&[
            "Le pointeur ou les flèches lisent une mesure ; Début et Fin vont aux extrémités.",
            "« Tableau » montre les mêmes mesures en chiffres.",
            "Un trou dans une ligne est un moment où rien n’a été mesuré.",
        ])],
    },
];
