//! Generated inputs: what real texts contain and careless code stumbles over.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Seeded: the same inputs on every machine.
#[derive(Clone)]
pub(crate) struct Inputs(ChaCha8Rng);

/// Blanks and line ends at the edges, the characters that `out_trade_no` allows and URLs do not,
/// what JSON and XML escape, Chinese of two planes, emoji, and marks that look like each other.
const PIECES: &[&str] = &[
    " ",
    "\t",
    "\n",
    "\r\n",
    "*",
    "|",
    "-",
    "_",
    "%",
    "%20",
    "+",
    "&",
    "=",
    "#",
    "?",
    "\"",
    "'",
    "\\",
    "/",
    "<",
    ">",
    "]]>",
    "&amp;",
    "{",
    "}",
    "a",
    "Z",
    "0",
    "é",
    "e\u{301}",
    "中",
    "文",
    "支付成功",
    "龙井茶",
    "\u{3000}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "𠮷",
    "😀",
    "\u{7f}",
    "\u{1}",
];

impl Inputs {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("a usize fits in 64 bits");
        usize::try_from(self.0.next_u64() % bound).expect("below a usize")
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Empty, short, or long.
    pub(crate) fn text(&mut self) -> String {
        let pieces = match self.below(10) {
            0 => 0,
            1..=7 => 1 + self.below(40),
            8 => 200 + self.below(400),
            _ => 5_000 + self.below(10_000),
        };
        (0..pieces).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    /// At most `limit` bytes, cut between characters.
    pub(crate) fn text_up_to(&mut self, limit: usize) -> String {
        let mut text = self.text();
        let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text
    }

    /// A text that XML carries unchanged: no control characters but tab and line feed.
    pub(crate) fn v2_value(&mut self) -> String {
        let text = self.text_up_to(2_000);
        text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect()
    }

    /// `from` to `to` characters of an alphabet.
    pub(crate) fn word(&mut self, alphabet: &[u8], from: usize, to: usize) -> String {
        let length = from + self.below(to - from + 1);
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// An instant between 2020 and 2033, in seconds.
    pub(crate) fn instant(&mut self) -> i64 {
        1_577_836_800 + i64::try_from(self.below(410_227_200)).expect("thirteen years of seconds")
    }

    /// `value` with one character changed, added or taken away, wherever it is.
    pub(crate) fn altered(&mut self, value: &str) -> String {
        let mut characters: Vec<char> = value.chars().collect();
        let at = self.below(characters.len() + 1);
        match (self.below(3), characters.get(at).copied()) {
            (0, Some(_)) => drop(characters.remove(at)),
            (1, Some(character)) => {
                characters[at] = if character == 'x' { 'y' } else { 'x' };
            }
            _ => characters.insert(at, ' '),
        }
        characters.into_iter().collect()
    }
}

pub(crate) const LETTERS_AND_DIGITS: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_inputs_again_and_they_are_hard() {
        let texts = |seed| {
            let mut inputs = Inputs::new(seed);
            (0..200).map(|_| inputs.text()).collect::<Vec<_>>()
        };
        assert_eq!(texts(7), texts(7));
        assert_ne!(texts(7), texts(8));
        let texts = texts(7);
        assert!(texts.iter().any(String::is_empty));
        assert!(texts.iter().any(|text| text.len() > 10_000));
        assert!(texts.iter().any(|text| text.trim() != text));
        for needed in ["*", "|", "中", "\"", "\n"] {
            assert!(texts.iter().any(|text| text.contains(needed)), "{needed}");
        }
    }

    #[test]
    fn an_altered_text_differs() {
        let mut inputs = Inputs::new(1);
        for text in ["", "x", "中文", "a long one"] {
            for _ in 0..50 {
                assert_ne!(inputs.altered(text), text);
            }
        }
    }
}
