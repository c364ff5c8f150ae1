//! What stands around every page.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use super::announcements;
use super::begin::HERE;
use super::icon::icon;
use super::keys;
use super::notices::Bell;
use crate::domain::Timestamp;
use crate::domain::agent::{Agent, Role, Theme};
use crate::domain::announcement::Announcement;
use crate::domain::conversation::View;
use crate::domain::keys::Act;
use crate::i18n::{Texts, when};

/// What every page needs.
pub struct Frame {
    pub texts: Texts,
    /// The viewer's time zone.
    pub zone: TimeZone,
    pub now: Timestamp,
    pub title: String,
    pub team: String,
    /// The path of this page.
    pub path: String,
    /// The inbox that the page belongs to.
    pub view: View,
    /// Who is signed in.
    pub agent: Option<Agent>,
    /// What every form must carry.
    pub csrf: String,
    /// The newest entry of the log when the page was made; live changes go on from here.
    pub cursor: i64,
    pub demo: bool,
    /// A sentence about what was just done.
    pub flash: Option<String>,
    /// In how many conversations that the viewer may see a message of ours did not go out.
    pub failed: usize,
    /// How many messages of the viewer's own wait for the viewer, though their time came.
    pub held: usize,
    /// The work that is handed out, where any queue does so.
    pub work: Option<super::work::Work>,
    /// Where the viewer may begin a conversation.
    pub outbound: super::begin::Menu,
    /// What the viewer was told and has not seen.
    pub bell: Bell,
    /// The channels that an administrator should look at.
    pub worrying: Vec<String>,
    /// What should be looked at on the page of the status or of the copies: sentence and address; for who may not go
    /// there, no address.
    pub alarms: Vec<(String, &'static str)>,
    /// The viewer signed in on a browser that was not seen before, of which this one was not told yet.
    pub stranger: Option<Stranger>,
    /// What is announced to the viewer and not read yet.
    pub announced: Vec<Announcement>,
    pub sheets: Sheets,
}

/// A session on a browser that was not seen before.
pub struct Stranger {
    /// What the browser calls itself, in a few words; empty: nothing.
    pub browser: String,
    /// From where it came.
    pub peer: String,
    pub since: Timestamp,
}

/// The addresses of a style sheet and of the script that belongs to it.
#[derive(Clone)]
pub struct Sheet {
    pub style: String,
    pub script: String,
}

/// What a page fetches besides itself. Each fetches only what it shows, so that the inbox stays light.
#[derive(Clone)]
pub struct Sheets {
    /// For every page; all that the inbox and a conversation need.
    pub every: Sheet,
    /// For every page but these two.
    pub page: Sheet,
    /// For conversations in which there are mails.
    pub mail: Sheet,
    /// Where work is handed out.
    pub work: Sheet,
    /// For the form of a letter.
    pub letter: Sheet,
    /// For notices: what says them aloud, and what completes names in a note.
    pub notice: Sheet,
    /// For the list of all actions, once it is opened.
    pub palette: Sheet,
    /// The script of boxes that find while somebody types.
    pub find: String,
}

impl Sheet {
    /// The elements that fetch them.
    pub fn links(&self) -> Markup {
        html! {
            link rel="stylesheet" href=(self.style);
            script src=(self.script) defer {}
        }
    }
}

impl Frame {
    /// The hidden field that every form carries.
    pub fn token(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.csrf); }
    }

    /// Whoever looks may change what the team shares.
    pub fn is_supervisor(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.role >= Role::Supervisor)
    }

    /// The page is the inbox, or belongs to a conversation.
    fn is_inbox(&self) -> bool {
        self.path != HERE && (self.path.starts_with("/inbox") || self.path.starts_with("/conversations/"))
    }

    /// The page is the inbox or a conversation itself, and does without what the other pages share.
    fn is_light(&self) -> bool {
        let below = self.path.strip_prefix("/conversations/");
        self.is_inbox() && below.is_none_or(|below| !below.contains('/'))
    }

    /// Something can be said aloud here, or somebody be named.
    fn tells(&self) -> bool {
        self.bell.listens
            || self.path == "/notices"
            || (self.path.starts_with("/conversations/") && self.path != HERE)
    }

    /// The key of an act for whoever looks; `None` where it has none.
    pub fn key(&self, act: Act) -> Option<&str> {
        match &self.agent {
            Some(agent) => agent.keymap.key(act),
            None => Some(act.default_key()),
        }
    }

    /// The keys that move within a list, a word each.
    fn walk(&self) -> String {
        [Act::Next, Act::Previous, Act::Select].map(|act| self.key(act).unwrap_or("none")).join(" ")
    }

    fn keys_off(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| !agent.keys)
    }
}

