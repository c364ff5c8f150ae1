//! Answering mails: what the composer shows of the mail that is answered, and the buttons that change the form. Each
//! keeps what was typed, so that nothing is lost without scripts either.

use super::acts::back;
use super::{compose, templates_of};
use crate::actions::draft::Typed;
use crate::actions::outgoing::Knows;
use crate::actions::{self, letter, reply::Beside};
use crate::domain::access::Viewer;
use crate::domain::answering::{self, Answered, Form, Ours, Words};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::mail::Mode;
use crate::domain::message::{Attachment, Message};
use crate::domain::template::Template;
use crate::domain::{Id, Refused, draft, rich};
use crate::i18n::{Texts, refusal, when};
use crate::store::setting::key;
use crate::store::{self, Connection, attachment, message, setting};
use crate::templates::letter::{Letter, Newer};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// What a page was asked for beside the conversation.
pub struct Asked {
    pub form: Option<Form>,
    pub replace: Option<Id<Template>>,
    pub wrong: Option<(&'static str, String)>,
    pub files: Vec<Attachment>,
}

/// The answer as it was sent with this request; `None` for other channels and for notes.
pub fn sent(cx: &Cx<'_>, kind: draft::Kind) -> Option<Form> {
    if kind != draft::Kind::Reply || cx.form.get("letter").is_none() {
        return None;
    }
    let field = |name| cx.form.trimmed(name).to_owned();
    let numbers = |name| cx.form.all(name).filter_map(|id| id.parse().ok()).collect();
    let copies = [field("cc"), field("bcc")].iter().any(|copy| !copy.is_empty());
    Some(Form {
        standard: cx.form.get("standard").is_some(),
        mode: cx.form.trimmed("how").parse().ok(),
        to: field("to"),
        cc: field("cc"),
        bcc: field("bcc"),
        copies: copies || cx.form.get("copies").is_some(),
        answers: cx.form.trimmed("seen").parse().ok(),
        files: numbers("attachment"),
        along: numbers("along"),
        before: cx.form.get("before").unwrap_or("").replace("\r\n", "\n"),
        left: String::new(),
    })
}

/// What else belongs to the answer of this request, and whether it is a mail.
pub fn beside_the_answer(cx: &Cx<'_>, id: Id<Conversation>) -> Result<(Beside, bool), Failure> {
    let knows = Knows::told(cx.form.all("knows"));
    let viewer = cx.viewer()?;
    let line = cx.read(|c| {
        let (conversation, channel) = letter::visible(c, viewer, id)?;
        if !letter::is_mail(&channel) {
            return Ok::<_, Failure>(None);
        }
        let latest = letter::latest(c, &channel, &conversation)?;
        Ok(Some(latest.map(|(newest, answered)| wrote(cx, &newest, &answered))))
    })?;
    let Some(line) = line else { return Ok((Beside { knows, ..Beside::default() }, false)) };
    let form = sent(cx, draft::Kind::Reply).unwrap_or_default();
    Ok((Beside { form: Some(form), line, knows }, true))
}

/// The line above what is quoted.
fn wrote(cx: &Cx<'_>, newest: &Message, answered: &Answered) -> String {
    let from = answered.mail.from.clone().unwrap_or_else(|| answered.person.clone());
    let name = if from.name.is_empty() { from.address } else { from.name };
    cx.texts.letter_wrote(when::full(&cx.texts, newest.at, cx.now, &cx.zone), name)
}

/// What the page says after something was sent: reasons to close with, where the team wants them asked (S194).
pub fn done(cx: &Cx<'_>, id: Id<Conversation>, kind: draft::Kind) -> Result<&'static str, Failure> {
    if kind != draft::Kind::Reply || cx.form.trimmed("how") == Mode::Forward.as_str() {
        return Ok("");
    }
    let viewer = cx.viewer()?;
    let asks = cx.read(|c| {
        let wanted = setting::get(c, key::WRAPUP_ON_SEND)?.as_deref() == Some("yes");
        let (conversation, channel) = letter::visible(c, viewer, id)?;
        // Where the queue asks, a card does.
        let asked = crate::web::work::questions(c, conversation.queue)?.rules.asks();
        Ok::<_, Failure>(wanted && !asked && letter::is_mail(&channel))
    })?;
    Ok(if asks { "wrapup" } else { "" })
}

/// The words around a letter that is passed on.
fn words(t: &Texts) -> Words {
    Words {
        forwarded: t.letter_forwarded().to_owned(),
        from: t.letter_from().to_owned(),
        date: t.letter_date().to_owned(),
        subject: t.letter_subject().to_owned(),
        to: t.letter_to().to_owned(),
    }
}

/// The field of the form in which something is wrong, with the sentence.
pub fn wrong(cx: &Cx<'_>, refused: &Refused) -> Option<(&'static str, String)> {
    let field = match refused {
        Refused::NoRecipient { field, .. } | Refused::OwnAddress { field, .. } => field,
        Refused::Field { field, .. } if matches!(*field, "to" | "cc" | "bcc") => field,
        _ => return None,
    };
    let (t, zone) = (&cx.texts, &cx.zone);
    let fix =
        if matches!(refused, Refused::Field { .. }) { String::new() } else { refusal::fix(t, refused, zone) };
    Some((field, format!("{} {fix}", refusal::sentence(t, refused, zone)).trim_end().to_owned()))
}

/// The mail that is answered with its date in words, as far as the form got.
fn dated(cx: &Cx<'_>, found: Option<(Message, Answered)>) -> Option<(Message, Answered)> {
    found.map(|(message, mut answered)| {
        answered.date = when::full(&cx.texts, message.at, cx.now, &cx.zone);
        (message, answered)
    })
}

/// What the composer shows; `None` on other channels, and before the first mail.
pub fn load(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel): (&Conversation, &Channel),
    (asked, body, saved): (Asked, &str, &[Template]),
) -> Result<Option<(Letter, Vec<Attachment>)>, Failure> {
    if !letter::is_mail(channel) {
        return Ok(None);
    }
    let Some((newest, answered)) = dated(cx, letter::latest(c, channel, conversation)?) else {
        return Ok(None);
    };
    let viewer = cx.viewer()?;
    let place =
        store::draft::Place { agent: viewer.agent, conversation: conversation.id, kind: draft::Kind::Reply };
    let mut form = match asked.form {
        Some(form) => form,
        None => store::draft::form(c, place)?,
    };
    let newer = newer(c, cx, conversation, &form, body)?;
    if newer.is_none() {
        form.answers = Some(newest.id.get());
    }
    // More than a line does not fit the quick answer.
    form.standard = form.standard || body.trim_end().contains('\n');
    let ours = letter::ours(c)?;
    let to = match form.mode() {
        Mode::Reply => answering::sender(&answered, &ours),
        Mode::ReplyAll => answering::everyone(&answered, &ours).0,
        Mode::Forward => answering::recipients(&form.to).unwrap_or_default(),
    };
    let copies = answering::recipients(&format!("{},{}", form.cc, form.bcc)).unwrap_or_default();
    let strangers = match form.mode() {
        Mode::Forward => Vec::new(),
        _ => answering::strangers(&answered, &copies),
    };
    let files = kept(c, viewer, &form, asked.files)?;
    let replace = asked.replace.and_then(|id| saved.iter().find(|saved| saved.id == id)).cloned();
    let letter = Letter {
        to: answering::written(&to),
        known: known(&answered, &ours),
        strangers,
        subject: answering::subject(form.mode(), &answered.mail.subject),
        from: letter::entry(channel),
        originals: attachment::of_message(c, newest.id)?,
        signature: rich::plain(&letter::signature(c, viewer, channel)?),
        quotes: letter::quotes(c, channel)?,
        pictures: actions::hosted::allowed(c)?.err(),
        newer,
        replace: replace.filter(|_| !body.trim().is_empty()),
        wrong: asked.wrong,
        form,
    };
    Ok(Some((letter, files)))
}

/// Who took part in the answered mail: others are pointed at while somebody types.
fn known(answered: &Answered, ours: &Ours) -> Vec<String> {
    let (to, cc) = answering::everyone(answered, ours);
    to.into_iter().chain(cc).map(|one| one.address).collect()
}

/// What came since the mail that somebody began to answer (S159).
fn newer(
    c: &Connection,
    cx: &Cx<'_>,
    conversation: &Conversation,
    form: &Form,
    body: &str,
) -> Result<Option<Newer>, Failure> {
    let Some(answers) = form.answers.filter(|_| !body.trim().is_empty() || form.standard) else {
        return Ok(None);
    };
    let me = cx.viewer()?.author();
    let Some(newer) = message::newest_of_others(c, conversation.id, Id::new(answers), me)? else {
        return Ok(None);
    };
    let by = match newer.author {
        Some(agent) => store::agent::get(c, agent)?.map(|agent| agent.name),
        None => None,
    };
    Ok(Some(Newer { message: newer.id, by }))
}

/// The files that were uploaded for this answer and are still free.
pub(super) fn kept(
    c: &Connection,
    viewer: &Viewer,
    form: &Form,
    sent: Vec<Attachment>,
) -> Result<Vec<Attachment>, Failure> {
    let mut files = sent;
    for number in &form.files {
        let there = files.iter().any(|file| file.id.get() == *number);
        if let Some(file) = attachment::get(c, Id::new(*number))?
            && !there
            && file.agent == viewer.author()
            && file.is_free()
        {
            files.push(file);
        }
    }
    Ok(files)
}

/// A button of the form: another way of answering, copies, a saved reply. The form is kept as it then stands, and the
/// page comes back with it.
pub fn act(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let act = cx.form.trimmed("act").to_owned();
    if act == "picture"
        && let Some(refused) = picture(cx)?
    {
        compose::files(cx)?;
        return compose::refuse_reply(cx, id, &refused);
    }
    compose::files(cx)?;
    let (form, body) = (sent(cx, draft::Kind::Reply).unwrap_or_default(), compose::body(cx));
    let changed = cx.read(|c| change(c, cx, id, (&act, form, body)))?;
    let typed = Typed { kind: draft::Kind::Reply, body: changed.body, key: compose::key(cx) };
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let form = Form { left: typed.key.clone().unwrap_or_default(), ..changed.form };
    cx.write(move |tx| actions::draft::save_form(tx, &viewer, id, (&typed, Some(&form)), now))?;
    let mut response = back(cx, id, "");
    if let Some((_, to)) = response.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("location"))
    {
        if let Some((what, asks)) = changed.asks {
            to.push_str(&format!("{}{what}={asks}", if to.contains('?') { '&' } else { '?' }));
        }
        to.push_str("#composer");
    }
    Ok(response)
}

