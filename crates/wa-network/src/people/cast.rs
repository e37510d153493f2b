//! Who they are and what they want. Numbers are from ranges that are kept free for fiction.

use super::picture::Motif;

/// One customer.
#[derive(Debug)]
pub struct Person {
    pub number: &'static str,
    pub name: &'static str,
    /// What they come to talk about, one after the other.
    pub(super) errands: &'static [Errand],
    /// What was said before today; the business speaks where a line begins with `>`.
    pub(super) past: &'static [&'static str],
    /// How many days ago that was.
    pub(super) days_ago: u32,
}

/// Something to talk about: the first line opens, each of the others answers an answer.
pub(super) type Errand = &'static [Line];

#[derive(Debug)]
pub(super) enum Line {
    Say(&'static str),
    Show {
        motif: Motif,
        caption: &'static str,
    },
    /// A voice note of so many seconds.
    Speak(u32),
}

impl Line {
    /// Its text, if any.
    pub fn words(&self) -> Option<&'static str> {
        match self {
            Say(text) | Show { caption: text, .. } => Some(text),
            Speak(_) => None,
        }
    }
}

use Line::{Say, Show, Speak};

/// Everybody, in the order in which they get to know the business.
pub fn cast() -> &'static [Person] {
    &CAST
}

static CAST: [Person; 12] = [
    Person {
        number: "447700900142",
        name: "Amara Okafor",
        errands: &[
            &[
                Say("Good morning! Do you have sourdough left today?"),
                Say("Lovely, could you keep two loaves for me? I can be there at half past five."),
                Say("You are a star, see you then"),
            ],
            &[
                Show {
                    motif: Motif::Loaf,
                    caption: "Look at that crust! Best one so far",
                },
                Say("What is your secret, a hotter oven?"),
                Say("I will try that on Sunday 😄"),
            ],
        ],
        past: &[
            "Hi, are you open on Sunday?",
            "> Good morning Amara! Yes, from 8 to 13.",
            "Perfect, thank you",
        ],
        days_ago: 3,
    },
    Person {
        number: "12025550147",
        name: "Noah Williams",
        errands: &[
            &[
                Say("Hey! I need a birthday cake for Saturday, about 12 people. Is that still possible?"),
                Say("Chocolate, please. And could you write \"Happy 7th, Ella\" on it?"),
                Show {
                    motif: Motif::Cake,
                    caption: "Something like this, but with less pink",
                },
                Say("Great. How much would that be?"),
                Say("Sounds fair. I will pick it up around 10. Thanks!"),
            ],
            &[
                Say("Do you do gluten free as well?"),
                Say("Good to know, my sister will be happy"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "491713920015",
        name: "Lena Hoffmann",
        errands: &[
            &[
                Say("Hello, is my order ready? It is the one under Hoffmann."),
                Say("Ok, then I will come by after work."),
                Say("Until then!"),
            ],
            &[
                Say("Could I change tomorrow's order from 20 to 30 rolls?"),
                Say("Half of them with poppy seeds please"),
                Say("Perfect, thank you 🙏"),
            ],
        ],
        past: &[
            "Hello, can I order 20 rolls for Friday?",
            "> Of course. Plain ones?",
            "Mixed please",
            "> Noted: 20 mixed rolls on Friday at 7:30.",
            "Danke!",
        ],
        days_ago: 1,
    },
    Person {
        number: "33639980123",
        name: "Camille Laurent",
        errands: &[
            &[
                Say("Bonjour! We are opening a small café around the corner. Do you deliver croissants?"),
                Say("About 40 every morning, before 7"),
                Speak(9),
                Say("Wonderful. Could you send me a price list?"),
                Say("Merci, I will talk to my partner tonight"),
            ],
            &[
                Say("Quick question: can we pay by invoice at the end of the month?"),
                Say("Parfait!"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "61491570156",
        name: "Kenji Watanabe",
        errands: &[
            &[
                Say("Hi, I left my umbrella in your shop, a dark blue one. Did anybody find it?"),
                Say("Yes! With the wooden handle. That is mine."),
                Say("Thank you so much. I will come tomorrow."),
            ],
            &[
                Show {
                    motif: Motif::Coffee,
                    caption: "Your cinnamon bun and my Saturday",
                },
                Say("See you next week!"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "46701740611",
        name: "Elsa Lindqvist",
        errands: &[
            &[
                Say("Hej! Do any of your cookies contain nuts? My son is allergic."),
                Say("And the oat ones?"),
                Say("Ok, a bag of oat cookies then please. Can I pay by card?"),
                Say("Great, on my way"),
            ],
            &[Say("They were gone in ten minutes 😂"), Say("We will be back!")],
        ],
        past: &[
            "Hej, do you make princess cake?",
            "> We do, on two days' notice.",
            "Good to know!",
        ],
        days_ago: 6,
    },
    Person {
        number: "13055550128",
        name: "Sofia Marques",
        errands: &[
            &[
                Say("Hi! I ordered the lemon tart online but got no confirmation. Order 1048."),
                Say("Sofia Marques, for tomorrow at noon"),
                Say("Phew, thanks for checking!"),
            ],
            &[
                Show {
                    motif: Motif::Tart,
                    caption: "The tart made it to the picnic",
                },
                Say("Everybody asked where it is from. I told them 😉"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "447700900388",
        name: "Tom Whitaker",
        errands: &[
            &[
                Say("Afternoon. Any chance of a wedding cake tasting next week?"),
                Say("Thursday after 4 would suit us best."),
                Say("Two of us, and the mother in law 🙈"),
                Say("Brilliant. See you Thursday."),
            ],
            &[
                Speak(14),
                Say("Sorry, I was on the bike. Long story short: lemon for the middle tier, please."),
                Say("Cheers!"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "61491570157",
        name: "Priya Raman",
        errands: &[
            &[
                Say("Hello, do you have eggless cakes?"),
                Say("Mango would be lovely. For 8 people, on Friday evening?"),
                Say("Can you deliver to Garden Street 12?"),
                Say("Thank you, that is very kind 💛"),
            ],
            &[
                Say("Could you make the icing a little less sweet than last time?"),
                Say("Thanks!"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "14155550163",
        name: "Diego Herrera",
        errands: &[
            &[
                Say("Good afternoon, are you still looking for someone at weekends?"),
                Say("I worked in a bakery for two years, early shifts are fine."),
                Say("Sure, I can come by on Monday. Thank you!"),
            ],
            &[
                Say("I sent my papers by email, did they arrive?"),
                Say("Perfect, see you on Monday"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
    Person {
        number: "491713920027",
        name: "Yusuf Demir",
        errands: &[
            &[
                Say("Hi, Yusuf from the mill. The flour comes on Wednesday instead of Tuesday, is that ok?"),
                Say("Eight bags as usual?"),
                Say("Done. Have a good week!"),
            ],
            &[
                Show {
                    motif: Motif::Flour,
                    caption: "New rye from this year's harvest. Want to try a bag?",
                },
                Say("I will put one on the truck, no charge."),
            ],
        ],
        past: &[
            "Delivery note for last Tuesday: 8 bags of T65.",
            "> Received, thank you Yusuf.",
        ],
        days_ago: 5,
    },
    Person {
        number: "447700900521",
        name: "Zanele Mokoena",
        errands: &[
            &[
                Say("Hi there! Is the carrot cake back?"),
                Say("Yay! Two slices please, I am around the corner"),
                Say("Make that three 😄"),
            ],
            &[
                Say("Do you have a loyalty card?"),
                Say("Ooh, nice. Please start one for me"),
            ],
        ],
        past: &[],
        days_ago: 0,
    },
];