/// The whole document.
pub fn page(frame: &Frame, body: &Markup) -> Markup {
    let theme = frame.agent.as_ref().map_or(Theme::System, |agent| agent.theme);
    // Strangers get nothing that tells one answer from the next: not what the log counts, not the clock.
    let signed_in = frame.agent.is_some();
    let reading = frame.path.starts_with("/conversations/") && frame.path != HERE;
    html! {
        (DOCTYPE)
        html lang=(frame.texts.language().code()) data-theme=[(theme != Theme::System).then(|| theme.as_str())] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.title) " · Transom" }
                (frame.sheets.every.links())
                @if !frame.is_light() { (frame.sheets.page.links()) }
                @if frame.tells() { (frame.sheets.notice.links()) }
                @if frame.work.is_some() || frame.path == "/board" { (frame.sheets.work.links()) }
                link rel="icon" href="/static/icons/transom.svg" type="image/svg+xml";
            }
            body class=[reading.then_some("reading")] data-keys=[frame.keys_off().then_some("off")] data-walk=[signed_in.then(|| frame.walk())] data-cursor=[signed_in.then_some(frame.cursor)] data-now=[signed_in.then_some(frame.now)] {
                a.skip href="#main" { (frame.texts.frame_skip()) }
                @if frame.demo {
                    section.banner aria-label=(frame.texts.frame_demo()) { (frame.texts.frame_demo()) " " a href="/simulator" { (frame.texts.frame_demo_link()) } }
                }
                (worrying(frame))
                (stranger(frame))
                @if frame.agent.is_some() {
                    p.hidden #said role="status" aria-live="polite" data-words=(frame.texts.frame_new_message("{}")) {}
                    (bar(frame))
                    @if frame.path != "/announcements" {
                        section.announced aria-label=(frame.texts.announce_title()) aria-live="polite" { ul #announcements { (announcements::above(frame)) } }
                    }
                }
                @if let Some(flash) = &frame.flash { p.flash.top role="status" { (flash) } }
                (body)
                @if let Some(work) = frame.work.as_ref().filter(|_| frame.path != "/offers") { (super::work::popovers(frame, work)) }
                @if frame.agent.is_some() {
                    (keys::dialog(&frame.texts))
                }
            }
        }
    }
}

/// A word to administrators about channels that fell silent or that their provider complains of. The pages of
/// the channels say the same in full.
fn worrying(frame: &Frame) -> Markup {
    let t = &frame.texts;
    let told = frame.path.starts_with("/settings/channels") || frame.demo;
    html! {
        @if !frame.worrying.is_empty() && !told {
            section.banner aria-label=(t.checkup_look()) {
                a href="/settings/channels" { (t.checkup_banner(frame.worrying.join(", "))) }
            }
        }
        @for (sentence, path) in frame.alarms.iter().filter(|(_, path)| frame.path != *path) {
            section.banner aria-label=(t.checkup_look()) {
                @if path.is_empty() { span { (sentence) } } @else { a href=(path) { (sentence) } }
            }
        }
    }
}

/// A word to somebody on whose behalf a new browser was signed in, on every page of the other browsers until it was read.
fn stranger(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        @if let Some(new) = &frame.stranger {
            section.banner aria-label=(t.stranger_title()) {
                @let browser = if new.browser.is_empty() { t.stranger_unknown() } else { &new.browser };
                span { (t.stranger_line(browser, &new.peer, when::moment(t, new.since, frame.now, &frame.zone))) }
                a href="/settings/profile" { (t.stranger_look()) }
                form method="post" action="/settings/profile/sessions/told" {
                    (frame.token())
                    button.link type="submit" { (t.stranger_mine()) }
                }
            }
        }
    }
}

