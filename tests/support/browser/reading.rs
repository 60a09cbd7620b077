//! What a page shows, and what it complains about.

use serde_json::{Value, json};

use super::driver::describe;
use super::{Browser, Role, squeeze};

impl Browser {
    /// The title of the page.
    pub async fn title(&self) -> String {
        self.driver.title().await.expect("a title")
    }

    /// All the text that can be seen.
    pub async fn text(&self) -> String {
        self.visible_text().await.unwrap_or_default()
    }

    /// Waits until the text can be seen anywhere on the page (white space runs count as one).
    pub async fn wait_for_text(&self, text: &str) {
        let wanted = squeeze(text);
        self.until(&format!("text “{text}”"), async || {
            squeeze(&self.visible_text().await?).contains(&wanted).then_some(())
        })
        .await;
    }

    /// Whether the text can be seen now.
    pub async fn shows(&self, text: &str) -> bool {
        squeeze(&self.text().await).contains(&squeeze(text))
    }

    /// Waits for a heading that contains the text.
    pub async fn heading(&self, text: &str) {
        let wanted = squeeze(text);
        self.until(&format!("heading “{text}”"), async || {
            self.headings().await.iter().any(|h| h.contains(&wanted)).then_some(())
        })
        .await;
    }

    /// The text of all headings that can be seen, in order.
    pub async fn headings(&self) -> Vec<String> {
        let mut names = Vec::new();
        for heading in self.candidates(Role::Heading, "", None).await {
            if let Some(name) = self.name_of(&heading).await {
                names.push(name);
            }
        }
        names
    }

    /// Whether a control of this role and exact name can be used now.
    pub async fn has(&self, role: Role, name: &str) -> bool {
        self.look(role, name, None).await.is_some()
    }

    /// The value of a text box.
    pub async fn value(&self, label: &str) -> String {
        let field = self.find(Role::Textbox, label, None).await;
        field.value().await.expect("the field is there").unwrap_or_default()
    }

    /// The text of the element with this id (or any other CSS selector), waiting for it.
    pub async fn text_of(&self, selector: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]); return e && e.innerText;";
        self.until(&format!("element {selector}"), async || {
            let found = self.driver.execute(script, vec![json!(selector)]).await.ok()?;
            found.json().as_str().map(str::to_owned)
        })
        .await
    }

    /// Runs a script in the page and returns what it returns: for looking, not for doing.
    pub async fn script(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::<Value>::new()).await;
        answer.unwrap_or_else(|e| panic!("the script fails: {e}\n{script}")).json().clone()
    }

    /// Waits until a script returns true.
    pub async fn wait_for_script(&self, what: &str, script: &str) {
        self.until(what, async || {
            let answer = self.driver.execute(script, Vec::<Value>::new()).await.ok()?;
            (answer.json() == &Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// The text that can be seen, or nothing while the page changes.
    async fn visible_text(&self) -> Option<String> {
        let script = "return document.body ? document.body.innerText : '';";
        let text = self.driver.execute(script, Vec::<Value>::new()).await.ok()?;
        text.json().as_str().map(str::to_owned)
    }

    // Console.

    /// What went wrong on any page so far: errors on the console (failed loads, exceptions, what
    /// the pages logged as errors) and every violation of a content security policy or of Trusted
    /// Types, whatever its level.
    pub async fn console_problems(&self) -> Vec<String> {
        self.drain_console().await;
        let expected = self.expected.lock().expect("expectations").clone();
        let console = self.console.lock().expect("console");
        console
            .iter()
            .filter(|e| is_problem(e))
            .map(describe)
            .filter(|line| !expected.iter().any(|e| line.contains(e.as_str())))
            .collect()
    }

    /// Panics when there were any [`console_problems`](Self::console_problems).
    pub async fn assert_clean(&self) {
        let problems = self.console_problems().await;
        assert!(problems.is_empty(), "the console has problems:\n  {}", problems.join("\n  "));
    }

    /// Says that the console may carry this: Chromium writes an error for every answer of 400 or
    /// more, so a test that wants to see an error page says `expect_problem("status of 400")`.
    pub fn expect_problem(&self, part: &str) {
        self.expected.lock().expect("expectations").push(part.to_owned());
    }

    /// Fetches what the console said since the last time.
    async fn drain_console(&self) {
        let path = "/se/log".to_owned();
        let said = self.raw(reqwest::Method::POST, path, Some(json!({ "type": "browser" }))).await;
        if let Some(Value::Array(entries)) = said {
            self.console.lock().expect("console").extend(entries);
        }
    }
}

/// Whether an entry of the console is worth failing a test.
fn is_problem(entry: &Value) -> bool {
    let message = entry["message"].as_str().unwrap_or_default();
    entry["level"] == "SEVERE"
        || entry["source"] == "security"
        || ["Content Security Policy", "Content-Security-Policy", "Trusted Type", "TrustedHTML"]
            .iter()
            .any(|mark| message.contains(mark))
}
