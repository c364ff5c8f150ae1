//! Every "no" as words: a code for programs, a sentence for people, and what to do instead.

use jiff::tz::TimeZone;

use super::{Texts, closed, keys, kind, when, workflow};
use crate::domain::agent::Role;
use crate::domain::conversation::Status;
use crate::domain::later::Why;
use crate::domain::offer::Denied;
use crate::domain::outbound::NoOutbound;
use crate::domain::refused::{NoPicture, Problem, Refused};
use crate::domain::sensitive::{self, Finding};
use crate::domain::window::{Blocked, Window};
use crate::domain::{Timestamp, media};

/// The word for it in the API; never renamed.
pub const fn code(refused: &Refused) -> &'static str {
    match refused {
        Refused::WindowClosed { .. } => "window_closed",
        Refused::TooLong { .. } => "too_long",
        Refused::Empty => "empty",
        Refused::NewerMessage { .. } => "newer_message",
        Refused::FileType { .. } => "file_type",
        Refused::FileTooLarge { .. } => "file_too_large",
        Refused::TooManyFiles { .. } => "too_many_files",
        Refused::NoRoom => "no_room",
        Refused::FilesTooLarge { .. } => "files_too_large",
        Refused::NoRecipient { .. } => "no_recipient",
        Refused::OwnAddress { .. } => "own_address",
        Refused::Sensitive { .. } => "sensitive",
        Refused::RestrictedWords { .. } => "restricted_words",
        Refused::SubjectUsed { .. } => "subject_used",
        Refused::InlinePicture { .. } => "inline_picture",
        Refused::NoAssistant => "no_assistant",
        Refused::ChannelDisabled => "channel_disabled",
        Refused::CannotBegin => "cannot_begin",
        Refused::Outbound { why } => why.code(),
        Refused::BadAddress { .. } => "bad_address",
        Refused::NoCountryCode => "no_country_code",
        Refused::AlreadyActive { .. } => "already_active",
        Refused::AddressTaken { .. } => "address_taken",
        Refused::AddressInUse => "address_in_use",
        Refused::ContactBlocked => "contact_blocked",
        Refused::OptedOut => "opted_out",
        Refused::NoReaction => "no_reaction",
        Refused::AlreadyThere { .. } => "already_there",
        Refused::TimePassed => "time_passed",
        Refused::AssignedTo { .. } => "assigned_to",
        Refused::NeedsRole { .. } => "needs_role",
        Refused::NotYours => "not_yours",
        Refused::QueueOnly => "queue_only",
        Refused::TemplateUnusable { .. } => "template_unusable",
        Refused::TemplateGap { .. } => "template_gap",
        Refused::UnknownGap { .. } => "unknown_gap",
        Refused::RawGap { .. } => "raw_gap",
        Refused::TemplateChanged { .. } => "template_changed",
        Refused::TemplateLocked => "template_locked",
        Refused::ChangedSince => "changed_since",
        Refused::TooLate => "too_late",
        Refused::UndoOver => "undo_over",
        Refused::MergedLongAgo => "merged_long_ago",
        Refused::Field { .. } => "invalid_field",
        Refused::LastAdmin => "last_admin",
        Refused::OnlySimulated => "only_simulated",
        Refused::KeyReused => "key_reused",
        Refused::KeyTaken { .. } => "key_taken",
        Refused::KeyReserved { .. } => "key_reserved",
        Refused::Overtaken { .. } => "overtaken",
        Refused::NotRetryable => "not_retryable",
        Refused::SignInAgain => "sign_in_again",
        Refused::Workflow { why } => workflow::code(why),
        Refused::Work(why) => why.code(),
        Refused::TooMany { .. } => "too_many_attempts",
    }
}

/// When the same request may go through, if that is known.
pub const fn retry_at(refused: &Refused) -> Option<Timestamp> {
    match refused {
        Refused::TooMany { until } => Some(*until),
        Refused::WindowClosed { window: Window::Blocked { why: Blocked::CountedOut { closes, .. } } } => {
            Some(*closes)
        }
        _ => None,
    }
}

