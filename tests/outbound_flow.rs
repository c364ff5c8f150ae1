//! A conversation from the icon to the answer, where queues hand work out: begun, failed, answered, closed, handed over.

use transom::domain::channel::{Kind, OnReturn};
use transom::store;

use crate::deal_pages::Office;
use crate::outbound_work::{ANA, NEW, available, begins, nothing_is_left, office, profile};
use crate::support::desk::Person;

fn in_spanish(office: &Office, who: &Person) {
    let id = who.id;
    office.desk.write(move |tx| {
        tx.execute("UPDATE agent SET language = 'es' WHERE id = ?1", [id])?;
        Ok(())
    });
}

#[test]
fn s45_s61_what_is_begun_is_accepted_at_once_lies_in_the_list_and_is_dealt_to_nobody() {
    let (mut office, _) = office();
    available(&office, &office.marta);
    available(&office, &office.petra);
    office.desk.get(&office.marta, "/offers");
    office.desk.get(&office.petra, "/offers");
    let begun = begins(&office, &office.marta, &office.channel, ANA);
    assert_eq!(begun.status, 303, "no Accept in between");
    let list = office.desk.get(&office.marta, "/inbox?view=mine").body;
    assert!(list.contains(begun.header("location").unwrap()), "{list}");
    office.deals();
    assert_eq!((office.offer(&office.marta), office.offer(&office.petra)), (None, None));
    assert_eq!(office.desk.count("SELECT count(*) FROM offer"), 0, "created, routed and accepted by nobody");
}

#[test]
fn s47_whatever_fails_inside_is_said_and_nothing_is_half_made() {
    let (office, mail) = office();
    available(&office, &office.marta);
    for table in ["contact", "address", "conversation", "episode", "message", "outbox", "mail", "event"] {
        let broken = format!(
            "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
        );
        office.desk.write(move |tx| Ok(tx.execute_batch(&broken)?));
        let page = begins(&office, &office.marta, &mail, "ana@example.org");
        assert_eq!(page.status, 500, "{table}");
        assert!(
            page.body.contains("could not be created or assigned because of an internal error"),
            "{table}"
        );
        assert!(page.body.contains("It is ready.") && page.body.contains("outbound_failed"), "{table}");
        office.desk.write(|tx| Ok(tx.execute_batch("DROP TRIGGER broken")?));
        nothing_is_left(&office, table);
    }
    assert_eq!(begins(&office, &office.marta, &mail, "ana@example.org").status, 303, "and it works again");
}

#[test]
fn s230_icon_channel_fields_and_send_are_four_steps_and_turning_back_leaves_nothing() {
    let (office, mail) = office();
    available(&office, &office.marta);
    let events = office.desk.count("SELECT count(*) FROM log");
    // The icon opens the list on the page itself; the first step asks the server for nothing.
    let page = office.desk.get(&office.marta, "/inbox").body;
    let menu = page.split("id=\"begin\"").nth(1).unwrap();
    assert!(menu.contains(&format!("href=\"{NEW}?channel={}\"", mail.id)));
    let form = office.desk.get(&office.marta, &format!("{NEW}?channel={}", mail.id)).body;
    for there in ["name=\"channel\"", "name=\"to\"", "name=\"body\"", "type=\"submit\""] {
        assert!(form.contains(there), "To, From, text and button stand together: {there}");
    }
    assert!(form.contains("href=\"/inbox\">Cancel</a>"), "{form}");
    office.desk.get(&office.marta, "/inbox");
    nothing_is_left(&office, "cancelled");
    assert_eq!(office.desk.count("SELECT count(*) FROM log"), events, "the log knows nothing of it");
    assert_eq!(begins(&office, &office.marta, &mail, "ana@example.org").status, 303, "the fourth");
}