/// Puts the picture that came with the form at the end of its text, or says what is against it.
pub(super) fn picture(cx: &mut Cx<'_>) -> Result<Option<Refused>, Failure> {
    let Some(file) = super::hosted::taken(cx) else { return Ok(None) };
    match super::hosted::keep(cx, file) {
        Ok(mark) => {
            let body = compose::body(cx);
            let text = if body.trim().is_empty() { mark } else { format!("{}\n\n{mark}", body.trim_end()) };
            cx.form.set("body", text);
            Ok(None)
        }
        Err(Failure::Refused(refused)) => Ok(Some(refused)),
        Err(other) => Err(other),
    }
}

/// The form after a button.
pub struct Changed {
    pub form: Form,
    pub body: String,
    /// A saved reply that waits for its writer: `replace`, for a word, or `template`, to be filled.
    pub asks: Option<(&'static str, String)>,
}

fn change(
    c: &Connection,
    cx: &Cx<'_>,
    id: Id<Conversation>,
    (act, form, body): (&str, Form, String),
) -> Result<Changed, Failure> {
    let viewer = cx.viewer()?;
    let (conversation, channel) = letter::visible(c, viewer, id)?;
    let (verb, what) = act.split_once(':').unwrap_or((act, ""));
    let mut changed = Changed { form, body, asks: None };
    match verb {
        "mode" => {
            let mode = what.parse().map_err(|()| Failure::Bad("act"))?;
            switch(c, cx, (&conversation, &channel), &mut changed, mode)?;
        }
        "quick" => {
            switch(c, cx, (&conversation, &channel), &mut changed, Mode::Reply)?;
            changed.form = Form { standard: false, mode: None, ..changed.form };
        }
        "copies" => changed.form.copies = true,
        "latest" => to_latest(c, cx, (&conversation, &channel), &mut changed)?,
        "list" => changed.asks = Some(("template", "list".to_owned())),
        "saved" => templates_of::replace(c, cx, (&conversation, &channel), &mut changed, what)?,
        "restore" => changed.body = std::mem::take(&mut changed.form.before),
        _ => {}
    }
    Ok(changed)
}

/// The mail that the form was begun for, while it is still the one it speaks of.
fn answered(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel): (&Conversation, &Channel),
    form: &Form,
) -> Result<(Message, Answered), Failure> {
    let begun = match form.answers {
        Some(id) => letter::one(c, channel, conversation, Id::new(id))?,
        None => None,
    };
    let found = match begun {
        Some(found) => Some(found),
        None => letter::latest(c, channel, conversation)?,
    };
    dated(cx, found).ok_or(Failure::NotFound)
}

