//! The kept numbers beside the folders equal a real count after whatever happened.

use proptest::prelude::*;

use crate::support::TestDesk;
use crate::support::cast::answer;
use transom::actions::{assign, close, many, read, reopen, snooze, take_back, transfer, undo};
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::{Id, Span};
use transom::store;

#[derive(Clone, Debug)]
enum Step {
    Writes,
    Replies,
    TakesBack,
    Closes,
    Opens,
    Snoozes,
    Wakes,
    Assigns(bool),
    Transfers,
    Reads,
    Closings,
    TakesBackDeed(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Writes),
        2 => Just(Step::Replies),
        1 => Just(Step::TakesBack),
        2 => Just(Step::Closes),
        1 => Just(Step::Opens),
        2 => Just(Step::Snoozes),
        1 => Just(Step::Wakes),
        2 => any::<bool>().prop_map(Step::Assigns),
        1 => Just(Step::Transfers),
        2 => Just(Step::Reads),
        1 => Just(Step::Closings),
        2 => (1_i64..6).prop_map(Step::TakesBackDeed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn folder_counts_equal_a_real_count(steps in prop::collection::vec((0_i64..3, step()), 1..40)) {
        let desk = TestDesk::new();
        let channel = desk.channel(Kind::Sms);
        let by = desk.viewer("Marta", Role::Supervisor);
        let queue = desk.write(|tx| store::queue::insert(tx, "Orders", transom::domain::Timestamp(0)));
        for who in 0..3 {
            desk.writes(&channel, &format!("+3461234567{who}"), &format!("first{who}"));
        }
        for (number, (who, step)) in steps.into_iter().enumerate() {
            let (id, by) = (Id::new(who + 1), by.clone());
            // Refusals are part of it: they must change nothing.
            let _ = match step {
                Step::Writes => {
                    desk.writes(&channel, &format!("+3461234567{who}"), &format!("m{number}"));
                    Ok(())
                }
                Step::Replies => desk.replies(&by, &answer(id, "Hello")).map(drop),
                Step::TakesBack => match desk.conversation(id).last_message {
                    Some(last) => desk.act(move |tx, now| undo::undo(tx, &by, last, now).map(drop)),
                    None => Ok(()),
                },
                Step::Closes => desk.act(move |tx, now| close::close(tx, &by, id, &close::Closing::default(), now)),
                Step::Opens => desk.act(move |tx, now| reopen::reopen(tx, &by, id, now)),
                Step::Snoozes => {
                    desk.act(move |tx, now| snooze::snooze(tx, &by, id, Some(now + Span::hours(1)), now))
                }
                Step::Wakes => {
                    desk.pass(Span::hours(2));
                    desk.act(move |tx, now| snooze::wake(tx, id, now))
                }
                Step::Assigns(to) => {
                    desk.act(move |tx, now| assign::assign(tx, &by, id, to.then_some(by.agent), now))
                }
                Step::Transfers => desk.act(move |tx, now| {
                    transfer::transfer(tx, &by, id, transfer::To::Queue(queue), "", now)
                }),
                Step::Closings => desk.act(move |tx, now| {
                    let ids = [Id::new(1), Id::new(2), Id::new(3)];
                    many::all(tx, &by, &ids, &many::Act::Close(close::Closing::default()), now).map(drop)
                }),
                Step::TakesBackDeed(deed) => {
                    desk.act(move |tx, now| take_back::take_back(tx, &by, Id::new(deed), now).map(drop))
                }
                Step::Reads => desk.act(move |tx, now| read::mark_read(tx, &by, id, now)),
            };
        }
        let kept = rows(&desk, "SELECT assignee_id, queue_id, 'open', open FROM folder_count WHERE open <> 0
            UNION ALL SELECT assignee_id, queue_id, 'snoozed', snoozed FROM folder_count WHERE snoozed <> 0
            UNION ALL SELECT assignee_id, queue_id, 'closed', closed FROM folder_count WHERE closed <> 0");
        let real = rows(&desk, "SELECT ifnull(assignee_id, 0), ifnull(queue_id, 0), status, count(*) FROM conversation GROUP BY 1, 2, 3");
        prop_assert_eq!(kept, real);
        let open = "SELECT count(*) FROM conversation c WHERE status <> 'closed' AND NOT EXISTS (SELECT 1 FROM episode e
            WHERE e.conversation_id = c.id AND e.number = c.episode AND e.closed_at IS NULL)";
        prop_assert_eq!(desk.count(open), 0, "an open conversation has an open episode");
        prop_assert_eq!(desk.count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        let replayed = desk.read(|c| store::check::run(c, store::check::Step::Replay));
        prop_assert_eq!(replayed, Vec::<String>::new(), "the log leads to how things stand");
    }
}

fn rows(desk: &TestDesk, sql: &str) -> Vec<(i64, i64, String, i64)> {
    let mut rows = desk.read(|c| {
        let mut statement = c.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    });
    rows.sort();
    rows
}
