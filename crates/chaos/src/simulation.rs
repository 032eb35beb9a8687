//! One run: the loop over virtual time, the executor, and what happens to servers.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use suanpan_acts::Queue;
use suanpan_simulator::world::{Times, World};
use suanpan_store::ModelStore;

use crate::{
    cast::Cast,
    clock::{SeededNonces, ServerClock},
    event::{Event, Intent, Knock},
    invariant::Invariant,
    merchant::{Backends, MerchantPort},
    plant::Plant,
    ports::ServerPorts,
    profile::Profile,
    store::FaultyStore,
    story::Story,
    task::{Origin, Outcome, Task},
    timeline::{BEGINNING, TaskId, Timeline},
    watcher::Watcher,
    wechat::WechatPort,
};

const DAY_MS: i64 = 86_400_000;

/// Quiet is bounded: the longest schedules (webhooks: four days, unpaid orders at WeChat: seven)
/// end well before.
const END_MS: i64 = 12 * DAY_MS;

/// Far more steps than any run needs: one that takes more is going round in circles.
const MOST_STEPS: u64 = 40_000;

/// How many of WeChat's notifications an attacker remembers.
const CAPTURED: usize = 24;

/// One seed's run.
pub(crate) struct Simulation {
    pub(crate) timeline: Timeline,
    pub(crate) profile: Arc<Profile>,
    pub(crate) plant: Option<Plant>,
    pub(crate) cast: Arc<Cast>,
    pub(crate) world: World,
    pub(crate) model: Arc<ModelStore>,
    pub(crate) backends: Arc<Mutex<Backends>>,
    pub(crate) servers: Vec<Server>,
    pub(crate) stories: Vec<Story>,
    pub(crate) watcher: Watcher,
    /// Genuine notifications an attacker has seen.
    pub(crate) captured: Vec<Knock>,
    tasks: BTreeMap<TaskId, Task>,
    next_task: TaskId,
    /// When the world next looks at what is due.
    world_due_ms: Option<i64>,
    /// Which API key the operator has put in place.
    key: usize,
}

/// One process of ours.
pub(crate) struct Server {
    pub(crate) life: Life,
    pub(crate) clock: ServerClock,
    ports: Arc<ServerPorts>,
    ticks: BTreeMap<Queue, i64>,
    /// Not before this, whatever is due: a worker that found nothing does not spin.
    patience: BTreeMap<Queue, i64>,
    /// What became ready while it was frozen.
    asleep: Vec<TaskId>,
}

/// How a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Up,
    Frozen,
    Down,
}

impl Simulation {
    pub(crate) fn new(seed: u64, timeline: Timeline, plant: Option<Plant>) -> Self {
        let mut profile = timeline.draw(Profile::draw);
        if let Some(plant) = plant {
            plant.shape(&mut profile);
        }
        timeline.trace(format_args!("profile: {profile:?}"));
        let (cast, mut world) = Cast::new(seed, profile.rsa);
        world.set_faults(profile.world.clone());
        let mut simulation = Self {
            timeline,
            profile: Arc::new(profile),
            plant,
            cast,
            world,
            model: Arc::new(ModelStore::new()),
            backends: Arc::default(),
            servers: Vec::new(),
            stories: Vec::new(),
            watcher: Watcher::default(),
            captured: Vec::new(),
            tasks: BTreeMap::new(),
            next_task: 1,
            world_due_ms: None,
            key: 0,
        };
        for _ in 0..simulation.profile.servers {
            let clock = ServerClock::new(simulation.timeline.clone());
            let ports = simulation.ports(&clock);
            simulation.servers.push(Server {
                life: Life::Up,
                clock,
                ports,
                ticks: BTreeMap::new(),
                patience: BTreeMap::new(),
                asleep: Vec::new(),
            });
        }
        simulation
    }

