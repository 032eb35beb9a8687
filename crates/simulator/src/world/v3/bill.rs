//! Asking for a bill and fetching it: `/v3/bill/…` and `/v3/billdownload/file` (v3 §5.4).

use suanpan_wechat::id::Mchid;

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get},
    schema,
};
use crate::world::{
    bill::{Day, Digest, FundAccount, Kind, NoBill, TradeBill, Wanted, gzipped},
    exchange::{HttpRequest, Times},
    state::World,
};

enum Operation {
    Trade,
    FundFlow,
    File,
}

/// `/v3/bill/…` and the files.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let operation = match *path {
        ["bill", "tradebill"] => Operation::Trade,
        ["bill", "fundflowbill"] => Operation::FundFlow,
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
            Self::FundFlow => world.apply_for_bill(caller, request, fund_flow(request)?, now),
            Self::File => world.download_bill(caller, request, now),
        }
    }
}

#[derive(serde::Serialize)]
struct Applied<'a> {
    download_url: String,
    hash_type: &'static str,
    hash_value: &'a str,
}

impl World {
    fn apply_for_bill(
        &mut self,
        caller: &Caller,
        request: &HttpRequest,
        kind: Kind,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let wanted = Wanted { mchid: caller.mchid.clone(), day: day(request)?, kind };
        let gzip = gzip(request)?;
        let (text, mismatch) = self.bill(&wanted, now).map_err(|none| match none {
            NoBill::Creating => ApiError::STATEMENT_CREATING,
            NoBill::NotExist => ApiError::NO_STATEMENT,
        })?;
        let token = self.hand_out(wanted, gzip, mismatch, now);
        let tar_type = if gzip { "&tartype=gzip" } else { "" };
        Ok(Answer::json(&Applied {
            download_url: format!(
                "{}/v3/billdownload/file?token={token}{tar_type}",
                request.origin()
            ),
            hash_type: "SHA1",
            hash_value: Digest::of(&text).as_str(),
        }))
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
        if !ticket.gzip {
            return Ok(Answer::file(text.into_bytes(), "text/plain; charset=utf-8"));
        }
        Ok(Answer::file(gzipped(&text), "application/x-gzip"))
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

fn fund_flow(request: &HttpRequest) -> Result<Kind, ApiError> {
    let account = match request.query("account_type") {
        None => FundAccount::Basic,
        Some(text) => {
            FundAccount::read(&text).ok_or_else(|| bad("account_type", "资金账户类型"))?
        }
    };
    Ok(Kind::FundFlow { account })
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
