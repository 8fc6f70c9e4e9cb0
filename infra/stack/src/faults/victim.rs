//! The function process at the other end of a connection: it is found among the emulator's children by the
//! connection's socket.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::layout::Layout;

/// A running function.
#[derive(Debug)]
pub(super) struct Victim {
    pid: u32,
    /// The function's name in Lambda.
    pub(super) function: String,
}

impl Victim {
    /// The function that holds the connection from `caller` to `proxy`; `None` if no function of the stack in `layout` does.
    pub(super) fn at(layout: &Layout, caller: SocketAddr, proxy: SocketAddr) -> Option<Self> {
        let emulator = fs::read_to_string(layout.pid()).ok()?.trim().to_owned();
        let socket =
            format!("socket:[{}]", inode(&fs::read_to_string("/proc/net/tcp").ok()?, caller, proxy)?);
        let processes = fs::read_dir("/proc").ok()?.flatten();
        let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let pid = pids.find(|pid| parent(*pid).as_deref() == Some(&emulator) && holds(*pid, &socket))?;
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let environment = String::from_utf8_lossy(&environment);
        let function = environment
            .split('\0')
            .find_map(|pair| pair.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="))?
            .to_owned();
        Some(Self { pid, function })
    }

    /// Kills it with SIGKILL; returns whether it was still running.
    pub(super) fn kill(&self) -> bool {
        Command::new("kill")
            .args(["-KILL", &self.pid.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    }
}

fn parent(pid: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:")).map(|pid| pid.trim().to_owned())
}

fn holds(pid: u32, socket: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read_link(file.path()).ok()).any(|link| link.as_os_str() == socket)
}

/// The inode of the socket that is bound to `local` and connected to `remote`, in the kernel's table of connections.
fn inode(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<&str> {
    let form = |address: SocketAddr| match address {
        // The address is written as the machine's own 32-bit number.
        SocketAddr::V4(address) => {
            Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
        }
        SocketAddr::V6(_) => None,
    };
    let (local, remote) = (form(local)?, form(remote)?);
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns.get(1..3)? == [local.as_str(), remote.as_str()]).then(|| columns.get(9).copied())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_by_both_its_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1257 0100007F:A001 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0 20 4 1 31 146\n\
            1: 0100007F:A001 0100007F:1257 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 1 31 146\n";
        let (caller, proxy) = ("127.0.0.1:40961".parse().unwrap(), "127.0.0.1:4695".parse().unwrap());
        assert_eq!(inode(table, caller, proxy), Some("22"));
        assert_eq!(inode(table, "127.0.0.1:40962".parse().unwrap(), proxy), None);
    }
}
