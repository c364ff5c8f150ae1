//! How much work of which type somebody takes at once: the multimedia profile (S27–S29, S39, S195).

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Id;
use super::availability::Media;
use super::channel::Kind;

/// A multimedia profile. An agent without one has the team's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    pub id: Option<Id<Profile>>,
    pub name: String,
    pub blend: Blend,
    /// How many conversations of each type at once; a type that is missing is not dealt.
    pub capacity: BTreeMap<Media, u32>,
    /// The kinds of channel on which conversations may be begun from here (S25–S28).
    pub outbound: Vec<Kind>,
    /// How many of those at once (S39).
    pub outbound_most: u32,
}

/// How types of work go together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// Every type up to its own capacity.
    #[default]
    Blended,
    /// One type that somebody waits for at a time, and mail beside it.
    BlendedRealTime,
    /// One conversation at a time, of whatever type.
    Exclusive,
}

impl Blend {
    pub const ALL: [Blend; 3] = [Blend::Blended, Blend::BlendedRealTime, Blend::Exclusive];

    pub const fn as_str(self) -> &'static str {
        match self {
            Blend::Blended => "blended",
            Blend::BlendedRealTime => "blended_real_time",
            Blend::Exclusive => "exclusive",
        }
    }
}

impl FromStr for Blend {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Blend::ALL.into_iter().find(|blend| blend.as_str() == text).ok_or(())
    }
}

impl Default for Profile {
    /// Five of each type, as the field's own default has it (S195).
    fn default() -> Profile {
        Profile {
            id: None,
            name: String::new(),
            blend: Blend::Blended,
            capacity: Media::DEALT.into_iter().map(|media| (media, 5)).collect(),
            outbound: vec![Kind::Sms, Kind::Email],
            outbound_most: 5,
        }
    }
}

/// How much of each type somebody has: accepted and still open, and offered.
pub type Load = BTreeMap<Media, u32>;

/// Why somebody takes no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    /// The profile has no place for this type.
    NotInProfile,
    /// So many of this type are the most.
    Capacity(u32),
    /// Another conversation that somebody waits for is going on.
    RealTime,
    /// One conversation at a time.
    Exclusive,
}

impl Profile {
    /// Whether one more of this type fits beside what somebody has.
    pub fn fits(&self, media: Media, load: &Load) -> Result<(), Full> {
        let most = self.capacity.get(&media).copied().unwrap_or(0);
        let has = |media: &Media| load.get(media).copied().unwrap_or(0);
        if most == 0 {
            return Err(Full::NotInProfile);
        }
        if has(&media) >= most {
            return Err(Full::Capacity(most));
        }
        match self.blend {
            Blend::Blended => Ok(()),
            Blend::BlendedRealTime => {
                let other =
                    Media::ALL.iter().any(|there| *there != media && there.is_real_time() && has(there) > 0);
                if media.is_real_time() && other { Err(Full::RealTime) } else { Ok(()) }
            }
            Blend::Exclusive => {
                if load.values().any(|count| *count > 0) {
                    Err(Full::Exclusive)
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(of: &[(Media, u32)]) -> Load {
        of.iter().copied().collect()
    }

    #[test]
    fn s195_each_blend_takes_what_goes_together() {
        let blended = Profile::default();
        assert_eq!(blended.fits(Media::Chat, &load(&[(Media::Chat, 4), (Media::Email, 5)])), Ok(()));
        assert_eq!(blended.fits(Media::Chat, &load(&[(Media::Chat, 5)])), Err(Full::Capacity(5)));
        assert_eq!(blended.fits(Media::Telephony, &Load::new()), Err(Full::NotInProfile));
        let real_time = Profile { blend: Blend::BlendedRealTime, ..Profile::default() };
        assert_eq!(real_time.fits(Media::Chat, &load(&[(Media::Chat, 1), (Media::Email, 3)])), Ok(()));
        assert_eq!(real_time.fits(Media::Chat, &load(&[(Media::Social, 1)])), Err(Full::RealTime));
        assert_eq!(real_time.fits(Media::Email, &load(&[(Media::Social, 1)])), Ok(()));
        let exclusive = Profile { blend: Blend::Exclusive, ..Profile::default() };
        assert_eq!(exclusive.fits(Media::Email, &Load::new()), Ok(()));
        assert_eq!(exclusive.fits(Media::Email, &load(&[(Media::Chat, 1)])), Err(Full::Exclusive));
    }
}