/// What is wrong, as a sentence.
pub fn sentence(t: &Texts, refused: &Refused, zone: &TimeZone) -> String {
    let fixed = match refused {
        Refused::WindowClosed { window } => return closed::sentence(t, window, zone),
        Refused::TooLong { excess, .. } => return t.refusal_too_long(i64::from(*excess)),
        Refused::NewerMessage { by, .. } => return newer(t, by.as_deref()),
        Refused::FileType { media_type } => return t.refusal_file_type(media_type),
        Refused::FileTooLarge { most } => return t.refusal_file_too_large(size(*most)),
        Refused::TooManyFiles { most } => return t.refusal_too_many_files(i64::from(*most)),
        Refused::FilesTooLarge { most } => return t.refusal_files_too_large(size(*most)),
        Refused::NoRecipient { typed, .. } => return t.refusal_no_recipient(typed),
        Refused::OwnAddress { address, .. } => return t.refusal_own_address(address),
        Refused::Sensitive { found, .. } => return numbers(t, found),
        Refused::KeyTaken { key, first, second } => {
            return t.refusal_key_taken(keys::written(t, key), keys::name(t, *first), keys::name(t, *second));
        }
        Refused::KeyReserved { key, .. } => return t.refusal_key_reserved(keys::written(t, key)),
        Refused::RestrictedWords { words } => return t.refusal_restricted_words(words.join(", ")),
        Refused::AssignedTo { name, .. } => return t.refusal_assigned_to(name),
        Refused::TemplateUnusable { name, status } => return t.refusal_template_unusable(name, status),
        Refused::TemplateGap { parameter } => return t.refusal_template_gap(parameter),
        Refused::UnknownGap { parameter } => return t.refusal_unknown_gap(parameter),
        Refused::RawGap { parameter } => return t.refusal_raw_gap(parameter),
        Refused::TemplateChanged { name } => return t.refusal_template_changed(name),
        Refused::TooMany { until } => return t.refusal_too_many(when::clock(*until, zone)),
        Refused::Field { problem, .. } => return field(t, *problem),
        Refused::Workflow { why } => return workflow::sentence(t, why),
        Refused::AddressTaken { name, .. } => return t.refusal_address_taken(name),
        Refused::Empty => t.refusal_empty(),
        Refused::NoRoom => t.refusal_no_room(),
        Refused::SubjectUsed { .. } => t.refusal_subject_used(),
        Refused::InlinePicture { why } => return picture(t, *why),
        Refused::NoAssistant => t.refusal_no_assistant(),
        Refused::Outbound { why } => return outbound(t, why),
        Refused::Work(why) => return denied(t, why),
        Refused::ChannelDisabled => t.refusal_channel_disabled(),
        Refused::CannotBegin => t.refusal_cannot_begin(),
        Refused::BadAddress { .. } => t.refusal_bad_address(),
        Refused::NoCountryCode => t.refusal_no_country_code(),
        Refused::AlreadyActive { .. } => t.refusal_already_active(),
        Refused::AddressInUse => t.refusal_address_in_use(),
        Refused::ContactBlocked => t.refusal_contact_blocked(),
        Refused::OptedOut => t.refusal_opted_out(),
        Refused::NoReaction => t.refusal_no_reaction(),
        Refused::AlreadyThere { status } => already(t, *status),
        Refused::TimePassed => t.refusal_time_passed(),
        Refused::Overtaken { why } => overtaken(t, *why),
        Refused::NeedsRole { role } => needs(t, *role),
        Refused::NotYours => t.refusal_not_yours(),
        Refused::QueueOnly => t.refusal_queue_only(),
        Refused::TemplateLocked => t.refusal_template_locked(),
        Refused::ChangedSince => t.refusal_changed_since(),
        Refused::TooLate => t.refusal_too_late(),
        Refused::UndoOver => t.refusal_undo_over(),
        Refused::MergedLongAgo => t.refusal_merged_long_ago(),
        Refused::LastAdmin => t.refusal_last_admin(),
        Refused::OnlySimulated => t.refusal_only_simulated(),
        Refused::KeyReused => t.refusal_key_reused(),
        Refused::NotRetryable => t.refusal_not_retryable(),
        Refused::SignInAgain => t.refusal_sign_in_again(),
    };
    fixed.to_owned()
}

