//! Reporting what was shipped (§11.1).

use serde_json::{Map, Value};
use suanpan_wechat::{Timestamp, id::TransactionId};

use super::{
    BAD_ARGUMENT, Logistics, Mode, NOT_SHIPPABLE, OTHER_PAYER, Parcel, Shipped, Stage, Which,
    number,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    identity::AppKind,
    open::answer::{Answer, OpenError, done, object, text},
    state::World,
};

/// Parcels of one payment; the words of the refusal still say ten.
const PARCELS: usize = 15;

/// Characters of an item text, a tracking number, a carrier's code.
const ITEM_DESC_CHARS: usize = 120;
const TRACKING_NO_CHARS: usize = 128;
const EXPRESS_COMPANY_CHARS: usize = 128;

/// The carrier that wants to know somebody's number.
const SF_EXPRESS: &str = "SF";

/// An upload that keeps the rules of its shape.
pub(super) struct Upload {
    pub(super) which: Which,
    logistics: Logistics,
    mode: Mode,
    all_delivered: bool,
    parcels: Vec<Parcel>,
}

impl World {
    /// `POST /wxa/sec/order/upload_shipping_info`.
    pub(super) fn upload(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let upload = Upload::read(&body, now)?;
        let (upload_time, openid) = sender(&body)?;
        let id = self.find_shipment(&appid, &upload.which, now)?;
        self.check_upload(&id, &upload, upload_time, &openid)?;
        self.book_upload(&id, upload, upload_time, now);
        Ok(done())
    }

    pub(super) fn check_upload(
        &self,
        id: &TransactionId,
        upload: &Upload,
        upload_time: Timestamp,
        openid: &str,
    ) -> Result<(), OpenError> {
        let shipment = self.shipment(id);
        if self.buyer(shipment).as_str() != openid {
            return Err(OTHER_PAYER);
        }
        match self.stage(shipment) {
            Stage::Unshipped | Stage::Shipped => {}
            Stage::Confirmed | Stage::Settling | Stage::Complete => {
                return Err(OpenError::new(10_060_002, "支付单已完成发货，无法继续发货"));
            }
            Stage::Refunded => return Err(NOT_SHIPPABLE),
        }
        let Some(before) = &shipment.shipped else { return Ok(()) };
        if upload_time <= before.upload_time {
            // Which number an upload of the past gets is unconfirmed.
            return Err(OpenError::new(10_060_023, "发货信息未更新"));
        }
        if shipment.corrected && before.is_corrected_by(upload) {
            return Err(OpenError::new(10_060_003, "支付单已使用重新发货机会"));
        }
        let kept = before.kept_beside(upload).count();
        if kept + upload.parcels.len() > PARCELS {
            return Err(too_many_parcels());
        }
        Ok(())
    }

    pub(super) fn book_upload(
        &mut self,
        id: &TransactionId,
        upload: Upload,
        upload_time: Timestamp,
        now: Times,
    ) {
        let shipment = self.shipment_mut(id);
        let before = shipment.shipped.take();
        let corrects = before.as_ref().is_some_and(|before| before.is_corrected_by(&upload));
        shipment.corrected |= corrects;
        let mut parcels: Vec<_> =
            before.iter().flat_map(|before| before.kept_beside(&upload)).cloned().collect();
        parcels.extend(upload.parcels);
        let finished = upload.all_delivered || upload.mode == Mode::Unified;
        shipment.shipped = Some(Shipped {
            logistics: upload.logistics,
            mode: upload.mode,
            parcels,
            upload_time,
            finished_at: finished.then_some(now.business),
        });
        if finished {
            shipment.finish_count += 1;
            self.everything_left(id, now);
        } else {
            shipment.stage = Stage::Unshipped;
            let waiting = shipment.next.take();
            self.state.cancel(waiting.as_ref());
        }
    }
}

impl Shipped {
    /// Whether an upload replaces what was said before, rather than adding to it.
    fn is_corrected_by(&self, upload: &Upload) -> bool {
        self.finished_at.is_some() || self.mode != upload.mode || self.logistics != upload.logistics
    }

    /// Parcels that stay when an upload adds to them; one that is named again is replaced.
    fn kept_beside<'a>(&'a self, upload: &'a Upload) -> impl Iterator<Item = &'a Parcel> {
        let adds = !self.is_corrected_by(upload);
        let named = |parcel: &Parcel| {
            upload.parcels.iter().any(|new| {
                new.tracking_no == parcel.tracking_no
                    && new.express_company == parcel.express_company
            })
        };
        self.parcels.iter().filter(move |parcel| adds && !named(parcel))
    }
}

