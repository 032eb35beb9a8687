//! House rules that a reader of the source could break without a test noticing otherwise.

use std::{marker::PhantomData, path::Path};

use suanpan_wechat::{
    miniprogram::code2session::Session,
    secret::{
        AccessToken, ApiV2Key, ApiV3Key, AppSecret, EncodingAesKey, JsapiTicket, PushToken,
        RefreshToken, SecretText, SessionKey, SharedSecret, UserToken,
    },
    sensitive::SensitiveText,
    token::{Held, Slot},
};

/// Asks at compile time whether a type has a trait: an inherent constant wins over one of a trait,
/// and exists only where its bound holds.
pub(crate) struct Probe<T>(PhantomData<T>);

pub(crate) trait Absent {
    const SERIALISABLE: bool = false;
    const DESERIALISABLE: bool = false;
    const DEFAULT: bool = false;
    const PRINTABLE: bool = false;
}

impl<T> Absent for Probe<T> {}

impl<T: serde::Serialize> Probe<T> {
    pub(crate) const SERIALISABLE: bool = true;
}

impl<T: serde::de::DeserializeOwned> Probe<T> {
    pub(crate) const DESERIALISABLE: bool = true;
}

impl<T: Default> Probe<T> {
    pub(crate) const DEFAULT: bool = true;
}

impl<T: std::fmt::Display> Probe<T> {
    pub(crate) const PRINTABLE: bool = true;
}

#[test]
fn o14_what_stays_on_the_server_cannot_be_serialised() {
    const { assert!(!Probe::<SessionKey>::SERIALISABLE) };
    const { assert!(!Probe::<Session>::SERIALISABLE) };
    const { assert!(!Probe::<AppSecret>::SERIALISABLE) };
    const { assert!(!Probe::<ApiV3Key>::SERIALISABLE) };
    const { assert!(!Probe::<SecretText>::SERIALISABLE) };
    const { assert!(!Probe::<AccessToken>::SERIALISABLE) };
    const { assert!(!Probe::<JsapiTicket>::SERIALISABLE) };
    const { assert!(!Probe::<UserToken>::SERIALISABLE) };
    const { assert!(!Probe::<RefreshToken>::SERIALISABLE) };
    const { assert!(!Probe::<PushToken>::SERIALISABLE) };
    const { assert!(!Probe::<EncodingAesKey>::SERIALISABLE) };
    const { assert!(!Probe::<SharedSecret>::SERIALISABLE) };
    const { assert!(!Probe::<Slot>::SERIALISABLE) };
    const { assert!(!Probe::<Held>::SERIALISABLE) };
    const { assert!(!Probe::<ApiV2Key>::SERIALISABLE) };
    const { assert!(Probe::<suanpan_wechat::id::Openid>::SERIALISABLE, "the probe can say yes") };
}

#[test]
fn s02_secrets_cannot_be_printed() {
    const { assert!(!Probe::<SessionKey>::PRINTABLE) };
    const { assert!(!Probe::<AppSecret>::PRINTABLE) };
    const { assert!(!Probe::<ApiV3Key>::PRINTABLE) };
    const { assert!(!Probe::<SecretText>::PRINTABLE) };
    const { assert!(!Probe::<SensitiveText>::PRINTABLE) };
    const { assert!(!Probe::<AccessToken>::PRINTABLE) };
    const { assert!(!Probe::<JsapiTicket>::PRINTABLE) };
    const { assert!(!Probe::<UserToken>::PRINTABLE) };
    const { assert!(!Probe::<RefreshToken>::PRINTABLE) };
    const { assert!(!Probe::<PushToken>::PRINTABLE) };
    const { assert!(!Probe::<EncodingAesKey>::PRINTABLE) };
    const { assert!(!Probe::<SharedSecret>::PRINTABLE) };
    const { assert!(!Probe::<ApiV2Key>::PRINTABLE) };
    const { assert!(Probe::<suanpan_wechat::id::Openid>::PRINTABLE, "the probe can say yes") };
}

#[test]
fn n06_signatures_are_compared_only_by_the_cryptography() {
    let mut comparisons = Vec::new();
    let mut verifications = 0;
    let mut sm_verifications = 0;
    for (file, source) in sources() {
        // What follows is tests, which may compare what they like.
        let shipped = source.split("#[cfg(test)]").next().unwrap();
        for line in shipped.lines().filter(|line| !line.trim_start().starts_with("//")) {
            verifications += line.matches("verify_sig(").count();
            sm_verifications += line.matches("verifying.verify(").count();
            let compares = [" == ", " != ", ".eq(", ".ne("].iter().any(|op| line.contains(op));
            let names_a_header = line.contains("\"wechatpay-signature-type\"");
            if compares && line.contains("signature") && !names_a_header {
                comparisons.push(format!("{file}: {line}"));
            }
        }
    }
    assert!(comparisons.is_empty(), "{comparisons:#?}");
    assert_eq!(verifications, 1, "one place asks the cryptography, in `RsaPublicKey::verifies`");
    assert_eq!(sm_verifications, 1, "and one for the SM suite, in `Sm2PublicKey::verifies`");
}

#[test]
fn n02_proofs_are_made_in_one_file_and_carried_in_one() {
    let mut makers = Vec::new();
    let mut carriers = Vec::new();
    for (file, source) in sources() {
        let made = source.contains("Ok(Verified(") || source.contains("Verified { ");
        let carried = source.matches("Verified::carried(").count();
        if made {
            makers.push(file.clone());
        }
        if carried > 0 {
            carriers.push(file);
        }
    }
    assert!(matches!(&makers[..], [file] if file.ends_with("src/verify.rs")), "{makers:?}");
    assert!(matches!(&carriers[..], [file] if file.ends_with("src/notify.rs")), "{carriers:?}");
}

#[test]
fn n02_attestations_are_made_where_a_shared_secret_is_checked() {
    let makers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, source)| source.contains("Attested::checked") || source.contains("Attested("))
        .map(|(file, _)| file)
        .collect();
    let ends = ["src/miniprogram/open_data.rs", "src/open_api/mod.rs", "src/push/envelope.rs"];
    assert_eq!(makers.len(), ends.len(), "{makers:?}");
    assert!(ends.iter().all(|end| makers.iter().any(|file| file.ends_with(end))), "{makers:?}");
}

fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                found.push((path.display().to_string(), source));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 20, "the sources were found");
    found
}
