//! Shortcuts: what they are, how somebody chooses other keys, and the list of all actions.

use proptest::prelude::*;
use transom::domain::Refused;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::keys::{Act, Keymap};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::ANA;

/// A desk with a conversation; the address of its page.
fn stage() -> (TestDesk, Person, String) {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let ana = desk.says(&chat, ANA, "Hello");
    (desk, petra, format!("/conversations/{ana}?view=all"))
}

/// The form of the shortcuts as the page gives it, with changes.
fn chosen<'a>(changes: &[(Act, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let key =
        |act: Act| changes.iter().find(|(one, _)| *one == act).map_or(act.default_key(), |(_, key)| *key);
    Act::ALL.map(|act| (act.as_str(), key(act))).to_vec()
}

/// The keys that the element of this act has on the page.
fn key_on(page: &str, act: Act) -> Option<String> {
    let mark = format!("data-act=\"{}\"", act.as_str());
    let rest = page.split(&mark).nth(1).unwrap_or_else(|| panic!("{mark} is not on the page"));
    let tag = rest.split('>').next().unwrap();
    Some(tag.split("aria-keyshortcuts=\"").nth(1)?.split('"').next().unwrap().to_owned())
}

#[test]
fn s216_every_shortcut_stands_in_the_overview_and_on_what_it_presses() {
    let (desk, petra, at) = stage();
    let page = desk.get(&petra, &at).body;
    for act in Act::ALL.into_iter().filter(|act| !act.moves() && *act != Act::Palette) {
        assert_eq!(key_on(&page, act).as_deref(), Some(act.default_key()), "{act:?}");
    }
    assert!(page.contains("data-walk=\"j k x\"") && page.contains("aria-keyshortcuts=\"Control+k\""));
    assert!(
        page.contains("<dialog id=\"keys\"") && page.contains("data-from=\"/keys\""),
        "it comes when it is opened"
    );
    let overview = desk.get(&petra, "/keys").body;
    let overview = overview.split("id=\"filling\"").nth(1).unwrap();
    let overview = overview.split("<dialog").next().unwrap();
    for (key, words) in
        [("j", "Next conversation"), ("r", "Reply"), ("Ctrl+k", "All actions"), ("?", "Keyboard shortcuts")]
    {
        assert!(overview.contains(&format!("<kbd>{key}</kbd></dt><dd>{words}</dd>")), "{key}: {overview}");
    }
    assert_eq!(overview.matches("<kbd>").count(), Act::ALL.len() + 3, "and Enter, Ctrl+Enter, Esc");
    let usual: Vec<(Act, String)> = Act::ALL.map(|act| (act, act.default_key().to_owned())).to_vec();
    assert!(Keymap::of(&usual).unwrap().is_usual(), "the usual keys are not in each other's way");
}

#[test]
fn s216_somebody_chooses_other_keys_for_themselves_and_gets_the_usual_ones_back() {
    let (desk, petra, at) = stage();
    let marc = desk.person("Marc", Role::Agent);
    // Two may change places, one may have none, and modifiers count.
    let form = chosen(&[
        (Act::Reply, "n"),
        (Act::Note, "r"),
        (Act::Close, ""),
        (Act::Snooze, "alt+S"),
        (Act::Next, "J"),
    ]);
    assert_eq!(desk.post(&petra, "/settings/keys", &form).status, 303);
    let page = desk.get(&petra, &at).body;
    assert_eq!(key_on(&page, Act::Reply).as_deref(), Some("n"));
    assert_eq!(key_on(&page, Act::Note).as_deref(), Some("r"));
    assert_eq!(key_on(&page, Act::Close), None);
    assert_eq!(key_on(&page, Act::Snooze).as_deref(), Some("Alt+s"));
    assert!(page.contains("<kbd>Alt+s</kbd>"), "the button says so");
    assert!(page.contains("data-walk=\"Shift+j k x\""));
    assert!(desk.get(&petra, "/keys").body.contains("<kbd>Shift+j</kbd>"));
    assert!(desk.get(&petra, "/settings/keys").body.contains("name=\"snooze\" value=\"Alt+s\""));
    assert_eq!(key_on(&desk.get(&marc, &at).body, Act::Reply).as_deref(), Some("r"), "Marc keeps his");
    // What has nothing to do with keys leaves them alone.
    let profile = [("name", "Petra"), ("theme", "dark"), ("keys", "on"), ("language", "es")];
    assert_eq!(desk.post(&petra, "/settings/profile", &profile).status, 303);
    let page = desk.get(&petra, "/keys").body;
    assert!(page.contains("<kbd>Mayús+j</kbd>") && page.contains("Todas las acciones"), "{page}");
    assert_eq!(desk.post(&petra, "/settings/keys/reset", &[]).status, 303);
    assert!(desk.read(|c| store::agent::get(c, petra.id)).unwrap().keymap.is_usual());
    assert_eq!(key_on(&desk.get(&petra, &at).body, Act::Close).as_deref(), Some("e"));
}

