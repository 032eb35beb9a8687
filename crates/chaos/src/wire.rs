//! Messages arriving: requests at WeChat, notifications at our servers, and their answers.
//!
//! The way of a notification repeats what the shell does: read the route, verify, open, act,
//! answer. Only the HTTP around it is missing.

use suanpan_acts::{
    ActError,
    receive::{Receive, Received, receive},
};
use suanpan_simulator::world::{
    Channel, Delivery, Effect, HttpRequest, HttpResponse, Manner, Method, NotifyResult, PayBy,
    PayCommand,
};
use suanpan_wechat::{
    Verified,
    call::{RawAnswer, Request, TransportFault},
    id::{NonceStr, OutTradeNo, PrepayId},
    notify::{Content, Statement},
    sign::authorization,
    verify::{SignatureHeaders, Verifier, VerifyError, verify},
};

use crate::{
    cast::House,
    event::{Caller, Event, Intent, Knock, Letter, Sender, WireAnswer},
    forge,
    invariant::Invariant,
    plant::Plant,
    restate,
    simulation::{Life, Simulation},
    task::{Origin, Outcome, Says},
    wechat::travel_ms,
};

impl Simulation {
    pub(crate) fn reach_wechat(&mut self, letter: Letter) {
        let now = self.times();
        let reply = self.world.handle(&letter.request, now);
        let (method, target) = (&letter.request.method, &letter.request.target);
        let (status, manner) = (reply.response.status, reply.manner);
        self.timeline.trace(format_args!("wechat: {method} {target}: {status} {manner:?}"));
        match letter.sender {
            Sender::Echo => {}
            Sender::Stranger { user } => {
                if let Some(by) = prepay_id(&reply.response) {
                    self.intend(2000, Intent::StrangerPays { user, by });
                }
            }
            Sender::Server(slot) => {
                let Some((extra_ms, answer)) = self.on_its_way(reply.response, manner) else {
                    return;
                };
                let ms = travel_ms(&self.timeline, &self.profile) + extra_ms;
                self.timeline.schedule(ms, Event::Answer(slot, answer));
            }
        }
    }

    /// What becomes of an answer on the way back; `None` when it never arrives.
    fn on_its_way(&self, response: HttpResponse, manner: Manner) -> Option<(i64, WireAnswer)> {
        let network = &self.profile.network;
        if self.timeline.strikes(network.lose_answer, "answer lost") {
            return None;
        }
        let mut answer = RawAnswer {
            status: response.status,
            headers: response
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
                .collect(),
            body: response.body,
        };
        if self.timeline.strikes(network.tamper, "answer tampered with") {
            self.tamper(&mut answer);
        }
        match manner {
            Manner::Whole => Some((0, Ok(answer))),
            Manner::Slow { seconds } => Some((i64::from(seconds) * 1000, Ok(answer))),
            Manner::Never => None,
            Manner::Cut { .. } | Manner::Dropped => Some((0, Err(TransportFault::Broken))),
        }
    }

    /// One byte of the body, or one header.
    fn tamper(&self, answer: &mut RawAnswer) {
        let body = !answer.body.is_empty() && self.often(500);
        if body {
            let at = self.timeline.draw(|chance| chance.index(answer.body.len()));
            answer.body[at] ^= 1;
        } else if !answer.headers.is_empty() {
            let at = self.timeline.draw(|chance| chance.index(answer.headers.len()));
            answer.headers.remove(at);
        }
    }

    /// WeChat calls us.
    pub(crate) fn carry_out(&mut self, effect: Effect) {
        let Effect::Notify(Delivery { delivery_id, url, headers, body, .. }) = effect;
        if self.profile.dead_callbacks {
            let reason = "nobody ever answers there".to_owned();
            let now = self.times();
            return self.world.notified(delivery_id, NotifyResult::Refused { reason }, now);
        }
        let headers = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        let knock = Knock { url, headers, body, from: Caller::WeChat(delivery_id) };
        self.capture(knock.clone());
        let network = &self.profile.network;
        if self.timeline.strikes(network.echo, "notification repeated") {
            let copy = Knock { from: Caller::Echo, ..knock.clone() };
            self.knock_in(travel_ms(&self.timeline, &self.profile), copy);
        }
        if !self.timeline.strikes(network.lose_request, "notification lost") {
            self.knock_in(travel_ms(&self.timeline, &self.profile), knock);
        }
    }

