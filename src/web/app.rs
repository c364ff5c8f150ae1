//! From a request to an answer: finds the route, checks the door, runs the handler, dresses the answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use matchit::Router;

use super::api;
use super::assets::Assets;
use super::brake::{self, Brake, Rate};
use super::context::Cx;
use super::failure::Failure;
use super::form::Form;
use super::gzip;
use super::health::Tally;
use super::http::{Body, Content, Method, Request, Response};
use super::multipart;
use super::presence::Presence;
use super::routes::{self, Guard, Route};
use super::server::Welcome;
use super::session::{self, SignedIn};
use crate::desk::Desk;
use crate::domain::{Refused, Span, Timestamp};
use crate::i18n::{Language, Texts, refusal};
use crate::net::openid::Memory;
use crate::net::signature;
use crate::store;
use crate::templates;

/// The web side of a desk.
pub struct App {
    pub desk: Arc<Desk>,
    pub assets: Assets,
    /// Holds back floods of visitors.
    pub brake: Brake,
    pub tally: Tally,
    /// Who looks at which conversation right now.
    pub presence: Presence,
    /// What is known of the provider of identities.
    pub openid: Memory,
    routes: Router<Vec<&'static Route>>,
}

impl App {
    /// Builds the route table. Two routes that clash are a mistake in the table, told at start.
    pub fn new(desk: Arc<Desk>) -> Result<App, String> {
        let mut grouped: Vec<(&'static str, Vec<&'static Route>)> = Vec::new();
        for route in routes::all() {
            match grouped.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, methods)) => methods.push(route),
                None => grouped.push((route.path, vec![route])),
            }
        }
        let mut table = Router::new();
        for (path, methods) in grouped {
            table.insert(path, methods).map_err(|clash| format!("{path}: {clash}"))?;
        }
        let brake = Brake::default();
        Ok(App {
            desk,
            assets: Assets::join(),
            brake,
            tally: Tally::start(),
            presence: Presence::default(),
            openid: Memory::default(),
            routes: table,
        })
    }

    /// The largest body that the route takes. Where there is none, programs are let finish a small one, so
    /// that they hear what is wrong with the address and not that nothing fits through it.
    pub fn body_limit(&self, method: Method, path: &str) -> u64 {
        let lost = if path.starts_with("/api/") { api::ask::JSON } else { 0 };
        let Ok(found) = self.routes.at(path) else { return lost };
        found.value.iter().find(|route| route.method == method).map_or(lost, |route| route.limit)
    }

    /// Whether there is a page under this path.
    pub fn is_page(&self, path: &str) -> bool {
        self.routes.at(path).is_ok_and(|found| found.value.iter().any(|route| route.method == Method::Get))
    }

    /// What a program is told whose body is too large; a browser is told in plain words.
    pub fn too_large(&self, request: Request) -> Option<Response> {
        let https = request.https;
        let cx = self.context(request);
        let program = cx.request.path.starts_with("/api/");
        program.then(|| dress(self.failed(&cx, &Failure::TooLarge), https))
    }

    /// Answers a request. Never fails: what goes wrong becomes a page that says so.
    pub fn handle(&self, request: Request) -> Response {
        let mut cx = self.context(request);
        let response = match self.run(&mut cx) {
            Ok(response) => response,
            Err(failure) => self.failed(&cx, &failure),
        };
        self.finish(cx, response)
    }

    /// Whether a large body may come, by the head of its request alone; otherwise what is answered instead.
    pub fn admit(&self, request: Request) -> Result<Welcome, Response> {
        let mut cx = self.context(request);
        self.look_ahead(&mut cx).map_err(|failure| {
            let response = self.failed(&cx, &failure);
            self.finish(cx, response)
        })
    }

    fn finish(&self, mut cx: Cx<'_>, mut response: Response) -> Response {
        if response.status == 429 && response.header("Retry-After").is_none() {
            // Whoever is told when in words is told in seconds as well.
            let again = response.again.unwrap_or(cx.now + Span::seconds(5));
            response = response.with_header("Retry-After", seconds(again, cx.now));
        }
        gzip::page(&cx.request, &mut response);
        if cx.request.method == Method::Head {
            response.body = Content::Empty;
        }
        response.headers.extend(cx.cookies.drain(..).map(|line| ("Set-Cookie".into(), line)));
        self.tally.answered(response.status);
        dress(response, cx.request.https)
    }

    fn context(&self, request: Request) -> Cx<'_> {
        let now = self.desk.clock.now();
        let accepted = request.headers.get("accept-language").unwrap_or("");
        let texts = Texts::new(Language::negotiate(accepted));
        let query = Form::parse(request.query.as_bytes());
        let form = Form::default();
        let zone = TimeZone::UTC;
        Cx {
            app: self,
            request,
            params: Vec::new(),
            query,
            form,
            now,
            texts,
            zone,
            who: None,
            program: None,
            cookies: Vec::new(),
        }
    }

    fn run(&self, cx: &mut Cx<'_>) -> Result<Response, Failure> {
        let route = self.route(cx)?;
        if let Guard::Token(role) = route.guard {
            api::door::enter(cx, route, role)?;
        } else {
            self.recognise(cx)?;
            self.note_use(cx);
            read_form(cx, route)?;
            check(cx, route.guard)?;
            brake_forms(cx, route.guard)?;
            if leads_to_factor(cx, route) {
                return Ok(Response::redirect(super::people::SECOND_FACTOR));
            }
        }
        (route.run)(cx)
    }

    /// The route of a request; the parts of the path that it names stand in `cx` afterwards.
    fn route(&self, cx: &mut Cx<'_>) -> Result<&'static Route, Failure> {
        let path = cx.request.path.clone();
        let found = self.routes.at(&path).map_err(|_| Failure::NotFound)?;
        let wanted = if cx.request.method == Method::Head { Method::Get } else { cx.request.method };
        let route = found.value.iter().find(|route| route.method == wanted).ok_or(Failure::Method)?;
        cx.params = found.params.iter().map(|(n, v)| (n.to_owned(), decoded(v))).collect();
        Ok(route)
    }

    /// What can be asked before the body is there. Nothing is counted, noted or turned: that is for the whole request.
    fn look_ahead(&self, cx: &mut Cx<'_>) -> Result<Welcome, Failure> {
        let route = self.route(cx)?;
        match route.guard {
            Guard::Token(role) => api::door::look(cx, role)?,
            Guard::Role(role) => {
                self.recognise(cx)?;
                cx.who()?.viewer.must_be(role)?;
            }
            Guard::Open | Guard::Public => self.recognise(cx)?,
        }
        if matches!(route.guard, Guard::Public | Guard::Role(_)) && cross_site(&cx.request) {
            return Err(Failure::Forged);
        }
        let known = cx.who.is_some() || cx.program.is_some();
        route.ahead.map_or(Ok(Welcome { most: route.limit, known }), |ahead| ahead(cx))
    }

    /// Finds out who asks, and with that the language and the time zone.
    fn recognise(&self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let unsaid = cx.request.headers.get("accept-language").is_none();
        let (who, zone, language) = self.desk.readers.read(|connection| {
            let who = session::find(connection, &cx.request, cx.now)?;
            let zone = match who.as_ref().and_then(|who| who.agent.time_zone.clone()) {
                Some(zone) => Some(zone),
                None => store::setting::get(connection, store::setting::key::TIME_ZONE)?,
            };
            let language = match who.as_ref().and_then(|who| who.agent.language.clone()) {
                None if unsaid => store::setting::get(connection, store::setting::key::LANGUAGE)?,
                chosen => chosen,
            };
            Ok::<_, store::Error>((who, zone, language))
        })?;
        if let Some(language) = language.and_then(|code| Language::parse(&code)) {
            cx.texts = Texts::new(language);
        }
        cx.zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
        cx.who = who;
        Ok(())
    }

    /// Notes that somebody is here; turns the session's token when it is time.
    fn note_use(&self, cx: &mut Cx<'_>) {
        if let Some(who) = &cx.who {
            if self.desk.attendance.seen(who.agent.id, cx.now) {
                self.desk.live.tell(&BTreeSet::from([store::event::DESK.to_owned()]));
            }
            cx.cookies.extend(session::keep(&self.desk, &cx.request, who, cx.now));
        }
    }

    /// The methods that the address of a request has, and the largest body that it takes.
    fn takes(&self, request: &Request) -> (Vec<Method>, u64) {
        let Ok(found) = self.routes.at(&request.path) else { return (Vec::new(), 0) };
        let methods = found.value.iter().map(|route| route.method).collect();
        (methods, self.body_limit(request.method, &request.path))
    }

    /// An address as the route table writes it: the path itself may hold the word of an invitation.
    fn place(&self, path: &str) -> &'static str {
        self.routes.at(path).ok().and_then(|found| found.value.first()).map_or("?", |route| route.path)
    }

    fn failed(&self, cx: &Cx<'_>, failure: &Failure) -> Response {
        // Why nothing is written stands in the log once, not with each request.
        if let Failure::Broken(fault) = failure
            && !matches!(fault, store::Error::Halted(_))
        {
            log::error!("{}: {fault}", self.place(&cx.request.path));
        }
        if cx.request.path.starts_with("/api/") || cx.request.path == super::health::METRICS {
            let (methods, most) = self.takes(&cx.request);
            return api::failure::answer(cx, failure, &methods, most);
        }
        if matches!(failure, Failure::SignedOut) && cx.request.method == Method::Get {
            let query = &cx.request.query;
            let asked = if query.is_empty() { String::new() } else { format!("?{query}") };
            let back = format!("{}{asked}", cx.request.path);
            let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
            return Response::redirect(&format!("/login?next={back}"));
        }
        let body = match failure {
            Failure::Refused(refused) => {
                let sentence = refusal::sentence(&cx.texts, refused, &cx.zone);
                templates::failure::refused(&cx.texts, &sentence, &refusal::fix(&cx.texts, refused, &cx.zone))
            }
            Failure::Broken(store::Error::Halted(why)) => {
                let (t, why) = (&cx.texts, *why);
                templates::failure::refused(t, refusal::halted(t, why), refusal::halted_fix(t, why))
            }
            _ => templates::failure::page(&cx.texts, failure.status()),
        };
        let mut response = match cx.frame(cx.texts.failure_title()) {
            Ok(frame) => cx.page(&frame, &body),
            Err(_) => Response::html(body.into_string()),
        };
        response.status = failure.status();
        match failure {
            Failure::Refused(refused) => super::forms::back(response, refused),
            _ => response,
        }
    }
}

