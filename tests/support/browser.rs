//! A browser without a screen: keeps its cookies, fills in forms, follows nothing by itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use transom::web::http::{Method, Request};

use super::desk::{Page, TestDesk};

/// A browser somewhere.
pub struct Browser<'a> {
    desk: &'a TestDesk,
    pub cookies: BTreeMap<String, String>,
    peer: IpAddr,
    https: bool,
    /// What the forms of its session carry: that of the first token, also when tokens turn.
    form: Option<String>,
}

impl<'a> Browser<'a> {
    /// A fresh browser at this address.
    pub fn at(desk: &'a TestDesk, peer: &str) -> Browser<'a> {
        Browser { desk, cookies: BTreeMap::new(), peer: peer.parse().unwrap(), https: false, form: None }
    }

    /// The same over HTTPS.
    pub fn over_https(self) -> Browser<'a> {
        Browser { https: true, ..self }
    }

    pub fn get(&mut self, target: &str) -> Page {
        self.send(Request::new(Method::Get, target))
    }

    /// Sends a form, with the token that the page at `target` or any other of ours would carry.
    pub fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(token) = self.session() {
            let first = self.form.clone();
            form.append_pair("csrf", &first.unwrap_or_else(|| transom::web::session::csrf(token)));
        }
        form.extend_pairs(fields);
        self.send(
            Request::new(Method::Post, target)
                .with_body("application/x-www-form-urlencoded", form.finish())
                .with_header("sec-fetch-site", "same-origin"),
        )
    }

    pub fn sign_in(&mut self, email: &str, password: &str) -> Page {
        self.post("/login", &[("email", email), ("password", password)])
    }

    /// The token of the session, if there is one.
    pub fn session(&self) -> Option<&str> {
        let name = transom::web::session::cookie_name(self.https);
        self.cookies.get(name).map(String::as_str)
    }

    pub fn send(&mut self, mut request: Request) -> Page {
        request.peer = self.peer;
        request.https = self.https;
        let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !line.is_empty() {
            request = request.with_header("cookie", &line.join("; "));
        }
        // A session begins where somebody comes in; elsewhere it goes on under a new token.
        let enters = ["/login", "/invitation", "/setup"].iter().any(|way| request.path.starts_with(way));
        let page = self.desk.ask(request);
        for (_, line) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, rules) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rules.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if enters || self.form.is_none() {
            self.form = self.session().map(transom::web::session::csrf);
        }
        page
    }
}

impl TestDesk {
    /// Gives somebody a password.
    pub fn set_password(&self, email: &str, password: &str) {
        let (email, hash) = (email.to_owned(), transom::password::hash(password).unwrap());
        self.write(move |tx| {
            let who = transom::store::agent::by_email(tx, &email)?.unwrap();
            transom::store::agent::set_password_hash(tx, who.id, &hash)
        });
    }

    /// The kinds of the newest entries of the log, oldest first.
    pub fn log_kinds(&self) -> Vec<String> {
        self.read(|c| transom::store::event::after(c, 0, 1000))
            .into_iter()
            .map(|entry| entry.kind.to_owned())
            .collect()
    }
}
