//! What is new in a mail, and what it only repeats: the quoted history and the signature at its end.
//!
//! Nothing is thrown away: both halves together are the text as it was. A page folds the second, a list shows the
//! beginning of the first. The marks are those that mail programs set themselves, in the languages that they speak; a
//! text in which none is found is new from its first to its last word.

/// How many lines an attribution may be broken over ("On … ↵ Kim Lee <kim@example.com> wrote:").
const BROKEN: usize = 3;
/// The longest attribution, in bytes.
const ATTRIBUTION: usize = 400;
/// How many lines a signature has at most; what is longer is text that begins with two dashes.
const SIGNATURE: usize = 15;
/// How many lines below `From:` belong to the head of a quoted mail.
const HEAD: usize = 8;
/// The longest line that can be the head of anything, in bytes.
const LINE: usize = 1000;

/// How the line before a quotation says that somebody wrote, by language.
const WROTE: [&str; 14] = [
    "wrote",
    "schrieb",
    "escribió",
    "escribio",
    "a écrit",
    "a ecrit",
    "escreveu",
    "ha scritto",
    "schreef",
    "napsal",
    "napisał",
    "skrev",
    "kirjoitti",
    "écrit :",
];

/// `From` as the head of a quoted mail names it.
const FROM: [&str; 9] = ["from", "von", "de", "da", "van", "od", "från", "fra", "发件人"];

/// What else stands in the head of a quoted mail.
const HEADS: [&str; 46] = [
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "enviado",
    "enviado el",
    "enviado em",
    "fecha",
    "para",
    "asunto",
    "assunto",
    "envoyé",
    "à",
    "objet",
    "inviato",
    "data",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "odesláno",
    "komu",
    "předmět",
    "kopie",
    "copia",
    "skickat",
    "till",
    "ämne",
    "sendt",
    "til",
    "emne",
    "wysłano",
    "do",
    "temat",
    "发送时间",
    "收件人",
    "主题",
    "日時",
    "宛先",
    "件名",
];

/// Words of the line that parts a mail from the one that it answers.
const ORIGINAL: [&str; 10] = [
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "mensaje original",
    "message d'origine",
    "message d’origine",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "původní zpráva",
];

/// Words of the line above a mail that was passed on. What follows is what the mail is for, so it is never folded.
const PASSED_ON: [&str; 9] = [
    "forwarded message",
    "weitergeleitete nachricht",
    "mensaje reenviado",
    "message transféré",
    "mensagem encaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "přeposlaná zpráva",
    "begin forwarded message",
];

/// What telephones write below a mail.
const SENT_FROM: [&str; 9] = [
    "sent from my ",
    "sent from outlook",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "enviado desde ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado do meu ",
];

/// Splits a plain text into what is new and what it repeats, which together are the text. A text that only repeats
/// is all new, so that something is to be seen.
pub fn split(text: &str) -> (&str, &str) {
    let lines: Vec<Line<'_>> = lines(text);
    let mut end = lines.len();
    if let Some(cut) = history(&lines) {
        end = cut;
    } else if let Some(cut) = trailing_quote(&lines) {
        end = cut;
    }
    end = without_signature(&lines, end);
    let at = lines.get(end).map_or(text.len(), |line| line.start);
    let (fresh, quoted) = text.split_at(at);
    if fresh.trim().is_empty() { (text, "") } else { (fresh, quoted) }
}

/// What is new in a text for one line of a list: without quoted lines between the answers too, and without the line
/// that says who wrote them.
pub fn gist(text: &str) -> String {
    let (fresh, _) = split(text);
    let lines = lines(fresh);
    let mut kept = String::new();
    let mut skipped = 0;
    for (number, line) in lines.iter().enumerate() {
        if skipped > number || line.is_quote() {
            continue;
        }
        if let Some(end) = attribution(&lines, number).filter(|end| quote_follows(&lines, *end)) {
            skipped = end;
            continue;
        }
        kept.push_str(line.text);
        kept.push('\n');
    }
    if kept.trim().is_empty() { fresh.to_owned() } else { kept }
}

/// Whether this line stands above a mail that was passed on.
pub fn is_passed_on(line: &str) -> bool {
    matches!(parting(&Line { start: 0, text: line.trim() }), Some(Parting::PassedOn))
}

struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn is_quote(&self) -> bool {
        self.text.trim_start().starts_with('>')
    }

    /// In lower case, without the stars that stand for bold.
    fn plain(&self) -> String {
        let head = self.text.get(..LINE).unwrap_or(self.text);
        if head.len() > LINE { String::new() } else { head.trim().trim_matches('*').trim().to_lowercase() }
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut all = Vec::new();
    for piece in text.split_inclusive('\n') {
        all.push(Line { start, text: piece.trim_end_matches(['\n', '\r']) });
        start += piece.len();
    }
    all
}

