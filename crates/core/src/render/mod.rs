//! Renderings of verdicts. Each format is one file, and none decides anything.

pub mod agent;
pub mod answered;
pub mod bars;
pub mod body;
pub mod chart;
pub mod checkmk;
pub mod html;
pub mod json;
pub mod logs_page;
pub mod manual;
pub mod nagios;
pub mod page;
pub mod reasons;
pub mod table;
