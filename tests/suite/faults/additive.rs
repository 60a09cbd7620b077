//! Migrations only add: whatever the version before says in SQL still means the same afterwards.

use std::collections::BTreeMap;

/// Words of statements that take something away, or make the version before say something wrong.
const TAKES_AWAY: [&str; 8] = [
    "DROP ",
    " RENAME ",
    "DELETE FROM",
    "TRUNCATE",
    "ALTER COLUMN",
    "ADD CONSTRAINT",
    "SET NOT NULL",
    "SET DATA TYPE",
];

fn migrations() -> BTreeMap<String, String> {
    let files = std::fs::read_dir("migrations").unwrap();
    files
        .map(|file| file.unwrap().path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
            let sql = lines.collect::<Vec<_>>().join(" ").to_uppercase();
            let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
            (path.file_name().unwrap().to_str().unwrap().to_owned(), sql)
        })
        .collect()
}

#[test]
fn migrations_only_add_so_that_the_version_before_goes_on_serving() {
    let migrations = migrations();
    assert!(migrations.len() > 20);
    let mut tables: Vec<String> = Vec::new();
    for (file, sql) in &migrations {
        let (mut own, mut added): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            // An index changes how long things take, and not what they mean.
            if statement.starts_with("DROP INDEX ") {
                continue;
            }
            for word in TAKES_AWAY {
                assert!(!format!(" {statement}").contains(word), "{file}: {word}: {statement}");
            }
            let words: Vec<&str> = statement.split_whitespace().collect();
            match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => own.push((*name).to_owned()),
                // The version before inserts rows without the column.
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] => {
                    added.push((*column).to_owned());
                    let fills_itself =
                        !statement.contains("NOT NULL") || statement.contains("DEFAULT");
                    assert!(
                        fills_itself || own.contains(&(*name).to_owned()),
                        "{file}: {statement}"
                    );
                }
                // It may insert what would now be there twice.
                ["CREATE", "UNIQUE", "INDEX", ..] => {
                    let on = statement.split(" ON ").nth(1).unwrap_or_default();
                    let table = on.split([' ', '(']).next().unwrap_or_default().to_owned();
                    // On a column that it leaves empty, it may.
                    let empty = added.iter().any(|column| on.contains(column.as_str()));
                    let new = own.contains(&table) || !tables.contains(&table);
                    assert!(new || empty, "{file}: {statement}");
                }
                ["CREATE", "INDEX", ..] | ["INSERT", "INTO", ..] | ["UPDATE", ..] => {}
                _ => panic!("{file}: neither adds nor fills in: {statement}"),
            }
        }
        tables.extend(own);
    }
}
