//! What was refused, beside the field that it is about.

use crate::domain::Refused;
use crate::domain::channel::Channel;
use crate::domain::outbound::NoOutbound;
use crate::i18n::refusal;
use crate::templates::outbound::{Anyway, Wrong};
use crate::web::{Cx, Failure};

/// Which field a refusal stands beside.
pub(super) fn wrong(cx: &Cx<'_>, channel: &Channel, refused: &Refused) -> Result<Wrong, Failure> {
    let t = &cx.texts;
    let mut active = None;
    let field = match refused {
        Refused::AlreadyActive { conversation } => {
            active = conversation.map(|id| format!("/conversations/{id}?view=all"));
            "to".to_owned()
        }
        Refused::BadAddress { .. }
        | Refused::NoCountryCode
        | Refused::CannotBegin
        | Refused::ContactBlocked
        | Refused::OptedOut
        | Refused::AddressTaken { .. } => "to".to_owned(),
        Refused::Field { field, .. }
        | Refused::NoRecipient { field, .. }
        | Refused::OwnAddress { field, .. } => (*field).to_owned(),
        Refused::SubjectUsed { conversation } => {
            active = Some(format!("/conversations/{conversation}?view=all"));
            "subject".to_owned()
        }
        Refused::TemplateGap { parameter } => format!("p.{parameter}"),
        Refused::TemplateUnusable { .. } | Refused::TemplateChanged { .. } | Refused::WindowClosed { .. } => {
            "template".to_owned()
        }
        Refused::InlinePicture { .. } => "body".to_owned(),
        Refused::Empty | Refused::TooLong { .. } if channel.card.window.free.is_none() => "body".to_owned(),
        Refused::Empty => "template".to_owned(),
        _ => String::new(),
    };
    let mut sentence = refusal::sentence(t, refused, &cx.zone);
    if matches!(
        refused,
        Refused::BadAddress { .. }
            | Refused::NoCountryCode
            | Refused::SubjectUsed { .. }
            | Refused::RestrictedWords { .. }
            | Refused::Sensitive { .. }
            | Refused::RawGap { .. }
            | Refused::TemplateChanged { .. }
            | Refused::FilesTooLarge { .. }
            | Refused::InlinePicture { .. }
            | Refused::Outbound { .. }
    ) {
        sentence = format!("{sentence} {}", refusal::fix(t, refused, &cx.zone));
    }
    let anyway = match refused {
        Refused::SubjectUsed { .. } => Some(Anyway::Knows("subject")),
        Refused::Sensitive { may: true, .. } => Some(Anyway::Knows("sensitive")),
        Refused::RawGap { .. } => Some(Anyway::Knows("gaps")),
        Refused::Outbound { why: NoOutbound::Idle(_) } => Some(Anyway::Available),
        _ => None,
    };
    let code = matches!(refused, Refused::Outbound { .. }).then(|| refusal::code(refused));
    Ok(Wrong { field, sentence, active, anyway, code })
}
