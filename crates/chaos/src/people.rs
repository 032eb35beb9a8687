//! Payers, front ends and merchants' servers: what they want, and what they do with answers.

use suanpan_acts::{
    ActError, Clock as _, LeasedJob, Ports as _, Queue, Store as _, StoreError,
    close::close,
    create_order::{CreateOrder, Created, create_order},
    login::login,
    pay::{Pay, PayAsUser, Payable, pay, pay_as_user},
    show::{Access, show_to_payer},
    work::work,
};
use suanpan_simulator::world::{
    Invoke, InvokeKind, Method, Outcome as Acted, PayBy, PayCommand, RefusalCode,
};
use suanpan_trade::{Order, OrderState};
use suanpan_wechat::Fen;

use crate::{
    event::Intent,
    invariant::Invariant,
    simulation::Simulation,
    story::TRIES,
    task::{Origin, Outcome},
};

/// Jobs a worker takes at once.
const CLAIM_LIMIT: usize = 4;

impl Simulation {
    pub(crate) fn want(&mut self, intent: Intent) {
        match intent {
            Intent::Create { story, tries } => self.want_create(story, tries),
            Intent::CreateDifferently { story } => self.want_create_differently(story),
            Intent::Pay { story, user, tries } => self.want_pay(story, user, tries),
            Intent::Cashier { story, user, by, tries } => self.cashier(story, user, by, tries),
            Intent::StrangerPays { user, by } => self.stranger_pays(user, by),
            Intent::Show { story, tries } => self.want_show(story, tries),
            Intent::Close { story } => self.want_close(story),
            Intent::StrangerOrders { merchant, user, out_trade_no } => {
                self.stranger_orders(merchant, user, &out_trade_no);
            }
            Intent::Attack => self.attack(),
            Intent::CloseRefunds => self.close_refunds(),
            Intent::ChangeKey => self.change_key(),
            Intent::RotatePlatform => self.rotate_platform(),
        }
    }

    /// After a broken connection or a "try again": soon, but not at once.
    fn again(&self, tries: u32, intent: impl FnOnce(u32) -> Intent) {
        if tries > 0 {
            let ms = self.timeline.draw(|chance| chance.pick(&[10, 500, 3000, 20_000]));
            self.intend(ms, intent(tries - 1));
        }
    }

    fn want_create(&mut self, story: usize, tries: u32) {
        let Some(server) = self.some_server() else {
            return self.again(tries, |tries| Intent::Create { story, tries });
        };
        let request = self.stories[story].request.clone();
        self.spawn(server, Origin::Create { story, tries }, |ports| async move {
            Outcome::Created(create_order(&*ports, request).await)
        });
    }

    fn want_create_differently(&mut self, story: usize) {
        let known = &self.stories[story];
        let (Some(server), true) = (self.some_server(), known.created.is_some()) else { return };
        let request = CreateOrder {
            amount: Fen::new(known.request.amount.count() + 1).expect("above zero"),
            ..known.request.clone()
        };
        self.spawn(server, Origin::CreateDifferently { story }, |ports| async move {
            Outcome::Created(create_order(&*ports, request).await)
        });
    }

    fn want_pay(&mut self, story: usize, user: usize, tries: u32) {
        let repeat = |tries| Intent::Pay { story, user, tries };
        let Some((order_id, order_token)) = self.stories[story].created.clone() else {
            return self.again(tries, repeat);
        };
        let Some(server) = self.some_server() else { return self.again(tries, repeat) };
        let origin = Origin::Pay { story, user, tries };
        let house = &self.cast.houses[self.stories[story].house];
        let appid = house.appid.clone();
        let openid = self.cast.users[user].openids[&appid].clone();
        if !self.often(self.profile.people.logs_in) {
            self.spawn(server, origin, |ports| async move {
                Outcome::Payable(pay(&*ports, &Pay { order_id, appid, openid }).await)
            });
            return;
        }
        let now = self.times();
        let code = self.world.login(&appid, &self.cast.users[user].name, now);
        let code = code.expect("the cast is registered");
        self.spawn(server, origin, |ports| async move {
            let logged_in = match login(&*ports, &appid, &code).await {
                Ok(logged_in) => logged_in,
                Err(error) => return Outcome::Payable(Err(error)),
            };
            let session_token = logged_in.session_token;
            let request = PayAsUser { order_id, order_token, session_token, appid: Some(appid) };
            Outcome::Payable(pay_as_user(&*ports, &request).await)
        });
    }