#[test]
fn s50_a_saved_reply_goes_into_the_text_or_has_its_gaps_filled_and_nothing_typed_is_lost() {
    let (office, mail) = office();
    available(&office, &office.marta);
    let replies = [("Plain", "We are open until six."), ("Gaps", "Order {{order}} is ready.")];
    for (name, body) in replies {
        let made = office.desk.post(
            &office.ada,
            "/settings/templates/new",
            &[("name", name), ("language", "en"), ("body", body)],
        );
        assert_eq!(made.status, 303, "{}", made.body);
    }
    let templates = office.desk.read(|c| store::template::usable(c, &mail, None));
    let id = |name: &str| templates.iter().find(|one| one.name == name).unwrap().id.to_string();
    let number = mail.id.to_string();
    let base = [("channel", number.as_str()), ("to", "ana@example.org"), ("subject", "Lamps")];
    let with = |more: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = base.iter().chain(more).copied().collect();
        office.desk.post(&office.marta, NEW, &all)
    };
    let plain = with(&[("choose", &id("Plain"))]);
    assert!(plain.body.contains("We are open until six.") && plain.body.contains("value=\"Lamps\""));
    let gaps = with(&[("body", "What I had typed"), ("choose", &id("Gaps"))]);
    assert!(gaps.body.contains("name=\"p.order\"") && gaps.body.contains("autofocus"), "{}", gaps.body);
    let back = with(&[("body", "What I had typed"), ("template", &id("Gaps")), ("choose", "")]);
    assert!(back.body.contains("What I had typed</textarea>"), "{}", back.body);
    let edited =
        with(&[("body", "old"), ("template", &id("Gaps")), ("p.order", "A7"), ("write", &id("Gaps"))]);
    assert!(edited.body.contains("Order A7 is ready.</textarea>"), "{}", edited.body);
    let empty = with(&[("body", "old"), ("template", &id("Gaps")), ("p.order", "")]);
    assert_eq!(empty.status, 422, "S211: nothing raw leaves");
    nothing_is_left(&office, "not sent yet");
    let sent = with(&[("body", "old"), ("template", &id("Gaps")), ("p.order", "A7")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let begun = sent.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(office.desk.said(begun)[0].body, "Order A7 is ready.");
}

#[test]
fn s71_s30_s32_s39_s40_s43_s46_s47_the_whole_flow_and_its_errors_are_in_spanish() {
    let (office, mail) = office();
    in_spanish(&office, &office.marta);
    let page = |path: &str| office.desk.get(&office.marta, path).body;
    let menu = page("/inbox");
    for term in ["Iniciar conversación saliente", "Nuevo SMS", "Nuevo correo electrónico", "Inactivo"] {
        assert!(menu.contains(term), "{term}");
    }
    let form = page(&format!("{NEW}?channel={}", mail.id));
    for term in ["Para", "De (punto de entrada)", "Enviar", "Disponible", "RONA", "Cancelar"] {
        assert!(form.contains(term), "{term}: {form}");
    }
    let idle = begins(&office, &office.marta, &mail, "ana@example.org").body;
    assert!(idle.contains("Usted está Inactivo.") && idle.contains("Código del motivo:"), "{idle}");
    available(&office, &office.marta);
    let number = begins(&office, &office.marta, &office.channel, "612 345 678").body;
    assert!(number.contains("país"), "S40: {number}");
    let address = begins(&office, &office.marta, &mail, "ana@").body;
    assert!(address.contains("ana@example.org"), "S41: {address}");
    office.desk.write(|tx| {
        tx.execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END",
        )?;
        Ok(())
    });
    let broken = begins(&office, &office.marta, &mail, "ana@example.org").body;
    assert!(broken.contains("no se pudo crear o asignar por un error interno"), "S47: {broken}");
    office.desk.write(|tx| Ok(tx.execute_batch("DROP TRIGGER broken")?));
    profile(&office, "Uno", &[("outbound_email", "on"), ("outbound_most", "1")]);
    let list = page(NEW);
    assert!(list.contains("contactos enviados automáticamente") && list.contains("perfil multimedia"), "S30");
    assert_eq!(begins(&office, &office.marta, &mail, "ana@example.org").status, 303);
    let most = begins(&office, &office.marta, &mail, "bo@example.org").body;
    assert!(most.contains("Tiene 1 conversación iniciada por usted"), "S39: {most}");
    profile(&office, "Dos", &[("outbound_email", "on"), ("outbound_most", "2")]);
    let active = begins(&office, &office.marta, &mail, "ana@example.org").body;
    assert!(active.contains("Ya hay una conversación activa en curso"), "S46: {active}");
    // The words of what follows: handing over and closing.
    let thread = page("/conversations/1");
    for term in ["Transferir", "Cerrar"] {
        assert!(thread.contains(term), "{term}");
    }
    let settings = office.desk.get(&office.ada, "/settings/profiles").status;
    assert_eq!(settings, 200);
}

