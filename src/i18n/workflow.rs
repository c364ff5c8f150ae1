//! What stands in the way of a workflow, as words.

use super::{Texts, refusal};
use crate::domain::workflow::{Fault, Refusal, Step, Unfit, Why};

/// The word for a refusal in the API; never renamed.
pub const fn code(why: &Refusal) -> &'static str {
    match why {
        Refusal::Unfit { .. } => "workflow_unfit",
        Refusal::Input { .. } => "workflow_input",
        Refusal::Runs { .. } => "workflow_runs",
    }
}

/// Why it cannot be published or started.
pub fn sentence(t: &Texts, why: &Refusal) -> String {
    match why {
        Refusal::Unfit { faults } => {
            let said: Vec<String> = faults.iter().map(|one| fault(t, one)).collect();
            said.join(" ")
        }
        Refusal::Input { name, problem } => t.workflow_input(name, refusal::field(t, *problem)),
        Refusal::Runs { name } => t.workflow_runs_already(name),
    }
}

/// What to do instead.
pub fn fix(t: &Texts, why: &Refusal) -> &'static str {
    match why {
        Refusal::Unfit { .. } => t.workflow_unfit_fix(),
        Refusal::Input { .. } => t.workflow_input_fix(),
        Refusal::Runs { .. } => t.workflow_runs_fix(),
    }
}

/// One thing that has to be mended.
pub fn fault(t: &Texts, fault: &Fault) -> String {
    let what = unfit(t, &fault.what);
    match fault.step {
        Some(number) => t.workflow_at_step(number, what),
        None => what,
    }
}

fn unfit(t: &Texts, what: &Unfit) -> String {
    match what {
        Unfit::Nothing => t.workflow_unfit_nothing().to_owned(),
        Unfit::Name { name } => t.workflow_unfit_name(name),
        Unfit::Choices { name } => t.workflow_unfit_choices(name),
        Unfit::Asked => t.workflow_unfit_asked().to_owned(),
        Unfit::Missing => t.workflow_unfit_missing().to_owned(),
        Unfit::TooLong => t.workflow_unfit_long().to_owned(),
        Unfit::Gap { name } => t.workflow_unfit_gap(name),
        Unfit::Url => t.workflow_unfit_url().to_owned(),
        Unfit::Wait => t.workflow_unfit_wait().to_owned(),
        Unfit::AfterEnd => t.workflow_unfit_after().to_owned(),
        Unfit::Closed => t.workflow_unfit_closed().to_owned(),
        Unfit::Nobody => t.workflow_unfit_nobody().to_owned(),
        Unfit::Gone => t.workflow_unfit_gone().to_owned(),
    }
}

/// Why a run does not go on.
pub fn why(t: &Texts, why: Why, detail: &str) -> String {
    match why {
        Why::Window => t.workflow_why_window().to_owned(),
        Why::Unwanted => t.workflow_why_unwanted().to_owned(),
        Why::ChannelOff => t.workflow_why_channel_off().to_owned(),
        Why::Gap => t.workflow_why_gap(detail),
        Why::Gone => t.workflow_why_gone().to_owned(),
        Why::Refused => t.workflow_why_refused().to_owned(),
        Why::Rights => t.workflow_why_rights().to_owned(),
        Why::Answer => t.workflow_why_answer(detail),
        Why::Unreachable => t.workflow_why_unreachable(detail),
        Why::Forbidden => t.workflow_why_forbidden().to_owned(),
        Why::Unsure => t.workflow_why_unsure().to_owned(),
        Why::Closed => t.workflow_why_closed().to_owned(),
        Why::Hand => t.workflow_why_hand().to_owned(),
        Why::Restored => t.workflow_why_restored().to_owned(),
    }
}

/// What a step of this kind does.
pub fn step(t: &Texts, kind: &str) -> &'static str {
    match kind {
        "message" => t.workflow_do_message(),
        "template" => t.workflow_do_template(),
        "note" => t.workflow_do_note(),
        "tag" => t.workflow_do_tag(),
        "untag" => t.workflow_do_untag(),
        "assign" => t.workflow_do_assign(),
        "queue" => t.workflow_do_queue(),
        "call" => t.workflow_do_call(),
        "wait" => t.workflow_do_wait(),
        _ => t.workflow_do_close(),
    }
}

/// Every kind of step with its words.
pub fn steps(t: &Texts) -> Vec<(String, String)> {
    Step::KINDS.iter().map(|kind| ((*kind).to_owned(), step(t, kind).to_owned())).collect()
}
