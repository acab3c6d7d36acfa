//! A wall board's figures, as the API tells of them.

use serde::Serialize;
use utoipa::ToSchema;

/// A wall board.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardState {
    /// Its name in the configuration.
    pub name: String,
    /// What it shows, in the operator's order.
    pub figures: Vec<FigureState>,
}

/// A figure of a board.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = BoardFigure)]
pub struct FigureState {
    /// Which: `waiting`, `longest_wait`, `service_level`, `ready`, `talking`, `answered`, `abandoned`, `abandoned_share`,
    /// `average_wait`.
    pub show: &'static str,
    /// A count, a share from 0 to 1, or milliseconds; absent where there is nothing to tell.
    pub value: Option<f64>,
    /// Of `longest_wait`: since when whoever has waited longest waits.
    pub since: Option<String>,
    /// `ok`, `warning`, `critical`.
    pub level: &'static str,
    /// Since when it is at fault; absent while it is not.
    pub level_since: Option<String>,
}
