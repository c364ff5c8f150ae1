//! The inbox: what is listed, in which order, how it is narrowed, and what stands where there is nothing.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::{Span, Timestamp};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::{ANA, Customer, KIM, LUCIE, OSCAR};

fn rows(page: &str) -> Vec<String> {
    let list = page.split("<ol id=\"list\"").nth(1).unwrap_or("").split("</ol>").next().unwrap_or("");
    list.split("<li id=\"c").skip(1).map(|row| row.split('"').next().unwrap_or("").to_owned()).collect()
}

fn visitor(number: usize) -> Customer {
    let value: &'static str = Box::leak(format!("visitor-{number}").into_boxed_str());
    Customer { kind: AddressKind::Visitor, value, name: value }
}

fn close(desk: &TestDesk, who: &Person, id: impl std::fmt::Display) {
    assert_eq!(desk.post(who, &format!("/conversations/{id}/close"), &[("note", "")]).status, 303);
}

#[test]
fn the_start_page_leads_to_the_inbox_and_strangers_to_the_door() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    assert_eq!(desk.get(&petra, "/").header("location"), Some("/inbox"));
    let stranger = Person { id: petra.id, token: "nobody".into() };
    let page = desk.get(&stranger, "/inbox?view=all");
    assert_eq!(page.status, 303);
    assert!(page.header("location").unwrap().starts_with("/login?next="), "{:?}", page.headers);
}

#[test]
fn an_empty_list_says_why_and_what_to_do() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Admin);
    let first = desk.get(&petra, "/inbox").body;
    assert!(first.contains("No channel yet. Connect one and messages arrive here."), "{first}");
    assert!(first.contains("Connect a channel"));
    let chat = desk.connects(Kind::Webchat, "Website");
    assert!(desk.get(&petra, "/inbox").body.contains("All caught up."));
    assert!(
        desk.get(&petra, "/inbox?view=unassigned").body.contains("Everyone has been answered or assigned.")
    );
    for number in 0..3 {
        desk.says(&chat, visitor(number), "Hello");
    }
    let mine = desk.get(&petra, "/inbox").body;
    assert!(mine.contains("All caught up. 3 conversations have nobody yet."), "{mine}");
    assert!(mine.contains("See unassigned"));
}

#[test]
fn s4_s13_search_sort_channel_and_status_work_together_and_stand_in_the_url() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (whatsapp, mail) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Email, "Post"));
    let ana = desk.says(&whatsapp, ANA, "Hello");
    desk.says(&mail, KIM, "Good day");
    desk.says(&mail, Customer { name: "Ana Other", value: "ana@example.com", ..KIM }, "Also Ana");
    let target = format!("/inbox?view=all&status=open&sort=oldest&channel={}&q=ana", whatsapp.id);
    let page = desk.get(&petra, &target).body;
    assert_eq!(rows(&page), [ana.to_string()]);
    assert!(page.contains("value=\"ana\""), "the query stays in its field");
    let hidden = format!("name=\"channel\" value=\"{}\"", whatsapp.id);
    assert!(
        page.contains("name=\"sort\" value=\"oldest\"") && page.contains(&hidden),
        "searching anew keeps the rest"
    );
    let menu = page.split("data-from=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let menu = desk.get(&petra, &menu).body;
    assert!(menu.contains(&format!("<option value=\"{}\" selected", whatsapp.id)));
    assert!(menu.contains("<option value=\"oldest\" selected"));
    assert!(
        menu.contains("name=\"q\" value=\"ana\"") && menu.contains("name=\"view\" value=\"all\""),
        "also as a page"
    );
    for status in ["Open", "Snoozed", "Closed"] {
        assert!(page.contains(status), "{status}");
    }
    let kept = format!("view=all&amp;status=closed&amp;sort=oldest&amp;channel={}&amp;q=ana", whatsapp.id);
    assert!(page.contains(&kept), "changing the status keeps the rest");
}

#[test]
fn s10_s11_mine_and_closed_find_only_my_closed_ones_and_all_finds_anybodys() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let sms = desk.connects(Kind::Sms, "Texts");
    let hers = desk.says(&chat, ANA, "One");
    let his = desk.says(&sms, Customer { name: "Ana Second", ..OSCAR }, "Two");
    desk.answers(&petra, hers, "Yes");
    desk.answers(&marc, his, "No");
    close(&desk, &petra, hers);
    close(&desk, &marc, his);
    assert_eq!(rows(&desk.get(&petra, "/inbox?view=mine&status=closed&q=ana").body), [hers.to_string()]);
    let mut all = rows(&desk.get(&petra, "/inbox?view=all&status=closed&q=ana").body);
    all.sort();
    assert_eq!(all, [hers.to_string(), his.to_string()]);
}

