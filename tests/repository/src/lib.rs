//! Checks lists that the repository keeps in more than one place against each other. Each test's name is the sentence
//! that it proves, and its failure says what to do.
//!
//! | module | compares |
//! |---|---|
//! | `routes` | the template's routes, the functions' code, the fixtures |
//! | `roles` | the most that roles may do and logs may contain |
//! | `variables` | the template's variables, the functions' configuration, the parameters and their documentation |
//! | `rules` | the rules and the tests that cite them |
//! | `problems` | the kinds of problem, `GET /v1/problems`, the snapshots of refusals |
//! | `packages` | which crates may depend on which, and the one TLS stack |
//! | `sources` | what every source file must be like |
//! | `operation` | failure queues, alarms, the runbook, metrics, the dashboard |
//! | `releases` | the functions' aliases, who calls them, and the alarms that take a release back |
//! | `filters` | the runbook's filters, and the lines that are logged |
//! | `decisions` | the decision records, and their index |
//! | `documents` | links, commands, functions and files that the documents name |
//! | `audit` | findings that the audit skips, and the reasons |
//! | `bugs` | the deliberate bugs of the simulation, and the code and the invariants that they break |

#[cfg(test)]
mod account;
#[cfg(test)]
mod api;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bugs;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod releases;
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

/// Fails with everything that is wrong and what to do about it; passes if nothing is wrong.
#[cfg(test)]
#[track_caller]
fn none(wrong: impl IntoIterator<Item = String>, to_do: &str) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n  {}\n{to_do}\n", wrong.join("\n  "));
}