fn bar(frame: &Frame) -> Markup {
    let t = &frame.texts;
    let contacts = frame.path.starts_with("/contacts");
    let searching = frame.path == "/search";
    let dealt = frame.work.as_ref().is_some_and(|work| work.dealt);
    let here = |at: bool| at.then_some("page");
    let settings = frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Supervisor);
    html! {
        header.bar {
            a.team href="/inbox" { @if frame.team.is_empty() { "Transom" } @else { (frame.team) } }
            nav aria-label=(t.frame_places()) {
                a href="/inbox" aria-current=[here(frame.is_inbox())] { (t.frame_inbox()) }
                a href="/contacts" title=[dealt.then(|| t.frame_contacts())] aria-current=[here(contacts)] {
                    // Beside the state of the work a phone has no room for the word.
                    @if dealt { span.word { (t.frame_contacts()) } span.sign aria-hidden="true" { (icon("book")) } }
                    @else { (t.frame_contacts()) }
                }
                a href="/search" title=(t.frame_find()) aria-current=[here(searching)] {
                    span.whole { (t.frame_find()) } span.brief aria-hidden="true" { (icon("search")) }
                }
                @if settings {
                    a.rarely href="/settings" aria-current=[here(frame.path.starts_with("/settings"))] { (t.frame_settings()) }
                }
            }
            @if !frame.is_inbox() && !contacts && !searching { (find(frame)) }
            div.rest {
                p.stale #stale hidden data-sentence=(t.frame_stale("{time}")) {
                    span {} " " a href=(frame.path) { (t.frame_try_again()) }
                }
                (failed(frame))
                noscript { a.button href=(frame.path) title=(t.frame_refresh()) { (icon("refresh")) span.whole { (t.frame_refresh()) } } }
                (super::begin::menu(frame, &frame.outbound))
                @if let Some(work) = frame.work.as_ref().filter(|work| work.dealt) { (super::work::control(frame, work)) }
                (account(frame))
            }
        }
    }
}

fn find(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        form.find role="search" action="/search" {
            input type="search" name="q" aria-label=(t.frame_search()) placeholder=(t.frame_search()) data-act="search" aria-keyshortcuts=[frame.key(Act::Search)];
        }
    }
}

/// The counters of sends that failed, of own messages that wait for a word, and of notices; also sent again by live changes.
pub fn failed(frame: &Frame) -> Markup {
    let (t, count, held) = (&frame.texts, frame.failed, frame.held);
    let aloud = frame.bell.aloud.as_ref();
    html! {
        span #failed data-told=(frame.bell.unseen.mark())
            data-notice=[aloud.map(|aloud| aloud.notice)] data-words=[aloud.map(|aloud| &aloud.words)]
            data-browser=[aloud.filter(|aloud| aloud.browser).map(|_| "")]
            data-sound=[aloud.filter(|aloud| aloud.sound).map(|_| "")] {
            @if count > 0 {
                a.failed href="/inbox/failed" title=(t.frame_failed(count)) {
                    span.whole { (t.frame_failed(count)) } span.brief aria-hidden="true" { "! " (count) }
                }
            }
            @if held > 0 {
                a.failed.held href="/later" title=(t.later_held_count(held)) {
                    span.whole { (t.later_held_count(held)) } span.brief aria-hidden="true" { (icon("clock")) (held) }
                }
            }
            @if frame.bell.unseen.total() > 0 {
                a.failed.told href="/notices" title=(t.notice_title()) {
                    span.whole { (t.notice_unseen(frame.bell.unseen.total())) } span.brief aria-hidden="true" { "@ " (frame.bell.unseen.total()) }
                }
            }
        }
    }
}

fn account(frame: &Frame) -> Markup {
    let t = &frame.texts;
    let name = frame.agent.as_ref().map_or("", |agent| agent.name.as_str());
    html! {
        details.menu {
            summary.button { (icon("person")) span.who { (name) } (icon("down")) span.hidden { (t.frame_account()) } }
            ul {
                @if frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Supervisor) {
                    li.rarely { a href="/settings" { (t.frame_settings()) } }
                }
                @if frame.work.is_some() {
                    li { a href="/offers" { (t.work_title()) } }
                    @if frame.is_supervisor() { li { a href="/board" { (t.work_board()) } } }
                }
                li { a href="/notices" { (t.notice_title()) } }
                li { a href="/announcements" { (t.announce_title()) } }
                li { a href="/later" { (t.later_title()) } }
                li { a href="/settings/profile" { (t.frame_profile()) } }
                li.keys { a href="/keys" data-open="keys" data-act="overview" aria-keyshortcuts=[frame.key(Act::Overview)] { (t.frame_keys()) } }
                li {
                    a href="/palette" data-script=(frame.sheets.palette.script) data-style=(frame.sheets.palette.style) aria-keyshortcuts=[frame.key(Act::Palette)] {
                        (t.palette_title()) (keys::hint(frame, Act::Palette))
                    }
                }
                li { a href="/help" { (t.guide_title()) } }
                li { a href="/help/channels" { (t.frame_help_channels()) } }
                li {
                    form method="post" action="/logout" { (frame.token()) button.item type="submit" { (t.frame_sign_out()) } }
                }
            }
        }
    }
}
