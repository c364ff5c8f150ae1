//! One request on its way through the desk: who asks, in which language, when, and the way to the file.

use std::str::FromStr;

use jiff::tz::TimeZone;
use maud::Markup;

use super::app::App;
use super::failure::Failure;
use super::form::Form;
use super::http::{Request, Response};
use super::session::SignedIn;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::announcement::Announcement;
use crate::domain::{Refused, Timestamp, conversation::View};
use crate::i18n::{Texts, halt, refusal};
use crate::store::copies::Guard;
use crate::store::room::Room;
use crate::store::{self, Connection, Tx};
use crate::templates::frame::{self, Frame, Stranger};
use crate::templates::notices::Bell;
use crate::templates::{begin, work};

/// A request with everything that a handler needs.
pub struct Cx<'a> {
    pub app: &'a App,
    pub request: Request,
    /// The parts of the path that the route names.
    pub params: Vec<(String, String)>,
    pub query: Form,
    /// The fields of the posted form; empty for other requests.
    pub form: Form,
    /// Asked once a request.
    pub now: Timestamp,
    pub texts: Texts,
    pub zone: TimeZone,
    pub who: Option<SignedIn>,
    /// The rights of the program that asks, where it came with a token.
    pub program: Option<Viewer>,
    /// Cookie lines that the answer carries.
    pub cookies: Vec<String>,
}

/// What the frame shows to who is signed in.
#[derive(Default)]
struct Own {
    failed: usize,
    held: usize,
    bell: Bell,
    work: Option<work::Work>,
    announced: Vec<Announcement>,
    outbound: begin::Menu,
}

impl Cx<'_> {
    /// Who asks. The route's guard has let only signed-in people through.
    pub fn who(&self) -> Result<&SignedIn, Failure> {
        self.who.as_ref().ok_or(Failure::SignedOut)
    }

    /// The rights of who asks.
    pub fn viewer(&self) -> Result<&Viewer, Failure> {
        match &self.program {
            Some(viewer) => Ok(viewer),
            None => self.who().map(|who| &who.viewer),
        }
    }

    /// A part of the path, read as what it should be; a wrong one is a page that does not exist.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T, Failure> {
        let value = self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        value.and_then(|value| value.parse().ok()).ok_or(Failure::NotFound)
    }

    /// Looks into the file.
    pub fn read<T, E>(&self, look: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, Failure>
    where
        E: From<store::Error>,
        Failure: From<E>,
    {
        Ok(self.app.desk.readers.read(look)?)
    }

    /// Lets an action happen; returns when it is on the disk.
    pub fn write<T, E>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: From<store::Error> + Send + 'static,
        Failure: From<E>,
    {
        let done = self.app.desk.writer.write(work).map_err(Failure::from);
        if let Err(Failure::Refused(Refused::RestrictedWords { words })) = &done {
            // What was refused left no trace; the report is to tell of it all the same.
            let agent = self.viewer().ok().and_then(Viewer::author);
            let (words, now) = (words.clone(), self.now);
            self.app
                .desk
                .writer
                .write(move |tx| crate::actions::restricted::withheld(tx, agent, &words, now))?;
        }
        done
    }

    /// What every page needs, for a page with this title.
    pub fn frame(&self, title: impl Into<String>) -> Result<Frame, Failure> {
        let admin = self.who.as_ref().is_some_and(|who| who.viewer.role == Role::Admin);
        let (team, cursor, own, worrying, alarms) = self.read(|c| {
            let team = store::setting::get(c, store::setting::key::TEAM)?;
            let worrying = if admin { self.worrying(c)? } else { Vec::new() };
            let mut alarms = self.halted(admin);
            if admin {
                alarms.extend(self.alarms(c)?);
            }
            let latest = store::event::latest(c)?;
            let own = self.who.as_ref().map(|who| self.own(c, who)).transpose()?;
            Ok::<_, Failure>((team, latest, own.unwrap_or_default(), worrying, alarms))
        })?;
        Ok(Frame {
            texts: self.texts,
            zone: self.zone.clone(),
            now: self.now,
            title: title.into(),
            team: team.unwrap_or_default(),
            path: self.request.path.clone(),
            view: View::Mine,
            agent: self.who.as_ref().map(|who| who.agent.clone()),
            csrf: self.who.as_ref().map(|who| who.csrf.clone()).unwrap_or_default(),
            cursor,
            demo: self.app.desk.options.demo,
            flash: None,
            failed: own.failed,
            held: own.held,
            work: own.work,
            outbound: own.outbound,
            bell: own.bell,
            worrying,
            alarms,
            stranger: self.who.as_ref().and_then(stranger),
            announced: own.announced,
            sheets: self.app.assets.sheets().clone(),
        })
    }

    fn own(&self, c: &Connection, who: &SignedIn) -> Result<Own, Failure> {
        Ok(Own {
            failed: store::folder::failed(c, &who.viewer)?.len(),
            held: store::later::held(c, who.agent.id)?,
            bell: super::desk::bell::bell(c, &self.texts, &who.viewer, self.now)?,
            work: super::work::of(c, &self.texts, &who.agent)?,
            announced: store::announcement::unread(c, &who.viewer, self.now)?,
            outbound: super::desk::outbound::menu(c, &who.viewer)?,
        })
    }

    /// The names of the channels that somebody should look at.
    fn worrying(&self, connection: &Connection) -> store::Result<Vec<String>> {
        let all = store::checkup::all(connection)?;
        let worrying = all.into_iter().filter(|checkup| !checkup.worries(self.now).is_empty());
        Ok(worrying.map(|checkup| checkup.name).collect())
    }

    /// That nothing is written, for everybody who is signed in; administrators are led to what can be done.
    fn halted(&self, admin: bool) -> Vec<(String, &'static str)> {
        let halt = self.who.as_ref().and_then(|_| self.app.desk.writer.halt());
        let way = if admin { "/settings/status" } else { "" };
        halt.map(|why| (halt::sentence(&self.texts, why).to_owned(), way)).into_iter().collect()
    }

    /// What endangers the file: a copy that failed, a disk that fills up, a program that keeps the file open.
    fn alarms(&self, connection: &Connection) -> store::Result<Vec<(String, &'static str)>> {
        let (desk, t) = (&self.app.desk, &self.texts);
        let mut alarms = Vec::new();
        if store::copy::newest(connection, 1)?.first().is_some_and(|made| made.wrong.is_some()) {
            alarms.push((t.copies_alarm().to_owned(), "/settings/copies"));
        }
        let room = Room::under(&desk.path);
        if room.is_tight() {
            alarms.push((t.status_disk_tight(refusal::size(room.free)), "/settings/status"));
        } else if room.is_low() {
            alarms.push((t.status_disk_low(refusal::size(room.free)), "/settings/status"));
        }
        let copying = desk.copies.state();
        if copying.is_worrying() {
            let size = refusal::size(copying.log_bytes);
            let outside = *desk.copies.guard() == Guard::Outside;
            let sentence = if outside { t.status_copies_behind(size) } else { t.status_copies_open(size) };
            alarms.push((sentence, "/settings/status"));
        }
        Ok(alarms)
    }

    /// A whole page around `body`.
    pub fn page(&self, frame: &Frame, body: &Markup) -> Response {
        Response::html(frame::page(frame, body).into_string())
    }
}

/// What is told of a session on a strange browser.
fn stranger(who: &SignedIn) -> Option<Stranger> {
    let new = who.stranger.as_ref()?;
    let browser = crate::domain::browser::named(&new.user_agent);
    Some(Stranger { browser, peer: new.peer.clone(), since: new.created_at })
}
