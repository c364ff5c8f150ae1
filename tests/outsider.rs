//! An agent for whom a conversation does not exist: made of the route table, with a conversation that is really there.

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::support::story::KIM;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::restricted::Original;
use transom::domain::{Id, Timestamp};
use transom::store;
use transom::web::http::Method;
use transom::web::routes::{self, Guard, Route};

const SECRET: &str = "The result of the examination";

/// A conversation in a queue without Eva, with an answer and a file.
struct Ward {
    desk: TestDesk,
    eva: Person,
    boss: Person,
    mail: Channel,
    conversation: Id<Conversation>,
    message: String,
    file: String,
}

fn ward() -> Ward {
    let desk = TestDesk::new();
    let (eva, boss) = (desk.person("Eva", Role::Agent), desk.person("Boss", Role::Supervisor));
    let queue = desk.write(|tx| store::queue::insert(tx, "Medical", Timestamp(1)));
    let mail = desk.connects(Kind::Email, "Post");
    let conversation = desk.says(&mail, KIM, SECRET);
    let program = desk.token_of(boss.id);
    let content = serde_json::json!([{ "name": "a.txt", "content": "aGVsbG8=" }]);
    let told = desk.api_post(
        &program,
        &format!("/conversations/{conversation}/messages"),
        serde_json::json!({ "body": SECRET, "attachments": content }),
    );
    assert_eq!(told.status, 201, "{told:?}");
    desk.write(move |tx| {
        let mut one = store::conversation::get(tx, conversation)?.unwrap();
        (one.queue, one.assignee) = (Some(queue), None);
        store::conversation::update(tx, &one)
    });
    let sent: Id<transom::domain::message::Message> = Id::new(told.id());
    desk.write(move |tx| store::mail::keep(tx, sent, &store::mail::pack(SECRET.as_bytes())?));
    // Words of it are covered, and everybody who may see it may see them.
    desk.write(move |tx| {
        let mut message = store::message::get(tx, sent)?.unwrap();
        message.extra.covered = true;
        store::message::update(tx, &message)?;
        let original = Original { body: SECRET.into(), ..Original::default() };
        store::restricted::keep(tx, sent, &original)?;
        store::setting::set(tx, store::setting::key::UNCOVER, Some("agent"))
    });
    let file = desk.read(|c| Ok(c.query_row("SELECT key FROM attachment", [], |row| row.get(0))?));
    Ward { message: told.id().to_string(), desk, eva, boss, mail, conversation, file }
}

impl Ward {
    /// The address with what is really there; nothing where it is not about the conversation.
    fn filled(&self, route: &Route) -> Option<String> {
        let (gap, value) = match route.path.split('/').nth(1)? {
            "conversations" => ("{id}", self.conversation.to_string()),
            "messages" => ("{id}", self.message.clone()),
            "attachments" => ("{key}", self.file.clone()),
            _ => return None,
        };
        let path = route.path.replace(gap, &value);
        // A picture of a mail that lies elsewhere has its own test, beside those of mails.
        (route.path.contains(gap) && !path.contains('{')).then_some(path)
    }

    fn asks(&self, who: &Person, route: &Route, path: &str) -> Page {
        let eva = self.eva.id;
        let to = if path.ends_with("/transfer") { format!("agent:{eva}") } else { eva.to_string() };
        let fields = [
            ("body", "x"),
            ("to", &*to),
            ("preset", "hour"),
            ("priority", "high"),
            ("tag", "x"),
            ("verdict", "sent"),
            ("kind", "note"),
            ("note", "x"),
        ];
        if route.method == Method::Get {
            self.desk.get(who, path)
        } else {
            self.desk.post(who, path, &fields)
        }
    }
}

fn for_agents() -> impl Iterator<Item = &'static Route> {
    routes::all().filter(|route| route.guard == Guard::Role(Role::Agent))
}

#[test]
fn every_address_of_a_conversation_is_not_there_for_an_outsider_and_nothing_happens() {
    // A2
    let ward = ward();
    let count = |table: &str| ward.desk.count(&format!("SELECT count(*) FROM {table}"));
    let before: Vec<i64> = ["event", "message", "draft", "outbox"].map(count).into();
    let mut asked = 0;
    for (route, path) in for_agents().filter_map(|route| Some((route, ward.filled(route)?))) {
        let page = ward.asks(&ward.eva, route, &path);
        assert_eq!(page.status, 404, "{} {}", route.method.as_str(), route.path);
        assert!(!page.body.contains(SECRET), "{}", route.path);
        asked += 1;
    }
    assert!(asked >= 14, "the addresses of a conversation were not found");
    assert_eq!(["event", "message", "draft", "outbox"].map(count).to_vec(), before);
    for route in for_agents().filter(|route| route.method == Method::Get) {
        let Some(path) = ward.filled(route) else { continue };
        assert_eq!(ward.desk.get(&ward.boss, &path).status, 200, "{path} is there for a supervisor");
    }
}

#[test]
fn no_page_tells_an_outsider_of_it() {
    // A2: lists, searches, live changes, and the person's own page. People are known to the whole team, what they wrote
    // is not.
    let ward = ward();
    let id = ward.conversation;
    let contact = ward.desk.conversation(id).contact;
    let mut paths: Vec<String> = ["mine", "unassigned", "all", "queue:1"]
        .iter()
        .flat_map(|view| {
            ["", "&q=Kim", "&q=examination", "&status=closed", "&sort=waiting"].map(|rest| (view, rest))
        })
        .map(|(view, rest)| format!("/inbox?view={view}{rest}"))
        .collect();
    paths.extend(
        ["/inbox/failed", "/search?q=Kim", "/search?q=examination", "/contacts?q=Kim"].map(str::to_owned),
    );
    paths.push(format!("/contacts/{contact}"));
    paths.push(format!("/inbox?view=all&channel={}", ward.mail.id));
    paths.push(format!("/changes?since=0&c={id}"));
    for path in &paths {
        let page = ward.desk.get(&ward.eva, path);
        assert!(page.status < 500, "{path}: {}", page.status);
        assert!(!page.body.contains(SECRET), "{path} shows what was written");
        assert!(!page.body.contains(&format!("/conversations/{id}")), "{path} links to it");
    }
    assert!(ward.desk.get(&ward.eva, &format!("/contacts/{contact}")).body.contains("Kim Lee"));
    assert!(ward.desk.get(&ward.boss, "/inbox?view=all").body.contains(SECRET));
}
