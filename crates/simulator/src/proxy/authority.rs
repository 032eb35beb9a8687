//! The local certificate authority: made once, kept in the data folder, trusted by nobody who was
//! not told to.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use suanpan_wechat::Timestamp;

use super::Tls;
use crate::{
    shell::{DataError, DataFolder},
    world::hosts,
};

/// How long a host certificate lives; browsers and phones accept up to 398 days.
const LEAF_SECONDS: i64 = 390 * 24 * 3600;

/// How long the authority lives.
const AUTHORITY_SECONDS: i64 = 10 * 365 * 24 * 3600;

/// Clocks of other programs may be behind ours.
const DAY: i64 = 24 * 3600;

const KEY_FILE: &str = "ca-key.pem";
const CERTIFICATE_FILE: &str = "ca.pem";

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Keys or certificates could not be made, or the stored key not read.
    #[error("a certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses the certificate.
    #[error("the certificate cannot be used for TLS")]
    Tls(#[from] rustls::Error),
    /// The data folder.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// The authority, with a certificate for WeChat's names ready.
pub(crate) struct Authority {
    certificate_pem: String,
    tls: Tls,
}

impl Authority {
    /// Reads the authority from the folder, or makes one and keeps it there.
    pub(crate) fn open(
        folder: Option<&DataFolder>,
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let stored = folder.and_then(|folder| {
            Some((folder.read_text(KEY_FILE)?, folder.read_text(CERTIFICATE_FILE)?))
        });
        let (key, certificate_pem) = match stored {
            Some((key, certificate)) => (KeyPair::from_pem(&key)?, certificate),
            None => {
                let key = KeyPair::generate()?;
                let certificate = authority_params(now)?.self_signed(&key)?.pem();
                if let Some(folder) = folder {
                    folder.write(KEY_FILE, key.serialize_pem().as_bytes())?;
                    folder.write(CERTIFICATE_FILE, certificate.as_bytes())?;
                }
                (key, certificate)
            }
        };
        let issuer = Issuer::new(authority_params(now)?, key);
        let tls = host_tls(&issuer, now)?;
        Ok(Self { certificate_pem, tls })
    }

    /// To be given to programs that shall trust it.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// One certificate over all of WeChat's names.
    pub(crate) fn tls(&self) -> Tls {
        self.tls.clone()
    }
}

fn authority_params(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Suanpan Simulator local CA, for this machine's tests only");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    live(&mut params, now.plus(-DAY), now.plus(AUTHORITY_SECONDS));
    Ok(params)
}

fn host_tls(issuer: &Issuer<'_, KeyPair>, now: Timestamp) -> Result<Tls, AuthorityError> {
    let key = KeyPair::generate()?;
    let names: Vec<String> = hosts::all().map(str::to_owned).collect();
    let main_name = names[0].clone();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, main_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    live(&mut params, now.plus(-DAY), now.plus(LEAF_SECONDS));
    let certificate: CertificateDer<'static> = params.signed_by(&key, issuer)?.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(Tls::new(certificate, key)?)
}

/// From one day's midnight to another's.
fn live(params: &mut CertificateParams, from: Timestamp, to: Timestamp) {
    let [from, to] = [from, to].map(|at| {
        let text = at.to_string();
        let number = |range| text.get::<std::ops::Range<usize>>(range)?.parse::<u16>().ok();
        let small = |range| number(range).and_then(|number| u8::try_from(number).ok());
        let year = i32::from(number(0..4).unwrap_or(2020));
        date_time_ymd(year, small(5..7).unwrap_or(1), small(8..10).unwrap_or(1))
    });
    (params.not_before, params.not_after) = (from, to);
}
