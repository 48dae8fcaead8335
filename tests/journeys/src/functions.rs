//! The functions as the processes that they are in the local world.

use std::fs;

/// Kills every process of the functions whose name contains this, as a sandbox that dies in mid-flight. Returns how
/// many there were.
#[must_use]
pub fn kill(name: &str, endpoint: &str) -> usize {
    let mine = |pid: &u32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let has = |wanted: &str, prefix: &str| {
            environ
                .split(|byte| *byte == 0)
                .filter_map(|entry| std::str::from_utf8(entry).ok())
                .any(|entry| entry.strip_prefix(prefix).is_some_and(|value| value.contains(wanted)))
        };
        has(name, "AWS_LAMBDA_FUNCTION_NAME=") && has(endpoint, "AWS_ENDPOINT_URL=")
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let doomed: Vec<u32> = pids.filter(mine).collect();
    for pid in &doomed {
        let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    }
    doomed.len()
}
