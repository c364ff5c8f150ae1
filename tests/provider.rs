//! Signing in by a provider of identities: a stand-in that signs real tokens, and everything that must not work.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::net::Client;
use transom::store::{self, agent, audit, setting};
use transom::web::App;
use transom::web::http::{Method, Request};

use crate::support::TestDesk;
use crate::support::browser::Browser;
use crate::support::desk::{NOON, Page, Person};
use crate::support::provider::{Say, StandIn, nowhere};

const PUBLIC: &str = "https://desk.example.org";
const AT: &str = "/settings/provider";
const SECRET: &str = "a secret of the desk";

fn coded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A provider with a key of each kind.
struct Idp {
    stand: StandIn,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

impl Idp {
    fn new() -> Idp {
        let rsa = RsaKeyPair::from_der(include_bytes!("data/provider-rsa.der")).unwrap();
        let random = SystemRandom::new();
        let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
        let idp = Idp { stand: StandIn::new(), rsa, ec };
        idp.publish(&idp.described());
        idp.show_keys(&[idp.rsa_key("first")]);
        idp
    }

    fn described(&self) -> Value {
        let url = &self.stand.url;
        json!({ "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
            "userinfo_endpoint": format!("{url}/userinfo") })
    }

    fn publish(&self, described: &Value) {
        self.stand.say("openid-configuration", &[Say::Answer(200, described.to_string())]);
    }

    fn show_keys(&self, keys: &[Value]) {
        // A key of a kind that nobody here knows stands beside the others at real providers.
        let odd = json!({ "kty": "OKP", "crv": "Ed448", "kid": "odd", "x": "AA" });
        let keys: Vec<Value> = std::iter::once(odd).chain(keys.iter().cloned()).collect();
        self.stand.say("/keys", &[Say::Answer(200, json!({ "keys": keys }).to_string())]);
    }

    fn rsa_key(&self, kid: &str) -> Value {
        let PublicKeyComponents::<Vec<u8>> { n, e } = self.rsa.public().into();
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": coded(n), "e": coded(e) })
    }

    fn ec_key(&self, kid: &str) -> Value {
        let point = self.ec.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid,
            "x": coded(&point[1..33]), "y": coded(&point[33..]) })
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", coded(header.to_string()), coded(claims.to_string()));
        let random = SystemRandom::new();
        let sealed = match header["alg"].as_str().unwrap() {
            "RS256" => {
                let mut sealed = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&signature::RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut sealed).unwrap();
                sealed
            }
            "ES256" => self.ec.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec(),
            // The old trick: the key that everybody knows as the word that nobody should.
            "HS256" => transom::net::signature::hmac_sha256(
                &PublicKeyComponents::<Vec<u8>>::from(self.rsa.public()).n,
                text.as_bytes(),
            )
            .to_vec(),
            _ => Vec::new(),
        };
        format!("{text}.{}", coded(sealed))
    }
}

/// What a test changes of a sign-in that would work.
struct Answer {
    header: Value,
    claims: Value,
    state: String,
    more: String,
}

fn desk() -> TestDesk {
    desk_at(PUBLIC, true)
}

fn desk_at(public_url: &str, allow_private: bool) -> TestDesk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transom.db");
    let options = Options { public_url: public_url.to_owned(), ..Options::default() };
    let desk =
        Desk::open(&path, Clock::standing(NOON), Client { allow_private, ..Client::default() }, options)
            .unwrap();
    let desk = Arc::new(desk);
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder }
}

/// Sets the provider up as an administrator does.
fn set_up(desk: &TestDesk, idp: &Idp, more: &[(&str, &str)]) -> Person {
    let boss = desk.person("Boss", Role::Admin);
    change(desk, &boss, idp, more);
    boss
}

fn change(desk: &TestDesk, boss: &Person, idp: &Idp, more: &[(&str, &str)]) {
    let url = idp.stand.url.clone();
    let mut fields = vec![("issuer", &*url), ("client", "the desk"), ("secret", SECRET)];
    fields.extend(more);
    let saved = desk.post(boss, AT, &fields);
    assert_eq!(saved.status, 303, "{}", saved.body);
}

