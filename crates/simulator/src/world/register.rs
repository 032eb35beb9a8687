//! New merchants, apps and people; keys that change.

use std::collections::BTreeSet;

use suanpan_wechat::{
    Fen,
    id::{Appid, Mchid, SerialNo},
    key::KeyError,
    secret::{ApiV2Key, ApiV3Key, InvalidSecret},
};

use super::{
    client_certificate,
    identity::{
        ApiCertificate, App, AppKind, DEFAULT_FEE_RATE, DEFAULT_MAX_RATIO, DEFAULT_PIN, Merchant,
        PlatformCertificate, SubMerchant, TrustMode, User, WechatPublicKey,
    },
    method::{BankCard, check_cards},
    person::Person,
    state::{Change, World},
};

/// The most money anybody starts with: ten billion yuan. Sums of many such stay far below 2^63.
pub(crate) const LARGEST_BALANCE: i64 = 1_000_000_000_000;

/// An app to be registered.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// Absent: one is made up.
    #[serde(default)]
    pub appid: Option<Appid>,
    /// Absent: one is made up.
    #[serde(default)]
    pub app_secret: Option<String>,
    /// What it is.
    pub kind: AppKind,
    /// Merchants it may order for.
    #[serde(default)]
    pub mchids: Vec<Mchid>,
}

/// A sub-merchant of a provider, to be registered or changed.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubMerchant {
    /// Its number, nobody else's.
    pub mchid: Mchid,
    /// Shown in the cashier; absent: made of the number.
    #[serde(default)]
    pub name: Option<String>,
    /// Its own apps; absent: none.
    #[serde(default)]
    pub appids: BTreeSet<Appid>,
    /// Absent: the provider may order for it.
    #[serde(default)]
    pub active: Option<bool>,
    /// Where its pages inside WeChat may open the cashier.
    #[serde(default)]
    pub jsapi_directories: BTreeSet<String>,
    /// How much of each payment may be shared, in parts of ten thousand; absent: 3000.
    #[serde(default)]
    pub max_ratio: Option<u16>,
}

/// A person to be registered.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Unique.
    pub name: String,
    /// Money in the wallet.
    #[serde(default)]
    pub balance_fen: Fen,
    /// Bank cards bound to the wallet; absent: none.
    #[serde(default)]
    pub cards: Vec<BankCard>,
    /// As on the identity card; absent: transfers do not check it.
    #[serde(default)]
    pub real_name: Option<String>,
    /// Six digits; absent: 123456.
    #[serde(default)]
    pub pin: Option<String>,
}