#[test]
fn s51_s62_answers_come_to_the_same_customer_and_after_closing_what_was_said_stays_in_sight() {
    let office = Office::new();
    available(&office, &office.marta);
    let queue = office.channel.queue;
    let anew = office.desk.channel_with(Kind::Sms, |channel| {
        channel.queue = queue;
        channel.on_return = OnReturn::New;
    });
    let begun = begins(&office, &office.marta, &anew, ANA);
    let place = begun.header("location").unwrap().to_owned();
    let answered = office.desk.writes(&anew, ANA, "m1");
    assert_eq!(format!("/conversations/{}", answered.id), place, "S51: the same conversation");
    assert_eq!(office.desk.count("SELECT count(*) FROM contact"), 1, "S51: the same customer");
    assert_eq!(office.desk.post(&office.marta, &format!("{place}/close"), &[]).status, 303);
    let again = office.desk.writes(&anew, ANA, "m2");
    assert_ne!(again.id, answered.id, "S62: a new conversation");
    assert_eq!((again.previous, again.contact), (Some(answered.id), answered.contact));
    let page = office.desk.get(&office.marta, &format!("/conversations/{}", again.id)).body;
    assert!(page.contains(&place), "S62: the way to what was said before");
}

#[test]
fn s63_s64_s66_s70_what_was_begun_by_sms_is_handed_to_an_agent_or_a_queue() {
    let (mut office, _) = office();
    available(&office, &office.marta);
    for who in [&office.marta, &office.petra] {
        office.desk.get(who, "/offers");
    }
    let begun = begins(&office, &office.marta, &office.channel, ANA);
    let place = begun.header("location").unwrap().to_owned();
    let hand = format!("{place}/hand");
    let petra = format!("agent:{}", office.petra.id);
    let idle = office.desk.get(&office.marta, &hand).body;
    assert!(idle.contains(&format!("value=\"{petra}\" disabled")), "S66: only who is available");
    let foreign = office.desk.post(&office.petra, &hand, &[("to", &petra), ("note", "")]);
    assert_eq!(foreign.status, 409, "S64: only who has it hands it over");
    available(&office, &office.petra);
    let asked = office.desk.post(&office.marta, &hand, &[("to", &petra), ("note", "My shift ends")]);
    assert_eq!(asked.header("location"), Some(place.as_str()), "{}", asked.body);
    let offer = office.offer(&office.petra).unwrap();
    office.desk.post(&office.petra, &format!("/offers/{offer}/accept"), &[]);
    let id = place.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(office.desk.conversation(id).assignee, Some(office.petra.id));
    // And on to the queue, from which it is dealt like anything else.
    let queue = format!("queue:{}", office.channel.queue.unwrap());
    office.desk.post(&office.petra, "/state", &[("state", "idle")]);
    let asked = office.desk.post(&office.petra, &hand, &[("to", &queue), ("note", "")]);
    assert_eq!(asked.header("location"), Some(place.as_str()), "{}", asked.body);
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
    assert_eq!(office.desk.conversation(id).assignee, Some(office.marta.id));
}
