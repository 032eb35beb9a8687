//! Asking for a bill and fetching it: `/v3/bill/…`, `/v3/profitsharing/bills`, and
//! `/v3/billdownload/file` (v3 §5.4).

use suanpan_wechat::{id::Mchid, sensitive::SensitiveText};

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get},
    schema,
};
use crate::world::{
    bill::{Day, Digest, FileKey, FundAccount, Kind, NoBill, TradeBill, Wanted, gzipped},
    exchange::{HttpRequest, Times},
    state::World,
};

enum Operation {
    Trade,
    FundFlow,
    SubMerchantFundFlow,
    Sharing,
    File,
}

/// `/v3/bill/…` and the files.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let operation = match *path {
        ["bill", "tradebill"] => Operation::Trade,
        ["bill", "fundflowbill"] => Operation::FundFlow,
        ["bill", "sub-merchant-fundflowbill"] => Operation::SubMerchantFundFlow,
        ["profitsharing", "bills"] => Operation::Sharing,
        ["billdownload", "file"] => Operation::File,
        _ => return None,
    };
    Some(get(operation))
}

impl operation::Operation for Operation {
    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match self {
            Self::Trade => world.apply_for_bill(caller, request, trade(request)?, now),
            Self::FundFlow => {
                let kind = Kind::FundFlow { account: account(request)?, sub_mchid: None };
                world.apply_for_bill(caller, request, kind, now)
            }
            Self::SubMerchantFundFlow => world.apply_for_sealed_bill(caller, request, now),
            Self::Sharing => {
                let sub_mchid = world.sub_mchid_of_bill(caller, request)?;
                world.apply_for_bill(caller, request, Kind::Sharing { sub_mchid }, now)
            }
            Self::File => world.download_bill(caller, request, now),
        }
    }
}

#[derive(serde::Serialize)]
struct Applied {
    download_url: String,
    hash_type: &'static str,
    hash_value: Digest,
}

#[derive(serde::Serialize)]
struct SealedBills {
    download_bill_count: u32,
    download_bill_list: [SealedBill; 1],
}

#[derive(serde::Serialize)]
struct SealedBill {
    bill_sequence: u32,
    download_url: String,
    encrypt_key: SensitiveText,
    hash_type: &'static str,
    hash_value: Digest,
    nonce: String,
}

impl World {
    fn apply_for_bill(
        &mut self,
        caller: &Caller,
        request: &HttpRequest,
        kind: Kind,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let applied = self.apply(caller, request, kind, None, now)?;
        Ok(Answer::json(&applied))
    }

    /// `GET /v3/bill/sub-merchant-fundflowbill`: one file, encrypted to the API certificate that
    /// asked. The SM suite is not there.
    fn apply_for_sealed_bill(
        &mut self,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let sub_mchid = self.sub_mchid_of_bill(caller, request)?;
        let sub_mchid =
            sub_mchid.ok_or_else(|| schema::missing("query", "/query/sub_mchid", "子商户号"))?;
        let wanted = |name: &str, label| {
            let missing = || schema::missing("query", &format!("/query/{name}"), label);
            request.query(name).ok_or_else(missing)
        };
        wanted("account_type", "资金账户类型")?;
        if wanted("algorithm", "加密算法")? != "AEAD_AES_256_GCM" {
            return Err(bad("algorithm", "加密算法"));
        }
        let kind = Kind::FundFlow { account: account(request)?, sub_mchid: Some(sub_mchid) };
        let key = FileKey::choose(&mut self.state.chance);
        let encrypt_key = self.seal_sensitive(caller, &key.key);
        let nonce = key.nonce();
        let applied = self.apply(caller, request, kind, Some(key), now)?;
        Ok(Answer::json(&SealedBills {
            download_bill_count: 1,
            download_bill_list: [SealedBill {
                bill_sequence: 1,
                download_url: applied.download_url,
                encrypt_key: encrypt_key.ok_or(ApiError::SYSTEM_ERROR)?,
                hash_type: applied.hash_type,
                hash_value: applied.hash_value,
                nonce,
            }],
        }))
    }

