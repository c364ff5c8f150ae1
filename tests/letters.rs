//! Answering mails at the desk: the quick and the standard answer, what is refused and why, who is asked beside, and
//! what stands on each mail that leaves.

use transom::actions::undo;
use transom::domain::agent::Role;
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::mail::{Mailbox, Mode};
use transom::domain::message;
use transom::domain::{Id, Span};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::support::letters::{Desk, addresses, comes, composer, fields, mailbox};
use crate::support::story::{Customer, KIM};

#[test]
fn answers_go_to_an_address_that_names_the_conversation_where_the_entry_point_wants_it() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let mut channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.post("messages", &[("body", "Turn it round.")]);
    assert!(at.last().extra.mail.unwrap().reply_to.is_empty(), "not every server takes such addresses");
    channel.settings.insert("plus_address".into(), "yes".into());
    desk.set_channel(&channel);
    at.post("messages", &[("body", "And back.")]);
    let asked = at.last().extra.mail.unwrap().reply_to.remove(0);
    assert_eq!(asked.name, "Help desk");
    assert!(asked.address.starts_with(&format!("help+c.{id}-")), "{}", asked.address);
    assert!(asked.address.ends_with("@shop.example"), "{}", asked.address);
}

#[test]
fn s163_who_is_asked_beside_answers_to_the_conversation_beside() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let mut channel = mailbox(&desk);
    channel.settings.insert("plus_address".into(), "yes".into());
    desk.set_channel(&channel);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:forward", &[("body", "Can you help?")]);
    assert_eq!(at.post("messages", &[("to", "eve@works.example")]).status, 303);
    let side = desk.read(|c| store::conversation::beside(c, id)).pop().unwrap().id;
    let asked = desk.said(side).pop().unwrap().extra.mail.unwrap().reply_to.remove(0).address;
    assert!(asked.starts_with(&format!("help+c.{side}-")), "never to the customer's thread: {asked}");
}

#[test]
fn s152_s153_s158_a_quick_answer_goes_to_the_sender_only_and_names_what_it_answers() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let page = composer(&at.page());
    assert!(page.contains("placeholder=\"Quick reply here\"") && page.contains(">Send<"), "{page}");
    assert!(!page.contains("name=\"to\""), "one simple line");
    let sent = at.post("messages", &[("body", "Turn it **round**, please.")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let mail = at.last();
    assert_eq!(mail.body, "Turn it round, please.");
    assert_eq!(mail.html.as_deref(), Some("<p>Turn it <strong>round</strong>, please.</p>\n"));
    let head = mail.extra.mail.unwrap();
    assert_eq!(addresses(&head.to), ["kim.lee@example.com"]);
    assert!(head.cc.is_empty() && head.bcc.is_empty());
    assert_eq!(head.subject, "Re: The lamp");
    assert_eq!(head.in_reply_to, ["one@example.com"]);
    assert_eq!(head.references, ["before@example.com", "one@example.com"]);
    assert_eq!(head.from.unwrap(), Mailbox { name: "Help desk".into(), address: "help@shop.example".into() });
    assert!(head.identifier.ends_with(&format!(".{id}@shop.example")), "{}", head.identifier);
    let (channel, identifier) = (desk.conversation(id).channel, [head.identifier.clone()]);
    let found = desk.read(|c| store::mail::by_identifiers(c, channel, &identifier));
    assert_eq!(found, Some(mail.id), "an answer finds its thread by it");
}

#[test]
fn s157_s162_s170_a_standard_answer_to_all_with_a_copy_more_and_a_hidden_one() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let page = composer(&at.act("mode:reply", &[("body", "Dear Kim")]));
    for words in ["Reply", "Reply all", "Forward", "Cc"] {
        assert!(page.contains(&format!(">{words}</button>")), "{words}: {page}");
    }
    assert!(
        page.contains("Dear Kim") && !page.contains("name=\"to\"") && !page.contains("name=\"subject\""),
        "{page}"
    );
    let page = composer(&at.act("mode:reply_all", &[]));
    assert!(page.contains("name=\"cc\" value=\"cora@example.com\""), "{page}");
    assert!(
        page.contains("Kim Lee &lt;kim.lee@example.com&gt;, bo@example.com") && page.contains("Dear Kim"),
        "{page}"
    );
    // The fields that cannot be changed are not believed either.
    let more = [
        ("to", "mallory@example.net"),
        ("subject", "Other"),
        ("cc", "cora@example.com; new@example.net"),
        ("bcc", "boss@example.net, cora@example.com"),
    ];
    let sent = at.post("messages", &more);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let head = at.last().extra.mail.unwrap();
    assert_eq!(addresses(&head.to), ["kim.lee@example.com", "bo@example.com"]);
    assert_eq!(addresses(&head.cc), ["cora@example.com", "new@example.net"]);
    assert_eq!(addresses(&head.bcc), ["boss@example.net"], "who has it already gets it once");
    assert_eq!((head.subject.as_str(), head.mode), ("Re: The lamp", Some(Mode::ReplyAll)));
    let page = composer(&at.page());
    assert!(page.contains("Quick reply here") && !page.contains("Dear Kim"), "the draft is gone");
}

