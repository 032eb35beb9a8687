//! Virtual time: a heap of events ordered by (instant, sequence), the chance they share, and the
//! only future that anything in a run ever waits on.
//!
//! The alternative, an existing deterministic runtime, would have to re-point every crate at its
//! own sockets and timers; acts await nothing but ports, so a heap is enough.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use suanpan_wechat::Timestamp;

use crate::{
    chance::Chance,
    event::Event,
    invariant::{Invariant, Violation},
    tally::Tally,
    trace::Trace,
};

/// Names one future that the executor polls; never reused within a run.
pub(crate) type TaskId = u64;

/// Where virtual time starts: 2026-01-01 in Beijing.
pub(crate) const BEGINNING: i64 = 1_767_196_800;

/// One run's time, chance and record, shared by everything in it.
#[derive(Clone)]
pub(crate) struct Timeline(Arc<Mutex<Inner>>);

struct Inner {
    now_ms: i64,
    sequence: u64,
    heap: BinaryHeap<Reverse<Scheduled>>,
    /// The task that is being polled.
    current: TaskId,
    /// Whether the world may still misbehave.
    faults_on: bool,
    chance: Chance,
    trace: Trace,
    tally: Tally,
    violations: Vec<Violation>,
    /// Rules that are not looked at: to show that another one finds a fault as well.
    silenced: Vec<Invariant>,
}

struct Scheduled {
    at_ms: i64,
    sequence: u64,
    event: Event,
}

impl Timeline {
    pub(crate) fn new(seed: u64, keep_trace: bool, silenced: &[Invariant]) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            now_ms: 0,
            sequence: 0,
            heap: BinaryHeap::new(),
            current: 0,
            faults_on: false,
            chance: Chance::new(seed),
            trace: Trace::new(keep_trace),
            tally: Tally::default(),
            violations: Vec::new(),
            silenced: silenced.to_vec(),
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A run is one thread; a poisoned lock only means that this very run is unwinding.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> i64 {
        self.inner().now_ms
    }

    /// True time, which WeChat and the merchants' servers know.
    pub(crate) fn now(&self) -> Timestamp {
        at(self.now_ms())
    }

    pub(crate) fn schedule(&self, in_ms: i64, event: Event) {
        let mut inner = self.inner();
        inner.sequence += 1;
        let scheduled =
            Scheduled { at_ms: inner.now_ms + in_ms.max(0), sequence: inner.sequence, event };
        inner.heap.push(Reverse(scheduled));
    }

    pub(crate) fn schedule_at(&self, at_ms: i64, event: Event) {
        let in_ms = at_ms - self.now_ms();
        self.schedule(in_ms, event);
    }

    /// The next event; time moves on to it. `None` when nothing will happen until `end_ms`.
    pub(crate) fn next(&self, end_ms: i64) -> Option<Event> {
        let mut inner = self.inner();
        if inner.heap.peek().is_none_or(|Reverse(next)| next.at_ms > end_ms) {
            return None;
        }
        let Reverse(next) = inner.heap.pop()?;
        inner.now_ms = next.at_ms;
        inner.tally.steps += 1;
        Some(next.event)
    }

    pub(crate) fn set_current(&self, task: TaskId) {
        self.inner().current = task;
    }

    pub(crate) fn current(&self) -> TaskId {
        self.inner().current
    }

    pub(crate) fn faults_on(&self) -> bool {
        self.inner().faults_on
    }

    pub(crate) fn set_faults(&self, on: bool) {
        self.inner().faults_on = on;
    }

    /// Draws from the run's chance.
    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.inner().chance)
    }

    /// Whether a fault strikes: never once faults are off.
    pub(crate) fn strikes(&self, per_mille: u32, fault: &'static str) -> bool {
        let mut inner = self.inner();
        let struck = inner.faults_on && inner.chance.per_mille(per_mille);
        if struck {
            inner.tally.fault(fault);
        }
        struck
    }

    pub(crate) fn count(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.inner().tally);
    }

    pub(crate) fn trace(&self, what: fmt::Arguments<'_>) {
        let mut inner = self.inner();
        let now_ms = inner.now_ms;
        inner.trace.line(now_ms, what);
    }

    pub(crate) fn violate(&self, invariant: Invariant, detail: String) {
        if self.inner().silenced.contains(&invariant) {
            return;
        }
        self.trace(format_args!("VIOLATION {}: {detail}", invariant.id()));
        let mut inner = self.inner();
        let at_ms = inner.now_ms;
        inner.violations.push(Violation { invariant, at_ms, detail });
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.inner().violations.clone()
    }

    pub(crate) fn steps(&self) -> u64 {
        self.inner().tally.steps
    }

    /// Whether a rule was broken.
    pub(crate) fn failed(&self) -> bool {
        !self.inner().violations.is_empty()
    }

    /// Takes the record out at the end of a run.
    pub(crate) fn finish(&self) -> (Trace, Tally) {
        let mut inner = self.inner();
        (std::mem::replace(&mut inner.trace, Trace::new(false)), std::mem::take(&mut inner.tally))
    }

    /// A yield point: pending once, ready when its event has come. Whoever stops polling the task
    /// meanwhile has crashed it here.
    pub(crate) fn pause(&self, in_ms: i64) -> Waiting<()> {
        let slot = Slot::new(self.current());
        self.schedule(in_ms, Event::Resume(slot.clone()));
        Waiting(slot)
    }
}

/// The instant so many milliseconds after the beginning, to the second.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix(BEGINNING + ms.div_euclid(1000))
}

/// Where an event leaves something for the task that waits for it.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    pub(crate) task: TaskId,
    value: Arc<Mutex<Option<T>>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { task: self.task, value: Arc::clone(&self.value) }
    }
}

impl<T> Slot<T> {
    pub(crate) fn new(task: TaskId) -> Self {
        Self { task, value: Arc::new(Mutex::new(None)) }
    }

    /// Leaves a value, unless one was left before: the first answer is the one that counts.
    pub(crate) fn fill(&self, value: T) {
        self.value.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(value);
    }

    pub(crate) fn waiting(&self) -> Waiting<T> {
        Waiting(self.clone())
    }
}

/// Waits until a slot is filled.
pub(crate) struct Waiting<T>(Slot<T>);

impl<T> Future for Waiting<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.0.value.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.sequence).cmp(&(other.at_ms, other.sequence))
    }
}
