//! The virtual assistant of an entry point: greets, answers from a list, asks for what the team needs, and hands over to
//! people. What it says next is decided here, from what was said and how far it has come; nothing else decides it.

use serde::{Deserialize, Serialize};

use super::agent::normal_email;
use super::hours::Hours;
use super::search::{fold, words};
use super::{Span, Timestamp};

/// What an administrator decided. What is not decided is at its default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Greeter {
    /// Under which name it speaks (S89).
    pub label: String,
    pub greeting: String,
    pub answers: Vec<Answer>,
    /// Words with which somebody asks for a person.
    pub person_words: Vec<String>,
    /// What is said when it hands over while people are there; empty: nothing.
    pub handing: String,
    /// The same while nobody is there; empty: as while people are there.
    pub closed: String,
    /// What is said to something that it does not understand.
    pub unknown: String,
    /// After how many of those in a row it hands over.
    pub most_unknown: u32,
    /// The question for the name of somebody whose name is not known; empty: not asked.
    pub name_question: String,
    /// The same for the e-mail address.
    pub email_question: String,
    pub hours: Hours,
    /// After how long a silence of the customer it hands over, or ends.
    pub silence: Span,
    /// Who is silent after an answer has got it: the conversation is closed.
    pub closes: bool,
    /// How many messages it writes into one conversation within an hour.
    pub most_an_hour: u32,
}

/// What is said to certain words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Words or phrases; one of them is enough.
    pub words: Vec<String>,
    pub text: String,
}

impl Default for Greeter {
    fn default() -> Greeter {
        Greeter {
            label: String::new(),
            greeting: String::new(),
            answers: Vec::new(),
            person_words: Vec::new(),
            handing: String::new(),
            closed: String::new(),
            unknown: String::new(),
            most_unknown: 2,
            name_question: String::new(),
            email_question: String::new(),
            hours: Hours::default(),
            silence: Span::minutes(15),
            closes: false,
            most_an_hour: 10,
        }
    }
}

/// How many answers one message gets at most.
const AT_ONCE: usize = 3;
/// The longest name that is taken for one, in characters and in words.
const NAME: (usize, usize) = (60, 4);

/// How far it has come in one conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Talk {
    /// It has greeted.
    pub greeted: bool,
    pub asks: Asks,
    /// How many messages in a row it did not understand.
    pub unknown: u32,
    /// The last thing that it said was an answer.
    pub answered: bool,
    /// A program of the team's own speaks, which decides for itself, and for how long it may be silent.
    pub own: Option<Span>,
    /// Why it hands over once its questions are answered.
    pub why: Option<Why>,
}

/// What it has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    #[default]
    Nothing,
    Name,
    Email,
    /// For the second and last time: what came was no address.
    EmailAgain,
}

/// Why it handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The customer asked for a person.
    Asked,
    /// It did not understand.
    Unknown,
    /// It only greets.
    Greeted,
    /// The customer was silent.
    Silent,
    /// It had said enough for an hour.
    Enough,
    /// It may not write here now: the window, its last messages, or the customer's own wish.
    MayNot,
    /// What it sent did not arrive.
    Failed,
    /// It was switched off.
    Off,
    /// Somebody of the team took over.
    Hand,
}

/// What it has heard.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    pub text: &'a str,
    /// Name and address of the customer are known.
    pub name_known: bool,
    pub email_known: bool,
    /// People are there.
    pub open: bool,
}

/// What it does next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Turn {
    /// What it says, each as written by the administrator.
    pub says: Vec<String>,
    pub talk: Talk,
    /// The name that was told.
    pub name: Option<String>,
    /// The address that was told.
    pub email: Option<String>,
    /// It hands over now.
    pub hands_over: Option<Why>,
}

impl Greeter {
    /// What it does when this was said to it.
    pub fn turn(&self, talk: &Talk, heard: Heard<'_>) -> Turn {
        let mut turn = Turn { talk: talk.clone(), ..Turn::default() };
        turn.talk.answered = false;
        if self.asks_for_a_person(heard.text) {
            turn.greet(self);
            // Who asks twice is asked nothing more.
            if talk.asks == Asks::Nothing {
                self.leave(turn, Why::Asked, heard)
            } else {
                self.over(turn, heard)
            }
        } else {
            match talk.asks {
                Asks::Nothing => self.answer(turn, heard),
                asked => self.hear(turn, asked, heard),
            }
        }
    }

    fn answer(&self, mut turn: Turn, heard: Heard<'_>) -> Turn {
        let said = Said::read(heard.text);
        let fits = |answer: &&Answer| answer.words.iter().any(|phrase| said.holds(phrase));
        let answers: Vec<&Answer> = self.answers.iter().filter(fits).take(AT_ONCE).collect();
        let first = turn.greet(self);
        if !answers.is_empty() {
            turn.says.extend(answers.into_iter().map(|answer| answer.text.clone()));
            (turn.talk.unknown, turn.talk.answered) = (0, true);
            return turn;
        }
        if self.answers.is_empty() {
            return self.leave(turn, Why::Greeted, heard);
        }
        if first {
            return turn;
        }
        turn.talk.unknown += 1;
        if turn.talk.unknown >= self.most_unknown {
            return self.leave(turn, Why::Unknown, heard);
        }
        turn.say(&self.unknown);
        turn
    }

