//! Marked secrets, one for each place that keeps any, and a search for them wherever something comes out (T31, A10).

use std::path::Path;

use serde_json::json;
use transom::channels;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::totp;
use transom::store::second_factor;
use transom::web::api::openapi;

use super::scripts::{furnished, pages};
use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::channel::connect;
use crate::support::process::{complained, run};

const PASSWORD: &str = "canary birds at dawn";

/// A channel of each kind, each of whose secrets is a marked word.
fn channels(desk: &TestDesk) -> Vec<String> {
    let mut marked = Vec::new();
    for kind in Kind::ALL {
        let Some(provider) = channels::provider(kind) else { continue };
        let secret: Vec<(String, String)> = provider
            .fields()
            .iter()
            .filter(|field| field.secret)
            .map(|field| (field.name.to_owned(), format!("canary-{}-{}", kind.as_str(), field.name)))
            .collect();
        let given: Vec<(&str, &str)> =
            secret.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        connect(desk, kind, &given);
        marked.extend(secret.into_iter().map(|(_, value)| value));
    }
    marked
}

/// Somebody with a second factor: its secret in letters, and the codes for when it is lost.
fn factor(desk: &TestDesk) -> Vec<String> {
    desk.person("Petra", Role::Agent);
    desk.set_password("petra@example.org", PASSWORD);
    let mut browser = Browser::at(desk, "192.0.2.1");
    assert_eq!(browser.sign_in("petra@example.org", PASSWORD).status, 303);
    let at = "/settings/profile/second-factor";
    assert_eq!(browser.post(at, &[("password", PASSWORD)]).status, 200);
    let (who, sealed) = desk.read(|c| {
        let who = transom::store::agent::by_email(c, "petra@example.org")?.unwrap().id;
        Ok((who, second_factor::begun(c, who, desk.now())?.unwrap()))
    });
    let secret = desk.desk.factor_secret(who, &sealed).unwrap();
    let code = totp::code(&secret, desk.now().0 / 30_000);
    let page = browser.post(&format!("{at}/confirm"), &[("code", &code)]);
    let codes = page.body.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    let mut marked: Vec<String> = codes.collect();
    assert_eq!(marked.len(), 10);
    marked.push(totp::letters(&secret));
    marked.push(browser.session().unwrap().to_owned());
    marked
}

/// Every file in and below a folder.
fn below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&entry.path()));
        } else {
            found.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
        }
    }
    found
}

/// What the desk's own commands write for others: each export, and a copy.
fn taken(desk: &TestDesk, folder: &Path) {
    let db = desk.desk.path.to_str().unwrap();
    for (format, name) in
        [("jsonl", "rows.jsonl"), ("csv", "rows.csv"), ("html", "pages"), ("mbox", "letters")]
    {
        let to = folder.join(name);
        let output = run(&["export", to.to_str().unwrap(), "--format", format, "--db", db]);
        assert!(output.status.success(), "{format}: {}", complained(&output));
    }
    let output = run(&["backup", folder.join("copy.db").to_str().unwrap(), "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
}

#[test]
fn t31_no_secret_comes_out_on_a_page_in_an_answer_an_export_a_copy_or_the_file_itself() {
    let (desk, ada) = furnished();
    let mut marked = channels(&desk);
    assert!(marked.len() >= 12, "{marked:?}");
    let program = desk.token_of(ada.id);
    let hook = json!({ "url": "https://example.org/canary", "kinds": ["message.received"] });
    let hook = desk.api_post(&program, "/webhooks", hook);
    marked.push(hook.json["secret"].as_str().unwrap().to_owned());
    let invited = [("name", "Zoe"), ("email", "zoe@example.org"), ("role", "agent"), ("password", "")];
    let page = desk.post(&ada, "/settings/people", &invited);
    marked.push(page.body.split("/invitation/").nth(1).unwrap().split('"').next().unwrap().to_owned());
    marked.extend(factor(&desk));
    let provider = [
        ("issuer", "https://login.example.org"),
        ("client", "desk"),
        ("secret", "canary-of-single-sign-on"),
        ("domains", "example.org"),
        ("role", ""),
    ];
    assert_eq!(desk.post(&ada, "/settings/provider", &provider).status, 303);
    let key = std::fs::read_to_string(transom::vault::key_path(&desk.desk.path)).unwrap();
    marked.extend(
        ["canary-of-single-sign-on", PASSWORD, &program.token, &ada.token, key.trim()].map(str::to_owned),
    );

    let mut came = Vec::new();
    let leaks = |bytes: &[u8]| -> Vec<&String> {
        let text = String::from_utf8_lossy(bytes);
        marked.iter().filter(|word| text.contains(word.as_str())).collect()
    };
    assert_eq!(leaks(key.as_bytes()).len(), 1, "what is there is found");
    for target in pages(&desk) {
        let page = desk.get(&ada, &target);
        came.extend(leaks(page.body.as_bytes()).into_iter().map(|word| format!("{target}: {word}")));
    }
    for path in openapi::document()["paths"].as_object().unwrap().keys() {
        let path = path.replace("{id}", "1").replace("/api/v1", "");
        let told = desk.api_get(&program, &path).json.to_string();
        came.extend(leaks(told.as_bytes()).into_iter().map(|word| format!("{path}: {word}")));
    }
    let folder = tempfile::tempdir().unwrap();
    taken(&desk, folder.path());
    let own = desk.desk.path.parent().unwrap();
    let files = below(folder.path()).into_iter().chain(below(own));
    for (path, bytes) in files.filter(|(path, _)| !path.ends_with(".key")) {
        came.extend(leaks(&bytes).into_iter().map(|word| format!("{path}: {word}")));
    }
    assert_eq!(came, Vec::<String>::new());
}
