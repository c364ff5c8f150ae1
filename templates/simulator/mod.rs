//! The simulator: phones on which one plays the customer, and the clock.

mod phone;

use maud::{Markup, html};

use super::frame::Frame;
use super::icon;
use crate::domain::channel::{Channel, Kind};
use crate::domain::message::{Attachment, Message, State};
use crate::domain::{Id, Span, Timestamp};
use crate::i18n::{Texts, when};

/// What the page shows.
pub struct Page {
    pub phones: Vec<Phone>,
    /// By how much the clock runs ahead; `None` where it cannot be moved.
    pub clock: Option<Span>,
    /// No channel of the desk reaches real people.
    pub only_simulated: bool,
    /// Who is played on which phone, for the forms to carry on.
    pub state: String,
}

/// One simulated channel.
pub struct Phone {
    pub channel: Channel,
    pub people: Vec<Person>,
    /// Name and address of who is played; `None`: somebody new.
    pub played: Option<(String, String)>,
    pub opted_out: bool,
    /// The address of somebody who has just written for the first time.
    pub awaited: Option<String>,
    pub new_href: String,
    /// An address for somebody new.
    pub suggestion: String,
    pub bubbles: Vec<Bubble>,
    pub trouble: String,
}

/// Somebody who can be played.
pub struct Person {
    pub name: String,
    pub current: bool,
    pub href: String,
}

/// One message, as it stands on the phone.
pub struct Bubble {
    pub id: Id<Message>,
    pub side: Side,
    pub text: String,
    pub files: Vec<Attachment>,
    /// The name of the template that it was made from.
    pub template: Option<String>,
    pub location: Option<String>,
    /// How the customer reacted.
    pub reaction: Option<String>,
    pub provider_id: Option<String>,
    pub at: Timestamp,
}

/// Whose message it is.
pub enum Side {
    Customer,
    Business { author: Option<String>, state: State },
}

/// The kinds that can be imitated, in the order of the buttons.
const KINDS: [Kind; 12] = [
    Kind::Whatsapp,
    Kind::Messenger,
    Kind::Instagram,
    Kind::Telegram,
    Kind::Line,
    Kind::Viber,
    Kind::Wechat,
    Kind::Tiktok,
    Kind::Sms,
    Kind::Email,
    Kind::Webchat,
    Kind::Custom,
];

/// The page between the bar and the end.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    html! {
        main.page.wide.simulator #main data-since=(frame.cursor) {
            header {
                h1 { (t.simulator_title()) }
                p.quiet { (t.simulator_lead()) }
            }
            (clock(frame, page))
            @if page.phones.is_empty() {
                section.card {
                    p { (t.simulator_empty()) }
                    form method="post" action="/simulator/start" {
                        (frame.token())
                        button.button.main type="submit" { (t.simulator_start()) }
                    }
                }
            }
            div.phones { @for phone in &page.phones { (phone::phone(frame, page, phone)) } }
            (more(frame, page))
        }
    }
}

fn clock(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let Some(offset) = page.clock else {
        return html! { p.quiet { (t.simulator_clock_fixed()) } };
    };
    let steps = [
        ("60", t.simulator_hour()),
        ("1380", t.simulator_hours()),
        ("1441", t.simulator_day()),
        ("10080", t.simulator_week()),
    ];
    html! {
        section.card.clock aria-labelledby="clock" {
            h2 id="clock" { (t.simulator_clock()) }
            p {
                strong { (when::full(t, frame.now, frame.now, &frame.zone)) } " "
                span.quiet {
                    @if offset == Span::ZERO { (t.simulator_clock_right()) }
                    @else { (t.simulator_clock_ahead(ahead(t, offset))) }
                }
            }
            @if page.only_simulated {
                form.line method="post" action="/simulator/clock" {
                    (frame.token()) (carried(page))
                    @for (minutes, words) in steps {
                        button.button.edged type="submit" name="minutes" value=(minutes) { (words) }
                    }
                    button.button type="submit" name="minutes" value="back" disabled[offset == Span::ZERO] {
                        (t.simulator_back())
                    }
                }
            } @else {
                p.quiet { (t.simulator_clock_real()) }
            }
        }
    }
}

fn ahead(t: &Texts, offset: Span) -> String {
    let (days, hours, minutes) =
        (offset.whole_hours() / 24, offset.whole_hours() % 24, offset.whole_minutes() % 60);
    let parts =
        [(days, t.simulator_days(days)), (hours, t.simulator_h(hours)), (minutes, t.simulator_min(minutes))];
    let said: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect();
    said.join(" ")
}

fn carried(page: &Page) -> Markup {
    html! { input type="hidden" name="state" value=(page.state); }
}

fn more(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    html! {
        section.card aria-labelledby="more" {
            h2 id="more" { (t.simulator_more()) }
            form.line method="post" action="/simulator/phones" {
                (frame.token()) (carried(page))
                @for kind in KINDS {
                    button.button.edged type="submit" name="kind" value=(kind.as_str()) {
                        (icon::channel(kind)) (crate::i18n::kind::name(t, kind))
                    }
                }
            }
        }
    }
}
