//! Finding what a person uses by its name, and using it.

use std::time::Instant;

use serde_json::json;
use thirtyfour::WebElement;

use super::{Browser, LOOK_EVERY, PATIENCE, squeeze, wanted};

/// What a control is to a screen reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something to press.
    Button,
    /// Something to follow.
    Link,
    /// Something to type into.
    Textbox,
    /// A list to choose from.
    Choice,
    /// A box or radio button to tick.
    Tick,
    /// A heading.
    Heading,
}

impl Role {
    /// The elements that can have this role.
    fn selector(self) -> &'static str {
        match self {
            Self::Button => {
                "button, summary, input[type=submit], input[type=button], input[type=reset], \
                 input[type=image], [role=button]"
            }
            Self::Link => "a[href], area[href], [role=link]",
            Self::Textbox => {
                "input:not([type=hidden], [type=submit], [type=button], [type=reset], \
                 [type=image], [type=checkbox], [type=radio], [type=file]), textarea, \
                 [role=textbox], [contenteditable=true]"
            }
            Self::Choice => "select, [role=combobox], [role=listbox]",
            Self::Tick => {
                "input[type=checkbox], input[type=radio], [role=checkbox], [role=radio], \
                 [role=switch]"
            }
            Self::Heading => "h1, h2, h3, h4, h5, h6, [role=heading]",
        }
    }
}

impl Browser {
    /// Types into the text box with this label, in place of what is in it.
    pub async fn fill(&self, label: &str, text: &str) {
        let what = format!("{} that can be typed into", wanted(Role::Textbox, label, None));
        self.until(&what, async || {
            let field = self.look(Role::Textbox, label, None).await?;
            let kind = field.attr("type").await.ok()?.unwrap_or_default();
            if matches!(kind.as_str(), "date" | "time" | "datetime-local" | "month" | "week") {
                // Typing into these depends on the locale of the browser.
                let set = "arguments[0].value = arguments[1];
                    for (const e of ['input', 'change'])
                        arguments[0].dispatchEvent(new Event(e, { bubbles: true }));";
                let arguments = vec![field.to_json().ok()?, json!(text)];
                return self.driver.execute(set, arguments).await.ok().map(drop);
            }
            field.clear().await.ok()?;
            field.send_keys(text).await.ok()
        })
        .await;
    }

