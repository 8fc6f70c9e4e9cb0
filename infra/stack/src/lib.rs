//! The local stack: the real template, deployed into an emulator of AWS on this machine, at any time that one likes.
//!
//! [`Stack::up`] installs what is missing, builds the functions, starts MiniStack under libfaketime, deploys
//! `template.yaml` with SAM CLI and creates the users. Nothing inside the product is replaced: functions run as
//! processes with the IAM role of the template, and their only clock is the machine's, moved by an offset.
//!
//! [`Stack`] does what a person could do: sign in, call the HTTP interface, read emails, receive from the assessment
//! queue, let days pass. On a [`Timeline`], many scenarios share one time.

mod access;
mod aws;
mod binaries;
mod clock;
mod deploy;
mod emulator;
mod error;
pub mod faults;
mod http;
mod install;
mod layout;
mod mail;
mod progress;
mod queue;
mod rest;
mod shell;
mod stack;
mod template;
mod timeline;
pub mod users;

pub use crate::{
    access::{Grant, Use},
    aws::{ACCOUNT, Aws, REGION, ROOT_KEY},
    binaries::functions,
    clock::{Clock, destination, parse_duration},
    deploy::{Deployment, Function, STACK_NAME, WEB_ORIGIN},
    error::{Error, Failure, Outcome},
    http::{Http, Response},
    install::{
        BROWSER, BROWSER_HOW, FAKETIME_HOW, faketime, install, install_browser, install_clients,
        install_packages, installed,
    },
    layout::{Layout, client_tool, root, target, tool},
    mail::{Feedback, Mail},
    progress::Progress,
    queue::{Message, Queue},
    rest::Busy,
    shell::{cargo, on_path, run, tail},
    stack::{Answer, DEFAULT_PORT, Plan, Stack},
    timeline::{MovableTime, Participant, Timeline},
    users::{ADATUM, FABRIKAM, LEAD_EMAIL, NORTHWIND, Organisation, PASSWORD, USERS, User, find as user},
};
