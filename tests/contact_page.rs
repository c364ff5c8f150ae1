//! The page of a contact: one history over all channels, changes that do not overwrite others, what a person said about
//! being written to, a merger that is taken back, and an erasure with its receipt.

use serde_json::json;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;

use crate::support::TestDesk;

fn main_of(page: &str) -> String {
    page.split("<main").nth(1).unwrap_or("").split("</main>").next().unwrap_or("").to_owned()
}

/// Two contacts with a conversation each, merged; the number of the entry in the log.
fn merged(
    desk: &TestDesk,
) -> (transom::domain::conversation::Conversation, transom::domain::conversation::Conversation, i64) {
    let sue = desk.program("Sue", Role::Supervisor);
    let (whatsapp, mail) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Email));
    let kept = desk.writes(&whatsapp, "+34612345678", "m1");
    let moved = desk.writes(&mail, "ana@example.org", "m2");
    desk.api_patch(&sue, &format!("/contacts/{}", kept.contact), json!({ "name": "Ana" }));
    let other = json!({ "name": "Ana G.", "about": "VIP", "language": "es" });
    desk.api_patch(&sue, &format!("/contacts/{}", moved.contact), other);
    let order = json!({ "other_id": moved.contact.get() });
    assert_eq!(desk.api_post(&sue, &format!("/contacts/{}/merge", kept.contact), order).status, 200);
    let event = desk.count("SELECT max(id) FROM log WHERE kind = 'contact.merged'");
    (kept, moved, event)
}

