//! The contract's list of routes against the calls of the application: none is missing on either side.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use reference_cluster::ROUTES;

/// What begins a call in the source of the application, and with which method. The path is in what follows.
const CALLS: [(&str, &str); 10] = [
    ("ApiRequest::read(", "GET"),
    ("ApiRequest::write(Method::Post", "POST"),
    ("ApiRequest::write(Method::Put", "PUT"),
    ("ApiRequest::write(Method::Delete", "DELETE"),
    // Helpers that stand between a call and its request.
    ("self.register(", "POST"),
    ("self.post(", "POST"),
    ("self.ask(", "GET"),
    ("told(self, index, ", "GET"),
    // Health checks are asked for by the address of the node.
    ("address::at(base, ", "GET"),
    // Paths of streams and series, which nothing but a GET is made of.
    ("=> \"/api", "GET"),
];

/// Functions of the application that put a path together, and what of it they add themselves.
const VEHICLE_PATH: (&str, &str) = ("vehicle_path(", "/api/integrated/vehicles/{}");
const TESTS: &str = "/api/performance-test/";

/// For programs that follow a node's view (the application asks for the view itself), and for operators' programs.
const WITHOUT_A_CALL: [(&str, &str); 2] = [("GET", "/api/cluster/view/stream"), ("POST", "/api/cluster/elect")];

fn service() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/api_service")
}

/// Every file of the service with its code, without comments and tests.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push((path.display().to_string(), code.join("\n")));
        }
    }
}

/// The text literals in `code`.
fn literals(code: &str) -> Vec<String> {
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// `code` up to where the parenthesis that is open at its beginning is closed.
fn to_closing(code: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in code.char_indices() {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &code[..at];
        }
    }
    code
}

/// With every id, every value of the query and every name of a parameter left out.
fn normal(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// The paths in `code`, which begins behind the opening of a call.
fn paths(code: &str) -> Vec<String> {
    if let Some((_, rest)) = code.split_once(VEHICLE_PATH.0) {
        return literals(to_closing(rest)).into_iter().map(|end| format!("{}{end}", VEHICLE_PATH.1)).collect();
    }
    let found = literals(code).into_iter();
    found.filter(|text| text.starts_with("/api/") || text.starts_with("/reservations")).collect()
}

/// Method and path of every call of the application, with the file that makes it.
fn calls() -> BTreeMap<(String, String), String> {
    let mut files = Vec::new();
    sources(&service(), &mut files);
    let mut calls = BTreeMap::new();
    for (file, code) in files {
        let mut code = code;
        let consts: Vec<(String, String)> = code
            .split("\nconst ")
            .skip(1)
            .filter_map(|rest| {
                let (name, rest) = rest.split_once(": &str = \"")?;
                Some((name.to_owned(), rest.split('"').next()?.to_owned()))
            })
            .collect();
        for (name, value) in consts {
            code = code.replace(&format!("({name})"), &format!("(\"{value}\")"));
            code = code.replace(&format!("({name},"), &format!("(\"{value}\","));
            code = code.replace(&format!(", {name},"), &format!(", \"{value}\","));
        }
        let mut add = |method: &str, path: &str| {
            calls.insert((method.to_owned(), normal(path)), file.clone());
        };
        // One function at a time: what a variable holds is looked up in its own.
        for function in code.split("fn ").skip(1) {
            for (head, method) in CALLS {
                for (at, _) in function.match_indices(head) {
                    if head.starts_with("=>") {
                        add(method, &literals(&function[at..])[0]);
                        continue;
                    }
                    let arguments = to_closing(&function[at + head.len()..]);
                    let in_tests = file.ends_with("performance.rs");
                    if in_tests && head.starts_with("self.") {
                        literals(arguments).first().into_iter().for_each(|end| add(method, &format!("{TESTS}{end}")));
                        continue;
                    }
                    let mut found = paths(arguments);
                    let first_is_variable = arguments.trim_start_matches(", ").starts_with("path");
                    if first_is_variable && let Some((_, made)) = function[..at].rsplit_once("let path = ") {
                        found = paths(made.split(";\n").next().unwrap_or_default());
                    }
                    found.iter().for_each(|path| add(method, path));
                }
            }
        }
    }
    calls
}

#[test]
fn every_route_of_the_contract_has_a_call_in_the_application_and_every_call_a_route() {
    let routes: BTreeSet<(String, String)> =
        ROUTES.iter().map(|(method, path)| ((*method).to_owned(), normal(path))).collect();
    let calls = calls();
    let called: BTreeSet<_> = calls.keys().cloned().collect();
    let optional = WITHOUT_A_CALL.map(|(method, path)| (method.to_owned(), path.to_owned()));
    let missing: Vec<_> = routes.difference(&called).filter(|route| !optional.contains(route)).collect();
    assert!(missing.is_empty(), "routes that the application does not call: {missing:#?}");
    let unknown: Vec<_> = calls.iter().filter(|(call, _)| !routes.contains(*call)).collect();
    assert!(unknown.is_empty(), "calls that the contract does not know: {unknown:#?}");
}

#[test]
fn every_path_in_the_source_is_in_the_contract() {
    let known: Vec<String> = ROUTES.iter().map(|(_, path)| normal(path)).collect();
    let mut files = Vec::new();
    sources(&service(), &mut files);
    for (file, code) in files {
        let all = literals(&code).into_iter();
        for path in all.filter(|text| text.starts_with("/api/") || text.starts_with("/reservations")) {
            let path = normal(&path);
            assert!(known.iter().any(|route| route.starts_with(&path)), "{file} names {path}");
        }
    }
}
