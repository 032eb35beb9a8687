use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutRefundNo, OutTradeNo, PrepayId, SerialNo, TransactionId},
    key::KeyError,
    sign::Signer,
    verify::Verifier,
};

use super::{
    bill::Tickets,
    chance::Chance,
    codepay::PaymentCodes,
    combine::CombinedOrders,
    coupon::Coupons,
    deferred::Deferred,
    exchange::Times,
    fault::{Fault, FaultName, Subject},
    frequency::Frequency,
    funds::Account,
    identity::{App, Identities, Merchant},
    journal::{Journal, Message, MessageFilter},
    notify::{Attempt, DeliveryId, Effect, Notification},
    open::OpenPlatform,
    order::{Order, OrderKey, PREPAY_ID_SECONDS, Prepay, Refund},
    person::Person,
    settings::Settings,
    sharing::{ShareKey, Sharings},
    suite::Suite,
    transfer::{AuthorizationKey, Authorizations, BillKey, Transfers},
    v2::Sandboxes,
};

/// Notifications kept after their ladder has ended.
const FINISHED_LIMIT: usize = 10_000;

/// With fewer prepay ids than this, old ones are not looked for.
const PREPAY_SWEEP: usize = 1024;

/// Everything a world knows; serialised as a whole, it is the world.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct State {
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
    pub(crate) chance: Chance,
    /// Rises with every number WeChat assigns.
    pub(crate) sequence: u64,
    pub(crate) merchants: BTreeMap<Mchid, Merchant>,
    pub(crate) apps: BTreeMap<Appid, App>,
    pub(crate) users: BTreeMap<String, Person>,
    /// Who an openid is, and where.
    pub(crate) openids: BTreeMap<Openid, (Appid, String)>,
    pub(crate) orders: BTreeMap<Mchid, BTreeMap<OutTradeNo, Order>>,
    /// Every order in the order in which they were placed.
    #[serde(default)]
    pub(crate) order_log: Vec<(Mchid, OutTradeNo)>,
    /// Orders that are paid together.
    #[serde(default)]
    pub(crate) combined: CombinedOrders,
    /// What lowers payments.
    #[serde(default)]
    pub(crate) coupons: Coupons,
    /// What people's phones show to a scanner.
    #[serde(default)]
    pub(crate) payment_codes: PaymentCodes,
    /// What is tried in v2's sandboxes.
    #[serde(default)]
    pub(crate) sandboxes: Sandboxes,
    /// Who called how often.
    #[serde(default)]
    pub(crate) frequency: Frequency,
    pub(crate) prepays: BTreeMap<PrepayId, Prepay>,
    /// When there are so many, old ones are looked for.
    #[serde(default)]
    pub(crate) prepay_sweep: usize,
    /// What stands in QR codes that are still good.
    pub(crate) code_urls: BTreeMap<String, PrepayId>,
    pub(crate) transactions: BTreeMap<TransactionId, (Mchid, OutTradeNo)>,
    pub(crate) refunds: BTreeMap<Mchid, BTreeMap<OutRefundNo, Refund>>,
    /// Login, tokens, consoles of apps.
    #[serde(default)]
    pub(crate) open: OpenPlatform,
    pub(crate) notifications: BTreeMap<String, Notification>,
    pub(crate) attempts: BTreeMap<DeliveryId, Attempt>,
    /// Notifications whose ladder has ended, oldest first.
    pub(crate) finished: VecDeque<String>,
    pub(crate) due: BTreeSet<Due>,
    /// Notifications that wait to be overtaken (fault `notify_reordered`).
    pub(crate) held: Vec<Due>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) journal: Journal,
    /// What WeChat holds for merchants.
    pub(crate) accounts: BTreeMap<Mchid, Account>,
    /// Profit sharing.
    #[serde(default)]
    pub(crate) sharings: Sharings,
    /// Transfers to people.
    #[serde(default)]
    pub(crate) transfers: Transfers,
    /// Who permitted transfers once for all.
    #[serde(default)]
    pub(crate) authorizations: Authorizations,
    /// Download addresses of bills.
    pub(crate) bill_tickets: Tickets,
    /// What WeChat keeps for itself.
    pub(crate) fees: Fen,
    /// Money that entered the world by hand.
    pub(crate) minted: Fen,
    /// Money that banks paid in for their cards, less what went back to them. What is in the world
    /// must always add up to both.
    #[serde(default)]
    pub(crate) drawn: Fen,
}

/// Work for a later instant, in the order it will happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    pub(crate) sequence: u64,
    pub(crate) work: Work,
}