/// What the address that a browser is sent to asks for.
fn asked(page: &Page, word: &str) -> String {
    let at = page.header("location").unwrap();
    let query = at.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == word).unwrap().1.into_owned()
}

/// Goes to the provider and comes back with what it signs, after `change`.
fn arrive(browser: &mut Browser<'_>, idp: &Idp, email: &str, change: impl FnOnce(&mut Answer)) -> Page {
    let there = browser.get("/login/provider?next=/contacts");
    assert_eq!(there.status, 303, "{}", there.body);
    assert!(there.header("location").unwrap().starts_with(&format!("{}/authorize?", idp.stand.url)));
    let now = NOON.0 / 1000;
    let claims = json!({ "iss": idp.stand.url, "sub": format!("sub of {email}"), "aud": "the desk",
        "exp": now + 300, "iat": now, "nonce": asked(&there, "nonce"), "email": email,
        "email_verified": true, "name": "Ana from there" });
    let header = json!({ "alg": "RS256", "kid": "first", "typ": "JWT" });
    let mut answer = Answer { header, claims, state: asked(&there, "state"), more: String::new() };
    change(&mut answer);
    let token = idp.signed(&answer.header, &answer.claims);
    let said = json!({ "access_token": "access", "token_type": "Bearer", "id_token": token });
    idp.stand.say("/token", &[Say::Answer(200, said.to_string())]);
    browser.get(&format!("/login/provider/done?code=c0de&state={}{}", answer.state, answer.more))
}

fn in_by(desk: &TestDesk, idp: &Idp, email: &str) -> Page {
    arrive(&mut Browser::at(desk, "192.0.2.7"), idp, email, |_| {})
}

fn events(desk: &TestDesk, kind: &str) -> Vec<Value> {
    let all = desk.read(|c| audit::after(c, 0, 1000));
    let of = all.into_iter().filter(|entry| entry.kind == kind);
    of.map(|entry| serde_json::from_str(&entry.data).unwrap_or_default()).collect()
}

#[test]
fn people_sign_in_by_the_provider_and_are_known_by_their_account_there() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert!(browser.get("/login").body.contains("href=\"/login/provider\""));
    let page = arrive(&mut browser, &idp, "Ana@Example.org", |_| {});
    assert_eq!((page.status, page.header("location")), (303, Some("/contacts")), "{}", page.body);
    assert_eq!(browser.get("/contacts").status, 200);
    assert!(!browser.cookies.contains_key("transom-provider"), "what it began with is spent");
    assert_eq!(events(&desk, "security.identity_tied").len(), 1);
    // The account there gets another address, and somebody else gets the old one: neither changes who is who.
    let page = arrive(&mut Browser::at(&desk, "192.0.2.8"), &idp, "married@example.org", |answer| {
        answer.claims["sub"] = json!("sub of Ana@Example.org");
    });
    assert_eq!(page.status, 303, "{}", page.body);
    let other = arrive(&mut Browser::at(&desk, "192.0.2.8"), &idp, "ana@example.org", |answer| {
        answer.claims["sub"] = json!("another");
    });
    assert_eq!(other.status, 403);
    assert!(other.body.contains("another account at the provider"), "{}", other.body);
    assert_eq!(events(&desk, "security.identity_tied").len(), 1);
}

