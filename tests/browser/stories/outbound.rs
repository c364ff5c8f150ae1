//! Writing first where work is offered, with each error on the way, in English and in Spanish.

use serde_json::json;

use super::floor::{click, opens, post};
use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH, Looks};
use crate::process::Served;

/// What the pages say in one language, and who plays in it.
struct Told {
    code: &'static str,
    agent: &'static str,
    number: &'static str,
    icon: &'static str,
    sms: &'static str,
    idle: &'static str,
    country: &'static str,
    active: &'static str,
    most: &'static str,
    missing: &'static str,
    available: &'static str,
}

const IN_ENGLISH: Told = Told {
    code: "en",
    agent: "luis@lumiere.example",
    number: "+34 612 345 781",
    icon: "New outbound conversation",
    sms: "New SMS",
    idle: "You are Idle.",
    country: "lacks its country code",
    active: "An active conversation with this number",
    most: "You have 1 conversation that you began",
    missing: "contacts sent automatically",
    available: "Choose Available and send",
};

const IN_SPANISH: Told = Told {
    code: "es",
    agent: "amina@lumiere.example",
    number: "+34 612 345 782",
    icon: "Iniciar conversación saliente",
    sms: "Nuevo SMS",
    idle: "Usted está Inactivo.",
    country: "prefijo",
    active: "Ya hay una conversación activa en curso",
    most: "Tiene 1 conversación iniciada por usted",
    missing: "contactos enviados automáticamente",
    available: "Elegir Disponible y enviar",
};

/// Chooses in a form of the settings, sends it, and waits until it is kept.
fn sets(browser: &Browser, select: &str, value: &str) {
    browser.find(&format!("select[name='{select}']"));
    let script = "const all = document.querySelector(`select[name=${arguments[0]}]`); \
                  all.value = arguments[1]; all.form.requestSubmit();";
    browser.script(script, json!([select, value]));
    browser.wait("it to be kept", || browser.url().contains("done=").then_some(()));
}

/// The icon in the bar, then the channel: two of the four steps (S230).
fn opens_form(agent: &Agent<'_>, told: &Told) {
    let browser = agent.browser;
    agent.go("/inbox");
    let icon = browser.find("#begin > summary");
    assert_eq!(icon.attribute("title").as_deref(), Some(told.icon));
    icon.click();
    let link = browser.all("#begin ul a").into_iter().find(|link| link.text().contains(told.sms)).unwrap();
    link.click();
    browser.find("main input[name='to']");
}

/// To whom and what, and Enter sends (S59).
fn writes(browser: &Browser, to: &str, text: &str) {
    browser.find("main input[name='to']").fill(to);
    browser.find("main textarea[name='body']").fill(text);
    browser.find("main textarea[name='body']").click();
    browser.type_keys("\u{E007}");
}

/// A refusal, and everything that was typed beside it.
fn is_refused(browser: &Browser, css: &str, words: &str, typed: &str) {
    browser.wait(words, || {
        let found = browser.all(css);
        found.first().is_some_and(|place| place.text().contains(words)).then_some(())
    });
    let kept = browser.script("return document.querySelector('main textarea[name=body]').value", json!([]));
    assert_eq!(kept, json!(typed), "nothing typed is lost");
}

