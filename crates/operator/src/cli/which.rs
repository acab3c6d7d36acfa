//! Which running switch a command is for.

use crate::files;
use anyhow::Context as _;
use clap::Args;
use std::path::PathBuf;

/// Which running switch.
#[derive(Debug, Args)]
pub(super) struct Switch {
    /// The switch's control socket. Without it, the one that the configuration names.
    #[arg(long, value_name = "PATH", conflicts_with = "config")]
    socket: Option<PathBuf>,
    /// The configuration that the switch runs by.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

impl Switch {
    /// Where its control socket is.
    pub fn control(&self) -> anyhow::Result<PathBuf> {
        match &self.socket {
            Some(socket) => Ok(socket.clone()),
            None => files::control(self.config.as_deref()).context("which switch?"),
        }
    }
}