/// What will happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) enum Work {
    /// Send a notification.
    Notify { notification_id: String },
    /// Nobody reported how a sending ended: it counts as timed out.
    GiveUpWaiting { delivery_id: DeliveryId },
    /// A refund reaches its end.
    SettleRefund { mchid: Mchid, out_refund_no: OutRefundNo },
    /// A payment under way lands.
    LandPayment { mchid: Mchid, out_trade_no: OutTradeNo },
    /// An unpaid order has become seven days old.
    CloseByAge { mchid: Mchid, out_trade_no: OutTradeNo },
    /// A share reaches its receivers.
    SettleShare(ShareKey),
    /// What nobody shares is released.
    ReleaseShared { mchid: Mchid, transaction_id: TransactionId },
    /// A transfer that was confirmed or cancelled reaches its end.
    SettleTransfer(BillKey),
    /// Nobody has confirmed a transfer.
    LapseTransfer(BillKey),
    /// Nobody has answered whether transfers are permitted.
    LapseAuthorization(AuthorizationKey),
    /// Nobody shipped, nobody confirmed, or settlement goes on.
    MoveShipment { transaction_id: TransactionId },
    /// A person who was asked for the password has not answered.
    LapsePassword { mchid: Mchid, out_trade_no: OutTradeNo },
}

/// What due work did, and what the shell must do now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fired {
    /// In the order it happened.
    pub happened: Vec<Happening>,
    /// To be executed in this order.
    pub effects: Vec<Effect>,
}

/// Something that became due.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Happening {
    /// Business time it was due.
    pub at: Timestamp,
    /// What.
    pub kind: HappeningKind,
    /// The merchant.
    pub mchid: Mchid,
    /// The order, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<OutTradeNo>,
}

/// The kinds of happenings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// A notification was sent (or lost on purpose).
    Notified,
    /// A refund arrived.
    RefundSettled,
    /// A refund could not be delivered.
    RefundAbnormal,
    /// A payment under way landed.
    PaymentLanded,
    /// An order closed by age.
    OrderClosed,
    /// A share reached its receivers.
    Shared,
    /// What nobody shared was released.
    SharingReleased,
    /// A transfer arrived, or its money is back.
    TransferEnded,
    /// Nobody answered whether transfers are permitted.
    AuthorizationLapsed,
    /// A payment moved on between shipping and settlement.
    ShipmentMoved,
}

/// What a screen may want to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Orders or refunds.
    Order,
    /// The journal.
    Message,
    /// Transfers to people.
    Transfer,
    /// A wallet.
    Wallet,
    /// The list of faults.
    Fault,
    /// Merchants, apps or users.
    Identity,
}

/// WeChat.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) state: State,
    suite: Arc<dyn Suite>,
    signers: BTreeMap<SerialNo, SignerSlot>,
    verifiers: BTreeMap<(Mchid, SerialNo), VerifierSlot>,
    pub(crate) changes: BTreeSet<Change>,
    /// Sentences for the log that nobody has taken yet.
    pub(crate) remarks: Vec<Deferred<String>>,
}

#[derive(Clone)]
struct SignerSlot(Arc<dyn Signer>);

#[derive(Clone)]
struct VerifierSlot(Arc<dyn Verifier>);

impl std::fmt::Debug for SignerSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.0.serial_no())
    }
}

impl std::fmt::Debug for VerifierSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(..)")
    }
}

impl World {
    /// A fresh world. The same seed and identities give the same world.
    ///
    /// # Errors
    /// When a key is not one of the suite's.
    pub fn new(seed: u64, identities: Identities, suite: Arc<dyn Suite>) -> Result<Self, KeyError> {
        let mut state = State::empty(seed);
        for app in identities.apps {
            state.apps.insert(app.appid.clone(), app);
        }
        for merchant in identities.merchants {
            state.open_accounts(&merchant);
            state.merchants.insert(merchant.mchid.clone(), merchant);
        }
        for user in identities.users {
            state.mint(user.balance);
            state.users.insert(user.name.clone(), Person::new(user));
        }
        let appids: Vec<_> = state.apps.keys().cloned().collect();
        for appid in &appids {
            state.introduce_everybody(appid);
        }
        Self::restore(state, suite)
    }

    /// Continues a stored world.
    ///
    /// # Errors
    /// When a key in it is not one of the suite's.
    pub fn restore(state: State, suite: Arc<dyn Suite>) -> Result<Self, KeyError> {
        let mut world = Self {
            state,
            suite,
            signers: BTreeMap::new(),
            verifiers: BTreeMap::new(),
            changes: BTreeSet::new(),
            remarks: Vec::new(),
        };
        let mchids: Vec<_> = world.state.merchants.keys().cloned().collect();
        for mchid in &mchids {
            world.read_keys(mchid)?;
        }
        world.state.complete_order_log();
        world.state.sharings.complete();
        Ok(world)
    }

