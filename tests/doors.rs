//! Every address of the desk for everybody, made of the route table: who may enter, that no other site may ask for a
//! change, and what each answer tells the browser. The API's own rights are in `api/rights.rs`.

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use transom::domain::agent::Role;
use transom::web::http::{Method, Request};
use transom::web::routes::{self, Guard, Route};
use transom::web::session;

/// The addresses that ask nobody to sign in. Whoever adds one says here that strangers may.
const FOR_STRANGERS: &[&str] = &[
    "GET /api/v1/openapi.json",
    "GET /chat.css",
    "GET /chat.js",
    "GET /chat/{key}",
    "GET /chat/{key}/accent.css",
    "GET /chat/{key}/changes",
    "GET /chat/{key}/files/{file}",
    "GET /chat/{key}/widget",
    "GET /healthz",
    "GET /hooks/{id}",
    "GET /invitation/{token}",
    "GET /login",
    "GET /login/code",
    "GET /login/provider",
    "GET /login/provider/done",
    "GET /media/{key}/{until}/{seal}/{name}",
    "GET /pictures/{key}/{until}/{seal}",
    "GET /setup",
    "GET /signs.svg",
    "GET /static/icons/{file}",
    "GET /static/{file}",
    "GET /widget.js",
    "POST /chat/{key}/end",
    "POST /chat/{key}/messages",
    "POST /chat/{key}/start",
    "POST /hooks/{id}",
    "POST /invitation/{token}",
    "POST /login",
    "POST /login/code",
    "POST /setup",
];

/// The settings that are not for administrators alone.
const FOR_MORE_THAN_ADMINISTRATORS: &[(&str, Role)] = &[
    ("GET /settings", Role::Agent),
    ("GET /settings/announcements", Role::Supervisor),
    ("GET /settings/announcements/{id}", Role::Supervisor),
    ("GET /settings/fields", Role::Supervisor),
    ("GET /settings/fields/{id}", Role::Supervisor),
    ("GET /settings/keys", Role::Agent),
    ("GET /settings/profile", Role::Agent),
    ("GET /settings/profile/second-factor", Role::Agent),
    ("GET /settings/queues", Role::Supervisor),
    ("GET /settings/reasons", Role::Supervisor),
    ("GET /settings/senders", Role::Agent),
    ("GET /settings/tags", Role::Supervisor),
    ("GET /settings/tags/{id}", Role::Supervisor),
    ("GET /settings/templates", Role::Supervisor),
    ("GET /settings/templates/import", Role::Supervisor),
    ("GET /settings/templates/import/export", Role::Supervisor),
    ("GET /settings/templates/import/sample", Role::Supervisor),
    ("GET /settings/templates/new", Role::Supervisor),
    ("GET /settings/templates/{id}", Role::Supervisor),
    ("POST /settings/announcements", Role::Supervisor),
    ("POST /settings/announcements/{id}/end", Role::Supervisor),
    ("POST /settings/fields", Role::Supervisor),
    ("POST /settings/fields/{id}", Role::Supervisor),
    ("POST /settings/keys", Role::Agent),
    ("POST /settings/keys/reset", Role::Agent),
    ("POST /settings/profile", Role::Agent),
    ("POST /settings/profile/password", Role::Agent),
    ("POST /settings/profile/second-factor", Role::Agent),
    ("POST /settings/profile/second-factor/codes", Role::Agent),
    ("POST /settings/profile/second-factor/confirm", Role::Agent),
    ("POST /settings/profile/second-factor/off", Role::Agent),
    ("POST /settings/profile/sessions/end", Role::Agent),
    ("POST /settings/profile/sessions/told", Role::Agent),
    ("POST /settings/profile/sessions/{id}/end", Role::Agent),
    ("POST /settings/profile/signature", Role::Agent),
    ("POST /settings/senders", Role::Supervisor),
    ("POST /settings/senders/remove", Role::Supervisor),
    ("POST /settings/tags", Role::Supervisor),
    ("POST /settings/tags/{id}", Role::Supervisor),
    ("POST /settings/tags/{id}/delete", Role::Supervisor),
    ("POST /settings/templates/import", Role::Supervisor),
    ("POST /settings/templates/import/errors", Role::Supervisor),
    ("POST /settings/templates/new", Role::Supervisor),
    ("POST /settings/templates/{id}", Role::Supervisor),
    ("POST /settings/templates/{id}/delete", Role::Supervisor),
];

fn named(route: &Route) -> String {
    format!("{} {}", route.method.as_str(), route.path)
}

/// The address with something in each gap that is not there.
fn filled(route: &Route) -> String {
    let gaps = [
        "{id}",
        "{address}",
        "{channel}",
        "{key}",
        "{file}",
        "{token}",
        "{until}",
        "{seal}",
        "{name}",
        "{other}",
        "{tag}",
        "{event}",
        "{kind}",
        "{topic}",
    ];
    let path = gaps.iter().fold(route.path.to_owned(), |path, gap| path.replace(gap, "987654"));
    assert!(!path.contains('{'), "{path} has a gap that this test does not know");
    path
}

