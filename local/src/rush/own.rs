//! A stack of the rush's own: in memory, without the demo, on a port that is free, with a meter.

use domain::{Error, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::engine::{Meter, Units};
use crate::{Options, Stack, front};

/// A running one.
pub struct Own {
    /// Where its API is.
    pub base: String,
    stack: Stack,
    meter: Meter,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl Own {
    /// Starts it.
    ///
    /// # Errors
    /// When an engine refuses, or no port is free.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
        let address = format!("http://{}", listener.local_addr().map_err(Error::internal)?);
        let meter = Meter::default();
        let options =
            Options { standins_at: address.clone(), meter: Some(meter.clone()), ..Options::default() };
        let stack = Stack::start(&options).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = front::serve(listener, stack.router(), async { drop(stopped.await) });
        let serving = tokio::spawn(serving);
        Ok(Self { base: format!("{address}/api/v1"), stack, meter, stop, serving })
    }

    /// What its tokens are signed with.
    pub fn tokens(&self) -> &edge::Tokens {
        self.stack.app.tokens()
    }

    /// Returns when everything that is due is done.
    ///
    /// # Errors
    /// When that takes minutes.
    pub async fn rest(&self) -> Result<()> {
        self.stack.pump.settle_due().await
    }

    /// The units of functions and workers since the last time that this was asked.
    pub fn units(&self) -> Units {
        self.meter.take()
    }

    /// Ends it.
    pub async fn stop(self) {
        // Errors mean that the front has ended, which is what is wanted.
        let _ = self.stop.send(());
        let _ = self.serving.await;
        self.stack.stop().await;
    }
}
