//! How long is kept what was said on one channel.

use maud::{Markup, html};

use crate::domain::channel::{Channel, Kind};
use crate::domain::retention::Amount;
use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// From so many on they are only "many".
const MANY: usize = 1000;

/// The page. `foretold` is what would go now.
pub fn page(frame: &Frame, channel: &Channel, typed: &Typed, foretold: Option<Amount>) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/channels/{}", channel.id);
    let conversations = Field {
        hint: t.retention_conversations_hint(),
        ..typed.field(t, "conversations", t.retention_conversations())
    };
    let files = Field { hint: t.retention_files_hint(), ..typed.field(t, "files", t.retention_files()) };
    let texts = Field { hint: t.retention_texts_hint(), ..typed.field(t, "texts", t.retention_texts()) };
    let letters =
        Field { hint: t.retention_letters_hint(), ..typed.field(t, "letters", t.retention_letters()) };
    let mail = channel.kind == Kind::Email;
    let body = html! {
        header { h1 { (t.retention_title(&channel.name)) } }
        p.quiet { (t.retention_intro()) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["conversations", "files", "letters", "texts"]) { (parts::problem(&problem)) }
        @if let Some(all) = foretold {
            (parts::flash(&foretold_words(t, all)))
        }
        form.stack method="post" action={ (at) "/retention" } {
            (frame.token())
            (parts::text(&conversations, "number"))
            (parts::text(&texts, "number"))
            (parts::text(&files, "number"))
            @if mail { (parts::text(&letters, "number")) }
            p.line {
                button.button.main type="submit" { (t.form_save()) }
                button.button.edged type="submit" name="look" value="1" { (t.retention_look()) }
                a.button href=(at) { (channel.name) }
            }
        }
    };
    parts::settings(frame, "/settings/channels", &body)
}

fn foretold_words(t: &Texts, all: Amount) -> String {
    let shown = |count: usize, words: fn(&Texts, i64) -> String, many: fn(&Texts, usize) -> String| {
        if count >= MANY { many(t, MANY) } else { words(t, i64::try_from(count).unwrap_or(i64::MAX)) }
    };
    t.retention_foretold(
        shown(
            all.conversations,
            |t, n| t.retention_some_conversations(n),
            |t, n| t.retention_many_conversations(n),
        ),
        shown(all.files, |t, n| t.retention_some_files(n), |t, n| t.retention_many_files(n)),
        shown(all.texts, |t, n| t.retention_some_texts(n), |t, n| t.retention_many_texts(n)),
        shown(all.letters, |t, n| t.retention_some_letters(n), |t, n| t.retention_many_letters(n)),
    )
}