/// How often one person sends forms: twenty a second are no hands.
const FORMS: Rate = Rate { times: 1200, per: Span::minutes(1) };
/// How often strangers of one network address send forms: sign-ins, codes, links.
const FORMS_FROM: Rate = Rate { times: 240, per: Span::minutes(1) };

/// Holds back who sends too many forms: a person wherever signed in, and strangers by their address. What anybody may
/// send from anywhere brakes for itself.
fn brake_forms(cx: &Cx<'_>, guard: Guard) -> Result<(), Failure> {
    if cx.request.method != Method::Post || guard == Guard::Open {
        return Ok(());
    }
    let (key, rate) = match &cx.who {
        Some(who) => (format!("forms {}", who.agent.id), FORMS),
        None => (format!("forms from {}", brake::client(cx.request.peer)), FORMS_FROM),
    };
    let taken = cx.app.brake.take(&key, rate, cx.now);
    taken.map_err(|until| Failure::Refused(Refused::TooMany { until }))
}

/// Whole seconds until then, at least one.
pub fn seconds(until: Timestamp, now: Timestamp) -> String {
    ((until.since(now).0.max(0) + 999) / 1000).max(1).to_string()
}

fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

fn read_form(cx: &mut Cx<'_>, route: &Route) -> Result<(), Failure> {
    if !matches!(route.guard, Guard::Public | Guard::Role(_)) {
        return Ok(());
    }
    let kind = cx.request.headers.get("content-type").unwrap_or("").to_owned();
    let boundary = multipart::boundary(&kind);
    if boundary.is_none() && !kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(());
    }
    let body = std::mem::replace(&mut cx.request.body, Body::empty());
    let bytes = body.into_bytes(route.limit).map_err(|_| Failure::TooLarge)?;
    cx.form = match boundary {
        Some(boundary) => multipart::read(&bytes, boundary).map_err(|_| Failure::Bad("multipart"))?,
        None => Form::parse(&bytes),
    };
    Ok(())
}

