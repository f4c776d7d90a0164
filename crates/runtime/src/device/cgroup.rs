//! Limits that a container, or a service manager, puts on the processor and the memory of this process.
//!
//! Version 2 of Linux's control groups, and version 1, which older container hosts still use; also both at once. A limit
//! may stand at the group of the process or at any above it: the tightest counts.

use super::tree::Tree;

/// What the groups of this process allow.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// Folders with limits on memory, from the group of the process upwards.
    memory: Vec<Folder>,
    /// Folders with limits on the processor.
    cpu: Vec<Folder>,
}

#[derive(Clone, Debug)]
struct Folder {
    path: String,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Memory that the groups allow, and how much of it is left, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) limit: u64,
    pub(super) free: u64,
}

impl Groups {
    /// The groups of this process.
    pub(super) fn find(tree: &Tree) -> Groups {
        let text = tree.text("proc/self/cgroup").unwrap_or_default();
        let (mut memory, mut cpu) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let mut fields = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let has = |name| controllers.split(',').any(|controller| controller == name);
            if controllers.is_empty() {
                for mount in ["sys/fs/cgroup", "sys/fs/cgroup/unified"] {
                    memory.extend(upwards(tree, mount, group, Version::Two));
                    cpu.extend(upwards(tree, mount, group, Version::Two));
                }
            }
            if has("memory") {
                memory.extend(upwards(tree, "sys/fs/cgroup/memory", group, Version::One));
            }
            if has("cpu") {
                for mount in ["sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"] {
                    cpu.extend(upwards(tree, mount, group, Version::One));
                }
            }
        }
        Groups { memory, cpu }
    }

    /// Processor time that is allowed, in cores; nothing where there is no limit.
    pub(super) fn cores(&self, tree: &Tree) -> Option<f64> {
        self.cpu.iter().filter_map(|folder| folder.cores(tree)).min_by(f64::total_cmp)
    }

    /// Memory that is allowed, by the group that leaves least; nothing where there is no limit.
    pub(super) fn memory(&self, tree: &Tree) -> Option<Allowed> {
        let allowed: Vec<Allowed> = self.memory.iter().filter_map(|folder| folder.memory(tree)).collect();
        let limit = allowed.iter().map(|allowed| allowed.limit).min()?;
        let free = allowed.iter().map(|allowed| allowed.free).min()?;
        Some(Allowed { limit, free })
    }
}

/// The folders of a group and of all above it. Inside a container the group may be named as the host sees it, while the
/// mount shows the container's own: what does not exist is passed over.
fn upwards(tree: &Tree, mount: &str, group: &str, version: Version) -> Vec<Folder> {
    let mut group = group.trim_matches('/');
    let mut folders = Vec::new();
    loop {
        let path = if group.is_empty() { mount.to_owned() } else { format!("{mount}/{group}") };
        // A name with `..` leads out of the mount: the group lies outside of what this process may see.
        if !group.split('/').any(|part| part == "..") && tree.has_folder(&path) {
            folders.push(Folder { path, version });
        }
        if group.is_empty() {
            return folders;
        }
        group = group.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

impl Folder {
    fn cores(&self, tree: &Tree) -> Option<f64> {
        let file = |name| format!("{}/{name}", self.path);
        let (quota, period) = match self.version {
            Version::One => (tree.number(&file("cpu.cfs_quota_us"))?, tree.number(&file("cpu.cfs_period_us"))?),
            Version::Two => {
                let text = tree.text(&file("cpu.max"))?;
                let (quota, period) = text.split_once(' ')?;
                (quota.parse().ok()?, period.parse().ok()?)
            }
        };
        (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
    }

    /// What is used does not count files that the system could drop at once.
    fn memory(&self, tree: &Tree) -> Option<Allowed> {
        // Version 1 says the largest number of pages where there is no limit.
        const NO_LIMIT: u64 = 1 << 62;
        let file = |name| format!("{}/{name}", self.path);
        let number = |name| tree.number(&file(name)).and_then(|number| u64::try_from(number).ok());
        let (limit, used, droppable) = match self.version {
            Version::One => (number("memory.limit_in_bytes"), number("memory.usage_in_bytes"), "total_inactive_file"),
            Version::Two => {
                let limits = [number("memory.max"), number("memory.high")];
                (limits.into_iter().flatten().min(), number("memory.current"), "inactive_file")
            }
        };
        let limit = limit.filter(|limit| *limit < NO_LIMIT)?;
        let droppable = tree.value(&file("memory.stat"), droppable).and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        let used = used?.saturating_sub(droppable);
        Some(Allowed { limit, free: limit.saturating_sub(used) })
    }
}
