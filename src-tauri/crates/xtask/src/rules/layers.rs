//! Which way dependencies may point: the drawing in `ARCHITECTURE.md`, as a table.

use crate::fault::Fault;
use crate::ground::Ground;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};

/// What one of our packages may use of the others.
#[derive(Debug)]
struct Layer {
    package: &'static str,
    /// Ours that may be linked into it.
    uses: &'static [&'static str],
    /// An independent witness, or ground for all: none of ours even in its tests.
    alone: bool,
    /// Never linked into anything that ships.
    only_for_tests: bool,
}

const CORE: &str = "counterfoil-core";
const CONNECTORS: &str = "counterfoil-connectors";
const PAPER: &str = "counterfoil-paper";
const STORE: &str = "counterfoil-store";
const VAULT: &str = "counterfoil-vault";
const RUNTIME: &str = "counterfoil-runtime";
const API: &str = "counterfoil-api";
const CTL: &str = "counterfoil-ctl";
const DEVHOST: &str = "counterfoil-devhost";
const SANDBOX: &str = "counterfoil-sandbox";
const VERIFY: &str = "counterfoil-verify";
const TESTKIT: &str = "counterfoil-testkit";
const TESTS: &str = "counterfoil-tests";
const BENCHES: &str = "counterfoil-benches";
const SIM: &str = "counterfoil-sim";
const DISK: &str = "counterfoil-disk";
const FUZZ_BODIES: &str = "counterfoil-fuzz-bodies";
const TRAINING: &str = "counterfoil-training";
const WINDOW: &str = "counterfoil";

/// One row for each package of the workspace; a package without a row is a finding.
const LAYERS: &[Layer] = &[
    layer(CORE, &[]),
    layer(CONNECTORS, &[CORE]),
    layer(PAPER, &[CORE]),
    layer(STORE, &[CORE]),
    layer(VAULT, &[CORE]),
    layer(RUNTIME, &[STORE, VAULT, CONNECTORS, CORE]),
    layer(API, &[RUNTIME, STORE, VAULT, CONNECTORS, PAPER, CORE]),
    layer(CTL, &[API, RUNTIME, STORE, VAULT, CONNECTORS, CORE]),
    layer(TRAINING, &[API, SANDBOX]),
    layer(DEVHOST, &[API, TRAINING]),
    layer(WINDOW, &[API, TRAINING]),
    Layer { alone: true, ..layer(SANDBOX, &[]) },
    Layer { alone: true, ..layer(VERIFY, &[]) },
    Layer { alone: true, ..layer("xtask", &[]) },
    Layer { only_for_tests: true, ..layer(TESTKIT, EVERYTHING) },
    Layer { only_for_tests: true, ..layer(TESTS, EVERYTHING) },
    Layer { only_for_tests: true, ..layer(BENCHES, EVERYTHING) },
    // The simulation stands on the rules and the connectors alone: what it finds is about them.
    Layer { only_for_tests: true, ..layer(SIM, &[CORE, CONNECTORS]) },
    Layer { only_for_tests: true, ..layer(DISK, &[CORE, STORE]) },
    Layer { only_for_tests: true, ..layer(FUZZ_BODIES, &[CORE, CONNECTORS, STORE, VAULT]) },
];

/// All that tests may look into; the window is not among it, so that they need no web view.
const EVERYTHING: &[&str] = &[
    CORE, CONNECTORS, PAPER, STORE, VAULT, RUNTIME, API, CTL, TRAINING, DEVHOST, SANDBOX, VERIFY,
    TESTKIT,
];

/// Packages that touch no file, no network and no clock, and so may not even reach what does.
const PURE: &[&str] = &[CORE, CONNECTORS, PAPER];

/// What would make a package impure.
const WORLDLY: &[&str] = &[
    "tokio",
    "mio",
    "reqwest",
    "hyper",
    "rusqlite",
    "libsqlite3-sys",
    "keyring",
    "keyring-core",
    "zbus",
];

const fn layer(package: &'static str, uses: &'static [&'static str]) -> Layer {
    Layer { package, uses, alone: false, only_for_tests: false }
}

/// Packages and what they depend on, by index.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: String,
    ours: bool,
    edges: Vec<Edge>,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    to: usize,
    bond: Bond,
}