#[test]
fn a_merger_is_taken_back_with_what_came_since() {
    // S222
    let desk = TestDesk::new();
    let (kept, moved, event) = merged(&desk);
    let mara = desk.person("Mara", Role::Supervisor);
    let page = main_of(&desk.get(&mara, &format!("/contacts/{}", kept.contact)).body);
    assert!(page.contains("Ana G. was merged into this contact"), "{page}");
    let back = desk.post(&mara, &format!("/contacts/{}/part/{event}", kept.contact), &[]);
    assert_eq!((back.status, back.header("location")), (303, Some(&*format!("/contacts/{}", moved.contact))));
    let contact = |id| desk.read(move |c| Ok(transom::store::contact::get(c, id)?.unwrap()));
    let (one, two) = (contact(kept.contact), contact(moved.contact));
    assert_eq!((&*one.name, &*one.about, one.language), ("Ana", "", None));
    assert_eq!((&*two.name, &*two.about, two.language.as_deref()), ("Ana G.", "VIP", Some("es")));
    let thread = desk.conversation(moved.id);
    assert_eq!(
        (thread.contact, thread.status),
        (moved.contact, Status::Open),
        "what the merger closed is open"
    );
    assert_eq!(desk.conversation(kept.id).contact, kept.contact);
    let found = desk.get(&mara, "/contacts?q=ana%40example.org").body;
    assert!(found.contains(&format!("/contacts/{}\"", moved.contact)), "{found}");
    let again = desk.post(&mara, &format!("/contacts/{}/part/{event}", kept.contact), &[]);
    assert_eq!(again.status, 409, "once");
    assert_eq!(desk.count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

#[test]
fn a_merger_stays_when_a_week_is_over() {
    let desk = TestDesk::new();
    let (kept, moved, event) = merged(&desk);
    let sue = desk.program("Una", Role::Supervisor);
    let eva = desk.program("Eva", Role::Agent);
    let path = format!("/contacts/{}/part", kept.contact);
    let order = json!({ "merge_id": event });
    assert_eq!(desk.api_post(&eva, &path, order.clone()).status, 403);
    desk.pass(Span::days(8));
    let told = desk.api_post(&sue, &path, order);
    assert_eq!((told.status, told.code()), (409, "merged_long_ago"), "{told:?}");
    assert_eq!(desk.api_get(&eva, &format!("/contacts/{}", moved.contact)).status, 404);
}

#[test]
fn two_who_change_a_contact_do_not_overwrite_each_other() {
    let desk = TestDesk::new();
    let (eva, ida) = (desk.person("Eva", Role::Agent), desk.person("Ida", Role::Agent));
    let id = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    let form = desk.get(&eva, &format!("/contacts/{id}/edit")).body;
    let seen = form.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/contacts/{id}");
    desk.pass(Span::minutes(1));
    assert_eq!(desk.post(&ida, &path, &[("name", "Ana"), ("seen", &seen)]).status, 303);
    let late = desk.post(&eva, &path, &[("name", "Anna"), ("about", "Tea"), ("seen", &seen)]);
    assert_eq!(late.status, 409);
    assert!(late.body.contains("value=\"Anna\"") && late.body.contains(">Tea<"), "nothing typed is lost");
    let newer =
        late.body.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(desk.post(&eva, &path, &[("name", "Anna"), ("seen", &newer)]).status, 303, "knowingly");
    assert_eq!(desk.count("SELECT count(*) FROM contact WHERE name = 'Anna'"), 1);
}

#[test]
fn who_is_too_late_is_told_so_before_anything_else() {
    let desk = TestDesk::new();
    let (boss, ida) = (desk.person("Boss", Role::Supervisor), desk.person("Ida", Role::Agent));
    desk.post(&boss, "/settings/fields", &[("name", "Customer number"), ("kind", "number")]);
    let path = format!("/contacts/{}", desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact);
    let form = desk.get(&boss, &format!("{path}/edit")).body;
    let seen = form.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    desk.pass(Span::minutes(1));
    assert_eq!(desk.post(&ida, &path, &[("name", "Ana"), ("seen", &seen)]).status, 303);
    // The form that comes back is newer than what Ida wrote: without a word the next click would undo it.
    let late = desk.post(&boss, &path, &[("name", "Anna"), ("field_1", "seven"), ("seen", &seen)]);
    assert_eq!(late.status, 409);
    assert!(late.body.contains("Somebody changed it in the meantime"), "{}", late.body);
    assert!(late.body.contains("value=\"seven\""), "{}", late.body);
}

#[test]
fn each_own_field_that_is_wrong_says_so_itself_and_keeps_what_was_typed() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    for field in [("Customer number", "number"), ("Birthday", "date"), ("Shoes", "text")] {
        let made = desk.post(&boss, "/settings/fields", &[("name", field.0), ("kind", field.1)]);
        assert_eq!(made.status, 303, "{}", made.body);
    }
    let id = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    let typed = [("name", "Ana"), ("field_1", "seven"), ("field_2", "in spring"), ("field_3", "42")];
    let whole = [typed.as_slice(), &[("phone", "12"), ("email", "nowhere")]].concat();
    let (changed, made) =
        (desk.post(&boss, &format!("/contacts/{id}"), &typed), desk.post(&boss, "/contacts", &whole));
    for (page, wrong) in
        [(changed, &["field_1", "field_2"][..]), (made, &["field_1", "field_2", "phone", "email"])]
    {
        assert_eq!(page.status, 422);
        assert!(page.body.contains("Nothing was saved yet."), "{}", page.body);
        assert_eq!(page.body.matches("class=\"error\"").count(), wrong.len(), "{}", page.body);
        for name in wrong {
            assert!(
                page.body.contains(&format!("aria-describedby=\"f-{name}-error")),
                "{name}: {}",
                page.body
            );
        }
        for value in ["seven", "in spring", "42"] {
            assert!(page.body.contains(&format!("value=\"{value}\"")), "{value} stays: {}", page.body);
        }
        assert!(page.body.contains("id=\"f-field_2\"") && !page.body.contains("type=\"date\""), "it is seen");
    }
    assert_eq!(desk.count("SELECT count(*) FROM field_value"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1);
}

#[test]
fn what_a_person_said_about_being_written_to_has_source_and_time() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    let thread = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1");
    let path = format!("/contacts/{}/addresses/{}/consent", thread.contact, thread.address);
    assert_eq!(
        desk.post(&eva, &path, &[("allowed", "no"), ("source", " ")]).status,
        422,
        "a source is needed"
    );
    assert_eq!(desk.post(&eva, &path, &[("allowed", "no"), ("source", "said so on the phone")]).status, 303);
    let page = main_of(&desk.get(&eva, &format!("/contacts/{}", thread.contact)).body);
    assert!(page.contains("Asked not to be written to") && page.contains("said so on the phone"), "{page}");
    let refused = desk.replies(&desk.rights(&eva), &crate::support::cast::answer(thread.id, "Hello"));
    assert_eq!(crate::support::cast::refusal(refused), transom::domain::Refused::OptedOut);
    desk.post(&eva, &path, &[("allowed", "yes"), ("source", "signed form")]);
    desk.replies(&desk.rights(&eva), &crate::support::cast::answer(thread.id, "Hello")).unwrap();
    let other = format!("/contacts/999/addresses/{}/consent", thread.address);
    assert_eq!(desk.post(&eva, &other, &[("allowed", "yes"), ("source", "x")]).status, 404);
}

#[test]
fn s90_s97_what_was_said_on_every_channel_stands_in_one_order() {
    let desk = TestDesk::new();
    let (kept, moved, _) = merged(&desk);
    let eva = desk.person("Eva", Role::Agent);
    let mut mine = Vec::new();
    for number in 0..40 {
        desk.pass(Span::minutes(1));
        let (thread, who) =
            if number % 3 == 0 { (&moved, "ana@example.org") } else { (&kept, "+34612345678") };
        let channel = thread.channel;
        let channel = desk.read(move |c| Ok(transom::store::channel::get(c, channel)?.unwrap()));
        desk.writes(&channel, who, &format!("t{number}"));
        mine.push(number);
    }
    let ids = |body: &str| {
        let history =
            body.split("id=\"history\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned();
        (history.matches("<li>").count(), history)
    };
    let path = format!("/contacts/{}", kept.contact);
    let (first, history) = ids(&desk.get(&eva, &path).body);
    assert_eq!(first, 30);
    assert!(history.contains("Our WhatsApp") && history.contains("Our E"), "both channels: {history}");
    let next = history.split("?before=").nth(1).unwrap().split('#').next().unwrap().to_owned();
    let (second, rest) = ids(&desk.get(&eva, &format!("{path}?before={next}")).body);
    assert_eq!(first + second, 42, "forty and the two first ones, each once: {rest}");
    // What arrived last and was said first stands last.
    desk.write(|tx| {
        tx.execute(
            "UPDATE message SET at = 1000, body = 'Long ago' WHERE id = (SELECT max(id) FROM message)",
            [],
        )?;
        Ok(())
    });
    assert!(!desk.get(&eva, &path).body.contains("Long ago"));
    let (_, rest) = ids(&desk.get(&eva, &format!("{path}?before={next}")).body);
    assert!(rest.rsplit("<li>").next().unwrap().contains("Long ago"), "{rest}");
    let queue = desk.write(|tx| transom::store::queue::insert(tx, "Board", transom::domain::Timestamp(0)));
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET queue_id = ?1", [queue.get()])?;
        Ok(())
    });
    let hidden = desk.get(&eva, &path).body;
    assert!(hidden.contains("nothing that you may see"), "{hidden}");
}

