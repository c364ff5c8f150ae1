//! The form of a mailbox: its settings in groups, so that the few that everybody needs come first, and the access
//! that a person gives on a page of Google or Microsoft.

use maud::{Markup, html};

use super::channel::{self, Form, Setting};
use super::copy_field;
use crate::domain::Timestamp;
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts;

/// Access that is given on a page of the provider.
pub struct Access {
    /// Where the provider sends people back to.
    pub redirect: String,
    /// The provider's page, or the setting that is missing before it can be asked.
    pub page: Result<String, &'static str>,
    /// Until when the present access holds.
    pub until: Option<Timestamp>,
}

type Group = (fn(&Texts) -> &'static str, &'static [&'static str]);

/// What lies behind a heading, in this order; what is in no group comes first.
const GROUPS: &[Group] = &[
    (
        Texts::mailbox_group_in,
        &[
            "imap_host",
            "imap_port",
            "imap_security",
            "folders",
            "afterwards",
            "move_to",
            "history_days",
            "largest_mb",
        ],
    ),
    (Texts::mailbox_group_out, &["smtp_host", "smtp_port", "smtp_security", "sent_folder", "certificate"]),
    (Texts::mailbox_group_access, &["client_id", "client_secret", "tenant", "api_base"]),
    (
        Texts::mailbox_group_more,
        &["hook_secret", "thread_days", "plus_address", "spam_aside", "absence_reopens"],
    ),
];

/// The fields of a mailbox.
pub fn fields(t: &Texts, form: &Form<'_>) -> Markup {
    let grouped = |setting: &&Setting| GROUPS.iter().any(|(_, names)| names.contains(&setting.name));
    let first = form.settings.iter().filter(|setting| !grouped(setting));
    html! {
        @for setting in first { (channel::field(t, form.typed, setting)) }
        @for (heading, names) in GROUPS { (group(t, form, heading(t), names)) }
    }
}

/// One group. It is open where a field came back, and where the servers have to be told.
fn group(t: &Texts, form: &Form<'_>, heading: &str, names: &[&str]) -> Markup {
    let settings = || form.settings.iter().filter(|setting| names.contains(&setting.name));
    let refused = settings().any(|setting| form.typed.error(t, setting.name).is_some());
    let used = ["imap_host", "smtp_host", "client_id"]
        .iter()
        .any(|name| names.contains(name) && !form.typed.get(name).is_empty());
    html! {
        details open[refused || used] {
            summary.button.edged { (heading) }
            div.stack { @for setting in settings() { (channel::field(t, form.typed, setting)) } }
        }
    }
}

/// What a setting of a mailbox is called.
pub fn label(t: &Texts, name: &'static str) -> &'static str {
    match name {
        "sender_name" => t.mailbox_set_sender_name(),
        "service" => t.mailbox_set_service(),
        "sign_in" => t.mailbox_set_sign_in(),
        "user" => t.mailbox_set_user(),
        "password" => t.form_password(),
        "client_id" => t.mailbox_set_client_id(),
        "tenant" => t.mailbox_set_tenant(),
        "imap_host" => t.mailbox_set_imap_host(),
        "imap_port" => t.mailbox_set_imap_port(),
        "imap_security" => t.mailbox_set_imap_security(),
        "folders" => t.mailbox_set_folders(),
        "afterwards" => t.mailbox_set_afterwards(),
        "move_to" => t.mailbox_set_move_to(),
        "history_days" => t.mailbox_set_history_days(),
        "largest_mb" => t.mailbox_set_largest_mb(),
        "smtp_host" => t.mailbox_set_smtp_host(),
        "smtp_port" => t.mailbox_set_smtp_port(),
        "smtp_security" => t.mailbox_set_smtp_security(),
        "sent_folder" => t.mailbox_set_sent_folder(),
        "certificate" => t.mailbox_set_certificate(),
        other => other,
    }
}

/// What there is to know beside a setting.
pub fn hint(t: &Texts, name: &str) -> &'static str {
    match name {
        "service" => t.mailbox_hint_service(),
        "sign_in" => t.mailbox_hint_sign_in(),
        "user" => t.mailbox_hint_user(),
        "imap_host" => t.mailbox_hint_imap_host(),
        "imap_port" | "smtp_port" => t.mailbox_hint_port(),
        "imap_security" | "smtp_security" => t.mailbox_hint_security(),
        "folders" => t.mailbox_hint_folders(),
        "afterwards" => t.mailbox_hint_afterwards(),
        "history_days" => t.mailbox_hint_history_days(),
        "largest_mb" => t.mailbox_hint_largest_mb(),
        "sent_folder" => t.mailbox_hint_sent_folder(),
        "certificate" => t.mailbox_hint_certificate(),
        "tenant" => t.mailbox_hint_tenant(),
        _ => "",
    }
}

/// What a choice is called.
pub fn choice(t: &Texts, word: &str) -> Option<&'static str> {
    Some(match word {
        "other" => t.mailbox_service_other(),
        "google" => "Google",
        "microsoft" => "Microsoft",
        "password" => t.mailbox_sign_in_password(),
        "oauth" => t.mailbox_sign_in_oauth(),
        "tls" => "TLS",
        "starttls" => "STARTTLS",
        "plain" => t.mailbox_security_plain(),
        "leave" => t.mailbox_after_leave(),
        "seen" => t.mailbox_after_seen(),
        "move" => t.mailbox_after_move(),
        _ => return None,
    })
}

/// What to paste at the provider, whether there is access, and the way to its page.
pub fn access(frame: &Frame, access: &Access) -> Markup {
    let t = &frame.texts;
    html! {
        section.card #access {
            h2 { (t.mailbox_access()) }
            @match access.until {
                Some(until) => p { span.chip.good { (t.mailbox_access_given()) } " " (t.mailbox_access_until(when::point(t, until, frame.now, &frame.zone))) }
                None => p { span.chip.warn { (t.mailbox_access_none()) } }
            }
            (copy_field(t.mailbox_redirect(), &access.redirect))
            p.quiet { (t.mailbox_redirect_hint()) }
            @match &access.page {
                Ok(page) => p { a.button.main[access.until.is_none()] href=(page) rel="noreferrer" { (t.mailbox_access_give()) } }
                Err(missing) => (parts::problem(&t.mailbox_access_missing(channel::setting_label(t, missing))))
            }
        }
    }
}