fn plays(boss: &Agent<'_>, agent: &Agent<'_>, told: &Told) -> Vec<String> {
    let browser = agent.browser;
    let profile = |name: &str, fields: &[(&str, &str)]| {
        boss.go("/settings/profiles");
        let mut all =
            vec![("name", name), ("blend", "blended"), ("chat", "5"), ("social", "5"), ("email", "5")];
        all.extend(fields);
        post(boss.browser, "/settings/profiles", &all);
        boss.go("/settings/profiles");
        let link = boss.browser.all("main td a").into_iter().find(|link| link.text() == name).unwrap();
        let id = link.attribute("href").unwrap().rsplit('/').next().unwrap().to_owned();
        post(boss.browser, "/settings/profiles/team", &[("profile", &id)]);
    };
    let name = |what: &str| format!("{what} {}", told.code);
    profile(&name("One"), &[("outbound_sms", "on"), ("outbound_most", "1")]);
    agent.go("/settings/profile");
    sets(browser, "language", told.code);

    // Idle, and a number without its country: each is told, and nothing is lost.
    opens_form(agent, told);
    writes(browser, "612 345 678", "Your lamp is ready.");
    is_refused(browser, "main .flash.bad", told.idle, "Your lamp is ready.");
    browser.screenshot(&format!("outbound-idle-{}", told.code));
    let mut wrong = axe::inspect(browser, "outbound-idle");
    let button = browser.find("main button[name='available']");
    assert_eq!(button.text(), told.available);
    button.click();
    is_refused(browser, "#f-to-error", told.country, "Your lamp is ready.");
    writes(browser, told.number, "Your lamp is ready.");
    is_refused(browser, "main .flash.bad", told.idle, "Your lamp is ready.");
    browser.find("main button[name='available']").click();
    browser.wait("the conversation", || (!browser.url().contains("/new")).then_some(()));
    let begun = browser.url();
    browser.wait_for_text("Your lamp is ready.");

    // One more is more than the profile allows; with a larger profile the same person leads to what is there.
    opens_form(agent, told);
    writes(browser, "+34 612 345 790", "And yours.");
    is_refused(browser, "main .flash.bad", told.most, "And yours.");
    browser.find("main .flash.bad code");
    profile(&name("Two"), &[("outbound_sms", "on"), ("outbound_most", "2")]);
    writes(browser, told.number, "And yours.");
    is_refused(browser, "#f-to-error", told.active, "And yours.");
    wrong.extend(axe::inspect(browser, "outbound-active"));
    let there = browser.find("main form a.button[href*='view=all']").attribute("href").unwrap();
    assert!(begun.ends_with(there.split('?').next().unwrap()), "{there} is {begun}");

    // A channel that the profile leaves out is not listed, and the list says who can help.
    profile(&name("None"), &[("outbound_email", "on"), ("outbound_most", "2")]);
    browser.script("document.querySelector('main textarea[name=body]').value = ''", json!([]));
    agent.go("/conversations/new");
    browser.wait("who can help", || browser.find("main").text().contains(told.missing).then_some(()));
    assert!(browser.all("main a.button").iter().all(|link| !link.text().contains(told.sms)));
    wrong.extend(axe::inspect(browser, "outbound-missing"));
    // Turning back leaves nothing.
    click(browser, "header.bar a.team");
    wrong
}

#[test]
fn s71_s230_a_conversation_is_begun_past_each_error_in_english_and_in_spanish() {
    let (Some(first), Some(second), Some(third)) = (
        Browser::start(ENGLISH),
        Browser::start(ENGLISH),
        Browser::start(Looks { language: "es", ..ENGLISH }),
    ) else {
        return;
    };
    let desk = Served::demo();
    let password = desk.password();
    let [boss, luis, amina] = [&first, &second, &third].map(|browser| Agent { browser, desk: &desk });
    boss.sign_in("petra@lumiere.example", password);
    opens(&boss);
    // Numbers without a country code belong to no country here.
    boss.go("/settings/team");
    sets(&first, "country", "");
    let mut wrong = Vec::new();
    for (agent, told) in [(&luis, &IN_ENGLISH), (&amina, &IN_SPANISH)] {
        agent.sign_in(told.agent, password);
        wrong.extend(plays(&boss, agent, told));
        // A browser calls each refusal, which comes under its own status, a failed load.
        let noise = "Failed to load resource: the server responded with a status of 4";
        let mut complaints = agent.browser.complaints();
        complaints.retain(|line| !line.contains(noise));
        assert_eq!(complaints, Vec::<String>::new());
    }
    assert_eq!(wrong, Vec::<String>::new());
}
