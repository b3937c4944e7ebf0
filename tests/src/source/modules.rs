//! Dependencies between the modules of a crate, and the circles among them.
//!
//! A module is a file. If a module uses another one, the use is counted between the two ancestors that are
//! siblings: `store::stock::parts` using `store::item` is a use of `item` by `stock`. A use between a module
//! and its own ancestor is not counted. Names are followed through `crate::`, `super::`, `self::`, child
//! modules and re-exports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

use super::rust_files;

/// Path of a module from the crate's root, without `crate`. Empty for the root itself.
type ModulePath = Vec<String>;

/// A use of one module by a sibling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Parent of both modules. Empty for the crate's root.
    pub parent: ModulePath,
    /// Name of the module that uses the other.
    pub from: String,
    /// Name of the module that is used.
    pub to: String,
    /// One such use: the path of the using module, and the path that it names.
    pub example: String,
}

#[derive(Default)]
struct Module {
    /// Paths that the module names, each with whether the module re-exports it.
    paths: Vec<(Vec<String>, Exported)>,
}

#[derive(Clone, PartialEq, Eq)]
enum Exported {
    No,
    /// Re-exported under this name.
    As(String),
}

/// Returns the uses between sibling modules of the crate whose sources are in `folder`.
pub fn uses(folder: &Path) -> Vec<Use> {
    let modules = read(folder);
    let mut exports = BTreeMap::new();
    for (module, content) in &modules {
        for (path, exported) in &content.paths {
            if let Exported::As(name) = exported
                && let Some(target) = resolve(&modules, &BTreeMap::new(), module, path)
                && target != *module
            {
                exports.insert((module.clone(), name.clone()), target);
            }
        }
    }
    let mut found: BTreeMap<(ModulePath, String, String), String> = BTreeMap::new();
    for (module, content) in &modules {
        for (path, _) in &content.paths {
            let Some(target) = resolve(&modules, &exports, module, path) else { continue };
            let same = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            if same == module.len() || same == target.len() {
                continue;
            }
            let key = (module[..same].to_vec(), module[same].clone(), target[same].clone());
            found.entry(key).or_insert_with(|| format!("{} names {}", module.join("::"), path.join("::")));
        }
    }
    found.into_iter().map(|((parent, from, to), example)| Use { parent, from, to, example }).collect()
}

/// Returns the circles among sibling modules. Each circle is the list of the uses between its modules.
pub fn circles(uses: &[Use]) -> Vec<Vec<&Use>> {
    let parents: BTreeSet<&ModulePath> = uses.iter().map(|one| &one.parent).collect();
    let mut found = Vec::new();
    for parent in parents {
        let group: Vec<&Use> = uses.iter().filter(|one| one.parent == *parent).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for start in group.iter().map(|one| one.from.as_str()) {
            let circle: BTreeSet<&str> = reached(&group, start)
                .into_iter()
                .filter(|module| reached(&group, module).contains(start))
                .collect();
            if circle.contains(start) && seen.insert(start) {
                seen.extend(&circle);
                let within =
                    |one: &&&Use| circle.contains(one.from.as_str()) && circle.contains(one.to.as_str());
                found.push(group.iter().filter(within).copied().collect());
            }
        }
    }
    found
}

/// Returns the names of the modules that `start` uses, directly or through others.
fn reached<'a>(group: &[&'a Use], start: &str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start.to_owned()]);
    while let Some(module) = open.pop() {
        for one in group.iter().filter(|one| one.from == module) {
            if found.insert(one.to.as_str()) {
                open.push(one.to.clone());
            }
        }
    }
    found
}

fn read(folder: &Path) -> BTreeMap<ModulePath, Module> {
    let mut modules: BTreeMap<ModulePath, Module> = BTreeMap::new();
    for file in rust_files(folder) {
        let below = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        let mut path: ModulePath = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.first().is_some_and(|part| part == "bin") {
            continue;
        }
        if path.last().is_some_and(|part| ["lib", "main", "mod"].contains(&part.as_str())) {
            path.pop();
        }
        if path.last().is_some_and(|part| part == "tests") {
            continue;
        }
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        modules.entry(path).or_default().visit_file(&parsed);
    }
    modules
}

impl Visit<'_> for Module {
    fn visit_item_use(&mut self, item: &ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        self.add_tree(&item.tree, &mut Vec::new(), public);
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if parts.len() > 1 {
            self.paths.push((parts, Exported::No));
        }
        visit::visit_path(self, path);
    }
}

impl Module {
    fn add_tree(&mut self, tree: &UseTree, before: &mut Vec<String>, public: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(&path.tree, before, public);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|one| self.add_tree(one, before, public)),
            UseTree::Name(name) => self.add_use(before, &name.ident.to_string(), None, public),
            UseTree::Rename(name) => {
                self.add_use(before, &name.ident.to_string(), Some(name.rename.to_string()), public);
            }
            UseTree::Glob(_) => self.paths.push((before.clone(), Exported::No)),
        }
    }

    fn add_use(&mut self, before: &[String], name: &str, renamed: Option<String>, public: bool) {
        let mut path = before.to_vec();
        if name != "self" {
            path.push(name.to_owned());
        }
        let shown = renamed.unwrap_or_else(|| path.last().cloned().unwrap_or_default());
        self.paths.push((path, if public { Exported::As(shown) } else { Exported::No }));
    }
}

/// Returns the module that defines what `path` names inside `module`. `None` if it belongs to another crate.
fn resolve(
    modules: &BTreeMap<ModulePath, Module>,
    exports: &BTreeMap<(ModulePath, String), ModulePath>,
    module: &[String],
    path: &[String],
) -> Option<ModulePath> {
    let mut rest = path;
    let mut at: ModulePath = module.to_vec();
    match rest.first()?.as_str() {
        "crate" => {
            at.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                at.pop()?;
                rest = &rest[1..];
            }
        }
        first => {
            at.push(first.to_owned());
            let is_child = modules.contains_key(&at);
            at.pop();
            if !is_child {
                return None;
            }
        }
    }
    while let Some(next) = rest.first() {
        at.push(next.clone());
        if modules.contains_key(&at) {
            rest = &rest[1..];
            continue;
        }
        at.pop();
        return Some(exports.get(&(at.clone(), next.clone())).cloned().unwrap_or(at));
    }
    Some(at)
}
