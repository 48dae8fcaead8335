//! The developer's commands. `cargo xtask help` lists them; README.md says when to use which.
//!
//! Each module is one command, save three: [`place`] knows where things are kept, [`process`] runs programs,
//! [`world`] describes a running world in the file that tests and the demo read.

mod bench;
mod check;
mod dashboard;
mod demo;
mod dependencies;
mod down;
mod explain;
mod least_privilege;
mod logs;
mod place;
mod privacy;
mod process;
mod recount;
mod redrive;
mod test;
mod tools;
mod up;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::place::Place;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Carillon's chores", disable_help_subcommand = false)]
struct Arguments {
    /// The folder that holds the local world's state: .carillon, unless you want two worlds side by side.
    #[arg(long, global = true, value_name = "DIR")]
    world_dir: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the functions, start the emulator and the simulated network, deploy the template. Again: redeploy.
    Up(up::Options),
    /// A CSV of 1,000 contacts, a campaign with retries to its end, and an account of every row. Stays up.
    Demo(demo::Options),
    /// Stop the local world and forget it.
    Down,
    /// Show what functions wrote to their logs in the local world.
    Logs(logs::Options),
    /// Why a contact of a campaign was called, or was not, how each call ended, and what comes next.
    Explain(explain::Options),
    /// Prove that a campaign's counters are the sum of its calls, and mend them where they are not.
    Recount(recount::Options),
    /// Give dead letters another chance, in the local world or in an account.
    Redrive(redrive::Options),
    /// Which permissions of the local world's roles nobody has used since it came up.
    LeastPrivilege,
    /// Every page of the dashboard as a picture: both themes, two widths, both languages. Wants a world with data in it.
    Screenshots,
    /// Build the dashboard and put it where the stack serves it from.
    PublishDashboard(dashboard::Publication),
    /// Everything that must hold before anything goes in: formatting, lints, licences, tests, template, journeys.
    Test(test::Options),
    /// Check the template and the state machines as AWS would, without AWS.
    DeployCheck,
    /// Measure what the documents claim, and write it into them: costs, planner, import, functions, webhook.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = Place::find(arguments.world_dir).and_then(|place| match arguments.command {
        Command::Up(options) => up::run(&place, &options).map(|world| println!("{}", world.summary())),
        Command::Demo(options) => demo::run(&place, &options),
        Command::Down => down::run(&place),
        Command::Logs(options) => logs::run(&place, &options),
        Command::Explain(options) => explain::run(&place, &options),
        Command::Recount(options) => recount::run(&place, &options),
        Command::Redrive(options) => redrive::run(&place, &options),
        Command::LeastPrivilege => least_privilege::run(&place),
        Command::Screenshots => dashboard::screenshots(&place),
        Command::PublishDashboard(options) => dashboard::publish(&place, &options),
        Command::Test(options) => test::run(&place, &options),
        Command::DeployCheck => check::run(&place),
        Command::Bench(options) => bench::run(&place, &options),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn every_command_can_be_asked_for() {
        Arguments::command().debug_assert();
    }
}