fn newer(t: &Texts, by: Option<&str>) -> String {
    by.map_or_else(|| t.refusal_newer_customer().to_owned(), |name| t.refusal_newer_agent(name))
}

fn picture(t: &Texts, why: NoPicture) -> String {
    let fixed = match why {
        NoPicture::TooLarge => {
            return t.refusal_picture_too_large(size(media::INLINE as u64));
        }
        NoPicture::Off => t.refusal_inline_picture(),
        NoPicture::NoAddress => t.refusal_picture_no_address(),
        NoPicture::NotShown => t.refusal_picture_not_shown(),
        NoPicture::Unknown => t.refusal_picture_unknown(),
        NoPicture::NotHere => t.refusal_picture_not_here(),
    };
    fixed.to_owned()
}

/// Why nothing is begun here, with the state or the number that is against it (S30, S32, S39).
fn outbound(t: &Texts, why: &NoOutbound) -> String {
    match why {
        NoOutbound::Right => t.refusal_outbound_not_allowed().to_owned(),
        NoOutbound::NotInProfile(kind) => t.refusal_outbound_not_in_profile(kind::name(t, *kind)),
        NoOutbound::ByHand(kind) => t.refusal_outbound_by_hand(kind::name(t, *kind)),
        NoOutbound::Idle(None) => t.refusal_outbound_idle().to_owned(),
        NoOutbound::Idle(Some(reason)) => t.refusal_outbound_idle_for(reason),
        NoOutbound::Most(most) => t.refusal_outbound_most(i64::from(*most)),
    }
}

fn outbound_fix(t: &Texts, why: &NoOutbound) -> &'static str {
    match why {
        NoOutbound::Right => t.refusal_outbound_not_allowed_fix(),
        NoOutbound::NotInProfile(_) => t.refusal_outbound_not_in_profile_fix(),
        NoOutbound::ByHand(_) => t.refusal_outbound_by_hand_fix(),
        NoOutbound::Idle(_) => t.refusal_outbound_idle_fix(),
        NoOutbound::Most(_) => t.refusal_outbound_most_fix(),
    }
}

/// Why work is not taken, handed on or ended.
fn denied(t: &Texts, why: &Denied) -> String {
    let fixed = match why {
        Denied::NotFree { name } => return t.refusal_not_free(name),
        Denied::AlreadyAsked { name } => return t.refusal_already_asked(name),
        Denied::NotInitiator { name } => return t.refusal_not_initiator(name),
        Denied::NoOffer => t.refusal_no_offer(),
        Denied::OfferWaits => t.refusal_offer_waits(),
        Denied::NotAccepted => t.refusal_not_accepted(),
        Denied::NobodyFree => t.refusal_nobody_free(),
        Denied::ConferenceBegun => t.refusal_conference_begun(),
        Denied::ConferenceMail => t.refusal_conference_mail(),
        Denied::ConsentMissing => t.refusal_consent_missing(),
        Denied::CountdownStays => t.refusal_countdown_stays(),
    };
    fixed.to_owned()
}

fn denied_fix(t: &Texts, why: &Denied) -> String {
    let fixed = match why {
        Denied::NotInitiator { name } => return t.refusal_not_initiator_fix(name),
        Denied::NotFree { .. } => t.refusal_not_free_fix(),
        Denied::AlreadyAsked { .. } => t.refusal_already_asked_fix(),
        Denied::NoOffer => t.refusal_no_offer_fix(),
        Denied::OfferWaits => t.refusal_offer_waits_fix(),
        Denied::NotAccepted => t.refusal_not_accepted_fix(),
        Denied::NobodyFree => t.refusal_nobody_free_fix(),
        Denied::ConferenceBegun => t.refusal_conference_begun_fix(),
        Denied::ConferenceMail => t.refusal_conference_mail_fix(),
        Denied::ConsentMissing => t.refusal_consent_missing_fix(),
        Denied::CountdownStays => t.refusal_countdown_stays_fix(),
    };
    fixed.to_owned()
}