#[test]
fn s224_wrong_and_own_addresses_are_told_beside_their_field_and_nothing_is_lost() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:reply_all", &[("body", "Dear all")]);
    for (cc, told) in [
        ("cora@example.com, nobody", "“nobody” is no e-mail address."),
        ("help+c.abc@shop.example", "is an address of your own team."),
    ] {
        let refused = at.post("messages", &[("cc", cc)]);
        assert_eq!(refused.status, 422);
        let page = composer(&refused.body);
        assert!(page.contains(told) && page.contains("Dear all") && page.contains(cc), "{page}");
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
    }
    let kept = composer(&at.act("keep", &[("cc", "stranger@example.net")]));
    assert!(kept.contains("Not on the e-mail that you answer: stranger@example.net"), "{kept}");
}

#[test]
fn s155_s159_s160_only_the_latest_mail_is_answered_and_only_when_it_was_seen() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:reply_all", &[("body", "Turn it round"), ("cc", "")]);
    let form = fields(&at.page());
    desk.pass(Span::minutes(1));
    comes(&desk, &channel, "two@example.com", "Now it smokes!");
    let mut old: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let to = format!("/conversations/{id}/messages");
    let refused = desk.post(&petra, &to, &old);
    assert_eq!(refused.status, 409);
    let page = composer(&refused.body);
    assert!(
        page.contains("You are not replying to the latest e-mail.") && page.contains("Turn it round"),
        "{page}"
    );
    assert!(!page.contains("Send anyway"));
    old.push(("anyway", "1"));
    assert_eq!(desk.post(&petra, &to, &old).status, 409, "no way round it");
    old.retain(|(name, _)| *name != "seen");
    assert_eq!(desk.post(&petra, &to, &old).status, 409, "nor without saying what was seen");
    let banner = |page: &str| {
        !page.split("id=\"newer\"").nth(1).unwrap().split('>').next().unwrap().contains("hidden")
    };
    let page = composer(&at.page());
    assert!(banner(&page), "also on a page that is opened anew: {page}");
    assert_eq!(
        at.post("messages", &[]).status,
        409,
        "reading is not enough, the answer has to be to the latest"
    );
    let page = composer(&at.act("latest", &[]));
    assert!(!banner(&page) && page.contains("Turn it round"), "{page}");
    assert_eq!(at.post("messages", &[]).status, 303);
    assert_eq!(at.last().extra.mail.unwrap().in_reply_to, ["two@example.com"]);
}

#[test]
fn s159_a_colleague_who_answered_is_named() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:reply", &[("body", "Turn it round")]);
    desk.answers(&marc, id, "I am on it");
    let page = composer(&at.page());
    assert!(page.contains("You are not replying to the latest e-mail: Marc has answered."), "{page}");
}

/// The form of a mail that is passed on, sent once more under the same key.
fn passes_on_again(desk: &TestDesk, who: &Person, id: Id<Conversation>) -> Page {
    let fields = [
        ("kind", "reply"),
        ("letter", "1"),
        ("how", "forward"),
        ("seen", "1"),
        ("key", "once"),
        ("body", "x"),
    ];
    desk.post(who, &format!("/conversations/{id}/messages"), &fields)
}

