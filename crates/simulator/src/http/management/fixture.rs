//! Who exists: read it, add to it, change keys, start afresh.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, Openid, SerialNo},
};

use super::{Management, clock::ADVANCE_LIMIT, extract::Body, p12, problem::Problem};
use crate::{
    pool,
    scenario::Step,
    shell::{MerchantSetup, fresh_seed},
    world::{
        App, AppKind, CardView, Console, Merchant, NewApp, NewSubMerchant, NewUser, SubMerchant,
        TrustMode, User, World, hosts,
    },
};

/// Everything a program needs to use this simulator.
#[derive(serde::Serialize)]
pub(super) struct Fixture {
    api_base: String,
    proxy: String,
    tls: String,
    /// The names that lead here, by either of the two.
    hosts: Vec<&'static str>,
    ca_pem: String,
    seed: u64,
    merchants: Vec<MerchantView>,
    apps: Vec<AppView>,
    users: Vec<UserView>,
}

#[derive(serde::Serialize)]
pub(super) struct MerchantView {
    mchid: Mchid,
    name: String,
    serial_no: SerialNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key_pem: Option<String>,
    certificate_pem: String,
    api_v3_key: String,
    api_v2_key: String,
    /// The first certificate with its key; the password is the mchid.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_p12_base64: Option<String>,
    trust_mode: TrustMode,
    appids: Vec<Appid>,
    sub_merchants: Vec<SubMerchantView>,
    h5_domains: Vec<String>,
    jsapi_directories: Vec<String>,
    platform_certificates: Vec<PlatformCertificateView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<PublicKeyView>,
}

/// For whom a merchant orders as a service provider.
#[derive(serde::Serialize)]
pub(super) struct SubMerchantView {
    mchid: Mchid,
    name: String,
    appids: Vec<Appid>,
    /// Whether the provider may still order for it.
    active: bool,
    jsapi_directories: Vec<String>,
}

#[derive(serde::Serialize)]
struct PlatformCertificateView {
    serial_no: SerialNo,
    pem: String,
    /// Whether answers and notifications are signed with it now.
    signing: bool,
}

#[derive(serde::Serialize)]
struct PublicKeyView {
    id: SerialNo,
    pem: String,
}

#[derive(serde::Serialize)]
pub(super) struct AppView {
    appid: Appid,
    app_secret: String,
    kind: AppKind,
    mchids: Vec<Mchid>,
    console: Console,
}

#[derive(serde::Serialize)]
pub(super) struct UserView {
    name: String,
    unionid: String,
    openids: BTreeMap<Appid, Openid>,
    cards: Vec<CardView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    real_name: Option<String>,
}

fn merchant_view(merchant: &Merchant) -> MerchantView {
    let certificate =
        merchant.api_certificates.first().expect("registration demands an API certificate");
    MerchantView {
        mchid: merchant.mchid.clone(),
        name: merchant.name.clone(),
        serial_no: certificate.serial_no.clone(),
        private_key_pem: certificate.private_key_pem.clone(),
        certificate_pem: certificate.certificate_pem.clone(),
        api_v3_key: merchant.api_v3_key.clone(),
        api_v2_key: merchant.api_v2_key.clone(),
        certificate_p12_base64: p12::of(merchant),
        trust_mode: merchant.trust_mode,
        appids: merchant.appids.iter().cloned().collect(),
        sub_merchants: merchant.sub_merchants.values().map(sub_merchant_view).collect(),
        h5_domains: merchant.h5_domains.iter().cloned().collect(),
        jsapi_directories: merchant.jsapi_directories.iter().cloned().collect(),
        platform_certificates: merchant
            .platform_certificates
            .iter()
            .map(|known| PlatformCertificateView {
                serial_no: known.serial_no.clone(),
                pem: known.certificate_pem.clone(),
                signing: merchant.signing_serial_no.as_ref() == Some(&known.serial_no),
            })
            .collect(),
        public_key: merchant
            .public_key
            .as_ref()
            .map(|key| PublicKeyView { id: key.id.clone(), pem: key.public_key_pem.clone() }),
    }
}

fn sub_merchant_view(sub: &SubMerchant) -> SubMerchantView {
    SubMerchantView {
        mchid: sub.mchid.clone(),
        name: sub.name.clone(),
        appids: sub.appids.iter().cloned().collect(),
        active: sub.active,
        jsapi_directories: sub.jsapi_directories.iter().cloned().collect(),
    }
}

fn app_view(app: &App, world: &World) -> AppView {
    let mchids = world.merchants().filter(|merchant| merchant.appids.contains(&app.appid));
    AppView {
        appid: app.appid.clone(),
        app_secret: app.app_secret.clone(),
        kind: app.kind,
        mchids: mchids.map(|merchant| merchant.mchid.clone()).collect(),
        console: world.console(&app.appid).clone(),
    }
}

fn user_view(user: &User) -> UserView {
    UserView {
        name: user.name.clone(),
        unionid: user.unionid.clone(),
        openids: user.openids.clone(),
        cards: user.cards.iter().map(CardView::of).collect(),
        real_name: user.real_name.clone(),
    }
}