#[test]
fn the_desk_proves_itself_and_the_browser_by_pkce() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let there = browser.get("/login/provider");
    let challenge = asked(&there, "code_challenge");
    assert_eq!(asked(&there, "code_challenge_method"), "S256");
    assert_eq!(asked(&there, "redirect_uri"), format!("{PUBLIC}/login/provider/done"));
    idp.stand.say("/token", &[Say::Answer(400, "{\"error\":\"invalid_grant\"}".to_owned())]);
    let done = format!("/login/provider/done?code=c0de&state={}", asked(&there, "state"));
    let page = browser.get(&done);
    assert_eq!(page.status, 403);
    let sent = &idp.stand.seen_at("/token")[0];
    let form = form_urlencoded::parse(&sent.body).into_owned().collect::<Vec<_>>();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(coded(Sha256::digest(field("code_verifier"))), challenge);
    assert_eq!(
        sent.header("authorization"),
        format!("Basic {}", STANDARD.encode("the+desk:a+secret+of+the+desk"))
    );
    assert!(form.iter().all(|(name, _)| name != "client_secret"));
    assert_eq!(browser.get(&done).status, 403, "the words of this sign-in are spent");
    assert_eq!(idp.stand.seen_at("/token").len(), 1);
}

#[test]
fn what_does_not_hold_lets_nobody_in() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let now = NOON.0 / 1000;
    type Change<'a> = Box<dyn FnOnce(&mut Answer) + 'a>;
    let claim = |name: &'static str, value: Value| -> Change<'_> {
        Box::new(move |answer: &mut Answer| answer.claims[name] = value)
    };
    let header = |name: &'static str, value: Value| -> Change<'_> {
        Box::new(move |answer: &mut Answer| answer.header[name] = value)
    };
    let cases: Vec<(&str, Change<'_>)> = vec![
        ("nonce", claim("nonce", json!("another sign-in's"))),
        ("nonce", claim("nonce", Value::Null)),
        ("iss", claim("iss", json!("https://evil.example"))),
        ("claims", claim("iss", json!([idp.stand.url]))),
        ("aud", claim("aud", json!("another desk"))),
        ("azp", claim("aud", json!(["the desk", "another"]))),
        ("azp", claim("azp", json!("another"))),
        ("exp", claim("exp", json!(now - 61))),
        ("claims", claim("exp", Value::Null)),
        ("iat", claim("iat", json!(now + 61))),
        ("nbf", claim("nbf", json!(now + 61))),
        ("sub", claim("sub", json!(""))),
        ("alg", header("alg", json!("none"))),
        ("alg", header("alg", json!("HS256"))),
        ("alg", header("crit", json!(["exp"]))),
        ("kid", header("kid", json!("unknown"))),
        ("kid", header("alg", json!("ES256"))),
        ("foreign", Box::new(|answer: &mut Answer| answer.state.push('x'))),
        ("iss", Box::new(|answer: &mut Answer| answer.more.push_str("&iss=https://evil.example"))),
        ("denied", Box::new(|answer: &mut Answer| answer.more.push_str("&error=access_denied"))),
        ("unproved", claim("email_verified", json!(false))),
        ("unproved", claim("email_verified", Value::Null)),
    ];
    for (at, (why, change)) in cases.into_iter().enumerate() {
        let mut browser = Browser::at(&desk, &format!("192.0.2.{}", 10 + at));
        let page = arrive(&mut browser, &idp, "ana@example.org", change);
        assert_eq!(page.status, 403, "{at} {why}: {}", page.body);
        assert!(page.body.contains("role=\"alert\""), "{why} says why");
        assert_eq!(browser.session(), None, "{at} {why}");
        let last = events(&desk, "security.sign_in_failed").pop().unwrap();
        assert_eq!(last["provider"], json!(why), "{at}");
    }
    assert_eq!(events(&desk, "security.identity_tied").len(), 0);
    assert_eq!(in_by(&desk, &idp, "ana@example.org").status, 303, "the same without any of it works");
}

#[test]
fn a_token_that_was_changed_after_it_was_signed_lets_nobody_in() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let there = browser.get("/login/provider");
    let now = NOON.0 / 1000;
    let claims = |email: &str| {
        json!({ "iss": idp.stand.url, "sub": "x", "aud": "the desk", "exp": now + 300, "iat": now,
            "nonce": asked(&there, "nonce"), "email": email, "email_verified": true })
    };
    let good = idp.signed(&json!({ "alg": "RS256", "kid": "first" }), &claims("guest@example.org"));
    let parts: Vec<&str> = good.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], coded(claims("ana@example.org").to_string()), parts[2]);
    idp.stand.say("/token", &[Say::Answer(200, json!({ "id_token": forged }).to_string())]);
    let page = browser.get(&format!("/login/provider/done?code=c&state={}", asked(&there, "state")));
    assert_eq!((page.status, browser.session()), (403, None));
    assert_eq!(events(&desk, "security.sign_in_failed").pop().unwrap()["provider"], json!("signature"));
}

