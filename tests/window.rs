//! The messaging window: no path sends when it is closed, whatever the clock does.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::support::TestDesk;
use crate::support::cast::{answer, text};
use transom::actions::begin::{Begin, begin};
use transom::actions::reply::Reply;
use transom::actions::{Error, Result, close, retry};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Status;
use transom::domain::inbound::Event;
use transom::domain::message::{Fault, State};
use transom::domain::outbox::{Cause, Failure};
use transom::domain::template::{self, Template};
use transom::domain::window::{After, Opener, Rule, Window, window};
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::store;

const WHO: &str = "+34612345678";

/// What happens in a random history.
#[derive(Clone, Debug)]
enum Step {
    /// The customer writes; the delivery comes so many minutes late.
    Writes {
        late: i64,
    },
    /// The customer comes by an ad that opens so many days.
    Ad {
        days: i64,
    },
    /// The clock moves, also backwards.
    Clock {
        minutes: i64,
    },
    Reply,
    Template,
    Retry,
    Begin {
        with_template: bool,
    },
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_i64..4000).prop_map(|late| Step::Writes { late }),
        1 => (1_i64..8).prop_map(|days| Step::Ad { days }),
        4 => (-2000_i64..6000).prop_map(|minutes| Step::Clock { minutes }),
        4 => Just(Step::Reply),
        2 => Just(Step::Template),
        2 => Just(Step::Retry),
        2 => any::<bool>().prop_map(|with_template| Step::Begin { with_template }),
        2 => Just(Step::Close),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let free = prop_oneof![1 => Just(None), 6 => (1_i64..72).prop_map(|hours| Some(Span::hours(hours)))];
    let person = prop_oneof![Just(None), (1_i64..8).prop_map(|days| Some(Span::days(days)))];
    let after = prop_oneof![Just(After::Template), Just(After::Nothing)];
    let sends = prop_oneof![2 => Just(None), 1 => (1_u32..4).prop_map(Some)];
    (free, person, after, sends).prop_map(|(free, person, after, sends)| Rule { free, person, after, sends })
}

/// The rules written down once more, as simply as can be, to compare with.
struct Model {
    rule: Rule,
    /// By what opened it: opened, closes, a person until, sends left.
    grants: BTreeMap<bool, (i64, i64, i64, Option<u32>)>,
}

impl Model {
    fn opened(&mut self, lasting: Option<Span>, at: Timestamp) {
        let Some(free) = self.rule.free else { return };
        let closes = at.0 + lasting.unwrap_or(free).0;
        let person = self.rule.person.map_or(closes, |person| closes.max(at.0 + person.0));
        let new = (at.0, closes, person, self.rule.sends);
        let kept = self.grants.entry(lasting.is_some()).or_insert(new);
        if kept.0 < at.0 {
            *kept = new;
        }
    }

    fn may(&self, template: bool, now: Timestamp) -> bool {
        let left = |grant: &(i64, i64, i64, Option<u32>)| grant.3 != Some(0);
        self.rule.free.is_none()
            || self.grants.values().any(|grant| left(grant) && (now.0 < grant.1 || now.0 < grant.2))
            || (template && self.rule.after == After::Template)
    }

    fn spent(&mut self, now: Timestamp) {
        for grant in self.grants.values_mut().filter(|grant| now.0 < grant.1) {
            grant.3 = grant.3.map(|left| left.saturating_sub(1));
        }
    }
}

/// The desk, the model beside it, and who acts.
struct Play {
    desk: TestDesk,
    channel: Channel,
    by: Viewer,
    template: Id<Template>,
    model: Model,
    count: u32,
}

impl Play {
    fn new(kind: Kind, rule: Rule) -> Play {
        let desk = TestDesk::new();
        let channel = desk.channel_with(kind, |channel| {
            channel.card.window = rule;
            channel.card.starts_with = Some(channel.kind.person());
        });
        let by = desk.viewer("Marta", Role::Agent);
        let (id, now) = (channel.id, desk.now());
        let template = desk.write(move |tx| store::template::insert(tx, &approved(id), now));
        Play { desk, channel, by, template, model: Model { rule, grants: BTreeMap::new() }, count: 0 }
    }

    fn play(&mut self, step: &Step) -> std::result::Result<(), TestCaseError> {
        match step {
            Step::Clock { minutes } => self.desk.pass(Span::minutes(*minutes)),
            Step::Writes { late } => self.writes(None, self.desk.now() - Span::minutes(*late)),
            Step::Ad { days } => self.writes(Some(Span::days(*days)), self.desk.now()),
            Step::Close => self.close(),
            Step::Reply | Step::Template => {
                let template = matches!(step, Step::Template);
                let Some(id) = self.conversation() else { return Ok(()) };
                let chosen = template.then(|| (self.template, BTreeMap::new()));
                let typed = if template { "" } else { "Hello" };
                let outcome = self.desk.replies(&self.by, &Reply { template: chosen, ..answer(id, typed) });
                self.judge(template, &outcome)?;
            }
            Step::Retry => self.retry()?,
            Step::Begin { with_template } => self.begin(*with_template)?,
        }
        Ok(())
    }

    fn conversation(&self) -> Option<Id<transom::domain::conversation::Conversation>> {
        (self.desk.count("SELECT count(*) FROM conversation") > 0).then(|| Id::new(1))
    }

    fn writes(&mut self, lasting: Option<Span>, at: Timestamp) {
        self.count += 1;
        let mut message = text(&self.channel, WHO, &format!("m{}", self.count), at);
        message.opener =
            Some(lasting.map_or(Opener::Message, |length| Opener::Lasting { length, sends: None }));
        self.desk.hear(&self.channel, Event::Message(message)).unwrap();
        self.model.opened(lasting, at);
    }

