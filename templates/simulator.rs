//! The simulator: phones on which one plays the customer, and the clock.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon;
use super::message::{file_part, linked};
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
            div.phones { @for phone in &page.phones { (one(frame, page, phone)) } }
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

fn one(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
    let t = &frame.texts;
    let id = phone.channel.id;
    html! {
        section.phone id={ "phone-" (id) } aria-labelledby={ "name-" (id) } {
            header {
                (icon::channel(phone.channel.card.speaks_as))
                h2 id={ "name-" (id) } { (phone.channel.name) }
            }
            (people(t, phone))
            (screen(frame, page, phone))
            (composer(frame, page, phone))
            (acts(frame, page, phone))
        }
    }
}

fn people(t: &Texts, phone: &Phone) -> Markup {
    let nobody = phone.played.is_none();
    html! {
        nav.people aria-label=(t.simulator_people()) {
            @for person in &phone.people {
                a href=(person.href) aria-current=[person.current.then_some("true")] { (person.name) }
            }
            a.new href=(phone.new_href) aria-current=[nobody.then_some("true")] { "+ " (t.simulator_somebody()) }
        }
    }
}

fn screen(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
    let t = &frame.texts;
    html! {
        ol.screen id={ "screen-" (phone.channel.id) } tabindex="0" aria-label=(t.simulator_screen(&phone.channel.name)) {
            @if phone.bubbles.is_empty() {
                li.none {
                    @if phone.awaited.is_some() { (t.simulator_awaited()) } @else { (t.simulator_nothing()) }
                }
            }
            @for bubble in &phone.bubbles { (line(frame, page, phone, bubble)) }
            @if phone.opted_out { li.none { (t.simulator_opted_out()) } }
        }
    }
}

fn line(frame: &Frame, page: &Page, phone: &Phone, bubble: &Bubble) -> Markup {
    let t = &frame.texts;
    let ours = matches!(bubble.side, Side::Business { .. });
    html! {
        li class=(if ours { "business" } else { "customer" }) {
            div.bubble {
                @if let Some(template) = &bubble.template { p.kind { (t.simulator_template(template)) } }
                @if let Some(place) = &bubble.location { p { (icon::icon("pin")) " " (place) } }
                @for file in &bubble.files { (file_part(t, file)) }
                @if !bubble.text.is_empty() { p { (linked(&bubble.text)) } }
                @if let Some(emoji) = &bubble.reaction { span.reaction { (emoji) } }
            }
            small {
                @if let Side::Business { author: Some(author), .. } = &bubble.side { (author) " · " }
                (time(frame, bubble.at))
                @if let Side::Business { state, .. } = &bubble.side { " · " (arrived(t, *state)) }
            }
            @if let (true, Some(id), Some((_, value))) = (ours, &bubble.provider_id, &phone.played) {
                (react(frame, page, phone, (id, value, bubble.reaction.is_some())))
            }
        }
    }
}

fn arrived(t: &Texts, state: State) -> &'static str {
    match state {
        State::Read => t.simulator_read(),
        State::Delivered => t.simulator_delivered(),
        _ => t.simulator_arrived(),
    }
}

fn time(frame: &Frame, at: Timestamp) -> Markup {
    let words = when::moment(&frame.texts, at, frame.now, &frame.zone);
    html! { time datetime=(when::machine(at)) { (words) } }
}

fn react(frame: &Frame, page: &Page, phone: &Phone, (id, value, reacted): (&str, &str, bool)) -> Markup {
    let t = &frame.texts;
    html! {
        form.react method="post" action={ "/simulator/" (phone.channel.id) "/react" } {
            (frame.token()) (carried(page))
            input type="hidden" name="from" value=(value);
            input type="hidden" name="message" value=(id);
            @if reacted {
                button type="submit" name="emoji" value="" { (t.simulator_unreact()) }
            } @else {
                button type="submit" name="emoji" value="👍" aria-label=(t.simulator_react()) title=(t.simulator_react()) { "👍" }
            }
        }
    }
}

fn composer(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
    let t = &frame.texts;
    let id = phone.channel.id;
    html! {
        form.write method="post" action={ "/simulator/" (id) "/say" } {
            (frame.token()) (carried(page))
            @match (&phone.played, &phone.awaited) {
                (Some((_, value)), _) | (None, Some(value)) => input type="hidden" name="from" value=(value);,
                (None, None) => div.who {
                    label { (t.simulator_name()) input name="name" autocomplete="off" maxlength="80"; }
                    label { (t.simulator_address()) input name="from" required maxlength="120" autocomplete="off" value=(phone.suggestion); }
                },
            }
            label.hidden for={ "text-" (id) } { (t.simulator_text()) }
            textarea id={ "text-" (id) } name="text" rows="2" placeholder=(placeholder(t, phone)) {}
            p.line {
                button.button.main type="submit" name="what" value="text" { (t.simulator_send()) }
                button.button.edged type="submit" name="what" value="picture" { (icon::icon("clip")) (t.simulator_picture()) }
                button.button.edged type="submit" name="what" value="location" { (icon::icon("pin")) (t.simulator_location()) }
            }
        }
    }
}

fn placeholder(t: &Texts, phone: &Phone) -> String {
    match &phone.played {
        Some((name, value)) => t.simulator_write_as(if name.is_empty() { value } else { name }),
        None => t.simulator_write_new().to_owned(),
    }
}

fn acts(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
    let t = &frame.texts;
    let action = |what: &str| format!("/simulator/{}/{what}", phone.channel.id);
    let field = format!("trouble-{}", phone.channel.id);
    let troubles = [
        ("none", t.simulator_none()),
        ("fail", t.simulator_fail()),
        ("busy", t.simulator_busy()),
        ("unsure", t.simulator_unsure()),
        ("slow", t.simulator_slow()),
    ];
    html! {
        div.acts {
            @if let Some((_, value)) = &phone.played {
                form.line method="post" action=(action("receipt")) {
                    (frame.token()) (carried(page)) input type="hidden" name="from" value=(value);
                    @if phone.channel.card.delivered {
                        button.button type="submit" name="state" value="delivered" { (t.simulator_mark_delivered()) }
                    }
                    @if phone.channel.card.read {
                        button.button type="submit" name="state" value="read" { (t.simulator_mark_read()) }
                    }
                }
                form method="post" action=(action("consent")) {
                    (frame.token()) (carried(page)) input type="hidden" name="from" value=(value);
                    @if phone.opted_out {
                        button.button type="submit" name="allowed" value="yes" { (t.simulator_opt_in()) }
                    } @else {
                        button.button type="submit" name="allowed" value="no" { (t.simulator_opt_out()) }
                    }
                }
            }
            form.line method="post" action=(action("trouble")) {
                (frame.token()) (carried(page))
                label for=(field) { (t.simulator_trouble()) }
                select id=(field) name="trouble" {
                    @for (value, words) in troubles {
                        option value=(value) selected[value == phone.trouble] { (words) }
                    }
                }
                button.button.edged type="submit" { (t.simulator_set()) }
            }
        }
    }
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
                        (icon::channel(kind)) (kind.label())
                    }
                }
            }
        }
    }
}