#[test]
fn new_keys_of_the_provider_are_read_when_one_is_not_known() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    assert_eq!(in_by(&desk, &idp, "ana@example.org").status, 303);
    idp.show_keys(&[idp.ec_key("second")]);
    let second = |answer: &mut Answer| answer.header = json!({ "alg": "ES256", "kid": "second" });
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let early = arrive(&mut browser, &idp, "ana@example.org", second);
    assert_eq!(early.status, 403, "who invents keys does not have the provider asked each time");
    assert_eq!(idp.stand.seen_at("/keys").len(), 1);
    desk.pass(Span::seconds(31));
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", second).status, 303);
    assert_eq!(idp.stand.seen_at("/keys").len(), 2);
    let mut other = Browser::at(&desk, "192.0.2.8");
    assert_eq!(arrive(&mut other, &idp, "ana@example.org", |_| {}).status, 403, "the old key is gone");
}

#[test]
fn an_answer_belongs_to_the_browser_that_asked() {
    // Login CSRF: a stranger's answer, brought to somebody else's browser, signs nobody in as the stranger.
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let mut stranger = Browser::at(&desk, "192.0.2.66");
    let there = stranger.get("/login/provider");
    let done = format!("/login/provider/done?code=theirs&state={}", asked(&there, "state"));
    let mut victim = Browser::at(&desk, "192.0.2.7");
    assert_eq!(victim.get(&done).status, 403);
    victim.get("/login/provider");
    assert_eq!(victim.get(&done).status, 403, "also where it has begun one of its own");
    assert!(idp.stand.seen_at("/token").is_empty(), "and the provider is not even asked");
    // The words of a sign-in end.
    let mut late = Browser::at(&desk, "192.0.2.8");
    let there = late.get("/login/provider");
    desk.pass(Span::minutes(11));
    let page = late.get(&format!("/login/provider/done?code=c&state={}", asked(&there, "state")));
    assert_eq!(page.status, 403);
    assert!(idp.stand.seen_at("/token").is_empty());
}

#[test]
fn nobody_is_led_to_another_place_afterwards() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1"] {
        let mut browser = Browser::at(&desk, "192.0.2.7");
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let there = browser.get(&format!("/login/provider?next={next}"));
        let now = NOON.0 / 1000;
        let claims = json!({ "iss": idp.stand.url, "sub": "x", "aud": "the desk", "exp": now + 300, "iat": now,
            "nonce": asked(&there, "nonce"), "email": "ana@example.org", "email_verified": true });
        let token = idp.signed(&json!({ "alg": "RS256" }), &claims);
        idp.stand.say("/token", &[Say::Answer(200, json!({ "id_token": token }).to_string())]);
        let page = browser.get(&format!("/login/provider/done?code=c&state={}", asked(&there, "state")));
        assert_eq!(page.header("location"), Some("/inbox"), "{next}");
    }
}

