//! The guide in English.

use super::{Block, Chapter, Guide, Topic};

pub(super) const GUIDE: Guide = Guide {
    title: "User’s guide",
    intro: "VCube-Raft books seats on a cluster of several nodes. When one of them goes down the page goes on with the others: there is nothing to reload, and you stay signed in.",
    contents: "Contents",
    chapters: &[
        Chapter { id: "start", title: "For everybody", topics: START },
        Chapter { id: "book", title: "Booking a seat", topics: BOOK },
        Chapter { id: "provide", title: "Offering vehicles", topics: PROVIDE },
        Chapter { id: "operate", title: "Operating the cluster", topics: OPERATE },
        Chapter { id: "research", title: "Measuring", topics: RESEARCH },
    ],
};

const START: &[Topic] = &[
    Topic {
        id: "account",
        title: "Sign in, create an account",
        blocks: &[
            Block::Text(
                "The sign-in page has three tabs: sign in, create a user’s account, create a provider’s account. After signing in, everybody begins on the page of their role.",
            ),
            Block::Text(
                "When a session expires the page says so and, once you are signed in again, leads back to where you were. A link opened in a new tab is signed in there too, while a tab of yours lives; signing out ends both.",
            ),
        ],
    },
    Topic {
        id: "display",
        title: "Language, theme, keyboard",
        blocks: &[Block::List(&[
            "Language (French, English) and theme (light, dark, system) are chosen at the top of every page and kept in this browser.",
            "Everything works by keyboard: Tab to go on, Enter to act, arrow keys in tabs, charts and check bars, Escape to close a question.",
            "The first link of every page, “Skip to content”, skips the navigation.",
        ])],
    },
    Topic {
        id: "messages",
        title: "What sections say",
        blocks: &[Block::Terms(&[
            ("Loading", "Nothing has come in yet."),
            ("Data from 14:02", "The last refresh failed: what is shown is of that time."),
            ("No node answers", "The banner says since when, what was tried, and when the next try is."),
            (
                "Your network does not answer",
                "Neither the nodes nor this site can be reached from here: check your connection.",
            ),
        ])],
    },
];

const BOOK: &[Topic] = &[
    Topic {
        id: "book-seat",
        title: "Book",
        blocks: &[
            Block::Steps(&[
                "Choose a departure from the list.",
                "Choose a free seat on the plan. Taken seats and your own are marked.",
                "Press “Book seat”. The reservation appears under “My reservations”.",
            ]),
            Block::Text("Pressing twice books once, and a node that fails never books twice."),
        ],
    },
    Topic {
        id: "book-unknown",
        title: "If no answer comes",
        blocks: &[
            Block::Text(
                "The page then says that the seat may or may not be reserved. Press “Check my reservations” before you try again.",
            ),
            Block::Text(
                "If you reload in the middle of a booking, the page offers to finish it: it is made once only.",
            ),
        ],
    },
    Topic {
        id: "book-cancel",
        title: "Cancel",
        blocks: &[Block::Text(
            "“Cancel the reservation” asks for a confirmation, then frees the seat for everybody. An older server cannot cancel: the button says so; turn to the carrier.",
        )],
    },
];

const PROVIDE: &[Topic] = &[
    Topic {
        id: "provide-vehicle",
        title: "Create and publish a vehicle",
        blocks: &[
            Block::Steps(&[
                "“New vehicle”: name, make, model, plate, number of seats (10 to 80).",
                "Save: the seats are created with the vehicle.",
                "“Publish”: users can book.",
            ]),
            Block::Text("What you type is kept if the page is reloaded before it is saved."),
        ],
    },
    Topic {
        id: "provide-change",
        title: "Change, withdraw, delete",
        blocks: &[Block::List(&[
            "Withdrawing a vehicle from the offer keeps the reservations that were made.",
            "A vehicle with a reserved seat cannot be deleted: cancel those reservations first.",
            "Fewer seats are refused when a reserved seat would go.",
        ])],
    },
    Topic {
        id: "provide-bookings",
        title: "Follow the reservations",
        blocks: &[Block::Text(
            "“Reservations” shows those of all your vehicles, or of one. You can cancel a reservation; the application does not tell the client.",
        )],
    },
];