#[test]
fn s12_s14_hits_that_another_filter_hides_are_counted_and_linked() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (chat, sms) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Sms, "Texts"));
    desk.says(&chat, ANA, "Open");
    let snoozed = desk.says(&sms, Customer { name: "Ana Second", ..OSCAR }, "Later");
    assert_eq!(
        desk.post(&petra, &format!("/conversations/{snoozed}/snooze"), &[("preset", "hour")]).status,
        303
    );
    let page = desk.get(&petra, "/inbox?view=all&status=closed&q=ana").body;
    assert!(page.contains("Nothing matches “ana”."), "{page}");
    assert!(page.contains("1 more in Open") && page.contains("1 more in Snoozed"), "{page}");
    assert!(page.contains("/inbox?view=all&amp;q=ana") && page.contains("status=snoozed&amp;q=ana"));
    // S14: what lies in another inbox is told as well; S199: what is searched is said.
    let mine = desk.get(&petra, "/inbox?q=ana").body;
    assert!(mine.contains("2 more in All"), "{mine}");
    assert!(mine.contains("Searches names, e-mail addresses and phone numbers."));
}

#[test]
fn s208_the_longest_waiting_and_the_soonest_closing_come_first_when_asked() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (chat, page) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Instagram, "Page"));
    let answered = desk.says(&chat, ANA, "First");
    desk.pass(Span::hours(1));
    let waiting = desk.says(&page, LUCIE, "Second");
    desk.pass(Span::hours(1));
    desk.answers(&petra, answered, "Here I am");
    let order = |sort: &str| rows(&desk.get(&petra, &format!("/inbox?view=all&sort={sort}")).body);
    assert_eq!(order("newest"), [answered.to_string(), waiting.to_string()]);
    assert_eq!(order("oldest"), [waiting.to_string(), answered.to_string()]);
    assert_eq!(order("waiting"), [waiting.to_string()], "what is answered does not wait");
    assert_eq!(order("closing"), [answered.to_string(), waiting.to_string()]);
    // Whoever orders so is told what is left out, and finds the way back to all.
    let page = desk.get(&petra, "/inbox?view=all&sort=waiting").body;
    assert!(
        page.contains("Only what waits for an answer") && page.contains("href=\"/inbox?view=all\">Show all")
    );
    let page = desk.get(&petra, "/inbox?view=all&sort=priority").body;
    assert!(page.contains("Only what has a priority") && !page.contains("Nothing is open here"), "{page}");
    let page = desk.get(&petra, "/inbox?view=all&sort=closing").body;
    assert!(page.contains("22 h left"), "{page}");
}

#[test]
fn older_pages_skip_and_double_nothing_while_rows_arrive() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Webchat, "Website");
    let mut written: Vec<String> = Vec::new();
    for number in 0..120 {
        written.push(desk.says(&chat, visitor(number), "Hello").to_string());
        // Several share one moment, so that the order needs more than the time.
        if number % 3 == 0 {
            desk.pass(Span::seconds(1));
        }
    }
    let mut seen = Vec::new();
    let mut target = "/inbox?view=all".to_owned();
    loop {
        let page = desk.get(&petra, &target).body;
        seen.extend(rows(&page));
        desk.says(&chat, visitor(1000 + seen.len()), "New in between");
        let Some(more) = page.split("class=\"more\"").nth(1) else { break };
        target = more.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    }
    written.reverse();
    assert_eq!(seen, written);
}

#[test]
fn a_row_has_one_flag_at_most_the_most_pressing_one() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let row = |desk: &TestDesk| {
        let page = desk.get(&petra, "/inbox?view=all").body;
        page.split("<ol id=\"list\"").nth(1).unwrap().split("</ol>").next().unwrap().to_owned()
    };
    assert!(!row(&desk).contains("class=\"chip"), "nothing presses yet");
    assert!(
        row(&desk).contains("unread") && row(&desk).contains("1 unread message"),
        "never by colour alone"
    );
    desk.pass(Span::hours(3));
    assert!(row(&desk).contains("Waiting 3 h"));
    desk.pass(Span::minutes(19 * 60 + 20));
    assert!(row(&desk).contains("1 h 40 min left") && !row(&desk).contains("Waiting"));
    desk.write(move |tx| {
        let mut conversation = store::conversation::get(tx, id)?.unwrap();
        conversation.failed = 1;
        store::conversation::update(tx, &conversation)
    });
    assert!(row(&desk).contains("Not sent") && !row(&desk).contains("left"));
    let page = desk.get(&petra, "/inbox").body;
    assert!(
        page.contains("1 not sent") && page.contains("/inbox/failed"),
        "the counter stands on every page"
    );
    assert!(desk.get(&petra, "/inbox/failed").body.contains(ANA.name));
}

