//! The port to WeChat: real requests, really signed, over a network that loses, repeats, delays
//! and spoils them; answers judged by the code that ships.

use std::sync::Arc;

use suanpan_acts::{Clock as _, Nonces as _, WeChat};
use suanpan_simulator::world::{Channel, HttpRequest};
use suanpan_store::ModelStore;
use suanpan_trade::id::encode;
use suanpan_wechat::{
    Timestamp,
    call::{Call, Method, Outcome, RawAnswer, Request, TransportFault, Unknown, judge},
    id::{Appid, Mchid, NonceStr},
    miniprogram::code2session::{Code2Session, LoginCode, LoginError, Session},
    open_api::{self, OpenCall as _},
    sign::{Signer, authorization},
};

use crate::{
    cast::{Cast, House},
    clock::{SeededNonces, ServerClock},
    event::{Event, Letter, Sender, WireAnswer},
    invariant::Invariant,
    plant::Plant,
    profile::Profile,
    restate,
    timeline::{Slot, Timeline},
};

/// How long a server waits for WeChat.
const TIMEOUT_MS: i64 = 10_000;

/// One server's way to WeChat.
pub(crate) struct WechatPort {
    pub(crate) timeline: Timeline,
    pub(crate) profile: Arc<Profile>,
    pub(crate) cast: Arc<Cast>,
    pub(crate) clock: ServerClock,
    /// Which of the merchants' API keys is in use.
    pub(crate) key: usize,
    /// Looked at only to see whether what leaves was committed before.
    pub(crate) model: Arc<ModelStore>,
    pub(crate) plant: Option<Plant>,
}

impl WeChat for WechatPort {
    async fn call<C: Call>(&self, mchid: &Mchid, call: &C) -> Outcome<C::Answer> {
        let Some(house) = self.cast.house_of(mchid) else {
            return Outcome::Unknown(Unknown::Transport(TransportFault::Connect));
        };
        let mut request = call.request();
        self.timeline.pause(1).await;
        if let Some(plant) = self.plant {
            if plant == Plant::LocalTimerCloses && C::NAME == "pay.close" {
                return judge(call, &self.restated(house, 204, b""), &*house.trust, self.wall());
            }
            restate::request(plant, &mut request, &self.timeline);
        }
        self.check_committed(mchid, &request);
        self.squat(house, &request);
        let mut answer = self.exchange(house, &request).await;
        // As the client does: one failover inside a call, signed anew, after a broken connection.
        let broke = answer == Err(TransportFault::Broken);
        if broke {
            answer = self.exchange(house, &request).await;
        }
        let answer = self.spoil_by_plant(house, C::NAME, &request, answer);
        let outcome = match &answer {
            Ok(answer) => judge(call, answer, &*house.trust, self.wall()),
            Err(fault) => Outcome::Unknown(Unknown::Transport(*fault)),
        };
        self.trace(C::NAME, &request, &outcome);
        match (outcome, self.plant) {
            // The first send may have arrived, so the refusal of the second proves nothing.
            (Outcome::Rejected(_), None) if broke && request.method == Method::Post => {
                Outcome::Unknown(Unknown::Transport(TransportFault::Broken))
            }
            (Outcome::Unknown(Unknown::Transport(_)), Some(Plant::TimeoutAsFailure)) => {
                Outcome::Rejected(restate::refusal())
            }
            (outcome, _) => outcome,
        }
    }

    async fn code2session(&self, appid: &Appid, code: &LoginCode) -> Result<Session, LoginError> {
        let house = self.cast.houses.iter().find(|house| house.appid == *appid);
        let house = house.ok_or(LoginError::Unavailable)?;
        let login = Code2Session { appid: appid.clone(), js_code: code.clone() };
        let request = HttpRequest {
            method: "GET".to_owned(),
            target: login.request(&house.app_secret).expose().target.clone(),
            headers: Vec::new(),
            body: Vec::new(),
            channel: Channel::Plain,
        };
        self.timeline.pause(1).await;
        let answer = self.send(request).await;
        match answer {
            Ok(answer) => LoginError::of(open_api::judge(&login, &answer)),
            Err(_) => Err(LoginError::Unavailable),
        }
    }

    fn signer(&self, mchid: &Mchid) -> Option<&dyn Signer> {
        self.cast.house_of(mchid).map(|house| self.key_of(house))
    }
}

impl WechatPort {
    fn wall(&self) -> Timestamp {
        self.clock.wall_now()
    }

