//! The ledger's threads.

use crate::files::Places;
use crate::shell::remover;
use anyhow::{Context as _, Result, anyhow};
use ledger::{Inlet, Ledger, SideDoor, Start};
use std::thread::{self, JoinHandle};
use terms::CallRef;
use tokio::sync::oneshot;

/// The ledger, open.
pub(super) struct Account {
    pub inlet: Inlet,
    pub side_door: SideDoor,
    pub start: Start,
}

/// Opens it, and writes it on threads of its own.
pub(super) fn open(
    places: &Places,
    written: std::sync::mpsc::Sender<CallRef>,
) -> Result<(Account, JoinHandle<Result<()>>)> {
    let (opened, opening) = oneshot::channel();
    let (database, node) = (places.database.clone(), places.node);
    let remover = remover::spawn(places.recordings.clone())?;
    let thread = thread::Builder::new().name("ledger".into()).spawn(move || {
        // The database's own thread is started from this one.
        crate::shell::poller::work_in_batches();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let prepared = async {
                let (mut ledger, start) = Ledger::open(&database, node).await?;
                let (inlet, side_door, writer) = ledger.writer(move |call| {
                    let _signalling_has_ended = written.send(call);
                })?;
                Ok::<_, ledger::Error>((Account { inlet, side_door, start }, writer.with_remover(remover)))
            };
            match prepared.await {
                Ok((account, writer)) => {
                    let _starter_gave_up = opened.send(Ok(account));
                    Ok(writer.run().await?)
                }
                Err(error) => {
                    let _starter_gave_up = opened.send(Err(error));
                    Ok(())
                }
            }
        })
    })?;
    let account = opening.blocking_recv().map_err(|_| anyhow!("the ledger's thread panicked at its start"))?;
    Ok((account.with_context(|| format!("cannot open the ledger {}", places.database))?, thread))
}
