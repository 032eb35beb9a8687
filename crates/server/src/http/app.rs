use std::{future::Future, ops::Deref, sync::Arc, time::Duration};

use suanpan_acts::{ActError, Store};
use suanpan_trade::OrderId;

use super::{Problem, Rejects};
use crate::{
    config::ApiKeys,
    metrics::Metrics,
    ports::ServerPorts,
    shell::{Lane, Shell},
};

/// How long somebody who pays or closes waits for others who do the same.
const PATIENCE: Duration = Duration::from_secs(12);

/// What handlers work with. Cheap to clone.
pub(crate) struct App<S>(pub(crate) Arc<Inner<S>>);

pub(crate) struct Inner<S> {
    pub(crate) ports: Arc<ServerPorts<S>>,
    pub(crate) shell: Shell,
    pub(crate) api_keys: ApiKeys,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) rejects: Rejects,
}

impl<S> Clone for App<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Deref for App<S> {
    type Target = Inner<S>;
    fn deref(&self) -> &Inner<S> {
        &self.0
    }
}

impl<S: Store + 'static> App<S> {
    /// Runs an act to its end, even when the client hangs up meanwhile.
    pub(crate) async fn act<T, F>(
        &self,
        act: impl FnOnce(Arc<ServerPorts<S>>) -> F,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ActError>> + Send + 'static,
    {
        Ok(self.shell.run(Lane::Api, act(Arc::clone(&self.ports))).await??)
    }

    /// As [`App::act`], after everybody in this process who was earlier at the same order: the
    /// second of two clicks then finds what the first one made, instead of racing it.
    pub(crate) async fn act_on<T, F>(
        &self,
        order_id: &OrderId,
        act: impl FnOnce(Arc<ServerPorts<S>>) -> F + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ActError>> + Send + 'static,
    {
        let (app, order_id) = (self.clone(), order_id.clone());
        let queued = async move {
            let turn = app.shell.queue_for(&order_id, PATIENCE).await;
            let _turn = turn.ok_or(ActError::InProgress(order_id.clone()))?;
            act(Arc::clone(&app.ports)).await
        };
        Ok(self.shell.run(Lane::Api, queued).await??)
    }
}