    /// Types keys wherever the focus is; [`Key`](thirtyfour::Key) has names for Tab, Enter and so on.
    pub async fn type_keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        let typing = self.driver.action_chain().send_keys(keys);
        typing.perform().await.expect("the page takes keys");
    }

    /// The accessible name of the element that has the focus.
    pub async fn focused(&self) -> String {
        let focused = self.driver.active_element().await.expect("a focused element");
        self.name_of(&focused).await.unwrap_or_default()
    }

    /// Presses the button with this exact name.
    ///
    /// When the next page has a button of the same name, wait for something else of that page
    /// first, or the old one may be pressed twice.
    pub async fn press(&self, name: &str) {
        self.click(Role::Button, name, None).await;
    }

    /// Presses the button with this exact name in the row, list item, card, form part or dialog
    /// that contains the text `within`.
    pub async fn press_in(&self, within: &str, name: &str) {
        self.click(Role::Button, name, Some(within)).await;
    }

    /// Follows the link with this exact name.
    pub async fn link(&self, name: &str) {
        self.click(Role::Link, name, None).await;
    }

    /// Follows the link with this exact name in the row, card or the like that contains `within`.
    pub async fn link_in(&self, within: &str, name: &str) {
        self.click(Role::Link, name, Some(within)).await;
    }

    /// Where the link with this exact name leads, as written in the page.
    pub async fn href(&self, name: &str) -> String {
        let link = self.find(Role::Link, name, None).await;
        link.attr("href").await.expect("the link is there").unwrap_or_default()
    }

    /// Clicks the check box or radio button with this label.
    pub async fn tick(&self, label: &str) {
        self.click(Role::Tick, label, None).await;
    }

    /// Whether the check box or radio button with this label is ticked.
    pub async fn is_ticked(&self, label: &str) -> bool {
        self.find(Role::Tick, label, None).await.is_selected().await.expect("it is there")
    }

    /// Chooses the option with this text in the list with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        let list = self.find(Role::Choice, label, None).await;
        let pick = "const [list, text] = arguments;
            const found = [...list.options].find((o) => o.text.trim() === text);
            if (!found) return [...list.options].map((o) => o.text.trim());
            list.value = found.value;
            for (const e of ['input', 'change']) list.dispatchEvent(new Event(e, { bubbles: true }));
            return null;";
        let list = list.to_json().expect("an element reference");
        let answer = self.driver.execute(pick, vec![list, json!(option)]).await.expect("a list");
        let others = answer.json();
        assert!(others.is_null(), "“{label}” has no option “{option}”, only {others}");
    }

    /// Clicks a control, trying again while the page moves under the pointer.
    async fn click(&self, role: Role, name: &str, within: Option<&str>) {
        self.until(&wanted(role, name, within), async || {
            self.look(role, name, within).await?.click().await.ok()
        })
        .await;
    }

    /// Waits for a control.
    pub(super) async fn find(&self, role: Role, name: &str, within: Option<&str>) -> WebElement {
        self.until(&wanted(role, name, within), async || self.look(role, name, within).await).await
    }

    /// Looks for a control once.
    pub(super) async fn look(
        &self,
        role: Role,
        name: &str,
        within: Option<&str>,
    ) -> Option<WebElement> {
        let wanted = squeeze(name);
        for candidate in self.candidates(role, name, within).await {
            if self.name_of(&candidate).await.is_some_and(|n| n == wanted) {
                return Some(candidate);
            }
        }
        None
    }

    /// Controls of a role that can be seen and used, those that likely have the name first.
    pub(super) async fn candidates(
        &self,
        role: Role,
        name: &str,
        within: Option<&str>,
    ) -> Vec<WebElement> {
        let script = r"
            const [selector, name, within] = arguments;
            const squeeze = (s) => (s ?? '').replace(/\s+/g, ' ').trim();
            const modal = [...document.querySelectorAll('dialog:modal')].pop();
            const usable = (e) =>
                e.checkVisibility({ visibilityProperty: true }) && !e.matches(':disabled')
                && e.getAttribute('aria-disabled') !== 'true' && !e.closest('[inert]')
                && (!modal || modal.contains(e));
            const place = (e) => e.parentElement?.closest(
                'li, tr, article, fieldset, section, form, dialog, [role=row], [role=listitem]');
            const inside = (e) => {
                for (let p = place(e); p; p = place(p))
                    if (squeeze(p.innerText).includes(within)) return true;
                return false;
            };
            const likely = (e) => [
                e.innerText, e.value, e.title, e.getAttribute('aria-label'),
                ...[...(e.labels ?? [])].map((l) => l.innerText),
            ].some((text) => squeeze(text).includes(name));
            let all = [...document.querySelectorAll(selector)].filter(usable);
            if (within !== null) {
                all = all.filter(inside);
                // The closest match wins: a row before the list that holds all rows.
                const depth = (e) => {
                    let n = 0;
                    for (let p = place(e); p; p = place(p), n++)
                        if (squeeze(p.innerText).includes(within)) return n;
                    return n;
                };
                all.sort((a, b) => depth(a) - depth(b));
            }
            return [...all.filter(likely), ...all.filter((e) => !likely(e))];";
        let arguments =
            vec![json!(role.selector()), json!(squeeze(name)), json!(within.map(squeeze))];
        let Ok(found) = self.driver.execute(script, arguments).await else { return Vec::new() };
        found.elements().unwrap_or_default()
    }

    /// The accessible name, as Chromium's accessibility tree has it.
    pub(super) async fn name_of(&self, element: &WebElement) -> Option<String> {
        let path = format!("/element/{}/computedlabel", element.element_id());
        let name = self.raw(reqwest::Method::GET, path, None).await?;
        name.as_str().map(squeeze)
    }

    /// Looks again and again until there is something, or panics with what there was instead.
    pub(super) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if start.elapsed() > PATIENCE {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let url = self.driver.current_url().await.map_or_else(|e| e.to_string(), Into::into);
        let mut names = Vec::new();
        for role in [Role::Textbox, Role::Button, Role::Link] {
            for candidate in self.candidates(role, "", None).await.into_iter().take(30) {
                names.push(format!(
                    "{role:?} “{}”",
                    self.name_of(&candidate).await.unwrap_or_default()
                ));
            }
        }
        panic!(
            "no {what} after {PATIENCE:?}\nat {url}\ncontrols: {}\nconsole: {:?}\n---\n{}\n---",
            names.join(", "),
            self.console_problems().await,
            self.text().await,
        );
    }
}
