//! One phone: who is played on it, what is on its screen, and what one can do with it.

use maud::{Markup, html};

use super::{Bubble, Page, Phone, Side, carried};
use crate::domain::Timestamp;
use crate::domain::message::State;
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::icon;
use crate::templates::message::{file_part, linked};

/// The whole phone.
pub(super) fn phone(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
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
        div.cast role="group" aria-label=(t.simulator_people(&phone.channel.name)) {
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
                (None, None) => div.newcomer {
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
            (trouble(frame, page, phone))
        }
    }
}

fn trouble(frame: &Frame, page: &Page, phone: &Phone) -> Markup {
    let t = &frame.texts;
    let field = format!("trouble-{}", phone.channel.id);
    let troubles = [
        ("none", t.simulator_none()),
        ("fail", t.simulator_fail()),
        ("busy", t.simulator_busy()),
        ("unsure", t.simulator_unsure()),
        ("slow", t.simulator_slow()),
    ];
    html! {
        form.line method="post" action={ "/simulator/" (phone.channel.id) "/trouble" } {
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
