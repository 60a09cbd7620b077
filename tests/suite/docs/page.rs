//! Pages in Markdown, as far as these tests look into them.

use std::fs;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Where it is, below the root of the repository.
    pub path: String,
    pub text: String,
}

/// A fenced block.
pub(crate) struct Block {
    pub language: String,
    pub text: String,
    /// The comment right above it, without its arrows.
    pub note: Option<String>,
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder whose name ends like this, below the root.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let entry = entry.unwrap();
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                if name != "node_modules" && name != ".venv" {
                    waiting.push(path);
                }
            } else if name.to_str().is_some_and(|name| name.ends_with(ending)) {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every page that people read.
pub(crate) fn pages() -> Vec<Page> {
    let own = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    let all = own.map(str::to_owned).into_iter().chain(files("docs", ".md"));
    let all: Vec<Page> = all.map(|path| Page::read(&path)).collect();
    assert!(all.len() > 25, "the pages are found");
    all
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        Self { path: path.to_owned(), text }
    }

    /// The folder that its links start from.
    pub(crate) fn folder(&self) -> PathBuf {
        root().join(Path::new(&self.path).parent().unwrap())
    }

    /// Its fenced blocks.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut open): (Vec<Block>, bool) = (Vec::new(), false);
        let mut last = "";
        for line in self.text.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                if !open {
                    let note = last.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->"));
                    let (language, note) = (language.to_owned(), note.map(str::to_owned));
                    blocks.push(Block { language, text: String::new(), note });
                }
                open = !open;
                last = "";
            } else if open {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            } else if !line.trim().is_empty() {
                last = line.trim();
            }
        }
        assert!(!open, "{}: a block does not end", self.path);
        blocks
    }

    /// Everything but the blocks.
    pub(crate) fn prose(&self) -> String {
        let mut open = false;
        let outside = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            open ^= fence;
            !open && !fence
        });
        outside.collect::<Vec<_>>().join("\n")
    }

    /// What stands between backticks in running text and tables.
    pub(crate) fn spans(&self) -> Vec<String> {
        let prose = self.prose();
        let spans = prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        spans.map(str::to_owned).collect()
    }

    /// The block that is marked as being this file.
    pub(crate) fn file(&self, name: &str) -> String {
        let marked = format!("runs: {name}");
        let block = self.blocks().into_iter().find(|it| it.note.as_deref() == Some(&marked));
        block.unwrap_or_else(|| panic!("{}: no block is {name}", self.path)).text
    }
}
