//! The virtual assistant of an entry point.

use crate::actions::greet;
use crate::domain::channel::Channel;
use crate::domain::greeter::{Answer, Greeter, Heard, Talk};
use crate::domain::hours::{self, Hours};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span};
use crate::store;
use crate::templates;
use crate::templates::settings::assistant::{DAYS, FIELDS, Page, fresh, of};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// How many lines of answers a form may bring.
const LINES: usize = 110;

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    let kept = cx.read(|c| store::greeting::of(c, id))?;
    let (works, greeter) = kept.unwrap_or_else(|| (false, fresh(&cx.texts)));
    page(cx, id, (&of(works, &greeter), greeter.answers.len()), None)
}

fn page(
    cx: &Cx<'_>,
    id: Id<Channel>,
    (typed, filled): (&Typed, usize),
    tried: Option<crate::domain::greeter::Turn>,
) -> Result<Response, Failure> {
    let channel = cx.read(|c| store::channel::get(c, id))?.ok_or(Failure::NotFound)?;
    let frame = forms::frame(cx, cx.texts.assistant_title(&channel.name))?;
    let barred = !greet::can_greet(&channel);
    let page = Page { channel: &channel, typed, filled, tried, barred };
    Ok(cx.page(&frame, &templates::settings::assistant::page(&frame, &page)))
}

/// Saves it, or shows what it would say to something.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    // Told before a field is looked at.
    cx.read(|c| store::channel::get(c, id))?.ok_or(Failure::NotFound)?;
    let (typed, filled) = typed(cx);
    let wanted = wanted(cx);
    if cx.form.get("look").is_some()
        && let Ok(greeter) = &wanted
    {
        let zone = cx.read(store::setting::zone)?;
        let open = greeter.hours.is_open(cx.now, &zone);
        let heard = Heard { text: cx.form.trimmed("try"), name_known: true, email_known: true, open };
        let turn = greeter.turn(&Talk { greeted: true, ..Talk::default() }, heard);
        return page(cx, id, (&typed, filled), Some(turn));
    }
    let (by, now, works) = (cx.viewer()?.clone(), cx.now, cx.form.get("works").is_some());
    let outcome = wanted
        .map_err(Failure::from)
        .and_then(|greeter| cx.write(move |tx| greet::set(tx, &by, (id, works, &greeter), now)));
    match forms::outcome(outcome)? {
        Ok(()) => Ok(Response::redirect(&format!("/settings/channels/{id}/assistant?done=saved"))),
        Err(refused) => {
            let typed = typed.refused(refused.clone());
            Ok(forms::back(page(cx, id, (&typed, filled), None)?, &refused))
        }
    }
}

/// What was typed, with the lines of the answers as far as something stands in them.
fn typed(cx: &Cx<'_>) -> (Typed, usize) {
    let mut typed = forms::typed(cx, &FIELDS);
    let mut filled = 0;
    for place in 0..LINES {
        for name in [format!("words_{place}"), format!("text_{place}")] {
            let value = cx.form.get(&name).unwrap_or("");
            if !value.trim().is_empty() {
                filled = place + 1;
            }
            typed = typed.with(&name, value);
        }
    }
    (typed, filled)
}

fn wanted(cx: &Cx<'_>) -> Result<Greeter, Refused> {
    let text = |name: &str| cx.form.trimmed(name).replace("\r\n", "\n");
    let number = |name: &'static str| {
        cx.form.trimmed(name).parse::<u32>().map_err(|_| forms::wrong(name, Problem::NotANumber))
    };
    let mut times = Hours::default();
    for (name, day) in DAYS.into_iter().zip(&mut times.days) {
        *day = hours::read(cx.form.trimmed(name)).ok_or(forms::wrong(name, Problem::Wrong))?;
    }
    let lines = (0..LINES).map(|place| Answer {
        words: list(cx.form.trimmed(&format!("words_{place}"))),
        text: text(&format!("text_{place}")),
    });
    Ok(Greeter {
        label: cx.form.trimmed("label").split_whitespace().collect::<Vec<_>>().join(" "),
        greeting: text("greeting"),
        answers: lines.filter(|answer| !answer.words.is_empty() || !answer.text.is_empty()).collect(),
        person_words: list(cx.form.trimmed("person_words")),
        handing: text("handing"),
        closed: text("closed"),
        unknown: text("unknown"),
        most_unknown: number("most_unknown")?,
        name_question: text("name_question"),
        email_question: text("email_question"),
        hours: times,
        silence: Span::minutes(i64::from(number("silence")?)),
        closes: cx.form.get("closes").is_some(),
        most_an_hour: number("most_an_hour")?,
    })
}

/// Words and phrases with commas or lines between them.
fn list(text: &str) -> Vec<String> {
    let words = text.split([',', ';', '\n']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
