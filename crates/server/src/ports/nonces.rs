use suanpan_acts::Nonces;

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNonces;

impl Nonces for SystemNonces {
    #[expect(clippy::disallowed_methods, reason = "the one source of chance of this program")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("an operating system without randomness cannot do TLS");
    }
}
