//! Daily use: what people trip over in each role, in Slack and at the terminal. One file for each of these.

mod audit_verify;
mod backup_and_service;
mod cards_of_approvers;
mod certificates;
mod check_online;
mod columns;
mod dates;
mod dead_ends;
mod demo_transcript;
mod durations;
mod example_config;
mod export;
mod group_roles;
mod help_and_examples;
mod lists;
mod logging;
mod reload_closes;
mod request_line;
mod rights;
mod subcommand_help;
mod told_where_granted;
mod way_back;
mod wording;