    fn want_show(&mut self, story: usize, tries: u32) {
        let Some((order_id, token)) = self.stories[story].created.clone() else { return };
        let Some(server) = self.some_server() else {
            return self.again(tries, |tries| Intent::Show { story, tries });
        };
        self.spawn(server, Origin::Show { story, tries }, |ports| async move {
            Outcome::Order(show_to_payer(&*ports, &order_id, &Access::OrderToken(token)).await)
        });
    }

    fn want_close(&mut self, story: usize) {
        let (Some(server), Some((order_id, _))) =
            (self.some_server(), self.stories[story].created.clone())
        else {
            return;
        };
        let account = self.stories[story].request.account.clone();
        self.spawn(server, Origin::Close, |ports| async move {
            Outcome::Order(close(&*ports, &account, &order_id).await)
        });
    }

    pub(crate) fn claim(&mut self, server: usize, queue: Queue) {
        self.spawn(server, Origin::Claim { queue }, |ports| async move {
            let now = ports.clock().business_now();
            Outcome::Claimed(ports.store().claim(queue, now, CLAIM_LIMIT).await)
        });
    }

    /// An act ended: its caller hears of it.
    pub(crate) fn finished(&mut self, server: usize, origin: Origin, outcome: Outcome) {
        match (origin, outcome) {
            (Origin::Create { story, tries }, Outcome::Created(result)) => {
                self.created(story, tries, result);
            }
            (Origin::CreateDifferently { story }, Outcome::Created(Ok(_))) => {
                self.timeline.violate(
                    Invariant::I11,
                    format!("order {story}: another request under the same number was accepted"),
                );
            }
            (Origin::Pay { story, user, tries }, Outcome::Payable(result)) => {
                self.payable(story, user, tries, result);
            }
            (Origin::Show { story, tries }, Outcome::Order(result)) => {
                self.shown(story, tries, &result);
            }
            (Origin::Notification { from, says }, Outcome::Received(result)) => {
                self.received(from, &says, &result);
            }
            (Origin::Claim { queue }, Outcome::Claimed(result)) => {
                self.claimed(server, queue, result);
            }
            (Origin::Work { queue }, Outcome::Worked(Err(error))) => {
                self.timeline.trace(format_args!("server {server}: {queue:?}: {error}"));
            }
            _ => {}
        }
    }

    /// A server died under an act: its caller sees a broken connection.
    pub(crate) fn lost(&mut self, origin: Origin) {
        match origin {
            Origin::Create { story, tries } => {
                self.again(tries, |tries| Intent::Create { story, tries });
            }
            Origin::Pay { story, user, tries } => {
                self.again(tries, |tries| Intent::Pay { story, user, tries });
            }
            Origin::Show { story, tries } => {
                self.again(tries, |tries| Intent::Show { story, tries });
            }
            // WeChat gives up waiting by itself; leases run out by themselves.
            Origin::Notification { .. }
            | Origin::Claim { .. }
            | Origin::Work { .. }
            | Origin::Close
            | Origin::CreateDifferently { .. } => {}
        }
    }

    fn created(&mut self, story: usize, tries: u32, result: Result<Created, ActError>) {
        match result {
            Ok(created) => self.remember_created(story, created),
            Err(ActError::DifferentRequest(what)) => self.timeline.violate(
                Invariant::I11,
                format!("order {story}: an identical repeat was refused for its {what}"),
            ),
            Err(error) => {
                self.timeline.trace(format_args!("order {story}: not created: {error}"));
                if !matches!(error, ActError::Invalid { .. }) {
                    self.again(tries, |tries| Intent::Create { story, tries });
                }
            }
        }
    }

