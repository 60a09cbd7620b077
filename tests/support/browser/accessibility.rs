//! What a page is to whoever does not see it, or uses no mouse: axe-core's rules, Chromium's
//! accessibility tree, and where the focus goes.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use thirtyfour::Key;

use super::Browser;

/// axe-core, from `tests/clients/axe`.
fn axe() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/axe/node_modules");
        std::fs::read_to_string(format!("{folder}/axe-core/axe.min.js"))
            .expect("axe-core is installed (run tests/all, which does that)")
    })
}

/// What axe-core found: the rules that hold, and what breaks others.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub held: Vec<String>,
    pub broken: Vec<String>,
}

/// Where the focus is.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Focus {
    /// Its number among everything that takes the focus, in the order of the document; none for
    /// the page itself.
    pub number: Option<usize>,
    /// What it is, for a failure.
    pub what: String,
    /// Its box: left, top, right, bottom.
    pub place: [f64; 4],
    /// Whether it is seen that it has the focus.
    pub shown: bool,
    /// Whether nothing lies over it.
    pub free: bool,
}

/// Everything that takes the focus by Tab, in the order of the document.
const STOPS: &str = "const stops = [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.matches(':disabled')
        && e.tabIndex >= 0);";

impl Browser {
    /// What axe-core says of the page in this colour scheme: of these rules, or of all that belong
    /// to WCAG 2.2 AA or are good practice.
    pub async fn axe(&self, dark: bool, rules: Option<&[&str]>) -> Findings {
        // Colours that are on their way to others have no contrast that could be told.
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
        // The page stays as it is without scripts; axe-core is one.
        let off = self.scripts_off.load(Ordering::Relaxed);
        let disable = |value: bool| json!({ "value": value });
        if off {
            self.devtools("Emulation.setScriptExecutionDisabled", disable(false)).await;
        }
        if self.script("return typeof axe;").await != "object" {
            self.driver.execute(axe(), Vec::<Value>::new()).await.expect("axe-core is a script");
        }
        let tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        let only = match rules {
            Some(rules) => json!({ "type": "rule", "values": rules }),
            None => json!({ "type": "tag", "values": tags }),
        };
        let run = "const [only, done] = arguments;
            for (const each of document.getAnimations()) try { each.finish(); } catch { /* endless */ }
            const told = (broken) => broken.nodes.map((node) => [broken.id, node.target.join(' '),
                node.html.slice(0, 160), node.failureSummary].join(' · ').replace(/\\s+/g, ' '));
            axe.run(document, { runOnly: only, preload: false, resultTypes: ['violations'],
                    rules: { 'target-size': { enabled: only.type === 'tag' } } })
                .then((found) => done({
                    held: found.passes.map((rule) => rule.id),
                    broken: found.violations.flatMap(told),
                }), (error) => done({ held: [], broken: [String(error)] }));";
        let found = self.driver.execute_async(run, vec![only]).await.expect("axe-core answers");
        if off {
            self.devtools("Emulation.setScriptExecutionDisabled", disable(true)).await;
        }
        let list = |name: &str| {
            let list = found.json()[name].as_array().cloned().unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Findings { held: list("held"), broken: list("broken") }
    }

    /// What a screen reader reads, in its order: landmarks, headings, controls and what speaks up,
    /// each as its role and name. A heading has its level, a control its state where it has one.
    pub async fn tree(&self) -> Vec<String> {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().expect("a tree");
        let find = |id: &Value| nodes.iter().find(|node| node["nodeId"] == *id);
        let mut waiting: Vec<&Value> = nodes.first().into_iter().collect();
        let mut read = Vec::new();
        while let Some(node) = waiting.pop() {
            let children = node["childIds"].as_array().into_iter().flatten();
            waiting.extend(children.rev().filter_map(find));
            if node["ignored"] == true {
                continue;
            }
            let role = node["role"]["value"].as_str().unwrap_or_default();
            if !SPOKEN.contains(&role) {
                continue;
            }
            let name = node["name"]["value"].as_str().unwrap_or_default();
            let property = |wanted: &str| {
                let all = node["properties"].as_array().into_iter().flatten();
                let mut found = all.filter(|property| property["name"] == wanted);
                found.next().map(|property| property["value"]["value"].to_string())
            };
            let mut line = role.to_owned();
            if let Some(level) = property("level").filter(|_| role == "heading") {
                line = format!("{line} {level}");
            }
            if !name.is_empty() {
                line = format!("{line} “{}”", super::squeeze(name));
            }
            for (state, value) in [("invalid", "\"true\""), ("required", "true")] {
                if property(state).as_deref() == Some(value) {
                    line = format!("{line} {state}");
                }
            }
            read.push(line);
        }
        read
    }

    /// Puts the focus where it is when a page has just come: before everything.
    pub async fn focus_nothing(&self) {
        let script = "window.scrollTo(0, 0); const body = document.body;
            body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex');";
        self.script(script).await;
    }

    /// How many things take the focus by Tab.
    pub async fn stops(&self) -> usize {
        let count = self.script(&format!("{STOPS} return stops.length;")).await;
        count.as_u64().unwrap_or_default().try_into().expect("not that many")
    }

    /// Presses Tab, and says where the focus is then.
    pub async fn tab(&self) -> Focus {
        self.type_keys(Key::Tab).await;
        let script = format!(
            "{STOPS} const e = document.activeElement, style = getComputedStyle(e);
            const box = e.getBoundingClientRect();
            const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height, 20) / 2];
            const over = document.elementFromPoint(x, y);
            const number = stops.indexOf(e);
            return {{
                number: number < 0 ? null : number,
                what: e.outerHTML.slice(0, 160),
                place: [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY],
                shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                    && box.width > 0 && box.height > 0,
                free: over !== null && (e.contains(over) || over.contains(e)
                    || [...(e.labels ?? [])].some((label) => label.contains(over))),
            }};"
        );
        serde_json::from_value(self.script(&script).await).expect("where the focus is")
    }

    /// Goes by Tab to the control with this name, and panics where there is none.
    pub async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        // A date alone has six parts.
        for _ in 0..=2 * self.stops().await + 12 {
            let focused = self.focused().await;
            if focused == name {
                return;
            }
            passed.push(focused);
            self.type_keys(Key::Tab).await;
        }
        panic!("Tab does not come to “{name}”, only to {passed:?}");
    }

    /// Goes by Tab to the control with this name, and presses Enter.
    pub async fn enter(&self, name: &str) {
        self.tab_to(name).await;
        self.type_keys(Key::Enter).await;
    }
}

/// The roles that are told.
const SPOKEN: [&str; 22] = [
    "banner",
    "main",
    "navigation",
    "contentinfo",
    "region",
    "form",
    "search",
    "article",
    "heading",
    "link",
    "button",
    "textbox",
    "searchbox",
    "combobox",
    "spinbutton",
    "checkbox",
    "DisclosureTriangle",
    "alert",
    "status",
    "timer",
    "table",
    "image",
];