#[test]
fn s163_a_mail_passed_on_opens_a_conversation_that_the_customer_never_sees() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let page = composer(&at.act("mode:forward", &[("body", "Can you help?")]));
    assert!(
        page.contains("Can you help?") && page.contains("It does not glow.") && page.contains("lamp.txt"),
        "{page}"
    );
    assert!(page.contains("name=\"to\" value=\"\"") && page.contains("Fwd: The lamp"), "{page}");
    assert_eq!(at.post("messages", &[]).status, 422, "to nobody");
    let sent =
        at.post("messages", &[("to", "Eve Expert <eve@works.example>, bob@works.example"), ("key", "once")]);
    assert_eq!(sent.status, 303, "{}", composer(&sent.body));
    assert_eq!(passes_on_again(&desk, &petra, id).status, 303, "a double click");
    let main = desk.conversation(id);
    assert_eq!(desk.said(id).len(), 1, "nothing was said to the customer");
    assert!(main.waiting_since.is_some(), "who still waits");
    let sides = desk.read(|c| store::conversation::beside(c, id));
    assert_eq!(sides.len(), 1);
    let side = &sides[0];
    assert_eq!((side.side_of, side.assignee, side.status), (Some(id), Some(petra.id), Status::Open));
    let mail = desk.said(side.id).pop().unwrap();
    assert!(mail.body.contains("Can you help?") && mail.body.contains("It does not glow."), "{}", mail.body);
    let head = mail.extra.mail.clone().unwrap();
    assert_eq!(addresses(&head.to), ["eve@works.example", "bob@works.example"]);
    assert_eq!((head.subject.as_str(), head.mode), ("Fwd: The lamp", Some(Mode::Forward)));
    assert!(
        head.in_reply_to.is_empty() && head.references.is_empty(),
        "nothing leads into the customer's thread"
    );
    let files = desk.read(|c| store::attachment::of_message(c, mail.id));
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["lamp.txt"]);
    assert_eq!(desk.read(|c| store::attachment::part(c, files[0].id, 0)).unwrap(), b"plain words");
    let eve = Customer { kind: AddressKind::Email, value: "eve@works.example", name: "Eve Expert" };
    assert_eq!(desk.says(&channel, eve, "It needs a new bulb."), side.id, "the answer comes there");
    let page = at.page();
    assert!(
        page.contains("Asked beside this") && page.contains(&format!("/conversations/{}", side.id)),
        "{page}"
    );
    assert!(page.contains("You asked eve@works.example beside this conversation"), "{page}");
    assert!(desk.get(&petra, &format!("/conversations/{}", side.id)).body.contains("Asked beside"));
    // And now the customer is answered, with the quotation that the entry point may want.
    desk.write(move |tx| {
        store::setting::set(tx, &store::setting::key::quotes(channel.id.get()), Some("yes"))
    });
    at.act("mode:reply_all", &[("body", "A new bulb comes.")]);
    assert_eq!(at.post("messages", &[]).status, 303);
    for ours in desk.said(id).iter().filter(|said| said.kind == message::Kind::Outbound) {
        let all = format!("{}{:?}{}", ours.body, ours.html, serde_json::to_string(&ours.extra.mail).unwrap());
        for secret in ["works.example", "Eve", "Can you help", "new bulb.\n> "] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
    assert!(at.last().body.contains("Kim Lee wrote:\n> It does not glow."), "{}", at.last().body);
}

