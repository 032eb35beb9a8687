/// Nobody guesses five bytes at once; one after another, each rewarded by new coverage, they are
/// found within a second.
pub(crate) fn run(input: &[u8]) -> bool {
    if input.first() == Some(&b'p')
        && input.get(1) == Some(&b'a')
        && input.get(2) == Some(&b'i')
        && input.get(3) == Some(&b'd')
        && input.get(4) == Some(&b'!')
    {
        panic!("the planted mistake");
    }
    !input.is_empty()
}