fn pages() -> impl Iterator<Item = (&'static Route, Role)> {
    routes::all().filter_map(|route| match route.guard {
        Guard::Role(role) => Some((route, role)),
        _ => None,
    })
}

fn changes(route: &Route) -> bool {
    route.method != Method::Get
}

/// What `person` is answered at this address; forms carry the token of the session.
fn asks(desk: &TestDesk, person: &Person, route: &Route) -> Page {
    if changes(route) { desk.post(person, &filled(route), &[]) } else { desk.get(person, &filled(route)) }
}

/// A desk that was set up, on which pages do not send everybody to the set-up.
fn set_up() -> (TestDesk, Person) {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    (desk, ada)
}

#[test]
fn strangers_reach_only_what_is_on_the_list() {
    let mut open: Vec<String> =
        routes::all().filter(|route| matches!(route.guard, Guard::Open | Guard::Public)).map(named).collect();
    open.sort();
    assert_eq!(open, FOR_STRANGERS);
}

#[test]
fn settings_are_for_administrators_except_what_is_on_the_list() {
    let mut more: Vec<(String, Role)> = pages()
        .filter(|(route, role)| route.path.starts_with("/settings") && *role < Role::Admin)
        .map(|(route, role)| (named(route), role))
        .collect();
    more.sort();
    let listed: Vec<(String, Role)> =
        FOR_MORE_THAN_ADMINISTRATORS.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect();
    assert_eq!(more, listed);
}

#[test]
fn whoever_is_not_signed_in_is_led_to_the_login_and_changes_nothing() {
    // A2
    let (desk, _) = set_up();
    for (route, _) in pages() {
        let path = filled(route);
        let page = desk.ask(Request::new(route.method, &path));
        if changes(route) {
            assert_eq!(page.status, 401, "{}", named(route));
        } else {
            let login = format!("/login?next={}", path.replace('/', "%2F"));
            assert_eq!((page.status, page.header("location")), (303, Some(&*login)), "{}", named(route));
        }
    }
}

#[test]
fn every_page_and_form_asks_for_its_role() {
    // A2
    let (desk, _) = set_up();
    let mut refused = 0;
    for (route, needed) in pages() {
        for role in Role::ALL {
            let person = desk.person(&format!("{}{refused}{}", role.as_str(), named(route)), role);
            let page = asks(&desk, &person, route);
            if role < needed {
                assert_eq!(page.status, 403, "{role:?} {}", named(route));
                refused += 1;
            } else {
                assert!(
                    page.status != 401 && page.status < 500,
                    "{role:?} {}: {}",
                    named(route),
                    page.status
                );
            }
        }
    }
    assert!(refused > 60, "the table has fewer guarded addresses than it should: {refused}");
}

#[test]
fn a_change_needs_the_sessions_token_and_must_not_come_from_another_site() {
    // A19
    let (desk, ada) = set_up();
    let cookie = format!("transom={}", ada.token);
    let form = format!("csrf={}", session::csrf(&ada.token));
    let kind = "application/x-www-form-urlencoded";
    let before = desk.count("SELECT count(*) FROM log");
    for (route, _) in pages().filter(|(route, _)| changes(route)) {
        let request = || Request::new(route.method, &filled(route)).with_header("cookie", &cookie);
        let forged = [
            request().with_body(kind, ""),
            request().with_body(kind, "csrf="),
            request().with_body(kind, "csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            request().with_header("sec-fetch-site", "cross-site").with_body(kind, form.clone()),
            request().with_header("sec-fetch-site", "same-site").with_body(kind, form.clone()),
            request().with_header("origin", "https://evil.example").with_body(kind, form.clone()),
            request().with_header("origin", "null").with_body(kind, form.clone()),
        ];
        for (number, request) in forged.into_iter().enumerate() {
            assert_eq!(desk.ask(request).status, 403, "{} in way {number}", named(route));
        }
    }
    assert_eq!(desk.count("SELECT count(*) FROM log"), before);
}

#[test]
fn forms_for_strangers_are_refused_when_another_site_sends_them() {
    // A19; webhooks are signed instead.
    let (desk, _) = set_up();
    for route in routes::all().filter(|route| route.guard == Guard::Public && changes(route)) {
        let request = Request::new(route.method, &filled(route))
            .with_header("sec-fetch-site", "cross-site")
            .with_body("application/x-www-form-urlencoded", "");
        assert_eq!(desk.ask(request).status, 403, "{}", named(route));
    }
    let open: Vec<String> =
        routes::all().filter(|route| route.guard == Guard::Open && changes(route)).map(named).collect();
    assert_eq!(open, ["POST /hooks/{id}"]);
}

#[test]
fn a_session_is_no_token_and_a_program_has_no_session() {
    let (desk, ada) = set_up();
    let ben = desk.program("Ben", Role::Admin);
    for route in routes::all() {
        let request = Request::new(route.method, &filled(route));
        let page = match route.guard {
            Guard::Token(_) => desk.ask(request.with_header("cookie", &format!("transom={}", ada.token))),
            Guard::Role(_) => {
                desk.ask(request.with_header("authorization", &format!("Bearer {}", ben.token)))
            }
            Guard::Open | Guard::Public => continue,
        };
        assert!([401, 303].contains(&page.status), "{}: {}", named(route), page.status);
    }
}

/// What every answer has to tell the browser.
fn dressed(page: &Page, about: &str) {
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'self'") || policy.contains("default-src 'none'"),
        "{about}: {policy}"
    );
    assert!(!policy.contains("unsafe"), "{about}: {policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{about}");
    assert!(page.header("referrer-policy").is_some(), "{about}");
    assert!(page.header("cache-control").is_some(), "{about}");
    assert_eq!(page.header("access-control-allow-credentials"), None, "{about}");
    for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite="), "{about}: a cookie");
    }
}