#[test]
fn a_mail_that_is_taken_back_becomes_the_form_that_it_was() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let viewer = desk.rights(&petra);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    desk.post(&petra, "/settings/profile/signature", &[("signature", "Petra, *Help desk*")]);
    at.act("mode:reply_all", &[("body", "Dear **all**"), ("bcc", "boss@example.net")]);
    assert_eq!(at.post("messages", &[]).status, 303);
    let mail = at.last();
    assert_eq!(mail.body, "Dear all\n\n-- \nPetra, Help desk");
    let by = viewer.clone();
    desk.act(move |tx, now| undo::undo(tx, &by, mail.id, now)).unwrap();
    let page = composer(&at.page());
    assert!(
        page.contains(">\nDear **all**</textarea>") && page.contains("value=\"boss@example.net\""),
        "{page}"
    );
    assert!(page.contains("name=\"how\" value=\"reply_all\""), "{page}");
    // One that was passed on comes back where it was written, and the conversation beside is none any more.
    at.act("mode:forward", &[]);
    assert_eq!(at.post("messages", &[("to", "eve@works.example")]).status, 303);
    let side = desk.read(|c| store::conversation::beside(c, id)).pop().unwrap();
    let sent = desk.said(side.id).pop().unwrap();
    let undone = desk.post(&petra, &format!("/messages/{}/undo", sent.id), &[]);
    assert_eq!(
        (undone.status, undone.header("location")),
        (303, Some(&*format!("/conversations/{id}?done=undone")))
    );
    assert!(desk.read(|c| store::conversation::beside(c, id)).is_empty());
    let page = at.page();
    assert!(
        !page.contains("beside this conversation") && composer(&page).contains("eve@works.example"),
        "{page}"
    );
}

#[test]
fn s173_a_saved_reply_replaces_what_was_typed_after_asking_and_can_be_put_back() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let saved = desk.template(None, "Hours", "We open at **nine**, {{name}}.");
    let at = Desk { desk: &desk, who: &petra, id };
    let button = format!("saved:{saved}");
    at.act("mode:reply", &[("body", "Half an answer")]);
    let page = composer(&at.act(&button, &[]));
    assert!(
        page.contains("Replace what you have written by “Hours”?") && page.contains("Half an answer"),
        "{page}"
    );
    let number = saved.to_string();
    let page = composer(&at.act(&button, &[("sure", &number)]));
    assert!(page.contains("We open at **nine**, Kim Lee.") && page.contains("Put my text back"), "{page}");
    assert!(page.contains(">\nWe open at"), "it replaces: {page}");
    let page = composer(&at.act("restore", &[]));
    assert!(page.contains(">\nHalf an answer</textarea>"), "{page}");
    let page = composer(&at.act(&button, &[("body", " ")]));
    assert!(page.contains(">\nWe open at"), "nothing was typed, so nothing is asked: {page}");
}

#[test]
fn what_a_form_typed_before_its_button_was_pressed_does_not_come_back() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:reply", &[("body", "First")]);
    let form = fields(&at.page());
    at.act("mode:reply_all", &[("body", "First and second"), ("key", "the-form")]);
    let late: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let late: Vec<(&str, &str)> =
        late.into_iter().filter(|(n, _)| *n != "key").chain([("key", "the-form")]).collect();
    assert_eq!(desk.post(&petra, &format!("/conversations/{id}/draft"), &late).status, 204);
    let page = composer(&at.page());
    assert!(page.contains("First and second") && page.contains("value=\"reply_all\""), "{page}");
    assert_eq!(at.post("draft", &[("body", "Third")]).status, 204);
    assert!(composer(&at.page()).contains(">\nThird</textarea>"), "{}", composer(&at.page()));
}

#[test]
fn s53_pictures_inside_the_text_are_refused_by_default_and_the_text_stays() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let refused = at.post("messages", &[("body", "So: ![lamp](https://example.org/lamp.png)")]);
    assert_eq!(refused.status, 422);
    let page = composer(&refused.body);
    assert!(
        page.contains("Pictures inside the text are not sent from this desk. Attach the picture as a file."),
        "{page}"
    );
    assert!(page.contains("![lamp]"), "{page}");
}

#[test]
fn s154_a_card_number_asks_once_more_and_the_button_sends() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let refused = at.post("messages", &[("body", "Your card 4111 1111 1111 1111")]);
    assert_eq!(refused.status, 422);
    let page = composer(&refused.body);
    assert!(
        page.contains("This looks like a card number: •••• 1111.")
            && page.contains("name=\"knows\" value=\"sensitive\""),
        "{page}"
    );
    assert_eq!(
        at.post("messages", &[("body", "Your card 4111 1111 1111 1111"), ("knows", "sensitive")]).status,
        303
    );
}

