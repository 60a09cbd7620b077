//! What a screen reader makes of the main pages: landmarks, headings, names and what speaks up, in
//! the order in which they are read.

use super::portal::come_in;
use super::{Stage, finish};
use crate::support::browser::{Authenticator, Browser};

/// Whether these are read, in this order, whatever is read between them.
async fn reads(browser: &Browser, wanted: &[&str]) {
    let tree = browser.tree().await;
    let mut rest = tree.iter();
    for line in wanted {
        assert!(rest.any(|read| read == line), "“{line}” is missing in\n  {}", tree.join("\n  "));
    }
    // Each level of headings is below one that was read.
    let levels = tree.iter().filter_map(|line| line.strip_prefix("heading ")?.chars().next());
    let levels: Vec<u32> = levels.filter_map(|level| level.to_digit(10)).collect();
    assert_eq!(levels.first(), Some(&1), "{tree:?}");
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    for once in ["main", "banner", "heading 1"] {
        let count = tree.iter().filter(|line| line.split(" “").next() == Some(once)).count();
        assert_eq!(count, 1, "{once} in {tree:?}");
    }
}

#[tokio::test]
async fn a_first_day_is_read_in_order() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    let end = ["contentinfo", "navigation “Language”", "link “Deutsch”"];
    let page = [
        "banner",
        "main",
        "heading 1 “Hello. Who is signing in?”",
        "button “Use a passkey”",
        "textbox “Username” required",
        "button “Next”",
    ];
    reads(browser, &[&page[..], &end].concat()).await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    browser.fill("Temporary Access Pass", "WRNG-PASS").await;
    browser.press("Sign in").await;
    browser.wait_for_text("That did not work.").await;
    let page = [
        "main",
        "heading 1 “Welcome”",
        "button “Not you?”",
        "alert",
        "textbox “Temporary Access Pass” invalid required",
        "button “Sign in”",
        "button “Use a passkey”",
        "status",
    ];
    reads(browser, &[&page[..], &end].concat()).await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("Passkey on this device").await;
    let page = [
        "main",
        "heading 1 “Welcome, Ada Example.”",
        "region “Passkey on this device”",
        "heading 2 “Passkey on this device”",
        "button “Add a passkey”",
        "region “Security key”",
        "button “Add a security key”",
        "region “Phone”",
        "button “Set up phone sign-in”",
        "status",
    ];
    reads(browser, &[&page[..], &end].concat()).await;
    app.one_method_is_enough().await;
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    browser.heading("You're all set").await;
    reads(browser, &["main", "heading 1 “You're all set”", "button “Continue”", "contentinfo"])
        .await;
    finish(browser).await;
    stage.result().await;
    browser.goto(app.url("/security-info")).await;
    let page = [
        "banner",
        "button “Sign out”",
        "main",
        "heading 1 “My Security Info”",
        "region “Ways to sign in”",
        "heading 2 “Ways to sign in”",
        "link “Manage Virtual authenticator”",
        "region “Temporary Access Pass”",
        "region “Where you are signed in”",
        "region “Apps with access”",
        "button “Remove access of Payroll”",
        "region “Recent activity”",
        "contentinfo",
    ];
    reads(browser, &page).await;
    browser.expect_problem("status of 404");
    browser.goto(app.url("/nowhere")).await;
    reads(browser, &["banner", "main", "heading 1 “There is no such page”", "contentinfo"]).await;
    stage.close().await;
}

#[tokio::test]
async fn the_portal_is_read_in_order() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    let frame = [
        "link “Skip to the content”",
        "banner",
        "button “Sign out”",
        "navigation “Sections”",
        "link “Overview”",
        "link “Audit log”",
        "main",
    ];
    let page = [
        "heading 1 “Overview”",
        "region “Not finished onboarding”",
        "link “Issue a pass to Ada Example”",
        "region “What happened lately”",
    ];
    reads(browser, &[&frame[..], &page].concat()).await;
    browser.link("People").await;
    browser.heading("People").await;
    let page = ["heading 1 “People”", "combobox “State”", "table", "link “Ada Example”"];
    reads(browser, &[&frame[..], &page].concat()).await;
    browser.link("Ada Example").await;
    browser.heading("Ada Example").await;
    let page = [
        "heading 1 “Ada Example”",
        "button “Issue a pass”",
        "region “Temporary Access Pass”",
        "region “Ways to sign in”",
        "region “Sessions”",
        "region “Details”",
        "region “Recent activity”",
        "DisclosureTriangle “Delete this person”",
    ];
    reads(browser, &[&frame[..], &page].concat()).await;
    browser.press("Issue a pass").await;
    browser.heading("A pass for Ada Example").await;
    browser.press("Issue a pass").await;
    browser.wait_for_text("The pass is shown this once.").await;
    let page =
        ["heading 1 “A pass for Ada Example”", "status", "article “The slip for Ada Example”"];
    reads(browser, &[&frame[..], &page].concat()).await;
    stage.close().await;
}
