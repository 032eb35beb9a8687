//! The orders of a run as the merchants mean them, and how their requests begin.

use suanpan_acts::{
    create_order::CreateOrder,
    endpoints::{CreateEndpoint, create_endpoint},
};
use suanpan_trade::{AccountId, LatePayment, MerchantOrderNo, OrderId, order::OrderPayer};
use suanpan_wechat::{Fen, id::OutTradeNo, pay::Currency, text::Description};

use crate::{
    clock::ServerClock,
    event::{Event, Intent},
    simulation::Simulation,
};

/// One business order.
pub(crate) struct Story {
    pub(crate) house: usize,
    /// What the merchant's server sends, every time.
    pub(crate) request: CreateOrder,
    /// What it was given; never anything else later (invariant I11).
    pub(crate) created: Option<(OrderId, String)>,
    /// How many answers said "new".
    pub(crate) news: u32,
}

/// How often requests are repeated before their sender gives up.
pub(crate) const TRIES: u32 = 12;

impl Simulation {
    /// Every account has one endpoint before anything begins.
    pub(crate) fn open_endpoints(&mut self) {
        for house in 0..self.cast.houses.len() {
            let account = self.cast.houses[house].account.clone();
            let url = format!("https://{account}.example.com/webhooks");
            self.open_endpoint(account, url);
        }
    }

    fn write_story(&mut self, index: usize) -> Story {
        let houses = self.cast.houses.len();
        let (house, lives_s, policy, keyed, bound) = self.timeline.draw(|chance| {
            (
                if chance.per_mille(800) { 0 } else { chance.index(houses) },
                chance.pick(&[None, Some(70), Some(180), Some(900), Some(7200)]),
                chance.pick(&[LatePayment::Refund, LatePayment::Refund, LatePayment::Honour]),
                chance.coin(),
                chance.per_mille(300),
            )
        });
        // Equal amounts on purpose: they hide mix-ups from weak checks.
        let amount = self.timeline.draw(|chance| chance.pick(&[100, 100, 100, 1999]));
        let home = &self.cast.houses[house];
        let payer = bound.then(|| OrderPayer {
            appid: home.appid.clone(),
            openid: self.cast.users[0].openids[&home.appid].clone(),
        });
        let request = CreateOrder {
            account: home.account.clone(),
            merchant_order_no: MerchantOrderNo::new(format!("order-{index}")).expect("plain"),
            amount: Fen::new(amount).expect("above zero"),
            currency: Currency::Cny,
            description: Description::new("tea").expect("short"),
            mchid: None,
            payer,
            expires_at: lives_s.map(|seconds| self.timeline.now().plus(seconds + 30)),
            late_payment: policy,
            attach: None,
            metadata: None,
            idempotency_key: keyed.then(|| format!("key-{index}")),
        };
        Story { house, request, created: None, news: 0 }
    }

    pub(crate) fn write_stories(&mut self) {
        for index in 0..self.profile.orders {
            let story = self.write_story(index);
            self.stories.push(story);
            // Bursts on purpose: everything of one order within milliseconds, again and again.
            let begins_ms = self.timeline.draw(|chance| chance.between(0, 20_000));
            let create = Intent::Create { story: index, tries: TRIES };
            self.timeline.schedule_at(begins_ms, Event::Intent(create.clone()));
            if self.often(self.profile.people.double_click) {
                let again_ms = begins_ms + self.timeline.draw(|chance| chance.between(0, 5));
                self.timeline.schedule_at(again_ms, Event::Intent(create));
                let differently = Event::Intent(Intent::CreateDifferently { story: index });
                self.timeline.schedule_at(begins_ms + 5000, differently);
            }
            self.write_payments(index, begins_ms);
        }
        for number in 0..self.profile.strangers {
            let (merchant, user) = self.timeline.draw(|chance| {
                (chance.index(self.cast.houses.len()), chance.index(self.cast.users.len()))
            });
            let out_trade_no = OutTradeNo::new(format!("stranger{number:04}")).expect("plain");
            let intent = Intent::StrangerOrders { merchant, user, out_trade_no };
            self.plan(60_000, Event::Intent(intent));
        }
    }

    fn write_payments(&mut self, story: usize, begins_ms: i64) {
        let people = self.profile.people.clone();
        let pays_ms = begins_ms + self.timeline.draw(|chance| chance.between(50, 30_000));
        let pay = |user| Event::Intent(Intent::Pay { story, user, tries: TRIES });
        self.timeline.schedule_at(pays_ms, pay(0));
        if self.often(people.double_click) {
            let again_ms = pays_ms + self.timeline.draw(|chance| chance.between(0, 40));
            self.timeline.schedule_at(again_ms, pay(0));
        }
        if self.often(people.second_payer) {
            let other_ms = pays_ms + self.timeline.draw(|chance| chance.between(-20, 20_000));
            self.timeline.schedule_at(other_ms, pay(1));
        }
        if self.often(people.merchant_closes) {
            let close_ms = pays_ms + self.timeline.draw(|chance| chance.between(-20, 60_000));
            self.timeline.schedule_at(close_ms, Event::Intent(Intent::Close { story }));
        }
    }

    /// So many times in a thousand; what people do does not end with the faults.
    pub(crate) fn often(&self, per_mille: u32) -> bool {
        self.timeline.draw(|chance| chance.per_mille(per_mille))
    }

    fn open_endpoint(&mut self, account: AccountId, url: String) {
        let ports = self.ports(&ServerClock::new(self.timeline.clone()));
        let request =
            CreateEndpoint { account: account.clone(), url: url.clone(), events: Vec::new() };
        let created = self.run_undisturbed(create_endpoint(&*ports, request));
        let endpoint = created.expect("an account may have an endpoint");
        let mut backends = self.backends.lock().expect("a run is one thread");
        backends.register(url, account, endpoint.secret);
    }
}