#[test]
fn s194_s223_reasons_are_asked_when_a_mail_was_sent_where_the_team_wants_it() {
    let desk = TestDesk::new();
    let (petra, ada) = (desk.person("Petra", Role::Agent), desk.person("Ada", Role::Admin));
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let plain = at.post("messages", &[("body", "Turn it round")]);
    assert_eq!(plain.header("location"), Some(&*format!("/conversations/{id}")));
    let saved = desk.post(&ada, "/settings/writing", &[("sensitive", "warn"), ("wrapup_on_send", "on")]);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let asked = at.post("messages", &[("body", "And round again")]);
    let to = asked.header("location").unwrap().to_owned();
    assert!(to.ends_with("done=wrapup"), "{to}");
    let page = desk.get(&petra, &to).body;
    assert!(
        page.contains("Is it finished?") && page.contains(&format!("action=\"/conversations/{id}/close\"")),
        "{page}"
    );
}

#[test]
fn s52_a_subject_of_before_is_warned_of_and_a_mail_begins_with_copies() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    desk.post(&petra, &format!("/conversations/{id}/close"), &[("note", "")]);
    let number = channel.id.to_string();
    let form = |subject: &'static str, more: &[(&'static str, &'static str)]| {
        let base = [
            ("channel", number.as_str()),
            ("to", KIM.value),
            ("subject", subject),
            ("body", "Hello **again**"),
        ];
        let all: Vec<(&str, &str)> = base.into_iter().chain(more.iter().copied()).collect();
        desk.post(&petra, "/conversations/new", &all)
    };
    let warned = form("the LAMP", &[("cc", "cora@example.com")]);
    assert_eq!(warned.status, 409);
    assert!(
        warned.body.contains("under this subject before") && warned.body.contains("Send anyway"),
        "{}",
        warned.body
    );
    assert!(warned.body.contains("Hello **again**") && warned.body.contains("cora@example.com"));
    let wrong = form("Another lamp", &[("cc", "cora")]);
    assert!(wrong.status == 422 && wrong.body.contains("“cora” is no e-mail address."), "{}", wrong.body);
    let own = desk.count("SELECT count(*) FROM conversation");
    let begun = form("the LAMP", &[("cc", "cora@example.com"), ("knows", "subject")]);
    assert_eq!(
        (begun.status, desk.count("SELECT count(*) FROM conversation")),
        (303, own + 1),
        "{}",
        begun.body
    );
    let new: Id<Conversation> =
        begun.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let mail = desk.said(new).pop().unwrap();
    assert_eq!(mail.html.as_deref(), Some("<p>Hello <strong>again</strong></p>\n"));
    let head = mail.extra.mail.unwrap();
    assert_eq!((addresses(&head.to), addresses(&head.cc)), (vec![KIM.value], vec!["cora@example.com"]));
    assert_eq!(head.subject, "the LAMP");
}

#[test]
fn signatures_of_entry_points_are_an_admins_and_pages_show_what_will_stand_below() {
    let desk = TestDesk::new();
    let (petra, ada) = (desk.person("Petra", Role::Agent), desk.person("Ada", Role::Admin));
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let to = format!("/settings/writing/{}", channel.id);
    assert_eq!(desk.post(&petra, &to, &[("signature", "x")]).status, 403);
    assert_eq!(
        desk.post(&ada, &to, &[("signature", "Shop Ltd, Main Street 1"), ("quotes", "on")]).status,
        303
    );
    let at = Desk { desk: &desk, who: &petra, id };
    let page = composer(&at.act("mode:reply", &[("body", "Dear Kim")]));
    assert!(page.contains("Shop Ltd, Main Street 1") && page.contains("is quoted below your text"), "{page}");
    let page = desk.get(&ada, "/settings/writing").body;
    assert!(page.contains("Shop Ltd, Main Street 1") && page.contains("Help desk"), "{page}");
}
