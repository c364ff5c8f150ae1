//! Numbers that look random and are the same for the same seed, on every machine.

/// A generator (SplitMix64): small, fast, and good enough for data that only has to look real.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The numbers that belong to this seed.
    pub const fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A fraction from 0 to just under 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a fraction exactly")]
    pub const fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// One of these.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Whether something of this likelihood happens.
    pub fn chance(&mut self, likelihood: f64) -> bool {
        self.fraction() < likelihood
    }

    /// A length with this mean, of which most are short and few are long.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.fraction()).ln()
    }

    /// A number below `end` of which small ones are common: place `n` is `n + 1` times as rare as the first.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small"
    )]
    pub fn rank(&mut self, end: usize) -> usize {
        let top = (end as f64 + 1.0).ln();
        (((self.fraction() * top).exp() - 1.0) as usize).min(end.saturating_sub(1))
    }
}