#[test]
fn agents_see_and_count_only_their_queues_while_supervisors_see_all() {
    let desk = TestDesk::new();
    let (boss, petra) = (desk.person("Boss", Role::Supervisor), desk.person("Petra", Role::Agent));
    let chat = desk.connects(Kind::Webchat, "Website");
    let ids: Vec<_> = (0..3).map(|number| desk.says(&chat, visitor(number), "Hello")).collect();
    let (hers, closed_to_her, agent) = (ids[0], ids[1], petra.id);
    desk.write(move |tx| {
        let own = store::queue::insert(tx, "Own", Timestamp(1))?;
        let other = store::queue::insert(tx, "Other", Timestamp(1))?;
        store::queue::set_members(tx, own, &[agent])?;
        for (id, queue) in [(hers, own), (closed_to_her, other)] {
            let mut conversation = store::conversation::get(tx, id)?.unwrap();
            conversation.queue = Some(queue);
            store::conversation::update(tx, &conversation)?;
        }
        Ok(())
    });
    for view in ["all", "unassigned"] {
        let page = desk.get(&petra, &format!("/inbox?view={view}")).body;
        assert_eq!(rows(&page).len(), 2, "{view}");
        assert!(!rows(&page).contains(&closed_to_her.to_string()));
        assert_eq!(rows(&desk.get(&boss, &format!("/inbox?view={view}")).body).len(), 3);
    }
    assert!(rows(&desk.get(&petra, "/inbox?view=queue:2").body).is_empty());
    assert!(!desk.get(&petra, "/inbox").body.contains(">Other "), "a foreign queue has no tab");
    assert_eq!(desk.get(&petra, &format!("/conversations/{closed_to_her}")).status, 404);
    let found = desk.get(&petra, "/inbox?view=all&q=visitor-1").body;
    assert!(rows(&found).is_empty(), "what one may not see is not found");
    // However much of others did not go out, what is hers is told.
    for number in 3..110 {
        let id = desk.says(&chat, visitor(number), "Hello");
        desk.write(move |tx| {
            Ok(tx.execute("UPDATE conversation SET queue_id = 2, failed = 1 WHERE id = ?1", [id])?)
        });
    }
    assert!(!desk.get(&petra, "/inbox").body.contains("not sent"));
    desk.write(move |tx| Ok(tx.execute("UPDATE conversation SET failed = 1 WHERE id = ?1", [hers])?));
    assert!(desk.get(&petra, "/inbox").body.contains("1 not sent"));
    assert!(desk.get(&petra, "/inbox/failed").body.contains(&format!("id=\"c{hers}\"")));
}

#[test]
fn a_full_page_style_and_script_keep_their_weight() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Admin);
    let chat = desk.connects(Kind::Webchat, "Website");
    let long = "A sentence of the usual length, which is what people write when they ask for something new. "
        .repeat(2);
    for number in 0..60 {
        desk.says(&chat, visitor(number), &long);
    }
    let page = desk.get(&petra, "/inbox?view=all").body;
    assert_eq!(rows(&page).len(), 50);
    assert!(page.len() <= 36_000, "{} bytes", page.len());
    let every = &desk.app.assets.sheets().every;
    let (style, script) =
        (desk.get(&petra, &every.style).body.len(), desk.get(&petra, &every.script).body.len());
    assert!(style <= 25_000 && script <= 20_000, "style {style}, script {script}");
}

#[test]
fn pages_need_no_script_and_hold_none() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Admin);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    desk.template(Some(&chat), "ready", "Hello {{name}}");
    let id = desk.says(&chat, ANA, "Hello");
    let targets = [
        "/inbox?view=all".to_owned(),
        format!("/conversations/{id}"),
        format!("/conversations/{id}?template=1"),
        "/contacts".into(),
        "/contacts/1".into(),
        "/contacts/1/edit".into(),
    ];
    for target in targets {
        let page = desk.get(&petra, &target).body;
        for bad in [" onclick", " style=", "javascript:", "user-scalable", "<style", "unsafe-inline"] {
            assert!(!page.contains(bad), "{target} has {bad}");
        }
        let foreign =
            page.split("<script").skip(1).filter(|script| !script.starts_with(" src=\"/static/app-"));
        assert_eq!(foreign.count(), 0, "{target}");
        for form in page.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let form = form.split("</form>").next().unwrap();
            assert!(form.contains("name=\"csrf\""), "{target}: {form}");
        }
        assert!(page.contains("class=\"skip\" href=\"#main\"") && page.contains("id=\"main\""), "{target}");
    }
}

#[test]
fn the_pages_speak_spanish_and_obey_the_switch_for_keys() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    desk.connects(Kind::Webchat, "Website");
    let id = petra.id;
    desk.write(move |tx| {
        let mut agent = store::agent::get(tx, id)?.unwrap();
        (agent.language, agent.keys) = (Some("es".into()), false);
        store::agent::update(tx, &agent)
    });
    let page = desk.get(&petra, "/inbox").body;
    assert!(page.contains("<html lang=\"es\""));
    assert!(page.contains("Todo al día.") && page.contains("Sin asignar"));
    assert!(page.contains("data-keys=\"off\""));
}

#[test]
fn every_link_around_the_pages_leads_somewhere() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Admin);
    let mut looked = 0;
    for start in ["/inbox", "/settings/profile", "/contacts"] {
        let page = desk.get(&petra, start).body;
        let links = page.split("href=\"/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
        for link in links.filter(|link| !link.starts_with("static/")) {
            let target = format!("/{}", link.replace("&amp;", "&"));
            let status = desk.get(&petra, &target).status;
            assert!(matches!(status, 200 | 303), "{start} links to {target}: {status}");
            looked += 1;
        }
    }
    assert!(looked > 20, "{looked}");
}
