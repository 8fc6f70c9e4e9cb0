//! The lists that the repository keeps in more than one place, checked against each other; each test is named by the
//! sentence that it proves, and says what to do when it fails.
//!
//! | module | holds together |
//! |---|---|
//! | `routes` | the template's routes, the functions' code, the fixtures |
//! | `roles` | what roles may do and logs may hold, at most |
//! | `variables` | the template's variables, the configuration, the parameters and their documentation |
//! | `rules` | the rules and the tests that cite them |
//! | `problems` | the kinds of problem, `GET /v1/problems`, the snapshots of refusals |
//! | `packages` | what may depend on what, and one TLS stack |
//! | `sources` | what every source file is like |
//! | `operation` | failure queues, alarms, the runbook, metrics, the dashboard |
//! | `documents` | links, commands and files that the documents name |
//! | `audit` | what the audit passes over, and its reasons |
//! | `bugs` | the deliberate bugs of the simulation: that they apply, and what they break |

#[cfg(test)]
mod api;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bugs;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod variables;

/// Fails with everything that is wrong, and what to do about it.
#[cfg(test)]
#[track_caller]
fn none(wrong: impl IntoIterator<Item = String>, to_do: &str) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n  {}\n{to_do}\n", wrong.join("\n  "));
}