/// What to do instead, as a sentence.
pub fn fix(t: &Texts, refused: &Refused, zone: &TimeZone) -> String {
    let fixed = match refused {
        Refused::TooLong { limit, .. } => return t.refusal_too_long_fix(limit.most),
        Refused::BadAddress { expected } => return t.refusal_bad_address_fix(expected),
        Refused::AlreadyActive { conversation: Some(there) } => return t.refusal_already_active_fix(there),
        Refused::AlreadyActive { conversation: None } => t.refusal_already_active_hidden_fix(),
        Refused::AssignedTo { name, .. } => return t.refusal_assigned_to_fix(name),
        Refused::TemplateGap { parameter } => return t.refusal_template_gap_fix(parameter),
        Refused::Field { .. } => t.refusal_field_fix(),
        Refused::AddressTaken { name, .. } => return t.refusal_address_taken_fix(name),
        Refused::TooMany { until } => return t.refusal_too_many_fix(when::clock(*until, zone)),
        Refused::WindowClosed { window } => closed::fix(t, window),
        Refused::Workflow { why } => workflow::fix(t, why),
        Refused::Empty => t.refusal_empty_fix(),
        Refused::NewerMessage { .. } => t.refusal_newer_fix(),
        Refused::FileType { .. } => t.refusal_file_type_fix(),
        Refused::FileTooLarge { .. } => t.refusal_file_too_large_fix(),
        Refused::TooManyFiles { .. } => t.refusal_too_many_files_fix(),
        Refused::NoRoom => t.refusal_no_room_fix(),
        Refused::FilesTooLarge { .. } => t.refusal_files_too_large_fix(),
        Refused::NoRecipient { .. } => t.refusal_no_recipient_fix(),
        Refused::OwnAddress { .. } => t.refusal_own_address_fix(),
        Refused::Sensitive { may: true, .. } => t.refusal_sensitive_fix(),
        Refused::Sensitive { may: false, .. } => t.refusal_sensitive_blocked(),
        Refused::KeyTaken { .. } => t.refusal_key_taken_fix(),
        Refused::KeyReserved { .. } => t.refusal_key_reserved_fix(),
        Refused::RestrictedWords { .. } => t.refusal_restricted_words_fix(),
        Refused::SubjectUsed { .. } => t.refusal_subject_used_fix(),
        Refused::InlinePicture { why } => picture_fix(t, why),
        Refused::NoAssistant => t.refusal_no_assistant_fix(),
        Refused::Outbound { why } => outbound_fix(t, why),
        Refused::Work(why) => return denied_fix(t, why),
        Refused::ChannelDisabled => t.refusal_channel_disabled_fix(),
        Refused::CannotBegin => t.refusal_cannot_begin_fix(),
        Refused::NoCountryCode => t.refusal_no_country_code_fix(),
        Refused::AddressInUse => t.refusal_address_in_use_fix(),
        Refused::ContactBlocked => t.refusal_contact_blocked_fix(),
        Refused::OptedOut => t.refusal_opted_out_fix(),
        Refused::NoReaction => t.refusal_no_reaction_fix(),
        Refused::AlreadyThere { .. } => t.refusal_already_there_fix(),
        Refused::TimePassed => t.refusal_time_passed_fix(),
        Refused::Overtaken { .. } => t.refusal_overtaken_fix(),
        Refused::NeedsRole { .. } => t.refusal_needs_role_fix(),
        Refused::NotYours => t.refusal_not_yours_fix(),
        Refused::QueueOnly => t.refusal_queue_only_fix(),
        Refused::TemplateUnusable { .. } => t.refusal_template_unusable_fix(),
        Refused::UnknownGap { .. } => t.refusal_unknown_gap_fix(),
        Refused::RawGap { .. } => t.refusal_raw_gap_fix(),
        Refused::TemplateChanged { .. } => t.refusal_template_changed_fix(),
        Refused::TemplateLocked => t.refusal_template_locked_fix(),
        Refused::ChangedSince => t.refusal_changed_since_fix(),
        Refused::TooLate => t.refusal_too_late_fix(),
        Refused::UndoOver => t.refusal_undo_over_fix(),
        Refused::MergedLongAgo => t.refusal_merged_long_ago_fix(),
        Refused::LastAdmin => t.refusal_last_admin_fix(),
        Refused::OnlySimulated => t.refusal_only_simulated_fix(),
        Refused::KeyReused => t.refusal_key_reused_fix(),
        Refused::NotRetryable => t.refusal_not_retryable_fix(),
        Refused::SignInAgain => t.refusal_sign_in_again_fix(),
    };
    fixed.to_owned()
}

