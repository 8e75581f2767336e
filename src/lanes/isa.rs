//! Which vector instructions a loop is compiled for: chosen when the program runs, so that one binary serves every machine.
//!
//! Only exactly specified operations are used and nothing is contracted, so every set gives the same bits.

use pulp::NullaryFnOnce;

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What every processor of this kind has: SSE2 on x86-64, NEON on aarch64.
    Baseline,
    /// AVX2 on x86-64: four numbers at a time.
    Avx2,
    /// AVX-512 on x86-64: eight numbers at a time.
    Avx512,
}

impl Isa {
    /// Every set, from the narrowest to the widest.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];

    /// The word users write.
    pub fn word(self) -> &'static str {
        ["baseline", "avx2", "avx512"][self as usize]
    }

    /// Whether this machine has it.
    pub fn is_here(self) -> bool {
        match self {
            Self::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The sets that this machine has, from the narrowest to the widest.
    pub fn here() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_here())
    }

    /// The widest set that this machine has.
    pub fn widest() -> Self {
        Self::here().next_back().unwrap_or(Self::Baseline)
    }

    /// Runs code compiled for this set, or for the baseline where this machine lacks it.
    #[inline(always)]
    pub fn run<Code: NullaryFnOnce>(self, code: Code) -> Code::Output {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Avx512 => {
                if let Some(isa) = pulp::x86::V4::try_new() {
                    return isa.vectorize(code);
                }
            }
            Self::Avx2 => {
                if let Some(isa) = pulp::x86::V3::try_new() {
                    return isa.vectorize(code);
                }
            }
            Self::Baseline => {}
        }
        code.call()
    }
}
