//! A few threads with a reading connection each, and one bounded queue before them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use suanpan_acts::ports::StoreError;
use tokio::sync::{mpsc, oneshot};

use super::OpenError;

/// Readings that may wait (threat h10).
const QUEUE: usize = 4096;

type Task = Box<dyn FnOnce(&Connection) + Send>;

/// Answers readings until it is dropped.
#[derive(Debug)]
pub(super) struct Readers {
    queue: Option<mpsc::Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(connections: Vec<Connection>) -> Result<Self, OpenError> {
        let (queue, tasks) = mpsc::channel::<Task>(QUEUE);
        let tasks = Arc::new(Mutex::new(tasks));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let tasks = Arc::clone(&tasks);
                let work = move || {
                    while let Some(task) = next(&tasks) {
                        task(&connection);
                    }
                };
                thread::Builder::new().name("store-reader".to_owned()).spawn(work)
            })
            .collect::<Result<_, _>>()
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs a reading on some connection.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task: Task = Box::new(move |connection| {
            // Whoever asked may have gone; then nobody needs the answer.
            answer.send(read(connection)).ok();
        });
        let queue = self.queue.as_ref().expect("the queue is taken only while dropping");
        queue.try_send(task).map_err(|refused| {
            StoreError::Unavailable(format!("{QUEUE} readings may wait: {refused}"))
        })?;
        let stopped = |_| StoreError::Unavailable("a reader of the store stopped".to_owned());
        answered.await.map_err(stopped)?
    }
}

/// One thread waits in the queue, the others wait for its place.
fn next(tasks: &Mutex<mpsc::Receiver<Task>>) -> Option<Task> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            // A reader that panicked has answered nobody wrongly; there is nothing left to do.
            thread.join().ok();
        }
    }
}
