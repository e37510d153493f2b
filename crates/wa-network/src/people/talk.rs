//! What people say next: their errand's next line, or a plain answer to what they were asked.

use super::cast::{Line, Person};
use super::dice::Dice;

const THANKS: [&str; 6] = [
    "Thank you!",
    "Great, thanks 🙏",
    "Perfect",
    "Wonderful, thank you",
    "Ok 👍",
    "Cheers!",
];

/// Words in a question, and what people answer to it.
const ANSWERS: [(&[&str], &[&str]); 6] = [
    (
        &["when", "what time", "which day", "how soon"],
        &[
            "Tomorrow around 10, if that works?",
            "Saturday morning would be best",
            "Any time after 4",
        ],
    ),
    (
        &["name", "who"],
        &["It is under my first name", "Just put my first name on it"],
    ),
    (
        &["address", "where", "deliver"],
        &[
            "Garden Street 12, second floor",
            "The yellow house behind the station",
            "I will pick it up myself",
        ],
    ),
    (
        &["pay", "card", "invoice"],
        &["Card, if that is ok", "I will pay when I pick it up"],
    ),
    (
        &["how many", "how much", "which size"],
        &["Six, please", "A dozen should do", "The small one is enough"],
    ),
    (
        &["how are you", "how was"],
        &["All good, thank you!", "Very good, we loved it"],
    ),
];

const UNSURE: [&str; 4] = [
    "Good question, let me check and come back to you",
    "Yes please",
    "That works for me",
    "Whatever you think is best",
];

/// One person's side of the conversation.
pub(super) struct Talk {
    person: &'static Person,
    errand: usize,
    line: usize,
}

impl Talk {
    /// Continues after the errands that are already open, recognized by what the person has `said`.
    pub fn after(person: &'static Person, said: &[String]) -> Self {
        let was_said = |line: &Line| line.words().is_some_and(|words| said.iter().any(|text| text == words));
        let opened = person.errands.iter().rposition(|errand| was_said(&errand[0]));
        Self {
            person,
            errand: opened.map_or(0, |at| at + 1),
            line: opened.map_or(0, |at| {
                person.errands[at].iter().take_while(|line| was_said(line)).count()
            }),
        }
    }

    /// Begins the next errand, or the first one again.
    pub fn open(&mut self) -> &'static Line {
        let errands = self.person.errands;
        let errand = errands[self.errand % errands.len()];
        self.errand += 1;
        self.line = 1;
        &errand[0]
    }

    /// The answer to a message of the business; `None` when there is nothing left to say.
    pub fn answer(&mut self, text: &str, dice: &mut Dice) -> Option<Answer> {
        let asked = text.to_lowercase();
        if let Some(answer) = asked.contains('?').then(|| answer_to(&asked, dice)).flatten() {
            return Some(Answer::Words(answer));
        }
        let current = self
            .errand
            .checked_sub(1)
            .map(|at| self.person.errands[at % self.person.errands.len()]);
        if let Some(line) = current.and_then(|errand| errand.get(self.line)) {
            self.line += 1;
            return Some(Answer::Line(line));
        }
        if asked.contains('?') {
            return Some(Answer::Words(dice.pick(&UNSURE)));
        }
        // The errand is done: sometimes a closing line, or just a reaction.
        match dice.below(3) {
            0 => Some(Answer::Words(dice.pick(&THANKS))),
            1 => Some(Answer::Reaction(dice.pick(&["👍", "❤️", "🙏"]))),
            _ => None,
        }
    }
}

pub(super) enum Answer {
    Line(&'static Line),
    Words(&'static str),
    /// An emoji under the message itself.
    Reaction(&'static str),
}

fn answer_to(question: &str, dice: &mut Dice) -> Option<&'static str> {
    let known = ANSWERS
        .iter()
        .find(|(words, _)| words.iter().any(|word| question.contains(word)));
    known.map(|(_, answers)| dice.pick(answers))
}

#[cfg(test)]
mod tests {
    use super::super::cast::cast;
    use super::*;

    #[test]
    fn an_errand_goes_on_with_every_answer_and_ends() {
        let mut dice = Dice::new(1, "test");
        let mut talk = Talk::after(&cast()[0], &[]);
        assert!(matches!(talk.open(), Line::Say(text) if text.contains("sourdough")));
        for _ in 0..2 {
            assert!(matches!(talk.answer("Sure.", &mut dice), Some(Answer::Line(_))));
        }
        for _ in 0..20 {
            assert!(!matches!(talk.answer("Sure.", &mut dice), Some(Answer::Line(_))));
        }
        talk.open();
        assert!(matches!(talk.answer("Sure.", &mut dice), Some(Answer::Line(_))));
    }

    #[test]
    fn a_restart_repeats_no_line() {
        let mut dice = Dice::new(1, "test");
        let person = &cast()[0];
        let first = person.errands[0][0].words().unwrap().to_owned();
        let mut talk = Talk::after(person, std::slice::from_ref(&first));
        let Some(Answer::Line(next)) = talk.answer("Sure.", &mut dice) else {
            panic!("the errand goes on")
        };
        assert_ne!(next.words(), Some(first.as_str()));
        assert_ne!(talk.open().words(), Some(first.as_str()));
    }

    #[test]
    fn a_question_that_is_understood_is_answered() {
        let mut dice = Dice::new(1, "test");
        let mut talk = Talk::after(&cast()[0], &[]);
        talk.open();
        let answer = talk.answer("When would you like to come?", &mut dice);
        assert!(matches!(answer, Some(Answer::Words(text)) if ANSWERS[0].1.contains(&text)));
        // The errand waits meanwhile.
        assert!(matches!(talk.answer("Fine.", &mut dice), Some(Answer::Line(_))));
    }
}
