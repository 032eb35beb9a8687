use std::net::Ipv4Addr;

use crate::{Timestamp, id::RequestId};

impl RequestId {
    /// What stands before the error number; all of it when there is none.
    #[must_use]
    pub fn identifier(&self) -> &str {
        self.parts().map_or(self.as_str(), |(identifier, _)| identifier)
    }

    /// The number that tells errors apart which share a code; 0 is success.
    #[must_use]
    pub fn error_number(&self) -> Option<u32> {
        self.parts().map(|(_, number)| number)
    }

    /// The rule "digits after the last dash", which must not cut a UUID: that has dashes of its own,
    /// and its last group may happen to be digits.
    fn parts(&self) -> Option<(&str, u32)> {
        let (identifier, tail) = self.as_str().rsplit_once('-')?;
        let is_number = !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit());
        if !is_number || is_head_of_uuid(identifier) {
            return None;
        }
        tail.parse().ok().map(|number| (identifier, number))
    }

    /// When and where WeChat handled the request, for identifiers of the present form.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let bytes = hex::decode(self.identifier()).ok()?;
        let mut rest = bytes.as_slice();
        let mut fields = [0_u64; 5];
        for (field, value) in (1..).zip(&mut fields) {
            // A protobuf key: the field's number, and wire type 0 for a varint.
            (varint(&mut rest)? == field << 3).then_some(())?;
            *value = varint(&mut rest)?;
        }
        let [seconds, milliseconds, address, sequence, process] = fields;
        (rest.is_empty() && milliseconds < 1000).then_some(())?;
        Some(Stamp {
            at: Timestamp::from_unix(i64::from(u32::try_from(seconds).ok()?)),
            milliseconds: u16::try_from(milliseconds).ok()?,
            address: Ipv4Addr::from(u32::try_from(address).ok()?),
            sequence,
            process,
        })
    }
}

/// What the identifier of a [`RequestId`] says about itself (derived from real answers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When the request was handled; equals `Wechatpay-Timestamp`.
    pub at: Timestamp,
    /// Thousandths of that second, 0 to 999.
    pub milliseconds: u16,
    /// The machine inside WeChat.
    pub address: Ipv4Addr,
    /// A small number, presumably counting requests (**unconfirmed**).
    pub sequence: u64,
    /// A small number, presumably of a process (**unconfirmed**).
    pub process: u64,
}

/// Takes one base-128 number off the front.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..=56).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// `8-4-4-4` hex digits: a UUID without its last group.
fn is_head_of_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let are_groups = [8, 4, 4, 4].iter().all(|length| {
        groups.next().is_some_and(|group| {
            group.len() == *length && group.bytes().all(|b| b.is_ascii_hexdigit())
        })
    });
    are_groups && groups.next().is_none()
}