    /// Runs to the end: faults first, then quiet; stops at the first broken rule.
    pub(crate) fn run(&mut self) {
        self.open_endpoints();
        self.timeline.set_faults(true);
        self.write_stories();
        self.plan_troubles();
        self.timeline.schedule_at(self.profile.safety_ms, Event::Calm);
        self.settle_step();
        while let Some(event) = self.timeline.next(END_MS) {
            self.happen(event);
            self.settle_step();
            if self.timeline.steps() > MOST_STEPS {
                let detail = format!("no rest after {MOST_STEPS} steps");
                self.timeline.violate(Invariant::L04, detail);
            }
            if self.timeline.failed() {
                return;
            }
        }
        self.watch_quiet();
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Resume(slot) => {
                slot.fill(());
                self.wake(slot.task);
            }
            Event::Answer(slot, answer) => {
                slot.fill(answer);
                self.wake(slot.task);
            }
            Event::ReachWechat(letter) => self.reach_wechat(letter),
            Event::ReachUs(knock) => self.reach_us(knock),
            Event::Notified(delivery_id, result) => {
                let now = self.times();
                self.world.notified(delivery_id, result, now);
            }
            Event::WorldDue => self.fire_world(),
            Event::Tick { server, queue } => self.tick(server, queue),
            Event::Restart(server) => self.restart(server),
            Event::Thaw(server) => self.thaw(server),
            Event::MoveClock(server) => self.move_clock(server),
            Event::Intent(intent) => self.want(intent),
            Event::Calm => self.calm_down(),
        }
    }

    /// What has to follow every step: due work is looked after, and every rule is checked.
    fn settle_step(&mut self) {
        self.schedule_world();
        self.schedule_workers();
        self.watch_step();
    }

    pub(crate) fn times(&self) -> Times {
        Times::at(self.timeline.now())
    }

    pub(crate) fn ports(&self, clock: &ServerClock) -> Arc<ServerPorts> {
        let (timeline, profile) = (&self.timeline, &self.profile);
        Arc::new(ServerPorts {
            store: FaultyStore {
                timeline: timeline.clone(),
                model: Arc::clone(&self.model),
                profile: Arc::clone(profile),
                plant: self.plant,
            },
            wechat: WechatPort {
                timeline: timeline.clone(),
                profile: Arc::clone(profile),
                cast: Arc::clone(&self.cast),
                clock: clock.clone(),
                key: self.key,
                model: Arc::clone(&self.model),
                plant: self.plant,
            },
            merchant_http: MerchantPort {
                timeline: timeline.clone(),
                profile: Arc::clone(profile),
                backends: Arc::clone(&self.backends),
                model: Arc::clone(&self.model),
                plant: self.plant,
            },
            clock: clock.clone(),
            nonces: SeededNonces(timeline.clone()),
            cast: Arc::clone(&self.cast),
        })
    }

    /// A server that takes requests, if there is one.
    pub(crate) fn some_server(&self) -> Option<usize> {
        let up: Vec<usize> = (0..self.servers.len())
            .filter(|server| self.servers[*server].life == Life::Up)
            .collect();
        (!up.is_empty()).then(|| self.timeline.draw(|chance| chance.pick(&up)))
    }

    /// Runs one act to its end before anything else happens.
    pub(crate) fn run_undisturbed<T>(&mut self, act: impl Future<Output = T>) -> T {
        let mut act = std::pin::pin!(act);
        loop {
            let polled = act.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(value) = polled {
                return value;
            }
            if let Some(Event::Resume(slot)) = self.timeline.next(END_MS) {
                slot.fill(());
            }
        }
    }

    /// Starts an act on a server and polls it up to its first yield point.
    pub(crate) fn spawn<F>(
        &mut self,
        server: usize,
        origin: Origin,
        act: impl FnOnce(Arc<ServerPorts>) -> F,
    ) where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let task = self.next_task;
        self.next_task += 1;
        self.timeline.count(|tally| tally.acts += 1);
        self.timeline.trace(format_args!("server {server}: task {task} begins: {origin:?}"));
        let future = Box::pin(act(Arc::clone(&self.servers[server].ports)));
        self.tasks.insert(task, Task { server, origin, future });
        self.poll(task);
    }

    fn wake(&mut self, task: TaskId) {
        let Some(server) = self.tasks.get(&task).map(|task| task.server) else { return };
        let trouble = &self.profile.servers_trouble;
        if self.servers[server].life == Life::Frozen {
            self.servers[server].asleep.push(task);
        } else if self.timeline.strikes(trouble.crash, "crash") {
            self.crash(server);
        } else if self.timeline.strikes(trouble.freeze, "freeze") {
            self.freeze(server, task);
        } else {
            self.poll(task);
        }
    }

    fn poll(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        self.timeline.set_current(id);
        let polled = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(outcome) = polled {
            let task = self.tasks.remove(&id).expect("it was there a moment ago");
            self.finished(task.server, task.origin, outcome);
        }
    }

    /// Kill -9: every act in flight is dropped where it stands; leases stay behind.
    fn crash(&mut self, server: usize) {
        self.timeline.trace(format_args!("server {server}: crashes"));
        let dead: Vec<TaskId> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.server == server)
            .map(|(id, _)| *id)
            .collect();
        let lost: Vec<Origin> =
            dead.iter().filter_map(|id| self.tasks.remove(id)).map(|task| task.origin).collect();
        let process = &mut self.servers[server];
        process.life = Life::Down;
        process.ticks.clear();
        process.asleep.clear();
        let ms = self.timeline.draw(|chance| chance.pick(&[100, 2000, 30_000, 300_000]));
        self.timeline.schedule(ms, Event::Restart(server));
        for origin in lost {
            self.lost(origin);
        }
    }

    fn restart(&mut self, server: usize) {
        if self.servers[server].life != Life::Down {
            return;
        }
        self.timeline.trace(format_args!("server {server}: starts"));
        let ports = self.ports(&self.servers[server].clock);
        let process = &mut self.servers[server];
        process.life = Life::Up;
        process.ports = ports;
        process.patience.clear();
    }

    fn freeze(&mut self, server: usize, task: TaskId) {
        self.timeline.trace(format_args!("server {server}: freezes"));
        self.servers[server].life = Life::Frozen;
        self.servers[server].asleep.push(task);
        let ms = self.timeline.draw(|chance| chance.pick(&[1000, 20_000, 90_000, 600_000]));
        self.timeline.schedule(ms, Event::Thaw(server));
    }

    fn thaw(&mut self, server: usize) {
        if self.servers[server].life != Life::Frozen {
            return;
        }
        self.timeline.trace(format_args!("server {server}: goes on"));
        self.servers[server].life = Life::Up;
        // Whatever ticked meanwhile fell on deaf ears.
        self.servers[server].ticks.clear();
        for task in std::mem::take(&mut self.servers[server].asleep) {
            self.poll(task);
        }
    }

    fn move_clock(&mut self, server: usize) {
        if !self.timeline.faults_on() {
            return;
        }
        let trouble = &self.profile.servers_trouble;
        let (range, alone) = (trouble.clock_range, trouble.business_alone);
        let business_s = self.timeline.draw(|chance| chance.between(-range, range));
        let wall_s = if alone { 0 } else { business_s };
        self.timeline.count(|tally| tally.fault("clock moved"));
        self.timeline
            .trace(format_args!("server {server}: clock off by {business_s} s, wall {wall_s} s"));
        self.servers[server].clock.set(business_s, wall_s);
    }

    /// The operator stops everything and starts it with the other API key.
    pub(crate) fn change_key(&mut self) {
        self.key += 1;
        for server in 0..self.servers.len() {
            if self.servers[server].life != Life::Down {
                self.crash(server);
            }
        }
    }

    /// Faults end: the network is sound, clocks are right, everything runs.
    fn calm_down(&mut self) {
        self.timeline.trace(format_args!("calm"));
        self.timeline.set_faults(false);
        self.world.set_faults(Vec::new());
        for server in 0..self.servers.len() {
            self.servers[server].clock.set(0, 0);
            self.restart(server);
            self.thaw(server);
        }
    }

    fn plan_troubles(&mut self) {
        let trouble = &self.profile.servers_trouble;
        let safety_ms = self.profile.safety_ms;
        for _ in 0..trouble.clock_jumps {
            let server = self.timeline.draw(|chance| chance.index(self.profile.servers));
            self.plan(safety_ms, Event::MoveClock(server));
        }
        let closes = (0..self.profile.closes_refunds).map(|_| Intent::CloseRefunds);
        let attacks = (0..self.profile.attacks).map(|_| Intent::Attack);
        let key = self.profile.changes_key.then_some(Intent::ChangeKey);
        let rotation = self.profile.rotates_platform.then_some(Intent::RotatePlatform);
        for intent in closes.chain(attacks).chain(key).chain(rotation) {
            self.plan(safety_ms.min(40 * 60_000), Event::Intent(intent));
        }
    }

    /// At some instant before `before_ms`.
    pub(crate) fn plan(&self, before_ms: i64, event: Event) {
        let at_ms = self.timeline.draw(|chance| chance.between(0, before_ms));
        self.timeline.schedule_at(at_ms, event);
    }

    pub(crate) fn intend(&self, in_ms: i64, intent: Intent) {
        self.timeline.schedule(in_ms, Event::Intent(intent));
    }

    pub(crate) fn capture(&mut self, knock: Knock) {
        if self.captured.len() < CAPTURED {
            self.captured.push(knock);
        }
    }

    fn schedule_world(&mut self) {
        let Some(due) = self.world.next_due() else { return };
        let due_ms = (due.unix() - BEGINNING) * 1000;
        let due_ms = due_ms.max(self.timeline.now_ms());
        if self.world_due_ms.is_none_or(|known| due_ms < known) {
            self.world_due_ms = Some(due_ms);
            self.timeline.schedule_at(due_ms, Event::WorldDue);
        }
    }

    fn fire_world(&mut self) {
        self.world_due_ms = None;
        let now = self.times();
        let fired = self.world.fire_due(now);
        for effect in fired.effects {
            self.carry_out(effect);
        }
    }

    /// Wakes each worker when the next job of its queue is due by its own clock.
    fn schedule_workers(&mut self) {
        let state = self.model.snapshot();
        let now_ms = self.timeline.now_ms();
        for index in 0..self.servers.len() {
            if self.servers[index].life != Life::Up {
                continue;
            }
            for queue in [Queue::WeChat, Queue::Webhooks] {
                if queue == Queue::WeChat && self.is_poller_dead() {
                    continue;
                }
                let server = &self.servers[index];
                let due = state.jobs().filter(|row| row.job.queue() == queue).filter_map(|row| {
                    let due_ms = server.clock.when_ms(row.due_at?);
                    let free_ms =
                        row.lease_until.map_or(due_ms, |until| server.clock.when_ms(until));
                    Some(due_ms.max(free_ms))
                });
                let Some(due_ms) = due.min() else { continue };
                let patience = server.patience.get(&queue).copied().unwrap_or(0);
                let tick_ms = due_ms.max(patience).max(now_ms);
                if server.ticks.get(&queue).is_none_or(|known| tick_ms < *known) {
                    self.servers[index].ticks.insert(queue, tick_ms);
                    let event = Event::Tick { server: index, queue };
                    self.timeline.schedule_at(tick_ms, event);
                }
            }
        }
    }

    pub(crate) fn is_poller_dead(&self) -> bool {
        self.profile.dead_poller || self.plant == Some(Plant::NoPoller)
    }

    fn tick(&mut self, server: usize, queue: Queue) {
        let now_ms = self.timeline.now_ms();
        let process = &mut self.servers[server];
        // An earlier tick took this one's place, or the process that wanted it is gone.
        if process.life != Life::Up || process.ticks.get(&queue) != Some(&now_ms) {
            return;
        }
        process.ticks.remove(&queue);
        // Until the claim has answered, nothing else is claimed.
        process.patience.insert(queue, now_ms + 1000);
        self.claim(server, queue);
    }

    pub(crate) fn be_patient(&mut self, server: usize, queue: Queue, in_ms: i64) {
        let until_ms = self.timeline.now_ms() + in_ms;
        self.servers[server].patience.insert(queue, until_ms);
    }
}
