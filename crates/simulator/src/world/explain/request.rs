//! Why a request's own signature was refused (v3 §1.3–1.6).

use suanpan_wechat::verify::WINDOW_SECONDS;

use super::{
    authorization::{self, Read},
    body,
    digest::{self, OTHER_PADDING},
    evidence::{Evidence, Opened, UNKNOWN_KEY, key_mistake},
    json::Json,
    layout,
    mistake::mistakes,
    search::{Canonical, Effort, Hit, search},
    spelling::{self, Reading},
    stamp, target,
    told::Explanation,
};
use crate::world::{exchange::HttpRequest, journal, v3};

mistakes! {
    OTHER_STRING = "client_string_differs", "客户端给出的待签名串就是被签名的内容，但与微信支付构造的不同",
        "the client's string is what was signed, and it is not the string WeChat makes";
    NOT_THAT_STRING = "client_string_not_signed", "客户端给出的待签名串不是被签名的内容",
        "the client's string is not what was signed";
}

/// What a refused request may cost while the caller waits for the answer: bytes hashed.
pub(crate) const WHILE_CALLING: usize = 4 << 20;

/// What somebody who asks for an explanation is given.
pub(crate) const WHEN_ASKED: usize = 32 << 20;

/// Members and headers whose value people take for the nonce.
const NONCES: [&str; 4] = ["nonce_str", "nonceStr", "noncestr", "nonce"];
const NONCE_HEADERS: [&str; 4] =
    ["Wechatpay-Nonce", "Request-ID", "X-Request-ID", "Idempotency-Key"];

impl Evidence {
    /// Why WeChat refuses this request, after a bounded search.
    pub(crate) fn request(
        &self,
        request: &HttpRequest,
        client_string: Option<&str>,
        effort: &mut Effort,
    ) -> Explanation {
        let mut told = Explanation::empty();
        let read = authorization::read(request.header("Authorization").unwrap_or_default());
        told.add(read.mistakes.iter().copied());
        if read.is_unusable() {
            told.explained = true;
            return told.conclude();
        }
        let keys = self.keys(&read.mchid, &read.serial_no);
        let identity = authorization::identity(&read, &keys);
        told.add(identity);
        let canonical = self.string_of(request, &read);
        let expected = canonical.right();
        told.expected = Some(journal::text(&expected));
        let readings = spelling::readings(&read.signature);
        let case = Case { evidence: self, canonical: &canonical, expected: &expected };
        match self.open(&readings, &read.mchid, &read.serial_no) {
            Some(opened) => {
                if identity.is_none() {
                    told.add(key_mistake(&opened.key.by, &read.mchid, &read.serial_no));
                }
                case.opened(&opened, client_string, effort, &mut told);
            }
            None => {
                let caller = (read.mchid.as_str(), read.serial_no.as_str());
                case.shut(caller, &read.signature, &readings, effort, &mut told);
            }
        }
        if let Some((mistake, is_structural)) =
            authorization::clock(&read, self.now.unix(), WINDOW_SECONDS)
            && (is_structural || told.mistakes.is_empty())
        {
            told.add([mistake]);
        }
        if !told.explained {
            told.exclude(keys.len() + self.secrets(), &canonical, effort);
        }
        told.conclude()
    }

    /// The five lines.
    fn string_of(&self, request: &HttpRequest, read: &Read) -> Canonical {
        let query = request.target.split_once('?').map(|(_, query)| query);
        let earlier = self.stamps();
        let signed = v3::signed_part(request);
        Canonical {
            lines: vec![
                target::method(&request.method),
                target::target(request),
                stamp::timestamp(&read.timestamp, &earlier),
                stamp::nonce(&read.nonce_str, &nonces_elsewhere(request), &earlier),
                body::body(signed, query).or_whole(&request.body),
            ],
            join: layout::lines,
            other_joins: layout::of_requests(),
            folds: digest::folds(),
        }
    }
}

fn nonces_elsewhere(request: &HttpRequest) -> Vec<String> {
    let headers = NONCE_HEADERS.iter().filter_map(|name| request.header(name)).map(str::to_owned);
    let body = std::str::from_utf8(&request.body).ok().and_then(Json::read);
    let members = body.map(|document| document.texts_named(&NONCES)).unwrap_or_default();
    headers.chain(members).collect()
}

/// One signature and the string it should be over.
pub(crate) struct Case<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) canonical: &'a Canonical,
    pub(crate) expected: &'a [u8],
}

impl Case<'_> {
    /// A known key signed: what did it sign?
    pub(crate) fn opened(
        &self,
        opened: &Opened<'_>,
        client_string: Option<&str>,
        effort: &mut Effort,
        told: &mut Explanation,
    ) {
        told.key = Some(opened.key.by.clone());
        told.recovered = Some(opened.inside.shown());
        told.add(opened.reading.mistakes.iter().copied());
        let fits = |message: &[u8]| opened.inside.fits(message);
        let hit = search(self.canonical, effort, &fits)
            .or_else(|| self.evidence.earlier_string(&opened.inside));
        let theirs = client_string.map(str::as_bytes);
        let given = theirs.and_then(|theirs| Some((theirs, fits(theirs)?)));
        match (hit, given) {
            (Some(hit), _) => self.found(hit, told),
            (None, Some((theirs, mut mistakes))) => {
                mistakes.push(OTHER_STRING);
                self.found(Hit { mistakes, message: theirs.to_vec() }, told);
            }
            (None, None) => told.add(opened.inside.mistake()),
        }
        if theirs.is_some_and(|theirs| fits(theirs).is_none()) {
            told.add([NOT_THAT_STRING]);
        }
    }

    /// No known key opens it.
    pub(crate) fn shut(
        &self,
        (mchid, serial_no): (&str, &str),
        given: &str,
        readings: &[Reading],
        effort: &mut Effort,
        told: &mut Explanation,
    ) {
        let Self { evidence, expected, .. } = *self;
        let pss = evidence.checked_as_pss(readings, expected, mchid, serial_no);
        if let Some((reading, key)) = pss {
            told.key = Some(key.by.clone());
            told.add(reading.mistakes.iter().copied().chain([OTHER_PADDING]));
            self.found(Hit { mistakes: Vec::new(), message: expected.to_vec() }, told);
        } else if let Some(hit) = evidence.as_digest(readings, self.canonical, effort) {
            self.found(hit, told);
        } else {
            told.add([spelling::guess(given, readings).unwrap_or(UNKNOWN_KEY)]);
        }
    }

    fn found(&self, hit: Hit, told: &mut Explanation) {
        told.add(hit.mistakes);
        told.explained = true;
        told.compare(self.expected, &hit.message);
    }
}
