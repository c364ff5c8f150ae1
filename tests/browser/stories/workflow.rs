//! A workflow: made of forms by an administrator, started with an answer by an agent, and told step by step in the thread.

use super::chat::connected;
use super::floor::click;
use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Control is held until the end of what is typed.
const CONTROL: char = '\u{e009}';
const ENTER: char = '\u{e007}';

/// Presses a button of the form that makes the workflow, and waits for what it brings.
fn act(browser: &Browser, act: &str, brings: &str) {
    click(browser, &format!("main button[name='act'][value='{act}']"));
    browser.find(brings);
}

/// A question, a text and a note; what lacks its words is not published, and nothing typed is lost.
fn made(boss: &Agent<'_>) -> Vec<String> {
    let browser = boss.browser;
    boss.go("/settings/workflows");
    browser.find("main input[name='name']").fill("Return a parcel");
    browser.find("main form.stack button.main").click();
    browser.find("textarea[name='about']").fill("For everything that comes back.");
    act(browser, "add-ask", "input[name='a0.name']");
    browser.find("input[name='a0.name']").fill("parcel");
    browser.find("input[name='a0.label']").fill("Number of the parcel");
    browser.find("input[name='a0.required']").click();
    browser.find("select[name='new_step'] option[value='message']").click();
    act(browser, "add-step", "textarea[name='s0.text']");
    act(browser, "publish", "main .flash.bad");
    let problem = browser.find("main .flash.bad").text();
    assert!(problem.contains("Step 1"), "{problem}");
    assert_eq!(browser.find("input[name='a0.label']").value(), "Number of the parcel");
    let mut wrong = axe::inspect(browser, "workflow-refused");
    browser.find("textarea[name='s0.text']").fill("Your parcel {{parcel}} is on its way back.");
    browser.find("select[name='new_step'] option[value='note']").click();
    act(browser, "add-step", "textarea[name='s1.text']");
    browser.find("textarea[name='s1.text']").fill("Parcel {{parcel}} comes back.");
    click(browser, "main button[name='act'][value='publish']");
    browser.wait_for_text("Published, version 1");
    wrong.extend(axe::inspect(browser, "workflow-published"));
    browser.screenshot("workflow-published");
    wrong
}

#[test]
fn s215_s216_a_workflow_is_made_started_from_the_list_of_actions_and_told_in_the_thread() {
    let (Some(first), Some(second), Some(third)) =
        (Browser::start(ENGLISH), Browser::start(ENGLISH), Browser::start(ENGLISH))
    else {
        return;
    };
    let desk = Served::demo();
    let password = desk.password();
    let (_, key) = connected(&desk);
    third.open(&format!("{}/chat/{key}", desk.url));
    third.find("[name=name]").write("Zoe Visitor");
    third.find("#text").write("My parcel is broken.");
    third.find("#write button[type=submit]").click();
    third.wait_for_text("Sent");

    let [boss, luis] = [&first, &second].map(|browser| Agent { browser, desk: &desk });
    boss.sign_in("petra@lumiere.example", password);
    let mut wrong = made(&boss);

    // By keyboard alone: the list of all actions, the workflow, its question.
    luis.sign_in("luis@lumiere.example", password);
    luis.open_row("/inbox?view=all", "Zoe Visitor");
    second.find("body").write(&format!("{CONTROL}k"));
    second.wait("the list of all actions", || {
        (!second.all("dialog.palette [role='option']").is_empty()).then_some(())
    });
    // The conversation is open, so that no reason asks to open one.
    assert!(!second.find("dialog.palette").text().contains("Open a conversation first."));
    second.find("dialog.palette input").write("return a p");
    assert!(second.find("dialog.palette [aria-selected='true']").text().contains("Return a parcel"));
    second.screenshot("workflow-palette");
    second.find("dialog.palette input").write(&ENTER.to_string());
    second.find("input[name='w1.0']").fill("17");
    wrong.extend(axe::inspect(&second, "workflow-start"));
    second.screenshot("workflow-start");
    second.find("input[name='w1.0']").write(&ENTER.to_string());
    second.find("#top");
    for told in [
        "You started the workflow “Return a parcel” – Number of the parcel: 17",
        "Your parcel 17 is on its way back.",
        "Parcel 17 comes back.",
        "“Return a parcel” is done",
    ] {
        second.wait(told, || second.text_with_frames("main.thread").contains(told).then_some(()));
    }
    third.wait_for_text("Your parcel 17 is on its way back.");
    assert!(!third.text().contains("Parcel 17 comes back."), "a note is for the team");
    wrong.extend(axe::inspect(&second, "workflow-thread"));
    second.screenshot("workflow-thread");
    assert_eq!(wrong, Vec::<String>::new());
}