/// How one package is bound to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// Linked into what ships, or run to build it.
    Ships,
    /// Used by its tests alone.
    Tests,
}

/// Reads the workspace and finds every dependency that points the wrong way.
///
/// # Errors
/// The findings; or cargo's words when the workspace cannot be read.
pub fn check(ground: &Ground) -> Result<(), Fault> {
    let metadata = MetadataCommand::new()
        .manifest_path(ground.root.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()?;
    Fault::unless_empty(findings(&graph(&metadata)))
}

fn graph(metadata: &Metadata) -> Graph {
    let index: BTreeMap<&PackageId, usize> =
        metadata.packages.iter().enumerate().map(|(at, package)| (&package.id, at)).collect();
    let ours: BTreeSet<&PackageId> = metadata.workspace_members.iter().collect();
    let mut nodes: Vec<Node> = Vec::with_capacity(metadata.packages.len());
    for package in &metadata.packages {
        let name = package.name.to_string();
        nodes.push(Node { name, ours: ours.contains(&package.id), edges: Vec::new() });
    }
    for resolved in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let Some(from) = index.get(&resolved.id) else {
            continue;
        };
        for dependency in &resolved.deps {
            let Some(&to) = index.get(&dependency.pkg) else {
                continue;
            };
            let tests_only =
                dependency.dep_kinds.iter().all(|how| how.kind == DependencyKind::Development);
            let bond = if tests_only { Bond::Tests } else { Bond::Ships };
            nodes[*from].edges.push(Edge { to, bond });
        }
    }
    Graph { nodes }
}

/// All that is wrong with a graph, one line each.
fn findings(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.ours) {
        let Some(row) = LAYERS.iter().find(|row| row.package == node.name) else {
            found.push(format!("{} has no row in the table of layers", node.name));
            continue;
        };
        found.extend(node.edges.iter().filter_map(|edge| graph.against(row, *edge)));
        if PURE.contains(&row.package) {
            let worldly = |name: &str| WORLDLY.contains(&name);
            found.extend(graph.path(at, worldly).map(|path| format!("{path}: it is to be pure")));
        }
        if row.package != WINDOW {
            let tauri = |name: &str| name == "tauri" || name.starts_with("tauri-");
            found.extend(graph.path(at, tauri).map(|path| format!("{path}: only {WINDOW} may")));
        }
    }
    found
}

impl Graph {
    /// What is wrong with one dependency of one of our packages.
    fn against(&self, row: &Layer, edge: Edge) -> Option<String> {
        let other = &self.nodes[edge.to];
        if !other.ours {
            return None;
        }
        let (package, name) = (row.package, other.name.as_str());
        if row.alone {
            return Some(format!("{package} → {name}: it depends on none of ours"));
        }
        if edge.bond == Bond::Tests || row.uses.contains(&name) {
            return None;
        }
        let tests = LAYERS.iter().any(|layer| layer.package == name && layer.only_for_tests);
        let why = if tests { "that is for tests alone" } else { "it points the wrong way" };
        Some(format!("{package} → {name}: {why}"))
    }

