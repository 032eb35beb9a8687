//! AES-CBC with PKCS#7 padding, as the open platform uses it: open data and message push.
//!
//! CBC proves nothing: whoever can change the ciphertext changes the plaintext in ways they choose.
//! A signature over the ciphertext comes first where WeChat offers one.

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey,
    EncryptionContext, UnboundCipherKey,
};
use zeroize::Zeroizing;

/// Which of the two ways.
#[derive(Clone, Copy)]
pub(crate) enum Suite {
    /// AES-128, padded to the cipher's own block: open data.
    OpenData,
    /// AES-256, padded to 32 bytes although the cipher's block has 16: message push.
    MessagePush,
}

impl Suite {
    fn algorithm(self) -> &'static Algorithm {
        match self {
            Suite::OpenData => &AES_128,
            Suite::MessagePush => &AES_256,
        }
    }

    fn block(self) -> u8 {
        match self {
            Suite::OpenData => 16,
            Suite::MessagePush => 32,
        }
    }
}

/// Decrypts and takes off the padding. `None` when anything at all does not fit; which, is
/// deliberately not said.
pub(crate) fn open(
    suite: Suite,
    key: &[u8],
    iv: [u8; 16],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let block = usize::from(suite.block());
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(block) {
        return None;
    }
    let key = DecryptingKey::cbc(UnboundCipherKey::new(suite.algorithm(), key).ok()?).ok()?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    key.decrypt(&mut buffer, DecryptionContext::Iv128(iv.into())).ok()?;
    let length = unpadded(&buffer, suite.block())?;
    buffer.truncate(length);
    Some(buffer)
}

/// Pads and encrypts.
pub(crate) fn seal(suite: Suite, key: &[u8], iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let block = usize::from(suite.block());
    let missing = block - plaintext.len() % block;
    let mut buffer = plaintext.to_vec();
    let filler = u8::try_from(missing).expect("a block has at most 32 bytes");
    buffer.resize(plaintext.len() + missing, filler);
    UnboundCipherKey::new(suite.algorithm(), key)
        .and_then(EncryptingKey::cbc)
        .and_then(|key| key.less_safe_encrypt(&mut buffer, EncryptionContext::Iv128(iv.into())))
        .expect("a key of the suite's length encrypts whole blocks");
    buffer
}

/// The length without padding. Looks at every byte of the last block whatever the first says, so
/// that the time taken does not tell where the padding broke.
fn unpadded(padded: &[u8], block: u8) -> Option<usize> {
    let last = *padded.last()?;
    let within = (1..=block).contains(&last);
    let mut wrong = 0;
    for (distance, byte) in (1..=block).zip(padded.iter().rev()) {
        let is_padding = u8::from(distance <= last).wrapping_neg();
        wrong |= is_padding & (byte ^ last);
    }
    (within && wrong == 0).then(|| padded.len() - usize::from(last))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// The page's sample of open data; a block of nothing but padding is somebody else's.
    #[test]
    fn published_open_data_opens_and_seals_to_the_same_bytes() {
        let decoded = |text: &str| STANDARD.decode(text).unwrap();
        let key = decoded("tiihtNczf5v6AKRyjwEUhQ==");
        let iv: [u8; 16] = decoded("r7BXXKkLb8qrSNn05n0qiA==").try_into().unwrap();
        for (plaintext, published) in [(PLAINTEXT, SEALED), ("", "qJ3AQxeKzsJ9mDC9BRN4YQ==")] {
            let published = decoded(published);
            let opened = open(Suite::OpenData, &key, iv, &published).unwrap();
            assert_eq!(std::str::from_utf8(&opened), Ok(plaintext));
            assert_eq!(seal(Suite::OpenData, &key, iv, plaintext.as_bytes()), published);
        }
    }

    const PLAINTEXT: &str = r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}"#;
    const SEALED: &str = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==";

    #[test]
    fn padding_is_strict() {
        assert_eq!(unpadded(&[7; 16], 16), Some(9));
        assert_eq!(unpadded(&[16; 16], 16), Some(0));
        assert_eq!(unpadded(&[17; 32], 16), None);
        assert_eq!(unpadded(&[32; 32], 32), Some(0));
        assert_eq!(unpadded(&[0; 32], 32), None);
        let mut padded = [5; 32];
        padded[28..].fill(4);
        assert_eq!(unpadded(&padded, 32), Some(28));
        for at in 28..32 {
            let mut broken = padded;
            broken[at] ^= 0x10;
            assert_eq!(unpadded(&broken, 32), None, "byte {at}");
        }
    }

    #[test]
    fn every_length_comes_back_and_no_partial_block_is_read() {
        for (suite, key) in [(Suite::OpenData, &[1; 16][..]), (Suite::MessagePush, &[2; 32])] {
            for length in 0..100 {
                let plaintext = vec![0xA5; length];
                let sealed = seal(suite, key, [3; 16], &plaintext);
                assert_eq!(*open(suite, key, [3; 16], &sealed).unwrap(), plaintext);
                for cut in 0..sealed.len() {
                    let opened = open(suite, key, [3; 16], &sealed[..cut]);
                    assert!(opened.is_none_or(|opened| *opened != plaintext));
                }
            }
        }
    }
}
