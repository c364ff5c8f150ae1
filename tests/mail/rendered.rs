//! What stands on the page of each odd letter, word for word: not what was read of it, but what people see.

use std::path::Path;

use toml::Table;
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::message::Message;

use super::Post;
use crate::support::desk::Person;
use crate::support::letters::unescaped;

/// The words between the tags, with one space where there is room. Of a picture its words count.
fn visible(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (inside, after) = tag.split_once('>').unwrap();
        let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if let Some(words) = inside.strip_prefix("img ").and_then(|tag| tag.split("alt=\"").nth(1)) {
            text.extend([" ", words.split('"').next().unwrap(), " "]);
        } else if !["a", "b", "i", "span", "bdi"].contains(&name) {
            text.push(' ');
        }
        // Neither is a word of the letter: the style of its page, and what opens what is folded.
        rest = match name {
            "style" | "summary" if !inside.starts_with('/') => {
                after.split_once(&format!("</{name}>")).unwrap().1
            }
            _ => after,
        };
    }
    text.push_str(rest);
    one_line(&unescaped(&text.replace("&nbsp;", " ")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn page_of(post: &Post, who: &Person, message: &Message) -> String {
    if message.html.is_some() {
        let frame = post.desk.get(who, &format!("/messages/{}/mail", message.id)).body;
        let body = frame.split("<body").nth(1).unwrap().split_once('>').unwrap().1;
        return visible(body.split("</body>").next().unwrap());
    }
    let page = post.desk.get(who, &format!("/messages/{}/original", message.id)).body;
    let mail = page.split(&format!("id=\"m{}\"", message.id)).nth(1).unwrap();
    visible(&format!("<li {}", mail.split("</li>").next().unwrap()))
}

#[test]
fn s148_every_odd_letter_shows_its_words_on_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail");
    let table: Table = std::fs::read_to_string(folder.join("expected.toml")).unwrap().parse().unwrap();
    let post = Post::new();
    let petra = post.desk.person("Petra", Role::Agent);
    let newest = || post.desk.count("SELECT ifnull(max(id), 0) FROM message WHERE kind = 'inbound'");
    let mut wrong = Vec::new();
    for (name, wanted) in &table {
        let bytes = std::fs::read(folder.join(format!("{name}.eml"))).unwrap();
        let before = newest();
        post.brings(&bytes);
        let after = newest();
        if after == before {
            wrong.push(format!("{name}: nothing is to be seen"));
            continue;
        }
        let message = post.desk.message(Id::new(after));
        let shown = page_of(&post, &petra, &message);
        let words = |key: &str| wanted.get(key).and_then(toml::Value::as_str).map(one_line);
        let good = match (words("shown"), &message.html) {
            (Some(all), _) => shown == all,
            (None, Some(_)) => shown == words("text").unwrap(),
            // The page of a plain letter holds its head and its buttons as well.
            (None, None) => shown.contains(&words("text").unwrap()),
        };
        if !good {
            wrong.push(format!("{name}: {:?} shows {shown:.600?}", wanted["text"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