#[test]
fn strangers_come_in_only_by_an_allowed_domain_and_never_as_administrators() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let page = in_by(&desk, &idp, "new@example.org");
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Nobody with this e-mail address was added"), "{}", page.body);
    let url = idp.stand.url.clone();
    let fields =
        |role, domains| [("issuer", &*url), ("client", "the desk"), ("role", role), ("domains", domains)];
    assert_eq!(desk.post(&boss, AT, &fields("agent", "")).status, 422, "everybody has an account somewhere");
    assert_eq!(desk.post(&boss, AT, &fields("admin", "example.org")).status, 422);
    assert_eq!(desk.post(&boss, AT, &fields("agent", "@Example.org, example.com")).status, 303);
    assert_eq!(in_by(&desk, &idp, "new@evil.example").status, 403);
    assert_eq!(in_by(&desk, &idp, "new@example.org.evil.example").status, 403);
    assert_eq!(in_by(&desk, &idp, "new@example.com").status, 303);
    let who = desk.read(|c| agent::by_email(c, "new@example.com")).unwrap();
    assert_eq!((who.role, &*who.name), (Role::Agent, "Ana from there"));
    // Who has no password cannot be signed in by an empty one.
    let mut browser = Browser::at(&desk, "192.0.2.9");
    assert_eq!(browser.sign_in("new@example.com", "").status, 422);
    // Let out, the account there lets nobody in, neither as the old person nor as somebody new.
    assert_eq!(desk.post(&boss, &format!("/settings/people/{}/disable", who.id), &[]).status, 303);
    let page = in_by(&desk, &idp, "new@example.com");
    assert!(page.status == 403 && page.body.contains("disabled"), "{}", page.body);
}

#[test]
fn the_providers_sign_in_counts_as_both_unless_the_team_asks_for_its_own_code() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let ana = desk.person("Ana", Role::Agent);
    let team = [("team", "Harbour"), ("time_zone", "UTC"), ("language", "en"), ("second_factor", "all")];
    // The administrator has to have one before everybody needs it, or is led to it as well.
    assert_eq!(desk.post(&boss, "/settings/team", &team).status, 303);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", |_| {}).status, 303);
    assert_eq!(browser.get("/contacts").status, 200, "nothing has to be set up for it");
    desk.write(|tx| setting::set(tx, setting::key::SECOND_FACTOR, None));
    change(&desk, &boss, &idp, &[("code", "on")]);
    desk.write(|tx| setting::set(tx, setting::key::SECOND_FACTOR, Some("all")));
    let factor = "/settings/profile/second-factor";
    assert_eq!(browser.get("/contacts").header("location"), Some(factor), "now ours is asked for as well");
    // Who has no password proves it by the sign-in at the provider, which must be fresh.
    let began = browser.post(factor, &[]);
    assert_eq!(began.status, 200, "{}", began.body);
    desk.pass(Span::minutes(11));
    let late = browser.post(factor, &[]);
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(
        late.body.contains("Sign out, sign in with your provider again") || late.body.contains("ten minutes")
    );
    let key = [7_u8; 20];
    let sealed = desk.desk.seal_factor(ana.id, &key);
    let now = desk.now();
    desk.write(move |tx| {
        store::second_factor::begin(tx, ana.id, &sealed, now)?;
        store::second_factor::confirm(tx, ana.id, &sealed, 1, now).map(|_| ())
    });
    let mut second = Browser::at(&desk, "192.0.2.8");
    let page = arrive(&mut second, &idp, "ana@example.org", |answer| {
        answer.claims["exp"] = json!(NOON.0 / 1000 + 3600);
    });
    assert!(page.header("location").unwrap().starts_with("/login/code"), "{:?}", page.header("location"));
    assert_eq!(second.session(), None);
    let code = transom::domain::totp::code(&key, desk.now().0 / 30_000);
    assert_eq!(second.post("/login/code", &[("code", &code)]).status, 303);
    assert_eq!(second.get("/contacts").status, 200);
}

#[test]
fn the_address_may_come_from_beside_the_token_but_of_the_same_person_only() {
    let (desk, idp) = (desk(), Idp::new());
    set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let bare = |answer: &mut Answer| {
        answer.claims["sub"] = json!("x");
        answer.claims.as_object_mut().unwrap().remove("email");
    };
    let told =
        |sub: &str| json!({ "sub": sub, "email": "ana@example.org", "email_verified": "true" }).to_string();
    idp.stand.say("/userinfo", &[Say::Answer(200, told("another"))]);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(arrive(&mut browser, &idp, "", bare).status, 403);
    idp.stand.say("/userinfo", &[Say::Answer(200, told("x"))]);
    assert_eq!(arrive(&mut browser, &idp, "", bare).status, 303);
    assert_eq!(idp.stand.seen_at("/userinfo")[0].header("authorization"), "Bearer access");
}