    pub(crate) fn knock_in(&self, in_ms: i64, knock: Knock) {
        self.timeline.schedule(in_ms, Event::ReachUs(knock));
    }

    pub(crate) fn reach_us(&mut self, knock: Knock) {
        self.timeline.count(|tally| tally.notifications += 1);
        let server = self.timeline.draw(|chance| chance.index(self.servers.len()));
        match self.servers[server].life {
            Life::Up => {}
            Life::Frozen => return,
            Life::Down => return self.answer(knock.from, None),
        }
        match self.open(server, &knock) {
            Ok(request) => self.spawn_receive(server, knock.from, request),
            Err(status) => {
                self.timeline.trace(format_args!("notify: {:?}: refused {status}", knock.from));
                self.answer(knock.from, Some(status));
            }
        }
    }

    fn spawn_receive(&mut self, server: usize, from: Caller, request: Receive) {
        let says = says(&request.content);
        if self.plant == Some(Plant::AckBeforeCommit) {
            self.acknowledged(&says);
            self.answer(from, Some(204));
        }
        let origin = Origin::Notification { from, says };
        self.spawn(server, origin, |ports| async move {
            Outcome::Received(receive(&*ports, request).await)
        });
    }

    /// Verify, then decrypt; nothing before that may look at the content.
    fn open(&self, server: usize, knock: &Knock) -> Result<Receive, u16> {
        let (account, house, route) = self.cast.route(&knock.url).ok_or(404_u16)?;
        let (notification_id, content) = self.verified(server, house, knock)?;
        Ok(Receive { account, mchid: house.mchid.clone(), route, notification_id, content })
    }