    /// Parses every key of one merchant again.
    pub(crate) fn read_keys(&mut self, mchid: &Mchid) -> Result<(), KeyError> {
        let Some(merchant) = self.state.merchants.get(mchid) else { return Ok(()) };
        for certificate in &merchant.api_certificates {
            let verifier = self
                .suite
                .merchant_verifier(&certificate.serial_no, &certificate.certificate_pem)?;
            self.verifiers
                .insert((mchid.clone(), certificate.serial_no.clone()), VerifierSlot(verifier));
        }
        let platform = merchant
            .platform_certificates
            .iter()
            .map(|certificate| (&certificate.serial_no, &certificate.private_key_pem));
        let public = merchant.public_key.iter().map(|key| (&key.id, &key.private_key_pem));
        for (serial_no, private_key_pem) in platform.chain(public) {
            if !self.signers.contains_key(serial_no) {
                let signer = self.suite.platform_signer(serial_no, private_key_pem)?;
                self.signers.insert(serial_no.clone(), SignerSlot(signer));
            }
        }
        Ok(())
    }

    /// The state, to be stored.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The seed this world started from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.state.seed
    }

    /// What changed since this was last asked.
    pub fn take_changes(&mut self) -> BTreeSet<Change> {
        std::mem::take(&mut self.changes)
    }

    /// What the log should say, since this was last asked. Reading a remark may take a while and
    /// does not need the world.
    pub fn take_remarks(&mut self) -> Vec<Deferred<String>> {
        std::mem::take(&mut self.remarks)
    }

    /// When something will happen next, in business time.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.state.due.first().map(|due| due.at)
    }

    /// Does everything that is due at `now.business`, each thing at its own instant.
    ///
    /// Sending a notification may make its retry due; that happens in a later call, because only
    /// [`World::notified`] knows when.
    pub fn fire_due(&mut self, now: Times) -> Fired {
        let mut fired = Fired::default();
        while let Some(due) = self.state.due.first().filter(|due| due.at <= now.business).cloned() {
            self.state.due.remove(&due);
            let then = now.with_business(due.at);
            match due.work {
                Work::Notify { notification_id } => {
                    self.send_notification(&notification_id, then, &mut fired);
                }
                Work::GiveUpWaiting { delivery_id } => self.give_up_waiting(delivery_id, then),
                Work::SettleRefund { mchid, out_refund_no } => {
                    self.settle_refund(&mchid, &out_refund_no, then, &mut fired);
                }
                Work::LandPayment { mchid, out_trade_no } => {
                    self.land_payment(&mchid, &out_trade_no, then, &mut fired);
                }
                Work::CloseByAge { mchid, out_trade_no } => {
                    self.close_by_age(&mchid, &out_trade_no, then, &mut fired);
                }
                Work::SettleShare(key) => self.settle_share(&key, then, &mut fired),
                Work::ReleaseShared { mchid, transaction_id } => {
                    self.release_by_age(&mchid, &transaction_id, then, &mut fired);
                }
                Work::SettleTransfer(key) => self.settle_transfer(&key, then, &mut fired),
                Work::LapseTransfer(key) => self.lapse_transfer(&key, then, &mut fired),
                Work::LapseAuthorization(key) => self.lapse_authorization(&key, then, &mut fired),
                Work::MoveShipment { transaction_id } => {
                    self.move_shipment(&transaction_id, then, &mut fired);
                }
                Work::LapsePassword { mchid, out_trade_no } => {
                    self.lapse_password(&mchid, &out_trade_no);
                }
            }
        }
        fired
    }

    /// The faults that are switched on.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.state.faults
    }

    /// Replaces all faults.
    pub fn set_faults(&mut self, faults: Vec<Fault>) {
        self.state.faults = faults;
        self.changes.insert(Change::Fault);
    }

    /// Messages, oldest first.
    pub fn messages(&self, filter: &MessageFilter) -> impl Iterator<Item = &Message> {
        self.state.journal.select(filter)
    }

    pub(crate) fn signer(&self, serial_no: &SerialNo) -> Arc<dyn Signer> {
        let slot = self.signers.get(serial_no);
        Arc::clone(&slot.expect("every key of every merchant was read when it was added").0)
    }

    pub(crate) fn verifier(
        &self,
        mchid: &Mchid,
        serial_no: &SerialNo,
    ) -> Option<Arc<dyn Verifier>> {
        self.verifiers.get(&(mchid.clone(), serial_no.clone())).map(|slot| Arc::clone(&slot.0))
    }

    pub(crate) fn record(&mut self, message: Message, now: Times) -> u64 {
        self.changes.insert(Change::Message);
        let message = Message { at: now.wall, business_at: now.business, ..message };
        self.state.journal.record(message, self.state.settings.journal_limit)
    }

    /// Whether a fault strikes here; takes one off its count.
    pub(crate) fn strikes(&mut self, name: FaultName, subject: &Subject<'_>) -> bool {
        let chance = &mut self.state.chance;
        for fault in &mut self.state.faults {
            if fault.name != name || fault.count == Some(0) || !fault.concerns(subject) {
                continue;
            }
            if chance.below(1_000_000) < fault.probability.count() {
                if let Some(count) = &mut fault.count {
                    *count -= 1;
                    self.changes.insert(Change::Fault);
                }
                return true;
            }
        }
        false
    }
}