#[test]
fn the_secret_is_sealed_never_shown_and_goes_to_no_other_provider() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let eva = desk.person("Eva", Role::Supervisor);
    assert_eq!(desk.get(&eva, AT).status, 403);
    assert!(!desk.get(&boss, AT).body.contains(SECRET));
    for name in ["transom.db", "transom.db-wal"] {
        let file = std::fs::read(desk.folder.path().join(name)).unwrap();
        assert!(!file.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "stands in {name}");
    }
    let kept = |desk: &TestDesk| desk.read(setting::provider).unwrap().secret;
    let before = kept(&desk);
    change(&desk, &boss, &idp, &[]);
    let url = idp.stand.url.clone();
    let same = [("issuer", &*url), ("client", "the desk"), ("secret", "")];
    assert_eq!(desk.post(&boss, AT, &same).status, 303);
    assert!(!kept(&desk).is_empty() && !before.is_empty(), "an empty field keeps it");
    let other = [("issuer", "https://evil.example"), ("client", "the desk"), ("secret", "")];
    assert_eq!(desk.post(&boss, AT, &other).status, 303);
    assert_eq!(kept(&desk), "", "but not for another provider");
    let data = events(&desk, "setting.changed");
    assert!(data.iter().any(|data| data["settings"] == json!(["provider"])), "{data:?}");
    assert!(!json!(data).to_string().contains(SECRET));
}

#[test]
fn the_page_tests_the_provider_and_a_silent_one_costs_nobody_a_worker() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let page = desk.post(&boss, "/settings/provider/test", &[]);
    assert!(page.status == 200 && page.body.contains("The provider answers, with 1 key"), "{}", page.body);
    let mut other = idp.described();
    other["issuer"] = json!("https://evil.example");
    idp.publish(&other);
    let page = desk.post(&boss, "/settings/provider/test", &[]);
    assert!(page.status == 422 && page.body.contains("does not fit what was set up"), "{}", page.body);
    let nowhere = nowhere();
    let gone = [("issuer", &*nowhere), ("client", "the desk")];
    assert_eq!(desk.post(&boss, AT, &gone).status, 303);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    let page = browser.get("/login/provider");
    assert_eq!(page.status, 502, "{}", page.body);
    assert!(page.body.contains("sign in with your password"), "{}", page.body);
    assert_eq!(desk.post(&boss, "/settings/provider/remove", &[]).status, 303);
    assert!(!browser.get("/login").body.contains("/login/provider"));
    assert_eq!(browser.get("/login/provider").header("location"), Some("/login"));
}

#[test]
fn inward_addresses_are_not_called_and_without_a_public_url_nothing_is_offered() {
    // security.md T20: an administrator's word leads nowhere inward either, because the page says what came back.
    let (desk, idp) = (desk_at(PUBLIC, false), Idp::new());
    let boss = desk.person("Boss", Role::Admin);
    let url = idp.stand.url.clone();
    let plain = [("issuer", &*url), ("client", "the desk")];
    assert_eq!(desk.post(&boss, AT, &plain).status, 422, "and never without TLS");
    let inward = [("issuer", "https://127.0.0.1"), ("client", "the desk")];
    assert_eq!(desk.post(&boss, AT, &inward).status, 303);
    let page = desk.post(&boss, "/settings/provider/test", &[]);
    assert!(page.body.contains("may not be called from here"), "{}", page.body);
    assert!(idp.stand.seen().is_empty());
    let (desk, idp) = (desk_at("", true), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    assert!(desk.get(&boss, AT).body.contains("--public-url"));
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert!(!browser.get("/login").body.contains("/login/provider"));
    assert_eq!(browser.get("/login/provider").header("location"), Some("/login"));
}

#[test]
fn an_administrator_loosens_a_tie_and_guessing_at_the_door_is_braked() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let ana = desk.person("Ana", Role::Agent);
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", |_| {}).status, 303);
    let at = format!("/settings/people/{}", ana.id);
    assert!(desk.get(&boss, &at).body.contains("Loosen the tie"));
    assert_eq!(desk.post(&boss, &format!("{at}/provider"), &[]).status, 303);
    assert_eq!(browser.get("/contacts").status, 303, "signed out");
    assert_eq!(events(&desk, "security.identity_loosened").len(), 1);
    let new = |answer: &mut Answer| answer.claims["sub"] = json!("a new account");
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", new).status, 303);
    let mut guesser = Browser::at(&desk, "192.0.2.66");
    let wrong = |answer: &mut Answer| answer.claims["nonce"] = json!("x");
    for _ in 0..30 {
        assert_eq!(arrive(&mut guesser, &idp, "ana@example.org", wrong).status, 403);
    }
    let asked_before = idp.stand.seen_at("/token").len();
    assert_eq!(arrive(&mut guesser, &idp, "ana@example.org", |_| {}).status, 429);
    assert_eq!(idp.stand.seen_at("/token").len(), asked_before);
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", new).status, 303, "others are not held off");
}