    fn apply(
        &mut self,
        caller: &Caller,
        request: &HttpRequest,
        kind: Kind,
        key: Option<FileKey>,
        now: Times,
    ) -> Result<Applied, ApiError> {
        let wanted = Wanted { mchid: caller.mchid.clone(), day: day(request)?, kind };
        let gzip = gzip(request)?;
        let (text, mismatch) = self.bill(&wanted, now).map_err(|none| match none {
            NoBill::Creating => ApiError::STATEMENT_CREATING,
            NoBill::NotExist => ApiError::NO_STATEMENT,
        })?;
        let token = self.hand_out(wanted, gzip, mismatch, key, now);
        let tar_type = if gzip { "&tartype=gzip" } else { "" };
        let origin = request.origin();
        Ok(Applied {
            download_url: format!("{origin}/v3/billdownload/file?token={token}{tar_type}"),
            hash_type: "SHA1",
            hash_value: Digest::of(&text),
        })
    }

    /// The sub-merchant a query names, which must be the caller's.
    fn sub_mchid_of_bill(
        &self,
        caller: &Caller,
        request: &HttpRequest,
    ) -> Result<Option<Mchid>, ApiError> {
        let sub_mchid = request.query("sub_mchid").map(Mchid::new).transpose();
        let sub_mchid = sub_mchid.map_err(|_| bad("sub_mchid", "子商户号"))?;
        if let Some(sub_mchid) = &sub_mchid {
            self.check_relation(&caller.mchid, sub_mchid)?;
        }
        Ok(sub_mchid)
    }

    fn download_bill(
        &self,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let token = request
            .query("token")
            .ok_or_else(|| schema::missing("query", "/query/token", "下载令牌"))?;
        let ticket = self.ticket(&token, now).filter(|ticket| ticket.wanted.mchid == caller.mchid);
        let ticket = ticket.ok_or(ApiError::BAD_DOWNLOAD_TOKEN)?;
        let text = self.bill_file(ticket);
        let (file, content_type) = if ticket.gzip {
            (gzipped(&text), "application/x-gzip")
        } else {
            (text.into_bytes(), "text/plain; charset=utf-8")
        };
        Ok(match &ticket.key {
            None => Answer::file(file, content_type),
            Some(key) => Answer::file(key.sealed(&file).1, "application/octet-stream"),
        })
    }
}

fn trade(request: &HttpRequest) -> Result<Kind, ApiError> {
    let which = match request.query("bill_type") {
        None => TradeBill::All,
        Some(text) => TradeBill::read(&text).ok_or_else(|| bad("bill_type", "账单类型"))?,
    };
    let sub_mchid = request.query("sub_mchid").map(Mchid::new).transpose();
    Ok(Kind::Trade {
        which, sub_mchid: sub_mchid.map_err(|_| bad("sub_mchid", "特约商户号"))?
    })
}

fn account(request: &HttpRequest) -> Result<FundAccount, ApiError> {
    Ok(match request.query("account_type") {
        None => FundAccount::Basic,
        Some(text) => {
            FundAccount::read(&text).ok_or_else(|| bad("account_type", "资金账户类型"))?
        }
    })
}

fn day(request: &HttpRequest) -> Result<Day, ApiError> {
    let text = request
        .query("bill_date")
        .ok_or_else(|| schema::missing("query", "/query/bill_date", "账单日期"))?;
    let dashed = text.len() == 10;
    Day::read(&text).filter(|_| dashed).ok_or_else(|| bad("bill_date", "账单日期"))
}

fn gzip(request: &HttpRequest) -> Result<bool, ApiError> {
    match request.query("tar_type").as_deref() {
        None => Ok(false),
        Some("GZIP") => Ok(true),
        Some(_) => Err(bad("tar_type", "压缩类型")),
    }
}

fn bad(name: &str, label: &str) -> ApiError {
    ApiError::param(
        format!("输入源“/query/{name}”映射到值字段“{label}”字符串规则校验失败"),
        Some(serde_json::json!({"field": format!("/query/{name}"), "location": "query"})),
    )
}
