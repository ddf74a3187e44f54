//! What the figures were taken on.

use std::path::Path;

/// One line: processor, cores, memory, disk, kernel.
pub fn line(folder: &Path) -> String {
    let cpu = first_value("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = first_value("/proc/meminfo", "MemTotal");
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "machine: {cpu}, {cores} cores, {memory}; disk {}; kernel {kernel}; load before {load}",
        disk(folder)
    )
}

/// Device and file system of a folder, from the longest mount point above it.
fn disk(folder: &Path) -> String {
    let mounts = read("/proc/mounts");
    let words = mounts.lines().map(|mount| mount.split(' ').collect::<Vec<_>>());
    let above = words.filter_map(|words| match words.as_slice() {
        [device, point, kind, ..] if folder.starts_with(point) => {
            Some((point.len(), format!("{device} ({kind})")))
        }
        _ => None,
    });
    above.max().map_or_else(|| "unknown".to_owned(), |(_, disk)| disk)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn first_value(path: &str, key: &str) -> String {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(key));
    let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("unknown").to_owned()
}