impl State {
    /// The seed it grew from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    fn empty(seed: u64) -> Self {
        Self {
            seed,
            settings: Settings::default(),
            chance: Chance::new(seed),
            sequence: 0,
            merchants: BTreeMap::new(),
            apps: BTreeMap::new(),
            users: BTreeMap::new(),
            openids: BTreeMap::new(),
            orders: BTreeMap::new(),
            order_log: Vec::new(),
            combined: CombinedOrders::default(),
            coupons: Coupons::default(),
            payment_codes: PaymentCodes::default(),
            sandboxes: Sandboxes::default(),
            frequency: Frequency::default(),
            prepays: BTreeMap::new(),
            prepay_sweep: PREPAY_SWEEP,
            code_urls: BTreeMap::new(),
            transactions: BTreeMap::new(),
            refunds: BTreeMap::new(),
            open: OpenPlatform::default(),
            notifications: BTreeMap::new(),
            attempts: BTreeMap::new(),
            finished: VecDeque::new(),
            due: BTreeSet::new(),
            held: Vec::new(),
            faults: Vec::new(),
            journal: Journal::default(),
            accounts: BTreeMap::new(),
            sharings: Sharings::default(),
            transfers: Transfers::default(),
            authorizations: Authorizations::default(),
            bill_tickets: Tickets::default(),
            fees: Fen::ZERO,
            minted: Fen::ZERO,
            drawn: Fen::ZERO,
        }
    }

    /// Money enters the world.
    pub(crate) fn mint(&mut self, amount: Fen) {
        self.minted = self.minted.checked_add(amount).expect(MONEY_FITS);
    }

    /// Somebody's money is changed by hand from one amount to another.
    pub(crate) fn mint_or_burn(&mut self, before: Fen, after: Fen) {
        self.minted = self.minted.checked_add(after).expect(MONEY_FITS);
        self.minted = self.minted.checked_sub(before).expect("what is in the world was minted");
    }

    /// An account for a merchant, with the money it starts with, and one for each sub-merchant.
    pub(crate) fn open_accounts(&mut self, merchant: &Merchant) {
        self.mint(merchant.opening_balance);
        let account = Account { available: merchant.opening_balance, ..Account::default() };
        self.accounts.insert(merchant.mchid.clone(), account);
        for sub_mchid in merchant.sub_merchants.keys() {
            self.accounts.entry(sub_mchid.clone()).or_default();
        }
    }

    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    pub(crate) fn schedule(&mut self, at: Timestamp, work: Work) -> Due {
        let due = Due { at, sequence: self.next_sequence(), work };
        self.due.insert(due.clone());
        due
    }

    /// Takes work back that will not be needed.
    pub(crate) fn cancel(&mut self, due: Option<&Due>) {
        if let Some(due) = due {
            self.due.remove(due);
        }
    }

    /// An old prepay id is refused like one that never was, so it need not be kept. Looking costs as
    /// much as there are, so it is done when their number has doubled since the last time.
    pub(crate) fn forget_old_prepays(&mut self, now: Times) {
        if self.prepays.len() >= self.prepay_sweep {
            self.prepays.retain(|_, prepay| now.business.since(prepay.made_at) < PREPAY_ID_SECONDS);
            self.code_urls.retain(|_, prepay_id| self.prepays.contains_key(prepay_id));
            self.prepay_sweep = PREPAY_SWEEP.max(2 * self.prepays.len());
        }
    }

    /// A ladder has ended. The notification stays for a while, to be sent again by hand.
    pub(crate) fn finish_notification(&mut self, id: String) {
        self.finished.push_back(id);
        if self.finished.len() > FINISHED_LIMIT
            && let Some(oldest) = self.finished.pop_front()
        {
            self.notifications.remove(&oldest);
        }
    }

    pub(crate) fn order(&self, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Option<&Order> {
        self.orders.get(mchid)?.get(out_trade_no)
    }

    pub(crate) fn order_mut(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
    ) -> Option<&mut Order> {
        self.orders.get_mut(mchid)?.get_mut(out_trade_no)
    }

    pub(crate) fn order_of(&self, key: &OrderKey) -> Option<&Order> {
        self.order(&key.mchid, &key.out_trade_no)
    }
}

/// Registration bounds every amount, and money only moves, so sums stay far below 2^63 fen.
pub(crate) const MONEY_FITS: &str = "all money of a world was minted within bounds";