/// The door: the role, and that a change was asked for by a page of ours.
fn check(cx: &Cx<'_>, guard: Guard) -> Result<(), Failure> {
    let changes = !matches!(cx.request.method, Method::Get | Method::Head);
    match guard {
        Guard::Open | Guard::Token(_) => Ok(()),
        Guard::Public => {
            if changes && cross_site(&cx.request) {
                Err(Failure::Forged)
            } else {
                Ok(())
            }
        }
        Guard::Role(role) => {
            let who = cx.who()?;
            if changes && !carries_token(cx, who) {
                return Err(Failure::Forged);
            }
            Ok(who.viewer.must_be(role)?)
        }
    }
}

/// The team wants a second factor of everybody: who has none sets it up before anything else.
fn leads_to_factor(cx: &Cx<'_>, route: &Route) -> bool {
    let must = cx.who.as_ref().is_some_and(|who| who.must_enrol);
    let open = route.path.starts_with(super::people::SECOND_FACTOR) || route.path == "/logout";
    must && matches!(route.guard, Guard::Role(_)) && !open
}

fn carries_token(cx: &Cx<'_>, who: &SignedIn) -> bool {
    let given = cx.form.get("csrf").or_else(|| cx.request.headers.get("x-csrf")).unwrap_or("");
    !cross_site(&cx.request) && signature::equal(given.as_bytes(), who.csrf.as_bytes())
}

/// The browser itself says that another site asked.
fn cross_site(request: &Request) -> bool {
    if let Some(site) = request.headers.get("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let scheme = if request.https { "https" } else { "http" };
    request.headers.get("origin").is_some_and(|origin| origin != format!("{scheme}://{}", request.host))
}

/// What every answer says to the browser, unless the handler said otherwise.
fn dress(mut response: Response, https: bool) -> Response {
    const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; \
        base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    let mut add = |name: &'static str, value: &str| {
        if !response.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
            response.headers.push((name.into(), value.to_owned()));
        }
    };
    add("Content-Security-Policy", POLICY);
    add("X-Content-Type-Options", "nosniff");
    add("Referrer-Policy", "same-origin");
    add("Cross-Origin-Opener-Policy", "same-origin");
    add("Cache-Control", "no-store");
    if https {
        add("Strict-Transport-Security", "max-age=31536000");
    }
    response
}