/// How a letter goes out whose picture may not stand in it.
fn picture_fix(t: &Texts, why: &NoPicture) -> &'static str {
    match why {
        NoPicture::NoAddress => t.refusal_picture_no_address_fix(),
        NoPicture::Unknown => t.refusal_picture_unknown_fix(),
        NoPicture::NotHere => t.refusal_picture_not_here_fix(),
        NoPicture::TooLarge => t.refusal_picture_too_large_fix(),
        _ => t.refusal_inline_picture_fix(),
    }
}

/// What was found in a text that should not leave, with only the ends of the numbers.
fn numbers(t: &Texts, found: &[Finding]) -> String {
    let of = |kind: sensitive::Kind| {
        let shown = found.iter().filter(|one| one.kind == kind).map(|one| one.shown.as_str());
        shown.collect::<Vec<_>>().join(", ")
    };
    let (cards, accounts) = (of(sensitive::Kind::Card), of(sensitive::Kind::Account));
    let parts = [
        (!cards.is_empty()).then(|| t.refusal_sensitive_card(cards)),
        (!accounts.is_empty()).then(|| t.refusal_sensitive_account(accounts)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What is wrong with one field of a form, to stand beside it.
pub fn field(t: &Texts, problem: Problem) -> String {
    let fixed = match problem {
        Problem::TooShort { least } => return t.refusal_too_short(least),
        Problem::TooLong { most } => return t.refusal_too_long_field(most),
        Problem::Beyond { most } => return t.refusal_beyond(most),
        Problem::TooMany { most } => return t.refusal_too_many_field(most),
        Problem::OpenQuote { line } => return t.refusal_open_quote(line),
        Problem::Workbook => t.refusal_workbook(),
        Problem::OldWorkbook => t.refusal_old_workbook(),
        Problem::NoHeads => t.refusal_no_heads(),
        Problem::NoRows => t.refusal_no_rows(),
        Problem::Missing => t.refusal_missing(),
        Problem::NotAnEmail => t.refusal_not_an_email(),
        Problem::NotAUrl => t.refusal_not_a_url(),
        Problem::NotANumber => t.refusal_not_a_number(),
        Problem::NoTime => t.refusal_no_time(),
        Problem::Taken => t.refusal_taken(),
        Problem::Unknown => t.refusal_unknown(),
        Problem::TooCommon => t.refusal_too_common(),
        Problem::BeforeIt => t.refusal_before_it(),
        Problem::InUse => t.refusal_in_use(),
        Problem::Wrong => t.refusal_wrong(),
    };
    fixed.to_owned()
}

/// Bytes as people say them: `5 MB`, `200 kB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ if bytes % 1_000_000 < 100_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn already(t: &Texts, status: Status) -> &'static str {
    match status {
        Status::Open => t.refusal_already_open(),
        Status::Snoozed => t.refusal_already_snoozed(),
        Status::Closed => t.refusal_already_closed(),
    }
}

fn overtaken(t: &Texts, why: Why) -> &'static str {
    match why {
        Why::Expired => t.later_held_expired(),
        Why::Restored => t.later_held_restored(),
        _ => t.later_held_moved(),
    }
}

fn needs(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Admin => t.refusal_needs_admin(),
        Role::Supervisor => t.refusal_needs_supervisor(),
        Role::Agent => t.refusal_needs_agent(),
    }
}
