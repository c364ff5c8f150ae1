//! The help: how to begin, and each channel with its own articles.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;

use crate::support::TestDesk;
use crate::support::desk::Person;

fn spanish(desk: &TestDesk, who: &Person) {
    let id = who.id;
    desk.write(move |tx| {
        tx.execute("UPDATE agent SET language = 'es' WHERE id = ?1", [id])?;
        Ok(())
    });
}

fn steps(page: &str) -> usize {
    let list = page.split("</nav>").last().unwrap().split("<ol class=\"steps\">").nth(1).unwrap();
    list.split("</ol>").next().unwrap().matches("<li>").count()
}

#[test]
fn s72_the_article_on_outbound_stands_in_both_languages_with_its_place_and_the_same_steps() {
    let desk = TestDesk::new();
    let (petra, lola) = (desk.person("Petra", Role::Agent), desk.person("Lola", Role::Agent));
    spanish(&desk, &lola);
    let (english, spanish) =
        (desk.get(&petra, "/help/outbound").body, desk.get(&lola, "/help/outbound").body);
    assert!(
        english.contains("<a href=\"/help\">Home</a>") && spanish.contains("<a href=\"/help\">Inicio</a>")
    );
    assert!(english.contains("aria-current=\"page\">Begin an outbound conversation"));
    assert!(spanish.contains("aria-current=\"page\">Iniciar una conversación saliente"));
    assert_eq!((steps(&english), steps(&spanish)), (6, 6));
    let terms = [
        "perfil multimedia",
        "punto de entrada",
        "Para",
        "De",
        "Nuevo SMS",
        "Nuevo correo electrónico",
        "Disponible",
        "RONA",
        "Enviar",
    ];
    for term in terms {
        assert!(spanish.contains(term), "{term}");
    }
    assert!(desk.get(&petra, "/conversations/new").body.contains("href=\"/help/outbound\""), "the way to it");
}

#[test]
fn s226_each_channel_has_an_article_on_responding_transferring_conferring_and_ending() {
    let desk = TestDesk::new();
    let (petra, lola) = (desk.person("Petra", Role::Agent), desk.person("Lola", Role::Agent));
    spanish(&desk, &lola);
    let index = desk.get(&petra, "/help").body;
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Simulator) {
        for topic in ["respond", "transfer", "conference", "end"] {
            let at = format!("/help/{}/{topic}", kind.as_str());
            assert!(index.contains(&format!("href=\"{at}\"")), "{at}");
            let (english, spanish) = (desk.get(&petra, &at), desk.get(&lola, &at));
            assert_eq!((english.status, spanish.status), (200, 200), "{at}");
            assert_eq!(steps(&english.body), steps(&spanish.body), "{at}");
            assert!(english.body.contains("Home</a>") && spanish.body.contains("Inicio</a>"), "{at}");
        }
    }
    let sms = desk.get(&petra, "/help/sms/respond").body;
    assert!(sms.contains("1000 characters") && sms.contains("carries no files"), "its own limits: {sms}");
    let mail = desk.get(&petra, "/help/email/transfer").body;
    assert!(mail.contains("goes to a queue only"), "X6: {mail}");
    assert!(desk.get(&petra, "/help/email/conference").body.contains("Ask beside it with Forward"), "S223");
    assert!(desk.get(&petra, "/help/sms/end").body.contains("tick that they agree"), "X8");
    assert!(desk.get(&petra, "/help/webchat/end").body.contains("let the customer end"), "X8");
    assert_eq!(desk.get(&petra, "/help/sms/dance").status, 404);
    assert_eq!(desk.get(&petra, "/help/nothing/end").status, 404);
}