#[test]
fn an_erasure_leaves_a_receipt_without_the_person() {
    let desk = TestDesk::new();
    let (sue, eva) = (desk.person("Sue", Role::Supervisor), desk.person("Eva", Role::Agent));
    let (mara, root) = (desk.person("Mara", Role::Supervisor), desk.person("Root", Role::Admin));
    desk.write(|tx| transom::store::setting::set(tx, "time_zone", Some("Europe/Madrid")));
    let thread = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1");
    let path = format!("/contacts/{}/erase", thread.contact);
    assert_eq!(desk.get(&eva, &path).status, 403);
    assert_eq!(desk.post(&sue, &path, &[]).status, 422, "the box must be ticked");
    let done = desk.post(&sue, &path, &[("sure", "on")]);
    assert_eq!((done.status, done.header("location")), (303, Some("/erasures/1")));
    let receipt = desk.get(&sue, "/erasures/1").body;
    assert!(receipt.contains("<dt>Messages</dt><dd>") && receipt.contains("<dd>Sue</dd>"), "{receipt}");
    assert!(receipt.contains("<dd>Tue 3 March 2026 at 13:00 (Europe/Madrid)</dd>"), "{receipt}");
    assert_eq!(desk.get(&mara, "/erasures/1").status, 404, "somebody else's");
    assert_eq!(desk.get(&root, "/erasures").status, 200);
    let file = desk.get(&root, "/erasures/1?file=1");
    assert!(file.header("content-disposition").is_some_and(|header| header.contains("erasure-1.txt")));
    assert!(receipt.contains("emptied as soon as it was read"), "{receipt}");
    assert!(file.body.contains("emptied as soon as it was read"), "{}", file.body);
    assert!(file.body.contains("By: Sue") && !file.body.contains("612345678"), "{}", file.body);
    assert_eq!(desk.get(&sue, "/erasures").status, 403);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 0);
}