    /// The shortest way by which what ships of `from` reaches a package that is `sought`.
    fn path(&self, from: usize, sought: impl Fn(&str) -> bool) -> Option<String> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(&at) = reached.get(next) {
            next += 1;
            if at != from && sought(&self.nodes[at].name) {
                return Some(self.words(from, at, &came_from));
            }
            for edge in self.nodes[at].edges.iter().filter(|edge| edge.bond == Bond::Ships) {
                if edge.to != from && !came_from.contains_key(&edge.to) {
                    came_from.insert(edge.to, at);
                    reached.push(edge.to);
                }
            }
        }
        None
    }

    fn words(&self, from: usize, to: usize, came_from: &BTreeMap<usize, usize>) -> String {
        let mut names = vec![self.nodes[to].name.as_str()];
        let mut at = to;
        while at != from {
            at = came_from[&at];
            names.push(&self.nodes[at].name);
        }
        names.reverse();
        names.join(" → ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph from lines of `name -> linked linked ~only-in-tests`; ours are those that begin
    /// with `counterfoil`, and `xtask`.
    fn graph(lines: &[&str]) -> Graph {
        let mut graph = Graph::default();
        for line in lines {
            let (name, others) = line.split_once(" -> ").unwrap_or((line, ""));
            let from = place(&mut graph, name);
            for other in others.split_whitespace() {
                let (bond, name) = match other.strip_prefix('~') {
                    Some(name) => (Bond::Tests, name),
                    None => (Bond::Ships, other),
                };
                let to = place(&mut graph, name);
                graph.nodes[from].edges.push(Edge { to, bond });
            }
        }
        graph
    }

    fn place(graph: &mut Graph, name: &str) -> usize {
        if let Some(at) = graph.nodes.iter().position(|node| node.name == name) {
            return at;
        }
        let ours = name.starts_with("counterfoil") || name == "xtask";
        graph.nodes.push(Node { name: name.to_owned(), ours, edges: Vec::new() });
        graph.nodes.len() - 1
    }

    fn check(lines: &[&str], expected: &[&str]) {
        assert_eq!(findings(&graph(lines)), expected, "{lines:?}");
    }

    #[test]
    fn dependencies_that_follow_the_drawing_pass() {
        check(
            &[
                "counterfoil-core -> serde",
                "counterfoil-connectors -> counterfoil-core hmac ~counterfoil-testkit ~tokio",
                "counterfoil-runtime -> counterfoil-store counterfoil-connectors tokio",
                "counterfoil-store -> counterfoil-core rusqlite",
                "counterfoil -> counterfoil-api counterfoil-training tauri tauri-build",
                "counterfoil-training -> counterfoil-api counterfoil-sandbox",
                "counterfoil-sandbox -> axum",
                "axum -> tokio",
                "counterfoil-testkit -> counterfoil-api counterfoil-sandbox",
                "counterfoil-tests -> counterfoil-testkit",
            ],
            &[],
        );
    }

    #[test]
    fn a_dependency_that_points_the_wrong_way_is_found() {
        let check = |line: &str, found: &str| check(&[line], &[found]);
        check(
            "counterfoil-core -> counterfoil-store",
            "counterfoil-core → counterfoil-store: it points the wrong way",
        );
        check(
            "counterfoil-store -> counterfoil-vault",
            "counterfoil-store → counterfoil-vault: it points the wrong way",
        );
        check(
            "counterfoil-api -> counterfoil-sandbox",
            "counterfoil-api → counterfoil-sandbox: it points the wrong way",
        );
        check(
            "counterfoil-ctl -> counterfoil-testkit",
            "counterfoil-ctl → counterfoil-testkit: that is for tests alone",
        );
        check("counterfoil-new", "counterfoil-new has no row in the table of layers");
    }

    #[test]
    fn a_witness_uses_none_of_ours_not_even_in_its_tests() {
        let check = |line: &str, found: &str| check(&[line], &[found]);
        check(
            "counterfoil-sandbox -> ~counterfoil-connectors",
            "counterfoil-sandbox → counterfoil-connectors: it depends on none of ours",
        );
        check(
            "counterfoil-verify -> counterfoil-core",
            "counterfoil-verify → counterfoil-core: it depends on none of ours",
        );
    }

    #[test]
    fn the_pure_ones_reach_nothing_worldly_even_through_others() {
        check(
            &["counterfoil-core -> serde helpful", "helpful -> inner", "inner -> tokio"],
            &["counterfoil-core → helpful → inner → tokio: it is to be pure"],
        );
        check(
            &["counterfoil-connectors -> reqwest"],
            &["counterfoil-connectors → reqwest: it is to be pure"],
        );
    }

    #[test]
    fn tauri_is_reached_by_the_window_alone() {
        check(
            &["counterfoil-devhost -> tauri-plugin-opener"],
            &["counterfoil-devhost → tauri-plugin-opener: only counterfoil may"],
        );
        check(
            &["counterfoil-api -> helpful", "helpful -> tauri"],
            &["counterfoil-api → helpful → tauri: only counterfoil may"],
        );
        let through_the_window = &["counterfoil-tests -> counterfoil", "counterfoil -> tauri"];
        check(
            through_the_window,
            &[
                "counterfoil-tests → counterfoil: it points the wrong way",
                "counterfoil-tests → counterfoil → tauri: only counterfoil may",
            ],
        );
    }
}
