//! The settings that a kind of channel asks for.

/// One setting of a kind of channel, as the settings page and the command line offer it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// Kept sealed and never shown again.
    pub secret: bool,
    pub required: bool,
    pub input: Input,
    /// Taken when nothing is given; empty: none. `*` asks for a random word to be made.
    pub default: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    Text,
    /// An id that is digits only; too long for a number.
    Digits,
    Number,
    YesNo,
    Choice(&'static [&'static str]),
}

impl Field {
    /// A plain, required setting.
    pub const fn text(name: &'static str) -> Field {
        Field { name, secret: false, required: true, input: Input::Text, default: "" }
    }

    /// A plain, required id of digits.
    pub const fn digits(name: &'static str) -> Field {
        Field { input: Input::Digits, ..Field::text(name) }
    }

    /// A sealed, required setting.
    pub const fn secret(name: &'static str) -> Field {
        Field { name, secret: true, required: true, input: Input::Text, default: "" }
    }

    /// The same setting, but it may stay empty.
    pub const fn optional(self) -> Field {
        Field { required: false, ..self }
    }

    /// The same setting with a default.
    pub const fn or(self, default: &'static str) -> Field {
        Field { default, required: false, ..self }
    }
}

/// Every provider channel takes this one: where its API is called.
pub const API_BASE: Field = Field::text("api_base").optional();

/// What a customer is told at once, where the provider hands it over with the answer to the delivery; empty: nothing.
pub const ACKNOWLEDGEMENT: Field = Field::text("acknowledgement").optional();

/// The longest acknowledgement, in bytes: the longest text that one message takes there.
pub const ACKNOWLEDGED: usize = 2048;

/// A shorter limit of the team's own for the text of one message (S122).
pub const TEXT_LIMIT: Field = Field { input: Input::Number, ..Field::text("text_limit") };