    fn close(&self) {
        let Some(id) = self.conversation() else { return };
        let by = self.by.clone();
        let _ = self.desk.act(move |tx, now| close::close(tx, &by, id, &close::Closing::default(), now));
    }

    /// The newest of our free messages fails, and is tried again.
    fn retry(&mut self) -> std::result::Result<(), TestCaseError> {
        let Some(id) = self.conversation() else { return Ok(()) };
        let ours = self.desk.said(id).into_iter().rev();
        let mut ours = ours.filter(|m| m.author.is_some() && m.extra.template.is_none());
        let Some(mut message) = ours.next() else { return Ok(()) };
        self.desk.goes_out(message.id, None);
        message.state = State::Failed;
        message.error = Some(Fault::from(&Failure::later(Cause::Transient, "503", None)));
        let again = message.id;
        self.desk.write(move |tx| store::message::update(tx, &message));
        let by = self.by.clone();
        let outcome = self.desk.act(move |tx, now| retry::retry(tx, &by, again, now));
        self.judge(false, &outcome)
    }

    fn begin(&mut self, with_template: bool) -> std::result::Result<(), TestCaseError> {
        let open = self.conversation().is_some_and(|id| self.desk.conversation(id).status != Status::Closed);
        let order = Begin {
            channel: self.channel.id,
            to: WHO.into(),
            subject: String::new(),
            body: if with_template { String::new() } else { "Hello".into() },
            template: with_template.then(|| (self.template, BTreeMap::new())),
            attachments: Vec::new(),
            key: None,
        };
        let by = self.by.clone();
        let outcome = self.desk.act(move |tx, now| begin(tx, &by, &order, now));
        if open {
            let active = matches!(&outcome, Err(Error::Refused(Refused::AlreadyActive { .. })));
            prop_assert!(active, "{outcome:?}");
            return Ok(());
        }
        self.judge(with_template, &outcome)
    }

    /// What happened must be what the model allows, in both directions.
    fn judge<T: std::fmt::Debug>(
        &mut self,
        template: bool,
        outcome: &Result<T>,
    ) -> std::result::Result<(), TestCaseError> {
        let now = self.desk.now();
        let may = self.model.may(template, now);
        match outcome {
            Ok(_) => {
                prop_assert!(may, "sent although the window is closed");
                if !template {
                    self.model.spent(now);
                }
            }
            Err(Error::Refused(Refused::WindowClosed { .. } | Refused::CannotBegin)) => {
                prop_assert!(!may, "refused although the window is open");
            }
            Err(other) => prop_assert!(false, "an odd answer: {other:?}"),
        }
        Ok(())
    }
}

fn approved(channel: Id<Channel>) -> Template {
    Template {
        id: Id::new(0),
        channel: Some(channel),
        name: "hello".into(),
        language: "en".into(),
        category: String::new(),
        body: "Hello!".into(),
        components: serde_json::Value::Null,
        status: template::Status::Approved,
        reason: None,
        locked: false,
        synced_at: None,
        ..Template::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// S18, S19, S220, S221, C1: over random rules and histories, with late deliveries and a clock that goes
    /// forward and back, no path (reply, template, retry, begin) sends when the window says no, and none is
    /// refused by it when it says yes.
    #[test]
    fn no_path_leads_around_the_window(
        rule in rule(),
        kind in prop::sample::select(vec![Kind::Whatsapp, Kind::Custom, Kind::Tiktok]),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut play = Play::new(kind, rule);
        for step in &steps {
            play.play(step)?;
        }
    }

    /// A later look at the same grants never finds more than an earlier one.
    #[test]
    fn time_alone_never_opens_a_window(rule in rule(), opened in 0_i64..10_000, a in 0_i64..20_000, b in 0_i64..20_000) {
        let grants: Vec<_> = rule.grant(Opener::Message, Timestamp(opened * 60_000)).into_iter().collect();
        let (early, late) = (a.min(b), a.max(b));
        let width = |now: i64| match window(&rule, &grants, Timestamp(now * 60_000)) {
            Window::Unlimited => 4,
            Window::Open { .. } => 3,
            Window::PersonOnly { .. } => 2,
            Window::TemplateOnly { .. } => 1,
            Window::Blocked { .. } => 0,
        };
        prop_assert!(width(early) >= width(late));
    }
}

#[test]
fn a_day_is_twenty_four_hours_also_when_the_clocks_change() {
    // S220: the window counts hours that pass, not what a clock on the wall shows.
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let rule = Rule { free: Some(Span::hours(24)), person: None, after: After::Template, sends: None };
    let at = |day: jiff::civil::Date, hour, minute| {
        let moment = day.at(hour, minute, 0, 0).to_zoned(berlin.clone()).unwrap();
        Timestamp(moment.timestamp().as_millisecond())
    };
    for (wrote, next, closes) in [
        (date(2026, 3, 28), date(2026, 3, 29), 13),
        (date(2026, 10, 24), date(2026, 10, 25), 11),
        (date(2026, 6, 1), date(2026, 6, 2), 12),
    ] {
        let grants = [rule.grant(Opener::Message, at(wrote, 12, 0)).unwrap()];
        let shown = |hour, minute| window(&rule, &grants, at(next, hour, minute));
        assert!(matches!(shown(closes - 1, 59), Window::Open { .. }), "{next}");
        assert!(matches!(shown(closes, 0), Window::TemplateOnly { since: Some(_) }), "{next}");
    }
}