    /// What was asked for came, or something else.
    fn hear(&self, mut turn: Turn, asked: Asks, heard: Heard<'_>) -> Turn {
        let mut now = heard;
        if asked == Asks::Name {
            turn.name = name_in(heard.text);
            now.name_known = true;
        } else {
            turn.email = email_in(heard.text);
            if turn.email.is_none() && asked == Asks::Email {
                turn.say(&self.email_question);
                turn.talk.asks = Asks::EmailAgain;
                return turn;
            }
            (now.name_known, now.email_known) = (true, true);
        }
        let why = turn.talk.why.unwrap_or(Why::Asked);
        self.leave(turn, why, now)
    }

    /// Hands over, or asks first for what the team needs.
    fn leave(&self, mut turn: Turn, why: Why, heard: Heard<'_>) -> Turn {
        turn.talk.why = Some(why);
        if !heard.name_known && !self.name_question.is_empty() {
            turn.say(&self.name_question);
            turn.talk.asks = Asks::Name;
            return turn;
        }
        if !heard.email_known && !self.email_question.is_empty() {
            turn.say(&self.email_question);
            turn.talk.asks = Asks::Email;
            return turn;
        }
        self.over(turn, heard)
    }

    fn over(&self, mut turn: Turn, heard: Heard<'_>) -> Turn {
        let away = !heard.open && !self.closed.is_empty();
        turn.say(if away { &self.closed } else { &self.handing });
        turn.talk.asks = Asks::Nothing;
        turn.hands_over = Some(turn.talk.why.unwrap_or(Why::Asked));
        turn
    }

    /// Whether somebody asks for a person.
    pub fn asks_for_a_person(&self, text: &str) -> bool {
        let said = Said::read(text);
        self.person_words.iter().any(|phrase| said.holds(phrase))
    }

    /// When it has waited long enough for an answer that is awaited since `now`.
    pub fn due(&self, now: Timestamp) -> Timestamp {
        now + self.silence
    }

    /// Everything that it may say.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [
            &self.greeting,
            &self.handing,
            &self.closed,
            &self.unknown,
            &self.name_question,
            &self.email_question,
        ];
        let own = own.into_iter().chain(self.answers.iter().map(|answer| &answer.text));
        own.map(String::as_str).filter(|text| !text.is_empty())
    }
}

impl Turn {
    /// `true`: it had not greeted before.
    fn greet(&mut self, greeter: &Greeter) -> bool {
        let first = !std::mem::replace(&mut self.talk.greeted, true);
        if first {
            self.say(&greeter.greeting);
        }
        first
    }

    fn say(&mut self, text: &str) {
        if !text.is_empty() {
            self.says.push(text.to_owned());
        }
    }
}

/// A message as it is compared: without case, accents and points.
struct Said {
    words: Vec<String>,
    whole: String,
}

impl Said {
    fn read(text: &str) -> Said {
        let whole = fold(text);
        Said { words: parts(&whole), whole }
    }

    /// Whether the words of the phrase stand in it one after the other, whole. Scripts that put no space between words
    /// are looked through letter by letter.
    fn holds(&self, phrase: &str) -> bool {
        let folded = fold(phrase);
        if folded.chars().any(is_unspaced) {
            return self.whole.contains(folded.trim());
        }
        let wanted = parts(&folded);
        !wanted.is_empty() && self.words.windows(wanted.len()).any(|window| window == wanted)
    }
}

/// The words of a folded text. What joins an address joins no words here: "hours/prices" and "opening-hours" are two.
fn parts(folded: &str) -> Vec<String> {
    words(folded).iter().flat_map(|word| word.split(['.', '-', '_', '+', '@'])).map(str::to_owned).collect()
}

/// Han, kana, Thai, Lao, Khmer and Burmese.
const fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A name, if the text can be one: a few words without digits or a question in them.
fn name_in(text: &str) -> Option<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let odd = |c: char| c.is_numeric() || "?!@/:;<>=".contains(c);
    let fits = name.chars().count() <= NAME.0 && name.split(' ').count() <= NAME.1;
    (fits && name.chars().any(char::is_alphabetic) && !name.chars().any(odd)).then_some(name)
}

/// The first e-mail address in the text.
fn email_in(text: &str) -> Option<String> {
    let around = |c: char| !c.is_alphanumeric();
    text.split_whitespace()
        .filter(|word| word.contains('@'))
        .find_map(|word| normal_email(word.trim_matches(around)).ok())
}
