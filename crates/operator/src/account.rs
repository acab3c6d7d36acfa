//! Whose account `strowger calls` and `strowger report` read.

use crate::files::Places;
use anyhow::Context as _;
use clap::Args;
use dialplan::Plan;
use std::path::PathBuf;
use std::sync::Arc;

/// Whose account is read.
#[derive(Debug, Args)]
pub struct Account {
    /// The account, as a URL such as sqlite:strowger.db. Without it, the one that the configuration names.
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    pub database: Option<String>,
    /// The configuration that the switch runs by.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

impl Account {
    /// Where it is, and the plan that names it.
    pub fn find(&self) -> anyhow::Result<(String, Option<Arc<Plan>>)> {
        if let Some(url) = &self.database {
            return Ok((url.clone(), None));
        }
        let (places, plan) = Places::find_with_plan(self.config.as_deref()).context("which account?")?;
        Ok((places.database, Some(plan)))
    }
}
