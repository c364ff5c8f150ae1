//! Every page, in light and dark, wide and on a phone: axe finds nothing and nothing scrolls sideways.

use serde_json::json;

use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// The pages that have no number in their address.
const PAGES: &[(&str, &str)] = &[
    ("/inbox?view=all&status=open", "inbox"),
    ("/inbox?view=mine&status=snoozed", "inbox-snoozed"),
    ("/inbox?view=all&status=closed&q=garc", "inbox-search"),
    ("/inbox?view=all&status=open&q=nobody", "inbox-nothing"),
    ("/inbox/failed", "failed"),
    ("/inbox/narrow?view=all", "narrow"),
    ("/bulk?view=all", "bulk"),
    ("/keys", "keys-overview"),
    ("/conversations/new", "new"),
    ("/conversations/new?kind=email", "new-email"),
    ("/conversations/new?kind=whatsapp", "new-whatsapp"),
    ("/contacts", "contacts"),
    ("/contacts/new", "contact-new"),
    ("/notices", "notices"),
    ("/announcements", "announcements-mine"),
    ("/palette", "all-actions"),
    ("/later", "later"),
    ("/views/new", "view-new"),
    ("/simulator", "simulator"),
    ("/help", "help"),
    ("/help/outbound", "help-outbound"),
    ("/help/whatsapp/respond", "help-article"),
    ("/help/channels", "help-channels"),
    ("/settings/profile", "profile"),
    ("/settings/keys", "keys"),
    ("/settings/announcements", "announcements"),
    ("/settings/restricted", "restricted"),
    ("/settings/team", "team"),
    ("/settings/people", "people"),
    ("/settings/queues", "queues"),
    ("/settings/profiles", "profiles"),
    ("/settings/reasons", "reasons"),
    ("/settings/templates", "templates"),
    ("/settings/channels", "channels"),
    ("/settings/channels/new?kind=whatsapp", "channel-new"),
    ("/settings/intake", "intake"),
    ("/settings/copies", "copies"),
    ("/settings/status", "status"),
];

#[test]
fn every_page_of_the_demo_is_accessible_and_fits_a_phone() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::demo();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.go("/login");
    browser.find("form[action='/login']");
    let mut wrong = axe::inspect(&browser, "login");
    let words: Vec<&str> =
        desk.said.iter().find(|line| line.starts_with("Sign in as")).unwrap().split(' ').collect();
    agent.sign_in(words[3], words[words.len() - 1]);
    for &(path, name) in PAGES {
        agent.go(path);
        browser.find("#main, main");
        wrong.extend(axe::inspect(&browser, name));
    }
    for (list, name) in [
        ("/inbox?view=all&status=open", "conversation"),
        ("/inbox?view=all&status=open&sort=closing", "conversation-closing"),
        ("/inbox?view=all&status=open&sort=oldest", "conversation-oldest"),
        ("/inbox?view=all&status=closed", "conversation-closed"),
    ] {
        agent.go(list);
        browser.find("#list li a").click();
        browser.find("#top");
        wrong.extend(axe::inspect(&browser, name));
        wrong.extend(loose(&browser, name));
    }
    agent.go("/contacts");
    browser.find("main .people a").click();
    wrong.extend(axe::inspect(&browser, "contact"));
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The composer stands at the lower edge of the window, on a phone too.
fn loose(browser: &Browser, name: &str) -> Option<String> {
    browser.resize(375, 700);
    let gap = browser.script(
        "return Math.round(innerHeight - document.getElementById('composer').getBoundingClientRect().bottom)",
        json!([]),
    );
    browser.resize(1280, 900);
    (gap != 0).then(|| format!("{name}: the composer is {gap} px away from the edge"))
}
