//! Organising and following up, seen: many at once, a saved view, the search, later, and a colleague who is named.

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH, Looks};
use crate::process::Served;

/// A desk full of conversations, with its administrator signed in.
fn demo(browser: &Browser) -> Served {
    let desk = Served::demo();
    Agent { browser, desk: &desk }.sign_in("petra@lumiere.example", desk.password());
    desk
}

fn rows(browser: &Browser) -> Vec<String> {
    browser.all("#list > li[id]").iter().filter_map(|row| row.attribute("id")).collect()
}

/// Ticks the first two, closes them, and takes that back.
fn many(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open&sort=oldest");
    let before = rows(browser);
    if !browser.find("#list [name=c]").is_shown() {
        browser.find("label.select").click();
    }
    for row in &before[..2] {
        browser.find(&format!("#{row} [name=c]")).click();
    }
    browser.screenshot("organise-many");
    browser.find("#bulk button[value='close']").click();
    browser.wait("what was done", || (!browser.all(".toast form").is_empty()).then_some(()));
    let closed = rows(browser);
    assert!(before[..2].iter().all(|row| !closed.contains(row)), "{closed:?}");
    browser.find(".toast form button").click();
    browser.wait("both to be back", || {
        let back = rows(browser);
        before[..2].iter().all(|row| back.contains(row)).then_some(())
    });
}

/// What stands behind menus comes when they are opened: the order of the list, and what else can be done to many.
fn menus(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open&sort=oldest");
    browser.find(".filter details.menu > summary").click();
    assert_eq!(browser.find("#sort").value(), "oldest", "it says what is chosen");
    browser.screenshot("organise-filter");
    browser.find("#only option[value='window:open']").click();
    browser.find(".filter button.main").click();
    browser.wait("the list to be narrowed", || browser.url().contains("only=window%3Aopen").then_some(()));
    assert!(browser.url().contains("sort=oldest") && browser.url().contains("view=all"), "{}", browser.url());
    let first = rows(browser).swap_remove(0);
    if !browser.find("#list [name=c]").is_shown() {
        browser.find("label.select").click();
    }
    browser.find(&format!("#{first} [name=c]")).click();
    browser.find("#bulk summary").click();
    browser.find("#bulk-priority option[value='urgent']").click();
    browser.screenshot("organise-more");
    browser.find("#bulk button[value='priority']").click();
    browser.wait("what was done", || (!browser.all(".toast form").is_empty()).then_some(()));
    assert!(browser.find(&format!("#{first}")).text().contains("Urgent"));
}

/// Saves a view of what is unread and either mine or with nobody.
fn view(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/views/new");
    browser.find("main input[name='name']").fill("Mine to read");
    let choose = |field: &str, value: &str| {
        browser.find(&format!("select[name='{field}'] option[value='{value}']")).click();
    };
    choose("test.0.0", "window:open");
    browser.find("main details.card > summary").click();
    choose("join.1", "any");
    choose("test.1.0", "assignee:me");
    choose("test.1.1", "assignee:none");
    browser.screenshot("organise-view");
    browser.find("main form.stack button.main").click();
    browser.wait("the tab of the view", || {
        browser
            .all("#counts [aria-current]")
            .iter()
            .any(|tab| tab.text().contains("Mine to read"))
            .then_some(())
    });
}

/// Finds by an operator, and goes on to the next page, which shows none of the first.
fn search(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/search");
    browser.find("#finder input[name='q']").fill("status:closed -zzzz the\u{e007}");
    let hits = || {
        browser.all("#found .found > li[id]").iter().filter_map(|hit| hit.attribute("id")).collect::<Vec<_>>()
    };
    let first = browser.wait("hits", || Some(hits()).filter(|hits| !hits.is_empty()));
    let next = browser.find("#found a[href*='after=']");
    next.click();
    browser.wait("the next page", || browser.url().contains("after=").then_some(()));
    let second = browser.wait("more hits", || Some(hits()).filter(|hits| !hits.is_empty()));
    assert!(second.iter().all(|hit| !first.contains(hit)), "{first:?} {second:?}");
}

/// Plans an answer for tomorrow and takes it back.
fn later(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open&only=window:open");
    browser.find("#list li[id] a").click();
    let body = browser.find("#reply-form [name='body']:not([type='hidden'])");
    body.fill("Good morning! It is ready.");
    browser.find(".later-menu > summary").click();
    browser.find(".later-menu button[value='tomorrow']").click();
    browser.wait("what waits", || (!browser.all("#messages .later").is_empty()).then_some(()));
    agent.go("/later");
    assert!(browser.find("main").text().contains("Good morning! It is ready."));
    browser.screenshot("organise-later");
}

#[test]
fn many_are_undone_a_view_is_saved_the_search_pages_and_an_answer_waits() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = demo(&browser);
    let agent = Agent { browser: &browser, desk: &desk };
    many(&agent);
    menus(&agent);
    view(&agent);
    search(&agent);
    later(&agent);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Names Luis in a note; with scripts the name is completed by the keys.
fn name_luis(agent: &Agent<'_>, scripts: bool) {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open");
    browser.find("#list li[id] a").click();
    browser.find("#top");
    browser.find("label:has(#mode-note)").click();
    if scripts {
        browser.find("#note-field").write("Please look, @lu");
        browser.wait("the name", || browser.all(".nameable li").first()?.is_shown().then_some(()));
        browser.screenshot("organise-name");
        browser.find("#note-field").write("\u{e007}");
        browser.wait("the whole name", || {
            browser.find("#note-field").value().starts_with("Please look, @Luis Ortega ").then_some(())
        });
        browser.find("#note-field").write("by noon");
    } else {
        browser.find("#note-field").write("Please look, @luis ortega by noon");
    }
    browser.find("form.noting button.main").click();
    browser.wait("the note", || browser.find("#messages").text().contains("by noon").then_some(()));
}

fn mention(looks: Looks) {
    let (Some(browser), Some(second)) = (Browser::start(looks), Browser::start(looks)) else { return };
    let desk = demo(&browser);
    let (agent, luis) = (Agent { browser: &browser, desk: &desk }, Agent { browser: &second, desk: &desk });
    luis.sign_in("luis@lumiere.example", desk.password());
    luis.go("/notices");
    second.find("main h1");
    name_luis(&agent, looks.scripts);
    if !looks.scripts {
        luis.go("/notices");
    }
    second.wait("the notice", || {
        let list = second.all(".told .new");
        list.first()?.text().contains("by noon").then_some(())
    });
    second.screenshot(if looks.scripts { "organise-notice" } else { "organise-notice-without-scripts" });
    second.find(".told .new button").click();
    second.find("#top");
    assert!(second.find("#messages").text().contains("by noon"));
    luis.go("/notices?kind=mention");
    second.find(".told li");
    assert!(second.all(".told .new").is_empty(), "it was seen");
    if looks.scripts {
        assert_eq!(second.complaints(), Vec::<String>::new());
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

#[test]
fn a_colleague_who_is_named_sees_it_at_once() {
    mention(ENGLISH);
}

#[test]
fn a_colleague_is_named_without_scripts_too() {
    mention(Looks { scripts: false, ..ENGLISH });
}