fn switch(
    c: &Connection,
    cx: &Cx<'_>,
    place: (&Conversation, &Channel),
    changed: &mut Changed,
    mode: Mode,
) -> Result<(), Failure> {
    let (_, answered) = answered(c, cx, place, &changed.form)?;
    let ours = letter::ours(c)?;
    let (form, body) =
        answering::switched(&changed.form, &changed.body, mode, (&answered, &ours, &words(&cx.texts)));
    (changed.form, changed.body) = (form, body);
    Ok(())
}

/// The same answer, to the mail that came since: recipients anew, the text as it is.
fn to_latest(
    c: &Connection,
    cx: &Cx<'_>,
    place: (&Conversation, &Channel),
    changed: &mut Changed,
) -> Result<(), Failure> {
    let mode = changed.form.mode();
    let standard = changed.form.standard;
    let typed = (changed.form.cc.clone(), changed.form.bcc.clone(), changed.form.to.clone());
    // Away from the letter of before, and to that of now.
    let by_way = if mode == Mode::Reply { Mode::ReplyAll } else { Mode::Reply };
    switch(c, cx, place, changed, by_way)?;
    let newest = letter::latest(c, place.1, place.0)?.ok_or(Failure::NotFound)?.0;
    changed.form.answers = Some(newest.id.get());
    switch(c, cx, place, changed, mode)?;
    changed.form.standard = standard;
    if mode == Mode::Forward {
        changed.form.to = typed.2;
    }
    for (field, before) in [(&mut changed.form.cc, typed.0), (&mut changed.form.bcc, typed.1)] {
        if !before.is_empty() {
            *field = before;
        }
    }
    changed.form.copies = !changed.form.cc.is_empty() || !changed.form.bcc.is_empty();
    Ok(())
}