#[test]
fn every_answer_carries_the_headers_that_hold_the_browser_back() {
    // A5: each address for nobody and for an administrator, and what has no address.
    let (desk, ada) = set_up();
    let chat = desk.channel(transom::domain::channel::Kind::Webchat);
    let mut seen: Vec<(Page, String)> = Vec::new();
    for route in routes::all().filter(|route| route.path != "/logout") {
        seen.push((desk.ask(Request::new(route.method, &filled(route))), named(route)));
        seen.push((asks(&desk, &ada, route), named(route)));
    }
    for path in ["/chat/KEY", "/chat/KEY/widget", "/chat/KEY/accent.css", "/no/such/page", "/static/../x"] {
        let path = path.replace("KEY", &chat.key);
        seen.push((desk.ask(Request::new(Method::Get, &path)), path));
    }
    seen.push((desk.ask(Request::new(Method::Delete, "/login")), "a wrong method".into()));
    for (page, about) in &seen {
        dressed(page, about);
        let framed = page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'");
        let frame = *about == format!("/chat/{}", chat.key);
        let sandboxed = page.header("content-security-policy").unwrap().contains("sandbox");
        assert!(framed || frame || sandboxed, "{about} may be framed");
        if page.header("access-control-allow-origin").is_some() {
            assert!(about.contains("widget") || about.contains("openapi"), "{about} is open to other sites");
        }
        assert!(page.status < 500, "{about}: {}", page.status);
    }
}

#[test]
fn over_https_cookies_are_secure_and_browsers_stay_with_it() {
    // A5
    let (desk, _) = set_up();
    for route in routes::all() {
        let mut request = Request::new(route.method, &filled(route));
        request.https = true;
        let page = desk.ask(request);
        assert!(page.header("strict-transport-security").is_some(), "{}", named(route));
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            assert!(cookie.contains("; Secure"), "{}", named(route));
        }
    }
}

#[test]
fn a_number_that_is_none_is_a_page_that_is_not_there() {
    // A16
    let (desk, ada) = set_up();
    for (route, _) in pages().filter(|(route, _)| route.path.contains('{')) {
        for odd in ["0", "-1", "1.5", "99999999999999999999", "%00", "'%20OR%201=1--", "%2e%2e%2fx", "%ff"] {
            let mut path = route.path.to_owned();
            while let (Some(from), Some(until)) = (path.find('{'), path.find('}')) {
                path.replace_range(from..=until, odd);
            }
            let page = if changes(route) { desk.post(&ada, &path, &[]) } else { desk.get(&ada, &path) };
            // A form may be refused for its missing fields before its number is looked at.
            let fine =
                if changes(route) { [404, 400, 422, 403].contains(&page.status) } else { page.status == 404 };
            assert!(fine, "{} with {odd}: {}", named(route), page.status);
        }
    }
}

#[test]
fn a_searched_word_comes_back_as_text_only() {
    // A1
    let (desk, ada) = set_up();
    let bad = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    let fields =
        ["q", "view", "status", "sort", "channel", "done", "before", "after", "kind", "next", "language"];
    let open = routes::all().filter(|route| route.guard == Guard::Public);
    for route in pages().map(|(route, _)| route).chain(open).filter(|route| !changes(route)) {
        for field in fields {
            let page = desk.get(&ada, &format!("{}?{field}={bad}", filled(route)));
            assert!(page.status < 500, "{} with {field}: {}", named(route), page.status);
            let tags = ["<script>alert", "<img src=x"];
            assert!(!tags.iter().any(|tag| page.body.contains(tag)), "{} with {field}", named(route));
        }
    }
}

#[test]
fn the_plain_door_sends_browsers_to_the_address_of_the_desk_and_nowhere_else() {
    use transom::web::redirect::Redirect;
    use transom::web::server::Handler as _;
    let door = Redirect { public_url: "https://desk.example.org".to_owned() };
    for (asked, led) in [
        ("/inbox?view=all", "https://desk.example.org/inbox?view=all"),
        ("//evil.example/x", "https://desk.example.org//evil.example/x"),
    ] {
        let mut request = Request::new(Method::Get, asked);
        request.host = "evil.example".to_owned();
        let answer = door.handle(request);
        assert_eq!((answer.status, answer.header("Location")), (301, Some(led)));
    }
    let answer = door.handle(Request::new(Method::Post, "/login"));
    assert_eq!(
        (answer.status, answer.header("Location")),
        (403, None),
        "what came in clear is not helped on"
    );
}
