//! `/payitil/report` and `/tools/shorturl`: calls that change nothing (v2 §14).

use super::{
    answer::Answer,
    failure::Failure,
    gate::Caller,
    operation::{Operation, Voice},
    table::{Field, Rule, optional, required},
    xml::Document,
};
use crate::world::{exchange::Times, state::World};

/// How long a call took, as the merchant measured it. Taken, and forgotten.
pub(crate) struct Report;

const REPORT: &[Field] = &[
    required("interface_url", Rule::Text(127)),
    optional("execute_time", Rule::Integer { min: 0 }),
    // SDKs have sent it under this name for years.
    optional("execute_time_", Rule::Integer { min: 0 }),
    optional("return_code", Rule::Text(16)),
    optional("result_code", Rule::Text(16)),
    optional("user_ip", Rule::Text(64)),
    optional("time", Rule::Time),
];

impl Operation for Report {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[REPORT]
    }

    fn voice(&self) -> Voice {
        Voice::Unsigned
    }

    fn perform(&self, _: &mut World, _: &Caller, _: Times) -> Result<Answer, Failure> {
        Ok(Answer::Members(Document::default()))
    }
}

/// A short address for the static codes of Native mode 1, which no new merchant gets any more:
/// nothing here resolves it.
pub(crate) struct ShortUrl;

const SHORT_URL: &[Field] = &[required("long_url", Rule::Matching(512, is_code))];

fn is_code(text: &str) -> bool {
    text.starts_with("weixin://wxpay/bizpayurl?")
}

impl Operation for ShortUrl {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[SHORT_URL]
    }

    fn perform(&self, world: &mut World, _: &Caller, _: Times) -> Result<Answer, Failure> {
        let short_url = format!("weixin://wxpay/s/{}", world.state.chance.alphanumeric(6));
        Ok(Answer::Members(Document::default().text("short_url", short_url)))
    }
}
