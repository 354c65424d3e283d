//! Le guide en français.

use super::{Block, Chapter, Guide, Topic};

pub(super) const GUIDE: Guide = Guide {
    title: "Guide d’utilisation",
    intro: "VCube-Raft réserve des places sur un cluster de plusieurs nœuds. Quand l’un d’eux tombe, la page continue avec les autres\u{a0}: vous n’avez rien à recharger, et vous restez connecté.",
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
                "La page de connexion a trois onglets\u{a0}: se connecter, créer un compte d’utilisateur, créer un compte de prestataire. Après la connexion, chacun arrive sur la page de son rôle.",
            ),
            Block::Text(
                "Quand une session expire, la page le dit et vous ramène, une fois reconnecté, là où vous étiez. Un lien ouvert dans un nouvel onglet y est connecté aussi, tant qu’un de vos onglets vit\u{a0}; se déconnecter met fin aux deux.",
            ),
        ],
    },
    Topic {
        id: "display",
        title: "Langue, thème, clavier",
        blocks: &[Block::List(&[
            "Langue (français, anglais) et thème (clair, sombre, système) se choisissent en haut de chaque page et sont gardés dans ce navigateur.",
            "Tout se fait au clavier\u{a0}: Tab pour avancer, Entrée pour agir, les flèches dans les onglets, les graphiques et les barres de contrôles, Échap pour fermer une question.",
            "Le premier lien de chaque page, «\u{a0}Aller au contenu\u{a0}», saute la navigation.",
        ])],
    },
    Topic {
        id: "messages",
        title: "Ce que disent les sections",
        blocks: &[Block::Terms(&[
            ("Chargement", "Rien n’est encore arrivé."),
            (
                "Données de 14:02",
                "La dernière actualisation a échoué\u{a0}: les données affichées sont celles de cette heure.",
            ),
            (
                "Aucun nœud ne répond",
                "Le bandeau dit depuis quand, ce qui a été essayé, et quand aura lieu le prochain essai.",
            ),
            (
                "Votre réseau ne répond plus",
                "Ni les nœuds ni ce site ne sont joignables d’ici\u{a0}: vérifiez votre connexion.",
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
                "Appuyez sur «\u{a0}Réserver la place\u{a0}». La réservation apparaît dans «\u{a0}Mes réservations\u{a0}».",
            ]),
            Block::Text("Appuyer deux fois ne réserve qu’une fois, et une panne de nœud ne réserve jamais deux fois."),
        ],
    },
    Topic {
        id: "book-unknown",
        title: "Si la réponse n’arrive pas",
        blocks: &[
            Block::Text(
                "La page dit alors que la place est peut-être réservée, peut-être pas. Appuyez sur «\u{a0}Vérifier mes réservations\u{a0}» avant de recommencer.",
            ),
            Block::Text(
                "Si vous rechargez pendant une réservation, la page propose de la terminer\u{a0}: elle ne sera faite qu’une fois.",
            ),
        ],
    },
    Topic {
        id: "book-cancel",
        title: "Annuler",
        blocks: &[Block::Text(
            "«\u{a0}Annuler la réservation\u{a0}» demande une confirmation, puis libère la place pour tout le monde. Un serveur ancien ne sait pas annuler\u{a0}: le bouton le dit, adressez-vous au transporteur.",
        )],
    },
];

const PROVIDE: &[Topic] = &[
    Topic {
        id: "provide-vehicle",
        title: "Créer et publier un véhicule",
        blocks: &[
            Block::Steps(&[
                "«\u{a0}Nouveau véhicule\u{a0}»\u{a0}: nom, marque, modèle, immatriculation, nombre de places (10 à 80).",
                "Enregistrez\u{a0}: les places sont créées avec le véhicule.",
                "«\u{a0}Publier\u{a0}»\u{a0}: les utilisateurs peuvent réserver.",
            ]),
            Block::Text("Ce que vous tapez est gardé si la page est rechargée avant l’enregistrement."),
        ],
    },
    Topic {
        id: "provide-change",
        title: "Modifier, retirer, supprimer",
        blocks: &[Block::List(&[
            "Retirer de l’offre garde les réservations déjà faites.",
            "Un véhicule dont une place est réservée ne peut pas être supprimé\u{a0}: annulez d’abord ces réservations.",
            "Réduire le nombre de places est refusé si une place réservée devait disparaître.",
        ])],
    },
    Topic {
        id: "provide-bookings",
        title: "Suivre les réservations",
        blocks: &[Block::Text(
            "«\u{a0}Réservations\u{a0}» montre celles de tous vos véhicules, ou d’un seul. Vous pouvez annuler une réservation\u{a0}; l’application ne prévient pas le client.",
        )],
    },
];

