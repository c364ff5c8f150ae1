//! Every kind of channel, played by the simulator: the customer writes, the agent answers, the receipt comes,
//! time passes, the composer changes as the rules of that channel say, and opens when the customer is back.

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::{Served, complained, run};

/// A kind of channel with what sets it apart.
struct Line {
    kind: &'static str,
    set: Option<&'static str>,
    /// The state of the composer two days after the customer wrote.
    later: &'static str,
    /// The furthest that the provider tells of a message; `None`: nothing.
    receipt: Option<&'static str>,
}

const fn line(kind: &'static str, later: &'static str, receipt: Option<&'static str>) -> Line {
    Line { kind, set: None, later, receipt }
}

const LINES: [Line; 12] = [
    line("whatsapp", "template_only", Some("read")),
    line("messenger", "template_only", Some("read")),
    Line { set: Some("human_agent=yes"), ..line("instagram", "person_only", Some("read")) },
    line("telegram", "open", None),
    line("line", "open", None),
    line("viber", "open", Some("read")),
    line("wechat", "blocked", None),
    line("tiktok", "blocked", Some("read")),
    line("sms", "open", Some("delivered")),
    line("email", "open", None),
    line("webchat", "open", None),
    Line { set: Some("window_hours=24"), ..line("custom", "blocked", Some("read")) },
];

impl Line {
    fn customer(&self) -> String {
        format!("Customer of {}", self.kind)
    }

    /// The phone of this channel: they are numbered in the order in which they were connected.
    fn phone(&self) -> String {
        let at = LINES.iter().position(|line| line.kind == self.kind).unwrap();
        format!("#phone-{}", at + 1)
    }

    fn connect(&self, desk: &Served) {
        let (speaks, db) = (format!("speaks_as={}", self.kind), desk.db.to_str().unwrap());
        let mut words =
            vec!["channel", "add", "simulator", "--name", self.kind, "--db", db, "--set", &speaks];
        words.extend(self.set.iter().flat_map(|set| ["--set", *set]));
        let output = run(&words);
        assert!(output.status.success(), "{}", complained(&output));
    }

    /// The customer writes; the first time with a name.
    fn write(&self, agent: &Agent<'_>, words: &str) {
        agent.go("/simulator");
        let form = format!("{} form.write", self.phone());
        if let Some(name) = agent.browser.all(&format!("{form} input[name='name']")).first() {
            name.fill(&self.customer());
        }
        // A phone that shows something new meanwhile may lose what was typed.
        agent.browser.wait("the words on the phone", || {
            let field = agent.browser.find(&format!("{form} textarea"));
            field.fill(words);
            (field.value() == words).then_some(())
        });
        agent.send_from_phone(&form);
    }

    /// The answer is on the phone, and the phone tells how far it came.
    fn receive(&self, agent: &Agent<'_>, conversation: &str) {
        let (browser, phone) = (agent.browser, self.phone());
        browser.wait(&format!("the answer on the phone of {}", self.kind), || {
            agent.go("/simulator");
            browser.all(&format!("{phone} li.business")).first().map(|_| ())
        });
        let buttons = browser.all(&format!("{phone} button[name='state']"));
        let Some(receipt) = self.receipt else {
            assert!(buttons.is_empty(), "{} tells of receipts", self.kind);
            return;
        };
        let shown = || Some(browser.all(&format!("{phone} li.business small")).first()?.text());
        let before = shown();
        browser.find(&format!("{phone} button[name='state'][value='{receipt}']")).click();
        // Who leaves the page before the phone has told it takes it back.
        browser.wait(&format!("the phone of {} to have told it", self.kind), || {
            shown().filter(|now| Some(now) != before.as_ref()).map(|_| ())
        });
        browser.wait(&format!("the receipt of {}", self.kind), || {
            browser.open(conversation);
            browser.all(".state.good").first().map(|_| ())
        });
    }

    fn composer(&self, browser: &Browser, conversation: &str, state: &str) {
        browser.wait(&format!("the composer of {}: {state}", self.kind), || {
            browser.open(conversation);
            (browser.find("#reply").attribute("data-state").as_deref() == Some(state)).then_some(())
        });
        let writes = !browser.all("#reply-form [name='body']:not([type='hidden'])").is_empty();
        assert_eq!(writes, matches!(state, "open" | "person_only"), "{}: {state}", self.kind);
    }
}

#[test]
fn each_kind_of_channel_closes_and_opens_by_its_own_rules() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let desk =
        Served::with(&folder.path().join("transom.db"), &["serve", "--movable-clock"], "Set it up here");
    let agent = Agent { browser: &browser, desk: &desk };
    agent.set_up();
    let mut conversations = Vec::new();
    for line in &LINES {
        line.connect(&desk);
        line.write(&agent, "Is it ready?");
        agent.open_row("/inbox?view=unassigned", &line.customer());
        let conversation = browser.url();
        line.composer(&browser, &conversation, "open");
        agent.answer("It is.");
        conversations.push(conversation);
    }
    for (line, conversation) in LINES.iter().zip(&conversations) {
        line.receive(&agent, conversation);
    }
    for _ in 0..2 {
        agent.next_day();
    }
    for (line, conversation) in LINES.iter().zip(&conversations) {
        line.composer(&browser, conversation, line.later);
        browser.screenshot(&format!("two-days-later-{}", line.kind));
        line.write(&agent, "I am back.");
        line.composer(&browser, conversation, "open");
    }
}