#[test]
fn links_begin_with_the_address_that_was_configured_whatever_host_a_request_names() {
    // Reset poisoning: the link would lead whoever opens it, and the word in it, to the host of the header.
    let desk = desk();
    let boss = desk.person("Boss", Role::Admin);
    let ana = desk.person("Ana", Role::Agent);
    let form = format!("csrf={}", transom::web::session::csrf(&boss.token));
    let mut request = Request::new(Method::Post, &format!("/settings/people/{}/link", ana.id))
        .with_header("cookie", &format!("transom={}", boss.token))
        .with_header("x-forwarded-host", "evil.example")
        .with_body("application/x-www-form-urlencoded", form);
    request.host = "evil.example".to_owned();
    let page = desk.ask(request);
    assert!(page.body.contains(&format!("{PUBLIC}/invitation/")), "{}", page.body);
    assert!(!page.body.contains("evil.example"));
}

#[test]
fn only_single_sign_on_leaves_passwords_to_administrators() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    desk.person("Ana", Role::Agent);
    let good = "a quiet harbour at dawn";
    for email in ["ana@example.org", "boss@example.org"] {
        desk.set_password(email, good);
    }
    assert_eq!(Browser::at(&desk, "192.0.2.7").sign_in("ana@example.org", good).status, 303);
    let invited = desk.post(
        &boss,
        "/settings/people",
        &[("name", "Eva"), ("email", "eva@example.org"), ("role", "agent")],
    );
    let from = invited.body.find("/invitation/").unwrap();
    let link = invited.body[from..].split('"').next().unwrap().to_owned();
    change(&desk, &boss, &idp, &[("only", "on")]);

    let mut ana = Browser::at(&desk, "192.0.2.7");
    let refused = ana.sign_in("ana@example.org", good);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("A password lets in administrators only."), "{}", refused.body);
    assert_eq!(ana.session(), None);
    let page = desk.ask(Request::new(Method::Get, &link));
    assert_eq!((page.status, page.header("location")), (303, Some("/login")), "the page there says why");
    assert_eq!(arrive(&mut ana, &idp, "ana@example.org", |_| {}).status, 303);
    assert_eq!(ana.get("/contacts").status, 200);
    assert_eq!(
        Browser::at(&desk, "192.0.2.9").sign_in("boss@example.org", good).status,
        303,
        "somebody gets in"
    );
    let page = desk.get(&boss, AT).body;
    assert!(page.contains("name=\"only\" value=\"on\" checked"), "{page}");
}