    fn verified(
        &self,
        server: usize,
        house: &House,
        knock: &Knock,
    ) -> Result<(String, Verified<Content>), u16> {
        let believing: &dyn Verifier = match self.plant {
            Some(Plant::SignatureNotChecked) => &Gullible,
            _ => &*house.trust,
        };
        let wall = suanpan_acts::Clock::wall_now(&self.servers[server].clock);
        let header = |name: &'static str| {
            let mut headers = knock.headers.iter();
            headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
        };
        let headers = SignatureHeaders::read(header).map_err(|_| 401_u16)?;
        let body = verify(believing, &headers, &knock.body, wall).map_err(|_| 401_u16)?;
        let notification = body.notification().map_err(|_| 400_u16)?;
        let id = notification.get().id.clone();
        let keys = [house.api_v3_key.clone()];
        let content = notification.open(&keys).map_err(|_| 500_u16)?;
        if self.plant == Some(Plant::AmountNotCompared)
            && let Some(restated) =
                forge::with_our_amount(&self.model.snapshot(), house, wall, &content)
        {
            return Ok((id, restated));
        }
        Ok((id, content))
    }

    /// An act has dealt with a notification: WeChat hears how.
    pub(crate) fn received(
        &mut self,
        from: Caller,
        says: &Says,
        result: &Result<Received, ActError>,
    ) {
        self.timeline.trace(format_args!("notify: {from:?} {says:?}: {result:?}"));
        if let (Caller::Forger(how), Ok(_)) = (from, result) {
            let invariant = if how == "another route" { Invariant::I14 } else { Invariant::I13 };
            self.timeline.violate(invariant, format!("a forgery ({how}) was accepted"));
        }
        if self.plant == Some(Plant::AckBeforeCommit) {
            return;
        }
        let status = match result {
            Ok(received) => {
                self.timeline.count(|tally| {
                    tally.orphans += u64::from(*received == Received::Orphan);
                });
                self.acknowledged(says);
                204
            }
            Err(ActError::WrongRoute) => 400,
            Err(_) => 500,
        };
        self.answer(from, Some(status));
    }

    /// WeChat hears an answer; `None` means that nobody listens.
    fn answer(&mut self, from: Caller, status: Option<u16>) {
        let Caller::WeChat(delivery_id) = from else { return };
        let result = match status {
            Some(status) => NotifyResult::Answered { status, body: Vec::new() },
            None => NotifyResult::Refused { reason: "connection refused".to_owned() },
        };
        if !self.timeline.strikes(self.profile.network.lose_answer, "acknowledgement lost") {
            let ms = travel_ms(&self.timeline, &self.profile);
            self.timeline.schedule(ms, Event::Notified(delivery_id, result));
        }
    }

    /// Another program under one of our merchant numbers places an order of its own.
    pub(crate) fn stranger_orders(
        &mut self,
        merchant: usize,
        user: usize,
        out_trade_no: &OutTradeNo,
    ) {
        let house = &self.cast.houses[merchant];
        let route = suanpan_acts::directory::NotifyRoute::Transaction;
        let notify_url = self.cast.directory.notify_url(&house.account, &house.mchid, route);
        let body = restate::strangers_order(
            house.appid.as_str(),
            house.mchid.as_str(),
            out_trade_no.as_str(),
            notify_url.as_str(),
            self.cast.users[user].openids[&house.appid].as_str(),
        );
        let request = Request::post("/v3/pay/transactions/jsapi", body);
        let nonce_str = NonceStr::new("stranger").expect("letters");
        let signer = &*house.signers[0];
        let now = self.timeline.now();
        let header = authorization(signer, &house.mchid, now, &nonce_str, &request);
        let request = HttpRequest {
            method: "POST".to_owned(),
            target: request.target,
            headers: [("Authorization", &*header), ("Accept", "*/*"), ("User-Agent", "stranger")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: request.body,
            channel: Channel::Plain,
        };
        self.reach_wechat(Letter { request, sender: Sender::Stranger { user } });
    }

    pub(crate) fn stranger_pays(&mut self, user: usize, by: PayBy) {
        let command = PayCommand {
            by,
            user: self.cast.users[user].name.clone(),
            method: Method::Balance,
            outcome: suanpan_simulator::world::Outcome::Success,
            pin: None,
        };
        let now = self.times();
        let paid = self.world.pay(&command, now);
        self.timeline.trace(format_args!("stranger: {paid:?}"));
    }

    /// WeChat gives up every refund that is open now.
    pub(crate) fn close_refunds(&mut self) {
        use suanpan_simulator::world::RefundStatus;
        let open: Vec<_> = self
            .world
            .refunds()
            .filter(|refund| refund.status == RefundStatus::Processing)
            .map(|refund| (refund.mchid.clone(), refund.out_refund_no.clone()))
            .collect();
        let now = self.times();
        for (mchid, out_refund_no) in open {
            self.timeline.trace(format_args!("wechat: gives up refund {out_refund_no}"));
            let _open_a_moment_ago = self.world.close_refund(&mchid, &out_refund_no, now);
        }
    }

    pub(crate) fn rotate_platform(&mut self) {
        for house in &self.cast.houses {
            if let Some(next) = house.platform.get(1) {
                self.timeline.trace(format_args!("wechat: signs with {}", next.serial_no()));
                self.world
                    .switch_signing(&house.mchid, next.serial_no())
                    .expect("both keys are registered");
            }
        }
    }
}

/// Believes everybody: what a shell without verification would be.
struct Gullible;

impl Verifier for Gullible {
    fn check(
        &self,
        _: &suanpan_wechat::id::SerialNo,
        _: &[u8],
        _: &str,
    ) -> Result<(), VerifyError> {
        Ok(())
    }
}

fn prepay_id(response: &HttpResponse) -> Option<PayBy> {
    let body: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    PrepayId::new(body.get("prepay_id")?.as_str()?).ok().map(PayBy::PrepayId)
}

fn says(content: &Verified<Content>) -> Says {
    match content.clone().statement() {
        Statement::Transaction(said) => Says {
            kind: "transaction".to_owned(),
            mchid: said.get().mchid.to_string(),
            number: said.get().out_trade_no.to_string(),
            wechat_id: said.get().transaction_id.as_ref().map(ToString::to_string),
        },
        Statement::Refund(said) => Says {
            kind: "refund".to_owned(),
            mchid: said.get().mchid.as_ref().map(ToString::to_string).unwrap_or_default(),
            number: said.get().out_refund_no.to_string(),
            wechat_id: Some(said.get().refund_id.to_string()),
        },
        _ => Says {
            kind: "unknown".to_owned(),
            mchid: String::new(),
            number: String::new(),
            wechat_id: None,
        },
    }
}