#[test]
fn s216_two_acts_never_share_a_key_and_the_browser_keeps_its_own() {
    let (desk, petra, _) = stage();
    let page = desk.post(&petra, "/settings/keys", &chosen(&[(Act::Reply, "E")]));
    assert_eq!(page.status, 303, "Shift+e is not e");
    for (changes, words) in [
        (vec![(Act::Reply, "e")], "e cannot do both: Reply, and Close the conversation."),
        (vec![(Act::Tag, "ALT+q"), (Act::Search, "alt+q")], "Alt+q cannot do both: Tag, and Search."),
        (vec![(Act::Next, "control+K")], "Ctrl+k cannot do both"),
        (vec![(Act::Assign, "Ctrl+w")], "Ctrl+w belongs to the browser."),
        (vec![(Act::Assign, "cmd+T")], "⌘+t belongs to the browser."),
        (vec![(Act::Assign, "Ctrl+Shift+n")], "Ctrl+Shift+n belongs to the browser."),
        (vec![(Act::Assign, "Enter")], "aria-invalid"),
        (vec![(Act::Assign, "hyper+a")], "aria-invalid"),
        (vec![(Act::Assign, "ab")], "aria-invalid"),
    ] {
        let page = desk.post(&petra, "/settings/keys", &chosen(&changes));
        assert_eq!(page.status, 422, "{changes:?}");
        assert!(page.body.contains(words), "{changes:?}: {}", page.body);
        let (act, typed) = changes[0];
        assert!(
            page.body.contains(&format!("name=\"{}\" value=\"{typed}\"", act.as_str())),
            "what was typed stays"
        );
        assert!(page.body.contains("aria-invalid=\"true\""), "beside its field: {changes:?}");
    }
    let kept = desk.read(|c| store::agent::get(c, petra.id)).unwrap().keymap;
    assert_eq!(kept.key(Act::Reply), Some("Shift+e"), "nothing else was kept");
}

#[test]
fn s216_a_key_is_written_in_one_way_however_it_is_typed() {
    for (typed, key) in [
        ("q", "q"),
        ("Q", "Shift+q"),
        ("shift+q", "Shift+q"),
        ("Mayús+Q", "Shift+q"),
        ("Alt+Ctrl+y", "Control+Alt+y"),
        ("strg + alt + Y", "Control+Alt+y"),
        ("option+1", "Alt+1"),
        ("+", "+"),
        ("Alt++", "Alt++"),
        ("Shift+;", ";"),
        ("ñ", "ñ"),
        ("あ", "あ"),
    ] {
        let map = Keymap::of(&[(Act::Tag, typed.to_owned())]).unwrap();
        assert_eq!(map.key(Act::Tag), Some(key), "{typed}");
    }
}

proptest! {
    #[test]
    fn s216_whatever_is_typed_a_kept_key_stays_what_it_is(
        typed in "(Ctrl\\+|alt\\+|Shift\\+|cmd\\+| )?(Shift\\+|⌘\\+)?(\\PC{0,2}|[a-zA-Z0-9+/?.])",
    ) {
        match Keymap::of(&[(Act::Tag, typed.clone())]) {
            Ok(map) => {
                let key = map.key(Act::Tag).unwrap_or_default().to_owned();
                prop_assert_eq!(Keymap::of(&[(Act::Tag, key)]).unwrap(), map);
            }
            Err(Refused::Field { field: "tag", .. } | Refused::KeyTaken { .. } | Refused::KeyReserved { .. }) => {}
            Err(other) => prop_assert!(false, "{typed:?}: {other:?}"),
        }
    }
}

#[test]
fn s216_the_list_of_all_actions_leads_everywhere_and_says_why_not() {
    let (desk, petra, _) = stage();
    let boss = desk.person("Boss", Role::Admin);
    let agent = petra.id;
    desk.write(move |tx| {
        let own = store::queue::insert(tx, "Sales", transom::domain::Timestamp(1))?;
        store::queue::insert(tx, "Medical", transom::domain::Timestamp(1))?;
        store::queue::set_members(tx, own, &[agent])
    });
    for (who, own) in [(&petra, false), (&boss, true)] {
        let page = desk.get(who, "/palette").body;
        let all = page.split("id=\"palette-all\"").nth(1).unwrap().split("</main>").next().unwrap();
        let links: Vec<&str> =
            all.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        for link in &links {
            let status = desk.get(who, &link.replace("&amp;", "&")).status;
            assert!(matches!(status, 200 | 303), "{link}: {status}");
        }
        assert_eq!(links.contains(&"/settings/audit"), own);
        assert!(links.contains(&"/conversations/new") && links.contains(&"/settings/keys"));
        assert!(all.contains(">Sales<") && all.contains(">Medical<") == own, "{all}");
        // What needs a page says which, and what needs a right says whose.
        assert!(all.contains("data-does=\"reply\"") && all.contains("Open a conversation first."), "{all}");
        assert_eq!(all.contains("Needs the role Admin; an administrator can give it."), !own);
        assert!(all.contains("Only where a queue hands out its work"), "{all}");
        // Every line that is no link has its reason.
        for line in
            all.split("<li").skip(1).filter(|line| !line.contains("<a ") && !line.contains("data-does"))
        {
            assert!(line.contains("<small>"), "{line}");
        }
    }
}