/// Where the first mark stands after which everything is history.
fn history(lines: &[Line<'_>]) -> Option<usize> {
    for (number, line) in lines.iter().enumerate() {
        if line.is_blank() || line.is_quote() || line.text.len() > LINE {
            continue;
        }
        match parting(line) {
            Some(Parting::PassedOn) => return None,
            Some(Parting::Original) => return Some(number),
            None => {}
        }
        if is_head(lines, number) {
            return Some(ruled(lines, number));
        }
        if let Some(end) = attribution(lines, number)
            && (only_quotes(lines, end) || bare_history(lines, number, end))
        {
            return Some(number);
        }
    }
    None
}

enum Parting {
    Original,
    PassedOn,
}

/// A line that parts two mails: dashes, words, dashes; or Apple's words without any.
fn parting(line: &Line<'_>) -> Option<Parting> {
    let plain = line.plain();
    let inner = plain.trim_matches(['-', '_', '=', ' ']);
    let dashed = plain.starts_with("--") && plain.len() >= inner.len() + 6;
    let named = |words: &[&str]| words.iter().any(|word| inner.trim_end_matches(':').trim() == *word);
    if (dashed || plain.ends_with(':')) && named(&PASSED_ON) {
        Some(Parting::PassedOn)
    } else if dashed && named(&ORIGINAL) {
        Some(Parting::Original)
    } else {
        None
    }
}

/// The head of a quoted mail: `From:`, and at least two of its companions right below.
fn is_head(lines: &[Line<'_>], number: usize) -> bool {
    let named = |line: &Line<'_>, names: &[&str]| {
        let plain = line.plain();
        plain
            .split_once([':', '：'])
            .is_some_and(|(name, _)| names.contains(&name.trim_matches(['*', ' ', '\u{a0}'])))
    };
    if !lines.get(number).is_some_and(|line| named(line, &FROM)) {
        return false;
    }
    let below = lines.iter().skip(number + 1).take(HEAD).filter(|line| !line.is_blank());
    below.take_while(|line| line.text.contains([':', '：'])).filter(|line| named(line, &HEADS)).count() >= 2
}

/// The rule above a head belongs to it.
fn ruled(lines: &[Line<'_>], number: usize) -> usize {
    let above = (0..number).rev().find(|above| !lines[*above].is_blank());
    let is_rule = |line: &Line<'_>| {
        let text = line.text.trim();
        text.len() >= 5 && text.chars().all(|c| matches!(c, '_' | '-' | '=' | '─'))
    };
    above.filter(|above| is_rule(&lines[*above])).unwrap_or(number)
}

/// Where an attribution that begins at this line ends, not included.
fn attribution(lines: &[Line<'_>], number: usize) -> Option<usize> {
    let mut joined = String::new();
    for (step, line) in lines.iter().skip(number).take(BROKEN).enumerate() {
        if line.is_blank() || line.is_quote() || joined.len() + line.text.len() > ATTRIBUTION {
            return None;
        }
        joined.push(' ');
        joined.push_str(&line.text.to_lowercase());
        let text = joined.trim_matches(['*', ' ', '\u{a0}']);
        if text.ends_with(':') || text.ends_with('：') {
            let wrote = WROTE.iter().any(|verb| text.contains(verb));
            let dated = text.chars().any(|c| c.is_ascii_digit());
            let addressed = text.contains('@');
            // A sentence may stand right above, so a broken attribution has to begin with its date.
            let begun = step == 0 || lines[number].text.contains(|c: char| c.is_ascii_digit());
            let signs = [wrote, dated, addressed].into_iter().filter(|sign| *sign).count();
            return (begun && signs >= 2).then_some(number + step + 1);
        }
    }
    None
}

/// Whether the next words after this line are quoted.
fn quote_follows(lines: &[Line<'_>], from: usize) -> bool {
    lines.iter().skip(from).find(|line| !line.is_blank()).is_some_and(Line::is_quote)
}

/// Whether everything from this line on is quoted, but for a signature.
fn only_quotes(lines: &[Line<'_>], from: usize) -> bool {
    quote_follows(lines, from)
        && lines[from..without_signature(lines, lines.len()).max(from)]
            .iter()
            .all(|line| line.is_blank() || line.is_quote())
}

/// An attribution below which the history stands without marks, as some telephones write it. It needs a time and an
/// address, because a sentence may say by itself that somebody wrote something.
fn bare_history(lines: &[Line<'_>], number: usize, end: usize) -> bool {
    let next = lines.iter().skip(end).find(|line| !line.is_blank());
    let said: String = lines[number..end].iter().map(|line| line.text).collect();
    next.is_some_and(|line| !line.is_quote())
        && said.contains('@')
        && said.chars().filter(char::is_ascii_digit).count() >= 4
        && WROTE.iter().any(|verb| said.to_lowercase().contains(verb))
}

/// Where the quoted lines begin with which the text ends.
fn trailing_quote(lines: &[Line<'_>]) -> Option<usize> {
    let end = without_signature(lines, lines.len());
    let first = (0..end).rev().find(|number| !lines[*number].is_blank() && !lines[*number].is_quote());
    let start = first.map_or(0, |number| number + 1);
    let quoted = (start..end).find(|number| lines[*number].is_quote())?;
    // The line that says who wrote it may be in words that we do not know.
    let above = first.filter(|above| lines[*above].text.trim_end().ends_with(':'));
    let begun = above.and_then(|above| {
        let earliest = above.saturating_sub(BROKEN - 1);
        (earliest..=above).find(|number| attribution(lines, *number) == Some(above + 1))
    });
    Some(begun.unwrap_or(quoted))
}

/// Where the text ends when its signature is left out; `end` where there is none.
fn without_signature(lines: &[Line<'_>], end: usize) -> usize {
    let earliest = end.saturating_sub(SIGNATURE + 1);
    let marked = (earliest..end).find(|number| matches!(lines[*number].text, "-- " | "--" | "--\u{a0}"));
    if let Some(number) = marked {
        return number;
    }
    let last = (earliest..end).rev().find(|number| !lines[*number].is_blank());
    let telephone = |line: &Line<'_>| {
        let plain = line.plain();
        plain.len() < 80 && SENT_FROM.iter().any(|start| plain.starts_with(start))
    };
    last.filter(|number| telephone(&lines[*number])).unwrap_or(end)
}