#[test]
fn who_came_by_the_provider_sets_a_first_password_and_not_where_none_is_taken() {
    const SET: &str = "/settings/profile/password";
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let ana = desk.person("Ana", Role::Agent);
    let has_none = || desk.read(|c| agent::password_hash(c, ana.id)).is_empty();
    let (first, good) = ("a quiet harbour at dawn", "another harbour at dusk");
    let mut browser = Browser::at(&desk, "192.0.2.7");
    assert_eq!(arrive(&mut browser, &idp, "ana@example.org", |_| {}).status, 303);
    let page = browser.get("/settings/profile").body;
    assert!(page.contains("Set a password") && !page.contains("name=\"current\""), "{page}");
    // A browser that was left open is not enough, nor is a password that everybody tries first.
    desk.pass(Span::minutes(11));
    let late = browser.post(SET, &[("password", first)]);
    assert!(late.status == 409 && has_none(), "{}", late.body);
    // The provider's clock goes on as well: who is signed in comes back from there.
    browser.cookies.retain(|name, _| name.contains("device"));
    let back = arrive(&mut browser, &idp, "ana@example.org", |answer| {
        answer.claims["exp"] = json!(desk.now().0 / 1000 + 300);
        answer.claims["iat"] = json!(desk.now().0 / 1000);
    });
    assert_eq!(back.status, 303, "{}", back.body);
    assert_eq!(browser.post(SET, &[("password", "password123")]).status, 422);
    assert!(has_none());
    assert_eq!(browser.post(SET, &[("password", first)]).status, 303);
    assert_eq!(Browser::at(&desk, "192.0.2.8").sign_in("ana@example.org", first).status, 303);
    // From now on the present one is asked for.
    let page = browser.get("/settings/profile").body;
    assert!(page.contains("name=\"current\""), "{page}");
    assert_eq!(browser.post(SET, &[("password", good)]).status, 422);
    assert_eq!(browser.post(SET, &[("password", good), ("current", first)]).status, 303);
    // Where the team leaves signing in to the provider, there is nothing to set and no link that sets it.
    change(&desk, &boss, &idp, &[("only", "on")]);
    let before = desk.read(|c| agent::password_hash(c, ana.id));
    let page = browser.get("/settings/profile").body;
    assert!(
        page.contains("there is none to set here") && !page.contains("action=\"/settings/profile/password\"")
    );
    assert_eq!(browser.post(SET, &[("password", first), ("current", good)]).status, 404);
    assert_eq!(desk.read(|c| agent::password_hash(c, ana.id)), before);
}

#[test]
fn who_has_no_password_is_given_one_by_a_link_that_works_once() {
    let (desk, idp) = (desk(), Idp::new());
    let boss = set_up(&desk, &idp, &[]);
    let ana = desk.person("Ana", Role::Agent);
    assert_eq!(arrive(&mut Browser::at(&desk, "192.0.2.7"), &idp, "ana@example.org", |_| {}).status, 303);
    let made = desk.post(&boss, &format!("/settings/people/{}/link", ana.id), &[]);
    let from = made.body.find("/invitation/").unwrap();
    let link = made.body[from..].split('"').next().unwrap().to_owned();
    let good = "a quiet harbour at dawn";
    assert_eq!(Browser::at(&desk, "192.0.2.8").post(&link, &[("password", good)]).status, 303);
    assert_eq!(Browser::at(&desk, "192.0.2.9").sign_in("ana@example.org", good).status, 303);
    assert_eq!(Browser::at(&desk, "192.0.2.8").post(&link, &[("password", good)]).status, 404);
    // Both ways lead in now, to one and the same person.
    assert_eq!(arrive(&mut Browser::at(&desk, "192.0.2.7"), &idp, "ana@example.org", |_| {}).status, 303);
    // A link that was made before the team left signing in to the provider sets nothing afterwards.
    let eva = desk.person("Eva", Role::Agent);
    let made = desk.post(&boss, &format!("/settings/people/{}/link", eva.id), &[]);
    let from = made.body.find("/invitation/").unwrap();
    let link = made.body[from..].split('"').next().unwrap().to_owned();
    change(&desk, &boss, &idp, &[("only", "on")]);
    assert_ne!(Browser::at(&desk, "192.0.2.8").post(&link, &[("password", good)]).status, 303);
    assert_eq!(desk.read(|c| agent::password_hash(c, eva.id)), "");
}