    fn key_of<'a>(&self, house: &'a House) -> &'a dyn Signer {
        &*house.signers[self.key % house.signers.len()]
    }

    async fn exchange(&self, house: &House, request: &Request) -> WireAnswer {
        self.timeline.count(|tally| tally.calls += 1);
        let signed = self.signed(house, request);
        self.send(signed).await
    }

    fn signed(&self, house: &House, request: &Request) -> HttpRequest {
        let nonce = SeededNonces(self.timeline.clone()).bytes::<16>();
        let nonce_str = NonceStr::new(encode(&nonce)).expect("letters and digits");
        let authorization =
            authorization(self.key_of(house), &house.mchid, self.wall(), &nonce_str, request);
        HttpRequest {
            method: request.method.as_str().to_owned(),
            target: request.target.clone(),
            headers: [
                ("Authorization", authorization.as_str()),
                ("Accept", "application/json"),
                ("User-Agent", "chaos"),
                ("Wechatpay-Serial", house.platform[0].serial_no().as_str()),
                ("Content-Type", "application/json"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: request.body.clone(),
            channel: Channel::Plain,
        }
    }

    /// Hands a request to the network and waits for an answer, or for the lack of one. From here
    /// on the request is on its way, whatever becomes of the server.
    async fn send(&self, request: HttpRequest) -> WireAnswer {
        let network = &self.profile.network;
        let slot = Slot::new(self.timeline.current());
        if self.timeline.strikes(network.echo, "request repeated") {
            let copy = Letter { request: request.clone(), sender: Sender::Echo };
            self.timeline.schedule(self.travel_ms(), Event::ReachWechat(copy));
        }
        if !self.timeline.strikes(network.lose_request, "request lost") {
            let letter = Letter { request, sender: Sender::Server(slot.clone()) };
            self.timeline.schedule(self.travel_ms(), Event::ReachWechat(letter));
        }
        let timeout = Event::Answer(slot.clone(), Err(TransportFault::Timeout));
        self.timeline.schedule(TIMEOUT_MS, timeout);
        slot.waiting().await
    }

    fn travel_ms(&self) -> i64 {
        travel_ms(&self.timeline, &self.profile)
    }

    /// Invariant I07: what leaves is a committed row, byte for byte.
    fn check_committed(&self, mchid: &Mchid, request: &Request) {
        if let Err(why) = restate::committed(&self.model.snapshot(), mchid, request) {
            self.timeline.violate(Invariant::I07, why);
        }
    }

    /// Somebody with the merchant's credentials takes our number first, for one fen.
    fn squat(&self, house: &House, request: &Request) {
        let is_prepay = request.target.ends_with("/transactions/jsapi");
        if !is_prepay || !self.timeline.strikes(self.profile.squatters, "number squatted") {
            return;
        }
        let Some((body, openid)) = restate::cheaper(&request.body) else { return };
        let known = |person: &crate::cast::Person| {
            person.openids.values().any(|known| known.as_str() == openid)
        };
        let Some(user) = self.cast.users.iter().position(known) else { return };
        let squatting = Request::post(request.target.clone(), body);
        let request = self.signed(house, &squatting);
        let letter = Letter { request, sender: Sender::Stranger { user } };
        self.timeline.schedule(0, Event::ReachWechat(letter));
    }

    fn restated(&self, house: &House, status: u16, body: &[u8]) -> RawAnswer {
        restate::answer(&*house.platform[0], self.wall(), status, body)
    }

    fn spoil_by_plant(
        &self,
        house: &House,
        name: &str,
        request: &Request,
        answer: WireAnswer,
    ) -> WireAnswer {
        let Ok(genuine) = &answer else { return answer };
        let body = match self.plant {
            Some(Plant::AmountNotCompared) if name == "pay.query" => {
                restate::with_our_amount(&self.model.snapshot(), &genuine.body)
            }
            Some(Plant::LocalTimerCloses) if name == "pay.query" => {
                let closing = restate::is_expired(
                    &self.model.snapshot(),
                    request,
                    suanpan_acts::Clock::business_now(&self.clock),
                );
                closing.then(|| restate::closed(&genuine.body)).flatten()
            }
            _ => None,
        };
        match body {
            Some(body) => Ok(self.restated(house, 200, &body)),
            None => answer,
        }
    }

    fn trace<T>(&self, name: &str, request: &Request, outcome: &Outcome<T>) {
        let target = &request.target;
        match outcome {
            Outcome::Success(_) => self.timeline.trace(format_args!("{name} {target}: success")),
            Outcome::Rejected(rejection) => {
                let (status, code) = (rejection.status, &rejection.code);
                self.timeline.trace(format_args!("{name} {target}: rejected {status} {code}"));
            }
            Outcome::Unknown(unknown) => {
                self.timeline.trace(format_args!("{name} {target}: unknown, {unknown}"));
            }
        }
    }
}

/// How long one message travels.
pub(crate) fn travel_ms(timeline: &Timeline, profile: &Profile) -> i64 {
    let network = &profile.network;
    if timeline.strikes(network.delay, "message delayed") {
        timeline.draw(|chance| chance.between(100, network.longest_delay_ms))
    } else {
        timeline.draw(|chance| chance.between(5, 60))
    }
}
