use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Everything random in a world, from one printed seed: numbers WeChat assigns, nonces, which
/// fault strikes. Part of the state, so that a restored world continues the same stream.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `bound`; its tiny bias towards small numbers harms nobody here.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound.max(1)
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// `count` characters out of `alphabet`.
    fn text(&mut self, alphabet: &[u8], count: usize) -> String {
        let length = u32::try_from(alphabet.len()).expect("an alphabet has fewer than 2^32 signs");
        (0..count)
            .map(|_| {
                let at = usize::try_from(self.below(length)).expect("a u32 fits in a usize");
                char::from(alphabet[at])
            })
            .collect()
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.text(b"0123456789", count)
    }

    pub(crate) fn hex(&mut self, count: usize) -> String {
        self.text(b"0123456789abcdef", count)
    }

    pub(crate) fn alphanumeric(&mut self, count: usize) -> String {
        self.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", count)
    }

    pub(crate) fn url_safe(&mut self, count: usize) -> String {
        self.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", count)
    }

    /// The shape WeChat's notification ids have: a name-based UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = ["8", "9", "a", "b"][usize::from(self.bytes::<1>()[0] % 4)];
        format!(
            "{}-{}-5{}-{variant}{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.hex(3),
            self.hex(12)
        )
    }
}