const OPERATE: &[Topic] = &[
    Topic {
        id: "operate-look",
        title: "En un regard",
        blocks: &[
            Block::Text(
                "La pastille en haut de chaque page dit quel nœud sert et combien sont sains\u{a0}; le titre de l’onglet dit la même chose. Elle ouvre la liste des nœuds\u{a0}: deux clics pour en changer.",
            ),
            Block::Text(
                "Dans l’administration, la phrase d’état ajoute le rôle Raft, le mandat et la dernière bascule. «\u{a0}Pourquoi ce nœud\u{a0}?\u{a0}» montre les candidats dans l’ordre, avec ce qui en écarte chacun.",
            ),
            Block::Text(
                "Le nom d’un nœud ouvre sa page\u{a0}: latences, contrôles, trafic réel, avis sur les autres, journal.",
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
            ("À l’essai", "Il était en panne, un contrôle est en cours\u{a0}; deux réussites sont demandées."),
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
                "Le nœud devient le préféré, tout de suite. «\u{a0}Annuler\u{a0}» revient en arrière. S’il n’est pas sain, une question montre d’abord les preuves et l’effet.",
            ),
            ("Revenir au choix automatique", "Oublie le nœud préféré."),
            ("Tester", "Un contrôle maintenant\u{a0}; le résultat est dit."),
            (
                "Réinitialiser",
                "Efface les échecs\u{a0}: le nœud est contrôlé de nouveau. Pour tous les nœuds, une fois toutes les cinq secondes au plus.",
            ),
            (
                "Exiger ce nœud",
                "Pour un diagnostic, sur la page du nœud\u{a0}: toutes les requêtes de cet onglet y vont, sans bascule, dix minutes au plus. Un bandeau le rappelle et permet de lever l’exigence.",
            ),
        ])],
    },
    Topic {
        id: "operate-journal",
        title: "Le journal et les alertes",
        blocks: &[
            Block::Text(
                "Le journal dit qui a échoué, pourquoi, où les requêtes sont allées, combien de temps on a attendu, et qui a agi. Il garde les 512 derniers événements depuis l’ouverture de la page\u{a0}; il se filtre et s’exporte en JSON, sans jeton.",
            ),
            Block::Text(
                "Les alertes, à activer, préviennent d’un nœud en panne, d’un cluster qui ne peut plus servir, et du retour à la normale, même quand la page est masquée\u{a0}: un seul onglet veille alors, une fois par minute.",
            ),
        ],
    },
    Topic {
        id: "operate-when",
        title: "Que faire quand…",
        blocks: &[Block::Terms(&[
            (
                "Un nœud est en panne",
                "Rien d’urgent\u{a0}: les autres servent. Ouvrez sa page\u{a0}; la sonde distingue un nœud arrêté d’une erreur CORS. Redémarrez-le ou corrigez ses en-têtes\u{a0}; il revient de lui-même.",
            ),
            (
                "Le contrôle réussit, le trafic échoue",
                "Le trafic est cru. Regardez les journaux et le disque du nœud, et s’il autorise la requête OPTIONS.",
            ),
            (
                "«\u{a0}Sans quorum\u{a0}»",
                "Une majorité des nœuds ne se voit plus\u{a0}: les lectures continuent, les écritures attendent. Rétablissez les nœuds ou le réseau entre eux.",
            ),
            (
                "Un nœud va et vient",
                "Il est tenu à l’écart de plus en plus longtemps. Cherchez la cause avant de «\u{a0}Réinitialiser\u{a0}».",
            ),
            (
                "«\u{a0}Autre cluster\u{a0}»",
                "Le nœud répond, et nomme un autre cluster que celui où se trouve cette page\u{a0}: rien ne lui est envoyé. Corrigez l’adresse, ou choisissez «\u{a0}C’est mon cluster\u{a0}» si le cluster a été recréé.",
            ),
            (
                "«\u{a0}Même nœud que …, compté une seule fois\u{a0}»",
                "Deux adresses de la liste mènent au même nœud\u{a0}: il compte une seule fois. Corrigez la liste, sinon elle ne survivra pas à ce nœud.",
            ),
            (
                "Aucun nœud ne répond",
                "Lisez la cause de chacun dans le bandeau. Si c’est votre réseau, le bandeau le dit.",
            ),
            (
                "Un nœud doit être arrêté",
                "Choisissez-en un autre avec «\u{a0}Utiliser\u{a0}», attendez que «\u{a0}requêtes en attente\u{a0}» soit à 0 sur sa page, puis arrêtez-le.",
            ),
        ])],
    },
    Topic {
        id: "operate-settings",
        title: "Les réglages",
        blocks: &[Block::Text(
            "Ajouter, retirer et ordonner les nœuds prend effet tout de suite\u{a0}; un nœud est testé avant d’être ajouté, et une question rappelle qu’il recevra votre jeton. Les délais valent aussitôt. Tout est gardé dans ce navigateur, par-dessus config.json, et se remet à zéro, s’exporte et s’importe\u{a0}; un import montre d’abord ce qu’il change, et demande.",
        )],
    },
];

const RESEARCH: &[Topic] = &[
    Topic {
        id: "research-live",
        title: "En direct",
        blocks: &[Block::Text(
            "«\u{a0}En direct\u{a0}» montre ce que le cluster mesure en ce moment\u{a0}: livraison causale et consensus, tolérance aux pannes, producteurs chauds, accès par rôle. Un tiret signifie que rien n’a été mesuré\u{a0}; aucun chiffre n’est inventé.",
        )],
    },
    Topic {
        id: "research-tests",
        title: "Tests de performance",
        blocks: &[
            Block::Steps(&[
                "Réglez les tailles et la durée, puis «\u{a0}Lancer le test\u{a0}»\u{a0}; ou «\u{a0}Test rapide\u{a0}», ou «\u{a0}Test de charge\u{a0}».",
                "Suivez la progression. Le test tourne dans le cluster\u{a0}: recharger la page ou perdre un nœud ne l’arrête pas.",
                "Arrêtez-le quand vous voulez\u{a0}: ce qu’il a mesuré est gardé.",
            ]),
            Block::Text(
                "L’historique est gardé dans ce navigateur\u{a0}; il s’exporte en CSV et en JSON, et deux tests s’y comparent.",
            ),
        ],
    },
    Topic {
        id: "research-charts",
        title: "Lire un graphique",
        blocks: &[Block::List(&[
            "Le pointeur ou les flèches lisent une mesure\u{a0}; Début et Fin vont aux extrémités.",
            "«\u{a0}Tableau\u{a0}» montre les mêmes mesures en chiffres.",
            "Un trou dans une ligne est un moment où rien n’a été mesuré.",
        ])],
    },
];
