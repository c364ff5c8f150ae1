//! How long a text may be, counted as the provider counts it.

use serde::{Deserialize, Serialize};

/// The longest text, and in what it is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limit {
    pub most: u32,
    pub unit: Unit,
}

/// What providers count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Unicode code points.
    Characters,
    /// UTF-16 code units, as JavaScript's `length`.
    Utf16,
    /// UTF-8 bytes.
    Bytes,
}

impl Limit {
    /// A limit in Unicode code points.
    pub const fn characters(most: u32) -> Self {
        Limit { most, unit: Unit::Characters }
    }

    /// How long `text` is in this limit's unit.
    pub fn measure(&self, text: &str) -> u32 {
        let count = match self.unit {
            Unit::Characters => text.chars().count(),
            Unit::Utf16 => text.encode_utf16().count(),
            Unit::Bytes => text.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// By how much `text` is too long; `None` when it fits.
    pub fn excess(&self, text: &str) -> Option<u32> {
        self.measure(text).checked_sub(self.most).filter(|excess| *excess > 0)
    }
}

/// The two alphabets of an SMS. A single character outside the first turns the whole message to the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Alphabet {
    /// Seven bits a character: 160 in one part, 153 in each of several (3GPP TS 23.038).
    Gsm7,
    /// Sixteen bits a character: 70 in one part, 67 in each of several.
    Ucs2,
}

/// How an SMS will be charged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segments {
    pub alphabet: Alphabet,
    /// Septets or UTF-16 units used.
    pub used: u32,
    /// How many parts it is sent as; 0 for an empty text.
    pub parts: u32,
}

const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// The segments that `text` takes as an SMS.
pub fn segments(text: &str) -> Segments {
    let mut septets = 0;
    let gsm = text.chars().all(|letter| {
        let cost = if GSM_BASIC.contains(letter) {
            1
        } else if GSM_EXTENDED.contains(letter) {
            2
        } else {
            0
        };
        septets += cost;
        cost > 0
    });
    let (alphabet, used, single, several) = if gsm {
        (Alphabet::Gsm7, septets, 160, 153)
    } else {
        (Alphabet::Ucs2, u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX), 70, 67)
    };
    let parts = match used {
        0 => 0,
        used if used <= single => 1,
        used => used.div_ceil(several),
    };
    Segments { alphabet, used, parts }
}