    fn remember_created(&mut self, story: usize, created: Created) {
        let known = &mut self.stories[story];
        known.news += u32::from(created.new);
        let given = (created.order.identity.order_id.clone(), created.order_token);
        let first = known.created.get_or_insert_with(|| given.clone()).clone();
        let news = known.news;
        if first != given || news > 1 {
            let detail = format!("order {story}: repeats gave {first:?} and {given:?}, {news} new");
            self.timeline.violate(Invariant::I11, detail);
        }
        self.timeline.count(|tally| tally.orders += u64::from(created.new));
    }

    fn payable(
        &mut self,
        story: usize,
        user: usize,
        tries: u32,
        result: Result<Payable, ActError>,
    ) {
        match result {
            Ok(payable) => {
                self.watcher.hand_out(payable.out_trade_no.clone());
                let params = serde_json::to_value(&payable.client_params);
                let Ok(serde_json::Value::Object(params)) = params else { return };
                let appid = self.cast.houses[self.stories[story].house].appid.clone();
                let invoke = Invoke::new(InvokeKind::MiniProgram, appid, params);
                let by = PayBy::Invoke(invoke);
                let ms = if self.often(self.profile.people.dawdles) {
                    self.timeline.draw(|chance| chance.between(0, 7_000_000))
                } else {
                    self.timeline.draw(|chance| chance.between(0, 8000))
                };
                self.intend(ms, Intent::Cashier { story, user, by, tries });
            }
            Err(ActError::Refused(refusal)) => {
                self.timeline.trace(format_args!("order {story}: not payable: {refusal}"));
            }
            Err(error) => {
                self.timeline.trace(format_args!("order {story}: pay failed: {error}"));
                self.again(tries, |tries| Intent::Pay { story, user, tries });
            }
        }
    }

    fn cashier(&mut self, story: usize, user: usize, by: PayBy, tries: u32) {
        let people = self.profile.people.clone();
        let outcome = if self.often(people.cancels) {
            Acted::Cancel
        } else if self.often(people.lands_late) {
            Acted::SuccessAfterClose
        } else {
            Acted::Success
        };
        let name = self.cast.users[user].name.clone();
        let command =
            PayCommand { by: by.clone(), user: name, method: Method::Balance, outcome, pin: None };
        let now = self.times();
        let paid = self.world.pay(&command, now);
        self.timeline.trace(format_args!("order {story}: cashier: {outcome:?}: {paid:?}"));
        match paid {
            Ok(paid) => {
                let landed = paid.transaction_id.is_some();
                self.timeline.count(|tally| tally.payments += u64::from(landed));
                if outcome == Acted::Cancel {
                    return self.again(tries, |tries| Intent::Pay { story, user, tries });
                }
                if outcome == Acted::SuccessAfterClose && self.often(600) {
                    self.intend(1000, Intent::Close { story });
                }
                if self.often(people.asks) {
                    self.intend(300, Intent::Show { story, tries: TRIES });
                }
            }
            Err(refusal) => {
                let misfit = refusal.text == "支付签名验证失败";
                if refusal.code == RefusalCode::InvocationRefused && misfit {
                    let detail = format!("order {story}: the cashier refuses the second signature");
                    self.timeline.violate(Invariant::K06, detail);
                }
            }
        }
    }

    fn shown(&mut self, story: usize, tries: u32, result: &Result<Order, ActError>) {
        match result {
            Ok(order) if order.state() == OrderState::Open => {
                self.again(tries.min(4), |tries| Intent::Show { story, tries });
            }
            Ok(_) => {}
            Err(_) => self.again(tries, |tries| Intent::Show { story, tries }),
        }
    }

    fn claimed(&mut self, server: usize, queue: Queue, result: Result<Vec<LeasedJob>, StoreError>) {
        let Ok(jobs) = result else { return self.be_patient(server, queue, 1000) };
        self.be_patient(server, queue, if jobs.is_empty() { 1000 } else { 20 });
        for leased in jobs {
            self.spawn(server, Origin::Work { queue }, |ports| async move {
                Outcome::Worked(work(&*ports, &leased).await)
            });
        }
    }
}