impl Upload {
    pub(super) fn read(body: &Map<String, Value>, now: Times) -> Result<Self, OpenError> {
        let which = Which::of_key(body)?;
        let logistics = match number(body, "logistics_type")? {
            Some(1) => Logistics::Express,
            Some(2) => Logistics::SameCity,
            Some(3) => Logistics::Virtual,
            Some(4) => Logistics::SelfPickUp,
            Some(_) | None => return Err(OpenError::new(10_060_005, "物流类型有误")),
        };
        let mode = match number(body, "delivery_mode")? {
            Some(1) => Mode::Unified,
            Some(2) => Mode::Split,
            Some(_) | None => return Err(OpenError::new(268_485_224, "发货模式非法")),
        };
        if mode == Mode::Split && logistics != Logistics::Express {
            return Err(OpenError::new(10_060_006, "非快递发货时不允许分拆发货"));
        }
        let all_delivered = match body.get("is_all_delivered") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_bool().ok_or(OpenError::DATA_FORMAT)?),
        };
        if mode == Mode::Split && all_delivered.is_none() {
            return Err(OpenError::new(10_060_007, "分拆发货模式下必须填写 is_all_delivered 字段"));
        }
        let Some(Value::Array(list)) = body.get("shipping_list") else {
            return Err(OpenError::DATA_FORMAT);
        };
        if mode == Mode::Unified && list.len() != 1 {
            return Err(OpenError::new(268_485_228, "统一发货模式下，物流信息列表长度必须为 1"));
        }
        if list.len() > PARCELS {
            return Err(too_many_parcels());
        }
        if list.is_empty() {
            return Err(BAD_ARGUMENT);
        }
        let parcels = list.iter().map(|parcel| Parcel::read(parcel, logistics, now));
        let parcels = parcels.collect::<Result<_, _>>()?;
        Ok(Self { which, logistics, mode, all_delivered: all_delivered == Some(true), parcels })
    }
}

impl Parcel {
    fn read(value: &Value, logistics: Logistics, now: Times) -> Result<Self, OpenError> {
        let members = value.as_object().ok_or(OpenError::DATA_FORMAT)?;
        let member = |name| text(members, name).map(Option::unwrap_or_default);
        let tracking_no = member("tracking_no")?;
        let express_company = member("express_company")?;
        let item_desc = member("item_desc")?;
        let is_express = logistics == Logistics::Express;
        if is_express && tracking_no.is_empty() {
            return Err(OpenError::new(268_485_226, "物流单号不能为空"));
        }
        if is_express && express_company.is_empty() {
            return Err(OpenError::new(268_485_227, "物流公司编码不能为空"));
        }
        if tracking_no.chars().count() > TRACKING_NO_CHARS {
            return Err(OpenError::new(10_060_026, "物流单号太长"));
        }
        if express_company.chars().count() > EXPRESS_COMPANY_CHARS {
            return Err(OpenError::new(10_060_025, "物流公司编码太长"));
        }
        if item_desc.is_empty() {
            return Err(OpenError::new(10_060_008, "商品描述 item_desc 字段不能为空"));
        }
        if item_desc.chars().count() > ITEM_DESC_CHARS {
            return Err(OpenError::new(10_060_009, "商品描述 item_desc 字段太长"));
        }
        let contact = members.get("contact").filter(|contact| !contact.is_null());
        check_contact(contact, is_express && express_company == SF_EXPRESS)?;
        Ok(Self {
            tracking_no: tracking_no.to_owned(),
            express_company: express_company.to_owned(),
            item_desc: item_desc.to_owned(),
            contact: contact.cloned(),
            uploaded_at: now.business,
        })
    }
}

/// Somebody's number, masked but for its last four digits. Which error an unmasked one gets is
/// unconfirmed.
fn check_contact(contact: Option<&Value>, is_wanted: bool) -> Result<(), OpenError> {
    let Some(contact) = contact else {
        return if is_wanted { Err(BAD_ARGUMENT) } else { Ok(()) };
    };
    let members = contact.as_object().ok_or(OpenError::DATA_FORMAT)?;
    let mut numbers = Vec::new();
    for name in ["consignor_contact", "receiver_contact"] {
        numbers.extend(text(members, name)?);
    }
    let all_masked = numbers.iter().all(|number| is_masked(number));
    if all_masked && !(is_wanted && numbers.is_empty()) { Ok(()) } else { Err(BAD_ARGUMENT) }
}

fn is_masked(number: &str) -> bool {
    let (head, tail) = number.split_at_checked(number.len().saturating_sub(4)).unwrap_or_default();
    head.contains('*') && tail.len() == 4 && tail.bytes().all(|b| b.is_ascii_digit())
}

/// When it was uploaded, by the merchant's word, and to whom the goods go.
pub(super) fn sender(body: &Map<String, Value>) -> Result<(Timestamp, String), OpenError> {
    let upload_time = text(body, "upload_time")?.unwrap_or_default();
    let upload_time = upload_time
        .parse()
        .map_err(|_| OpenError::new(268_485_216, "上传时间非法，请按照 RFC 3339 格式填写"))?;
    let openid = match body.get("payer") {
        Some(Value::Object(payer)) => text(payer, "openid")?,
        Some(Value::Null) | None => None,
        Some(_) => return Err(OpenError::DATA_FORMAT),
    };
    Ok((upload_time, openid.ok_or(BAD_ARGUMENT)?.to_owned()))
}

const fn too_many_parcels() -> OpenError {
    OpenError::new(10_060_024, "物流信息列表太长")
}
