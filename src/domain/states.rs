//! The states and rules a path can be in, ordered as `model.md` orders them.

use super::SCRAMBLES;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl Default for $name {
            /// The first in the order of the model.
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl $name {
            /// Every value, in the order of the model.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];
            /// The words scenario files and tables use, in the same order.
            pub const WORDS: [&'static str; Self::ALL.len()] = [$($word),+];

            /// The word of this value.
            pub fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::WORDS.iter().position(|w| *w == word).map(|i| Self::ALL[i])
            }
        }
    };
}

words!(
    /// Beijing's import regime, from tightest to loosest (`model.md` 4.2).
    Beijing {
        /// No requests, no clearing.
        Frozen = "frozen",
        /// No official answer; requests may be lodged but do not bind.
        Pending = "pending",
        /// Requests reviewed one by one, lots cleared one by one.
        CaseByCase = "case_by_case",
        /// Imports allowed.
        Open = "open",
    }
);
words!(
    /// Washington's licensing regime, from tightest to loosest (`model.md` 4.2).
    Washington {
        /// Licences revoked, nothing may ship.
        Revoked = "revoked",
        /// The rule is announced but not in force.
        Waiting = "waiting",
        /// Licences are decided buyer by buyer.
        Licensing = "licensing",
    }
);
words!(
    /// Beijing's hidden policy type, fixed for a world (`model.md` 4.2).
    PolicyType {
        /// Self-reliance first.
        Stonewall = "stonewall",
        /// Small lots, case by case.
        Drip = "drip",
        /// Managed volume tied to assessed demand.
        Quota = "quota",
        /// The compute shortage wins.
        Open = "open",
    }
);
words!(
    /// How buyers decide how much to ask for (`model.md` 4.8).
    Ordering {
        /// The best reply to the fill rate they expect (`model.md` 5.4).
        BestResponse = "best_response",
        /// They ask for what they need.
        Truthful = "truthful",
        /// They divide their need by the fill rate they expect.
        Naive = "naive",
    }
);
words!(
    /// How a shortage is shared (`model.md` section 5).
    Rationing {
        /// In proportion to demand, largest remainders first.
        Proportional = "proportional",
        /// Equal gains: everybody gets up to the same level.
        Uniform = "uniform",
        /// Equal losses: the shortage is shared equally.
        Linear = "linear",
        /// By tier, proportional inside a tier.
        Priority = "priority",
        /// Past deliveries earn a guaranteed part.
        TurnAndEarn = "turn_and_earn",
    }
);
words!(
    /// How the uncertain inputs of worlds are drawn.
    Sampling {
        /// Independently.
        Random = "random",
        /// As Owen-scrambled Sobol points.
        Sobol = "sobol",
        /// As Latin hypercubes.
        Latin = "latin",
    }
);
words!(
    /// Where an input's number comes from, from strongest to weakest.
    Grade {
        /// A filing, rule or official page.
        Filing = "filing",
        /// Reported by a named outlet.
        Reported = "reported",
        /// Computed from facts, arithmetic shown.
        Derived = "derived",
        /// Somebody's judgement.
        Judgement = "judgement",
    }
);
words!(
    /// What held volume back, in the order a chip meets the gates (`model.md` 9.10).
    Gate {
        /// Wanted but not asked for: forbidden, frozen, cooling off, or dropped out.
        Request = "request",
        /// Asked, and Beijing has not answered.
        Beijing = "beijing",
        /// Granted this month, but the terms were not accepted.
        Confirmation = "confirmation",
        /// Ordered, but no US licence is in force.
        Licence = "licence",
        /// Nvidia ships at most a few lots ahead of clearance.
        Lot = "lot",
        /// The US cap per customer.
        CustomerCap = "customer_cap",
        /// One domestic chip must be bought for so many H200.
        Pairing = "pairing",
        /// Nvidia has no more chips that US customers leave free.
        Stock = "stock",
        /// China may take only a share of US volume.
        UsCeiling = "us_ceiling",
        /// The US test laboratory is full.
        Laboratory = "laboratory",
        /// Waiting at the border for a lot to be let in.
        Clearing = "clearing",
    }
);

impl Sampling {
    /// Whether worlds are independent.
    pub fn is_random(self) -> bool {
        self == Self::Random
    }

    /// Scrambles that worlds come in; none if they are independent.
    pub fn scrambles(self) -> u64 {
        if self == Self::Random { 0 } else { SCRAMBLES }
    }

    /// The fewest worlds it needs: sixteen points in each scramble.
    pub fn fewest_worlds(self) -> u64 {
        (self.scrambles() * 16).max(1)
    }

    /// Whether every scramble has the same number of points, and of Sobol points a power of two.
    pub fn fits(self, worlds: u64) -> bool {
        let whole = match self {
            Self::Random => true,
            Self::Sobol => worlds.is_power_of_two(),
            Self::Latin => worlds.is_multiple_of(SCRAMBLES),
        };
        whole && worlds >= self.fewest_worlds()
    }

    /// The smallest number of worlds from this one on that fits.
    pub fn next_fit(self, worlds: u64) -> u64 {
        let worlds = worlds.max(self.fewest_worlds());
        match self {
            Self::Random => worlds,
            Self::Sobol => worlds.next_power_of_two(),
            Self::Latin => worlds.next_multiple_of(SCRAMBLES),
        }
    }
}

impl Beijing {
    /// Whether this regime counts as a door that is open, if only for some.
    pub fn admits(self) -> bool {
        matches!(self, Self::CaseByCase | Self::Open)
    }
}
