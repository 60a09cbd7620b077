//! Links between pages lead to files and headings that are there.

use std::collections::BTreeSet;
use std::fs;

use super::page::{Page, pages};

/// The targets of a page's links, without those inside of code.
fn targets(page: &Page) -> Vec<String> {
    let prose = page.prose();
    let without_code: String = prose.split('`').step_by(2).collect();
    let after = without_code.split("](").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors that forges make of the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let page = Page { path: String::new(), text: text.to_owned() };
    let mut found = BTreeSet::new();
    for line in page.prose().lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut next = anchor.clone();
        let mut times = 0;
        while !found.insert(next) {
            times += 1;
            next = format!("{anchor}-{times}");
        }
    }
    found
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let (mut broken, mut followed) = (Vec::new(), 0);
    for page in pages() {
        for target in targets(&page) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => super::page::root().join(&page.path),
                file => page.folder().join(file),
            };
            let there = if anchor.is_empty() {
                path.exists()
            } else {
                fs::read_to_string(&path).is_ok_and(|text| anchors(&text).contains(anchor))
            };
            if !there {
                broken.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(followed > 100, "only {followed} links were found");
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_page_of_the_documentation_is_reached_from_its_index() {
    let index = Page::read("docs/README.md");
    let linked: BTreeSet<String> = targets(&index).into_iter().collect();
    for page in pages() {
        let Some(name) = page.path.strip_prefix("docs/") else { continue };
        let alone = !name.contains('/') && name != "README.md";
        assert!(!alone || linked.contains(name), "docs/README.md does not name {name}");
    }
}

#[test]
fn every_page_says_in_its_first_sentence_what_it_is_for() {
    for page in pages() {
        let mut lines = page.text.lines();
        let title = lines.next().unwrap_or_default();
        assert!(title.starts_with("# "), "{}: {title}", page.path);
        let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let said = first.starts_with(|c: char| c.is_alphabetic() || "`*([".contains(c));
        assert!(said && first.len() > 20, "{}: {first}", page.path);
    }
}