pub(super) async fn read(State(management): State<Management>) -> Json<Fixture> {
    let surface = &management.surface;
    Json(surface.shared.read(|world, _| Fixture {
        api_base: format!("http://{}", surface.addresses.protocol),
        proxy: format!("http://{}", surface.addresses.proxy),
        tls: format!("https://{}", surface.addresses.tls),
        hosts: hosts::all().collect(),
        ca_pem: surface.ca_pem.clone(),
        seed: world.seed(),
        merchants: world.merchants().map(merchant_view).collect(),
        apps: world.apps().map(|app| app_view(app, world)).collect(),
        users: world.users().map(user_view).collect(),
    }))
}

pub(super) async fn add_merchant(
    State(management): State<Management>,
    Body(setup): Body<MerchantSetup>,
) -> Result<Json<MerchantView>, Problem> {
    let merchant = management.shared().register_merchant(setup)?;
    Ok(Json(merchant_view(&merchant)))
}

/// Adds a sub-merchant, or replaces what is known about it.
pub(super) async fn add_sub_merchant(
    State(management): State<Management>,
    Path(mchid): Path<Mchid>,
    Body(new): Body<NewSubMerchant>,
) -> Result<Json<SubMerchantView>, Problem> {
    let shared = management.shared();
    let sub = shared.change(|world, _| world.put_sub_merchant(&mchid, new))?;
    Ok(Json(sub_merchant_view(&sub)))
}

pub(super) async fn add_app(
    State(management): State<Management>,
    Body(new): Body<NewApp>,
) -> Result<Json<AppView>, Problem> {
    management.shared().change(|world, _| {
        let app = world.add_app(new)?;
        Ok(Json(app_view(&app, world)))
    })
}

pub(super) async fn add_user(
    State(management): State<Management>,
    Body(new): Body<NewUser>,
) -> Result<Json<UserView>, Problem> {
    let user = management.shared().change(|world, _| world.add_user(new))?;
    Ok(Json(user_view(&user)))
}

/// A step of a platform-certificate rotation.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    step: RotationStep,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum RotationStep {
    /// The next certificate becomes downloadable beside the old one.
    Add,
    /// The newest certificate signs.
    Switch,
    /// Certificates that do not sign are gone.
    Retire,
}

pub(super) async fn rotate(
    State(management): State<Management>,
    Path(mchid): Path<Mchid>,
    Body(rotation): Body<Rotation>,
) -> Result<Json<MerchantView>, Problem> {
    management.shared().change(|world, _| {
        let merchant = known_merchant(world, &mchid)?;
        match rotation.step {
            RotationStep::Add => {
                let next = pool::next_platform_certificate(merchant);
                world.add_platform_certificate(&mchid, next)?;
            }
            RotationStep::Switch => {
                let newest = merchant.platform_certificates.last();
                let newest = newest.map(|certificate| certificate.serial_no.clone());
                let newest =
                    newest.ok_or_else(|| Problem::bad_request("there is no certificate"))?;
                world.switch_signing(&mchid, &newest)?;
            }
            RotationStep::Retire => world.retire_platform_certificates(&mchid)?,
        }
        Ok(Json(merchant_view(known_merchant(world, &mchid)?)))
    })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTrustMode {
    trust_mode: TrustMode,
}

/// Switching to a public key issues one when the merchant has none yet.
pub(super) async fn set_trust_mode(
    State(management): State<Management>,
    Path(mchid): Path<Mchid>,
    Body(NewTrustMode { trust_mode }): Body<NewTrustMode>,
) -> Result<Json<MerchantView>, Problem> {
    management.shared().change(|world, _| {
        let merchant = known_merchant(world, &mchid)?;
        if trust_mode != TrustMode::Certificate && merchant.public_key.is_none() {
            let key = pool::keys("public-").next().expect("the pool has public keys");
            world.issue_public_key(&mchid, pool::wechat_public_key(&mchid, &key))?;
        }
        world.set_trust_mode(&mchid, trust_mode)?;
        Ok(Json(merchant_view(known_merchant(world, &mchid)?)))
    })
}

fn known_merchant<'a>(world: &'a World, mchid: &Mchid) -> Result<&'a Merchant, Problem> {
    world.merchant(mchid).ok_or_else(|| Problem::not_found(format!("there is no mchid {mchid}")))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    #[serde(default)]
    seed: Option<u64>,
    /// Where business time stands still.
    #[serde(default)]
    at: Option<Timestamp>,
}

#[derive(serde::Serialize)]
pub(super) struct Fresh {
    seed: u64,
}

pub(super) async fn reset(
    State(management): State<Management>,
    Body(Reset { seed, at }): Body<Reset>,
) -> Result<Json<Fresh>, Problem> {
    let shared = management.shared();
    let wall = shared.wall();
    if at.is_some_and(|at| at.since(wall).unsigned_abs() > ADVANCE_LIMIT.unsigned_abs()) {
        return Err(Problem::bad_request("at must lie within ten years"));
    }
    let seed = seed.unwrap_or_else(fresh_seed);
    shared.reset(seed, at).await;
    shared.note(Step::Reset { seed: Some(seed), at });
    Ok(Json(Fresh { seed }))
}