const OPERATE: &[Topic] = &[
    Topic {
        id: "operate-look",
        title: "At a glance",
        blocks: &[
            Block::Text(
                "The pill at the top of every page says which node serves and how many are healthy; the tab’s title says the same. It opens the list of nodes: two clicks to change.",
            ),
            Block::Text(
                "In the administration the status sentence adds the Raft role, the term and the last failover. “Why this node?” shows the candidates in order, with what speaks against each.",
            ),
            Block::Text(
                "A node’s name opens its page: latencies, checks, real traffic, its opinion of the others, its journal.",
            ),
        ],
    },
    Topic {
        id: "operate-states",
        title: "The states of a node",
        blocks: &[Block::Terms(&[
            ("Unknown", "Nothing was heard of it yet. It may serve."),
            ("Healthy", "It answers."),
            (
                "Suspect",
                "It failed once, or is silent for far longer than usual. A check follows within a quarter of a second.",
            ),
            ("Failed", "The check failed too. It serves only when nothing else is left."),
            ("Probing", "It was failed and is being checked; two successes are asked for."),
            (
                "Recovering",
                "It answers again and may serve, but is watched for 5 to 30 seconds before requests return to it.",
            ),
        ])],
    },
    Topic {
        id: "operate-levers",
        title: "The levers",
        blocks: &[Block::Terms(&[
            (
                "Use",
                "The node becomes the preferred one, at once. “Undo” takes it back. If it is not healthy, a question shows the evidence and the effect first.",
            ),
            ("Back to automatic", "Forgets the preferred node."),
            ("Test", "One check now; what came of it is told."),
            ("Reset", "Clears the failures: the node is checked again. For all nodes, once in five seconds at most."),
            (
                "Require this node",
                "For a diagnosis, on the node’s page: every request of this tab goes there, without failover, for ten minutes at most. A banner says so and lifts the requirement.",
            ),
        ])],
    },
    Topic {
        id: "operate-journal",
        title: "The journal and the alerts",
        blocks: &[
            Block::Text(
                "The journal says who failed, why, where requests went, how long somebody waited, and who acted. It keeps the last 512 events since the page was opened; it can be filtered, and exported as JSON without tokens.",
            ),
            Block::Text(
                "Alerts, once turned on, tell of a node that failed, of a cluster that can no longer serve, and of the return to normal, even while the page is hidden: one tab alone then keeps watch, once a minute.",
            ),
        ],
    },
    Topic {
        id: "operate-when",
        title: "What to do when…",
        blocks: &[Block::Terms(&[
            (
                "A node has failed",
                "Nothing urgent: the others serve. Open its page; the probe tells a dead node from a CORS mistake. Restart it or correct its headers; it comes back by itself.",
            ),
            (
                "The check succeeds, the traffic fails",
                "The traffic is believed. Look at the node’s logs and disk, and whether it allows the OPTIONS request.",
            ),
            (
                "“No quorum”",
                "A majority of the nodes no longer sees each other: reads go on, writes wait. Bring back the nodes, or the network between them.",
            ),
            ("A node comes and goes", "It is kept away for longer and longer. Look for the cause before you reset it."),
            (
                "“Other cluster”",
                "The node answers, and names another cluster than the one that this page is in: nothing is sent there. Correct the address, or say “This is my cluster” if the cluster was set up anew.",
            ),
            (
                "“The same node as …, counted once”",
                "Two addresses of the list lead to one node: it counts once. Correct the list, or it will not outlive that node.",
            ),
            ("No node answers", "Read the cause of each in the banner. If it is your own network, the banner says so."),
            (
                "A node has to be stopped",
                "Choose another one with “Use”, wait until “requests waiting” is 0 on its page, then stop it.",
            ),
        ])],
    },
    Topic {
        id: "operate-settings",
        title: "The settings",
        blocks: &[Block::Text(
            "Adding, removing and ordering nodes takes effect at once; a node is tested before it is added, and a question reminds you that it will receive your token. Timeouts hold at once. Everything is kept in this browser, over config.json, and can be reset, exported and imported; an import first shows what it changes, and asks.",
        )],
    },
];

const RESEARCH: &[Topic] = &[
    Topic {
        id: "research-live",
        title: "Live",
        blocks: &[Block::Text(
            "“Live” shows what the cluster measures now: causal delivery and consensus, fault tolerance, hot producers, access by role. A dash means that nothing was measured; no figure is made up.",
        )],
    },
    Topic {
        id: "research-tests",
        title: "Performance tests",
        blocks: &[
            Block::Steps(&[
                "Set the sizes and the duration, then “Start the test”; or “Quick test”, or “Stress test”.",
                "Follow the progress. The test runs inside the cluster: a reload, or a node that goes down, does not stop it.",
                "Stop it when you like: what it measured is kept.",
            ]),
            Block::Text(
                "The history is kept in this browser; it is exported as CSV and JSON, and two tests are compared in it.",
            ),
        ],
    },
    Topic {
        id: "research-charts",
        title: "Reading a chart",
        blocks: &[Block::List(&[
            "The pointer or the arrow keys read one value; Home and End go to the ends.",
            "“Table” shows the same values as figures.",
            "A gap in a line is a time in which nothing was measured.",
        ])],
    },
];