/// Why somebody cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name or number is taken.
    #[error("{what} is registered already")]
    Taken {
        /// Which.
        what: String,
    },
    /// It refers to something unknown.
    #[error("there is no {what}")]
    Unknown {
        /// Which.
        what: String,
    },
    /// A value is outside its rule.
    #[error("{0}")]
    Invalid(&'static str),
    /// A key is unreadable or does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The APIv3 key or the APIv2 key is not one.
    #[error(transparent)]
    ApiKey(#[from] InvalidSecret),
}

impl RegisterError {
    /// Nothing of this kind has this name or number.
    pub(crate) fn unknown(kind: &str, id: impl std::fmt::Display) -> Self {
        Self::Unknown { what: format!("{kind} {id}") }
    }
}

impl World {
    /// Every merchant.
    pub fn merchants(&self) -> impl Iterator<Item = &Merchant> {
        self.state.merchants.values()
    }

    /// One merchant.
    #[must_use]
    pub fn merchant(&self, mchid: &Mchid) -> Option<&Merchant> {
        self.state.merchants.get(mchid)
    }

    /// Every app.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.state.apps.values()
    }

    /// Every person.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.state.users.values().map(|person| &person.user)
    }

    /// Registers a merchant.
    ///
    /// # Errors
    /// When the number is taken or looks like a real one, or a key is missing or unreadable.
    pub fn add_merchant(&mut self, merchant: Merchant) -> Result<(), RegisterError> {
        let mchid = merchant.mchid.clone();
        if self.state.has_merchant(&mchid) {
            return Err(RegisterError::Taken { what: format!("mchid {mchid}") });
        }
        check_identity(&merchant)?;
        for appid in &merchant.appids {
            self.app_exists(appid)?;
        }
        self.state.merchants.insert(mchid.clone(), merchant.clone());
        if let Err(error) = self.read_keys(&mchid) {
            self.state.merchants.remove(&mchid);
            return Err(error.into());
        }
        self.state.open_accounts(&merchant);
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// Adds a sub-merchant to a provider, or changes it.
    ///
    /// # Errors
    /// When the provider or an app is unknown, or the number is somebody else's.
    pub fn put_sub_merchant(
        &mut self,
        mchid: &Mchid,
        new: NewSubMerchant,
    ) -> Result<SubMerchant, RegisterError> {
        for appid in &new.appids {
            self.app_exists(appid)?;
        }
        if looks_real(&new.mchid) {
            return Err(RegisterError::Invalid(
                "this mchid may belong to a real merchant; use one that starts with 19",
            ));
        }
        if self.state.merchants.contains_key(&new.mchid) {
            return Err(RegisterError::Taken { what: format!("mchid {}", new.mchid) });
        }
        check_directories(&new.jsapi_directories)?;
        let max_ratio = new.max_ratio.unwrap_or(DEFAULT_MAX_RATIO);
        if max_ratio > 10_000 {
            return Err(RegisterError::Invalid("max_ratio is at most 10000, the whole payment"));
        }
        let sub = SubMerchant {
            name: new.name.unwrap_or_else(|| format!("特约商户 {}", new.mchid)),
            mchid: new.mchid,
            appids: new.appids,
            active: new.active.unwrap_or(true),
            fee_rate: DEFAULT_FEE_RATE,
            jsapi_directories: new.jsapi_directories,
            max_ratio,
        };
        self.merchant_mut(mchid)?.sub_merchants.insert(sub.mchid.clone(), sub.clone());
        self.state.accounts.entry(sub.mchid.clone()).or_default();
        self.changes.insert(Change::Identity);
        Ok(sub)
    }

    /// Registers an app.
    ///
    /// # Errors
    /// When the appid is taken or a merchant is unknown.
    pub fn add_app(&mut self, new: NewApp) -> Result<App, RegisterError> {
        let chance = &mut self.state.chance;
        let appid = new.appid.unwrap_or_else(|| {
            Appid::new(format!("wx{}", chance.hex(16))).expect("hex digits are an appid")
        });
        let app_secret = new.app_secret.unwrap_or_else(|| chance.hex(32));
        if self.state.apps.contains_key(&appid) {
            return Err(RegisterError::Taken { what: format!("appid {appid}") });
        }
        for mchid in &new.mchids {
            if !self.state.merchants.contains_key(mchid) {
                return Err(RegisterError::unknown("mchid", mchid));
            }
        }
        for mchid in &new.mchids {
            if let Some(merchant) = self.state.merchants.get_mut(mchid) {
                merchant.appids.insert(appid.clone());
            }
        }
        let app = App { appid: appid.clone(), app_secret, kind: new.kind };
        self.state.apps.insert(appid.clone(), app.clone());
        self.state.introduce_everybody(&appid);
        self.changes.insert(Change::Identity);
        Ok(app)
    }

    /// Registers a person, known to every app at once.
    ///
    /// # Errors
    /// When the name is taken or a value is outside its rule.
    pub fn add_user(&mut self, new: NewUser) -> Result<User, RegisterError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=32).contains(&new.name.len()) || !new.name.bytes().all(plain) {
            return Err(RegisterError::Invalid(
                "a name is 1 to 32 lower-case letters, digits or hyphens",
            ));
        }
        if self.state.users.contains_key(&new.name) {
            return Err(RegisterError::Taken { what: format!("user {}", new.name) });
        }
        let pin = new.pin.unwrap_or_else(|| DEFAULT_PIN.to_owned());
        if pin.len() != 6 || !pin.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RegisterError::Invalid("a PIN is six digits"));
        }
        check_balance(new.balance_fen)?;
        check_cards(&new.cards)?;
        let user = User {
            name: new.name.clone(),
            unionid: format!("o{}", self.state.chance.alphanumeric(27)),
            openids: std::collections::BTreeMap::new(),
            real_name: new.real_name,
            balance: new.balance_fen,
            cards: new.cards,
            pin,
        };
        self.state.mint(user.balance);
        self.state.users.insert(new.name.clone(), Person::new(user));
        let appids: Vec<_> = self.state.apps.keys().cloned().collect();
        for appid in &appids {
            self.state.introduce_everybody(appid);
        }
        self.changes.insert(Change::Identity);
        Ok(self.state.users[&new.name].user.clone())
    }

    /// Changes how a merchant recognises WeChat.
    ///
    /// # Errors
    /// When the merchant is unknown or lacks the keys that mode needs.
    pub fn set_trust_mode(&mut self, mchid: &Mchid, mode: TrustMode) -> Result<(), RegisterError> {
        let merchant = self.merchant_mut(mchid)?;
        let changed = Merchant { trust_mode: mode, ..merchant.clone() };
        check_keys(&changed)?;
        merchant.trust_mode = mode;
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// A WeChat Pay public key for a merchant that has none; which key signs does not change.
    ///
    /// # Errors
    /// When the merchant is unknown or the key unreadable.
    pub fn issue_public_key(
        &mut self,
        mchid: &Mchid,
        key: WechatPublicKey,
    ) -> Result<(), RegisterError> {
        self.merchant_mut(mchid)?.public_key = Some(key);
        if let Err(error) = self.read_keys(mchid) {
            self.merchant_mut(mchid)?.public_key = None;
            return Err(error.into());
        }
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// First step of a rotation: the new certificate is downloadable beside the old one, which
    /// goes on signing (v3 §1.11).
    ///
    /// # Errors
    /// When the merchant is unknown or the key unreadable.
    pub fn add_platform_certificate(
        &mut self,
        mchid: &Mchid,
        certificate: PlatformCertificate,
    ) -> Result<(), RegisterError> {
        let merchant = self.merchant_mut(mchid)?;
        let serial_no = &certificate.serial_no;
        if merchant.platform_certificates.iter().any(|known| known.serial_no == *serial_no) {
            return Err(RegisterError::Taken { what: format!("serial_no {serial_no}") });
        }
        merchant.platform_certificates.push(certificate);
        if let Err(error) = self.read_keys(mchid) {
            self.merchant_mut(mchid)?.platform_certificates.pop();
            return Err(error.into());
        }
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// Second step: answers and notifications are signed with this certificate from now on.
    ///
    /// # Errors
    /// When merchant or certificate are unknown.
    pub fn switch_signing(
        &mut self,
        mchid: &Mchid,
        serial_no: &SerialNo,
    ) -> Result<(), RegisterError> {
        let merchant = self.merchant_mut(mchid)?;
        if !merchant.platform_certificates.iter().any(|known| known.serial_no == *serial_no) {
            return Err(RegisterError::unknown("serial_no", serial_no));
        }
        merchant.signing_serial_no = Some(serial_no.clone());
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// Last step: every certificate that does not sign is no longer downloadable.
    ///
    /// # Errors
    /// When the merchant is unknown.
    pub fn retire_platform_certificates(&mut self, mchid: &Mchid) -> Result<(), RegisterError> {
        let merchant = self.merchant_mut(mchid)?;
        let signing = merchant.signing_serial_no.clone();
        merchant.platform_certificates.retain(|known| Some(&known.serial_no) == signing.as_ref());
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// A further API certificate of a merchant; at most three are valid at a time.
    ///
    /// # Errors
    /// When the merchant is unknown, has three, or the certificate is unreadable.
    pub fn add_api_certificate(
        &mut self,
        mchid: &Mchid,
        certificate: ApiCertificate,
    ) -> Result<(), RegisterError> {
        let merchant = self.merchant_mut(mchid)?;
        merchant.api_certificates.push(certificate);
        let checked = check_keys(merchant).and_then(|()| self.read_keys(mchid).map_err(Into::into));
        if checked.is_err() {
            self.merchant_mut(mchid)?.api_certificates.pop();
        }
        self.changes.insert(Change::Identity);
        checked
    }

    fn merchant_mut(&mut self, mchid: &Mchid) -> Result<&mut Merchant, RegisterError> {
        self.state.merchants.get_mut(mchid).ok_or_else(|| RegisterError::unknown("mchid", mchid))
    }

    fn app_exists(&self, appid: &Appid) -> Result<(), RegisterError> {
        if self.state.apps.contains_key(appid) {
            Ok(())
        } else {
            Err(RegisterError::unknown("appid", appid))
        }
    }
}

/// Merchant numbers in use are ten digits that start with 13 to 17; documents print 19… and 123….
fn looks_real(mchid: &Mchid) -> bool {
    let digits = mchid.as_str();
    digits.len() == 10 && ["13", "14", "15", "16", "17"].iter().any(|real| digits.starts_with(real))
}

/// What a merchant must be, whichever way it comes into a world.
pub(crate) fn check_identity(merchant: &Merchant) -> Result<(), RegisterError> {
    if looks_real(&merchant.mchid) {
        return Err(RegisterError::Invalid(
            "this mchid may belong to a real merchant; use one that starts with 19",
        ));
    }
    ApiV3Key::new(&merchant.api_v3_key)?;
    ApiV2Key::new(&merchant.api_v2_key)?;
    check_balance(merchant.opening_balance)?;
    if !(1..=64).contains(&merchant.name.chars().count()) {
        return Err(RegisterError::Invalid("a merchant's name has 1 to 64 characters"));
    }
    check_keys(merchant)
}

/// Real certificates come with real keys, and everything here is written down in the clear.
fn check_issuers(merchant: &Merchant) -> Result<(), RegisterError> {
    let own = merchant.api_certificates.iter().map(|known| &known.certificate_pem);
    let platform = merchant.platform_certificates.iter().map(|known| &known.certificate_pem);
    if own.chain(platform).any(|pem| client_certificate::is_issued_by_tenpay(pem)) {
        return Err(RegisterError::Invalid(
            "this certificate was issued by Tenpay: a real merchant's keys do not belong here",
        ));
    }
    Ok(())
}

fn check_keys(merchant: &Merchant) -> Result<(), RegisterError> {
    if !(1..=3).contains(&merchant.api_certificates.len()) {
        return Err(RegisterError::Invalid("a merchant has one to three API certificates"));
    }
    let certificate = merchant.signing_serial_no.as_ref().is_some_and(|signing| {
        merchant.platform_certificates.iter().any(|known| known.serial_no == *signing)
    });
    let public_key = merchant.public_key.is_some();
    match merchant.trust_mode {
        TrustMode::Certificate | TrustMode::Both if !certificate => {
            Err(RegisterError::Invalid("this trust mode needs a platform certificate that signs"))
        }
        TrustMode::PublicKey | TrustMode::Both if !public_key => {
            Err(RegisterError::Invalid("this trust mode needs a WeChat Pay public key"))
        }
        TrustMode::Certificate | TrustMode::PublicKey | TrustMode::Both => check_issuers(merchant),
    }
}

/// WeChat takes five at most.
fn check_directories(directories: &BTreeSet<String>) -> Result<(), RegisterError> {
    let good = |directory: &String| directory.starts_with("http") && directory.ends_with('/');
    if directories.len() > 5 || !directories.iter().all(good) {
        return Err(RegisterError::Invalid(
            "a merchant has at most five jsapi_directories, each an address that ends with /",
        ));
    }
    Ok(())
}

pub(crate) fn check_balance(balance: Fen) -> Result<(), RegisterError> {
    if balance.count() > LARGEST_BALANCE {
        return Err(RegisterError::Invalid("a balance is at most ten billion yuan"));
    }
    Ok(())
}
