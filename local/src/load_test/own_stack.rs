//! Stack that the load test starts for itself: in memory, without demo data, on a free port, with a meter.

use domain::{Error, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::engine::{Meter, Units};
use crate::{Options, Stack, front};

/// Running stack that the load test started.
pub struct OwnStack {
    /// Base URL of the stack's API, such as `http://127.0.0.1:40000/api/v1`.
    pub base: String,
    stack: Stack,
    meter: Meter,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl OwnStack {
    /// Starts a stack on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Fails if an engine refuses a call, or if no port is free.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
        let address = format!("http://{}", listener.local_addr().map_err(Error::internal)?);
        let meter = Meter::default();
        let options = Options { fakes_at: address.clone(), meter: Some(meter.clone()), ..Options::default() };
        let stack = Stack::start(&options).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = front::serve(listener, stack.router(), async { drop(stopped.await) });
        let serving = tokio::spawn(serving);
        Ok(Self { base: format!("{address}/api/v1"), stack, meter, stop, serving })
    }

    /// Returns the keys that sign the access tokens of the stack.
    pub fn tokens(&self) -> &runtime::Tokens {
        self.stack.app.tokens()
    }

    /// Waits until all due work is done, except for delayed messages.
    ///
    /// # Errors
    /// Fails if that takes more than two minutes.
    pub async fn rest(&self) -> Result<()> {
        self.stack.event_sources.settle_due().await
    }

    /// Returns the units that functions and workers consumed since the previous call of this function.
    pub fn units(&self) -> Units {
        self.meter.take()
    }

    /// Stops the stack and its HTTP server.
    pub async fn stop(self) {
        // An error means that the HTTP server has already ended, which is what this function wants.
        let _ = self.stop.send(());
        let _ = self.serving.await;
        self.stack.stop().await;
    }
}
