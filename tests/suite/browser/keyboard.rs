//! Whoever uses no mouse: everything is reached by Tab, in the order in which it is seen, and shows
//! that it has the focus; a day one and a pass for somebody else, without a click.

use firstkey::service::caller::Caller;
use thirtyfour::Key;

use super::portal::come_in;
use super::{Stage, focused_id};
use crate::support::browser::{Authenticator, Browser};

/// The way in which a page is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    LeftToRight,
    RightToLeft,
}

async fn walk(browser: &Browser, page: &str) {
    walk_as(browser, page, Reading::LeftToRight).await;
}

/// Goes through the whole page by Tab, which goes as people read.
pub(super) async fn walk_as(browser: &Browser, page: &str, reading: Reading) {
    browser.focus_nothing().await;
    let stops = browser.stops().await;
    let mut reached = Vec::new();
    let mut last: Option<[f64; 4]> = None;
    while reached.len() < stops {
        let focus = browser.tab().await;
        let Some(number) = focus.number else {
            panic!("{page}: after {} of {stops} comes {}", reached.len(), focus.what)
        };
        // A date has several parts, each of which Tab stops at.
        if reached.last() == Some(&number) {
            continue;
        }
        assert_eq!(number, reached.len(), "{page}: out of order comes {}", focus.what);
        assert!(focus.shown, "{page}: it is not seen that this has the focus: {}", focus.what);
        assert!(focus.free, "{page}: something lies over {}", focus.what);
        let [left, top, right, bottom] = focus.place;
        let place = match reading {
            Reading::LeftToRight => [left, top, right, bottom],
            Reading::RightToLeft => [-right, top, -left, bottom],
        };
        if let Some([left, top, right, bottom]) = last {
            // A later line, or further along on the same; or the head of a column that is beside.
            let [start, above, end, below] = place;
            let up = below <= top && start < right;
            let back = above < bottom && below > top && end <= left;
            assert!(!up && !back, "{page}: the focus goes back to {}", focus.what);
        }
        last = Some(place);
        reached.push(number);
    }
}

#[tokio::test]
async fn a_first_day_takes_no_mouse() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    assert_eq!(focused_id(browser).await, "username", "one can type at once");
    walk(browser, "identify").await;
    browser.tab_to("Username").await;
    browser.type_keys("ada" + Key::Enter).await;
    browser.heading("Welcome").await;
    assert_eq!(focused_id(browser).await, "pass");
    browser.type_keys("WRNG-PASS" + Key::Enter).await;
    browser.wait_for_text("That did not work.").await;
    assert_eq!(focused_id(browser).await, "alert", "what went wrong is read at once");
    walk(browser, "authenticate").await;
    browser.focus_nothing().await;
    browser.tab_to("Temporary Access Pass").await;
    browser.type_keys(pass.as_str() + Key::Enter).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("Passkey on this device").await;
    walk(browser, "register").await;
    browser.set_presence(&device, true).await;
    browser.focus_nothing().await;
    browser.enter("Add a passkey").await;
    browser.heading("You're all set").await;
    walk(browser, "done").await;
    browser.focus_nothing().await;
    browser.enter("Continue").await;
    assert_eq!(stage.result().await["claims"]["name"], "Ada Example");

    browser.goto(app.url("/security-info")).await;
    browser.heading("My Security Info").await;
    walk(browser, "security-info").await;
    browser.focus_nothing().await;
    browser.enter("Manage Virtual authenticator").await;
    browser.heading("Virtual authenticator").await;
    walk(browser, "own-method").await;
    stage.close().await;
}

#[tokio::test]
async fn a_pass_is_issued_without_a_mouse() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.focus_nothing().await;
    browser.type_keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "Skip to the content");
    browser.enter("People").await;
    browser.heading("People").await;
    // Past the bar and the sections, straight to what the page is about.
    browser.focus_nothing().await;
    browser.enter("Skip to the content").await;
    browser.type_keys(Key::Tab).await;
    let first = browser.script("return document.activeElement.closest('main') !== null;").await;
    assert_eq!(first, true, "the bar and the sections are behind");
    browser.enter("Ada Example").await;
    browser.heading("Ada Example").await;
    browser.focus_nothing().await;
    browser.enter("Issue a pass").await;
    browser.heading("A pass for Ada Example").await;
    browser.focus_nothing().await;
    browser.tab_to("Lifetime in minutes").await;
    // What is in a field is selected when Tab comes to it.
    browser.type_keys("7" + Key::Enter).await;
    assert_eq!(browser.focused().await, "Lifetime in minutes", "what is wrong is at hand");
    browser.type_keys(Key::Backspace + "90").await;
    browser.type_keys(Key::Tab).await;
    assert!(browser.focused().await.starts_with("Works once"));
    browser.type_keys(" ").await;
    browser.enter("Issue a pass").await;
    browser.wait_for_text("The pass is shown this once.").await;
    assert!(browser.shows("Works once").await);
    walk(browser, "pass-issued").await;
    stage.close().await;
}

#[tokio::test]
async fn the_focus_goes_through_the_portal_in_the_order_in_which_it_is_seen() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    app.pass("ada").await;
    app.services.add_group(&Caller::OPERATOR, "Engineering").await.unwrap();
    let ada = app.services.find_user("ada").await.unwrap();
    for path in [
        "/admin".to_owned(),
        "/admin/people".into(),
        format!("/admin/people/{}", ada.id),
        format!("/admin/people/{}/edit", ada.id),
        format!("/admin/people/{}/pass/new", ada.id),
        "/admin/groups".into(),
        "/admin/policies".into(),
        "/admin/policies/temporary-access-pass".into(),
        "/admin/applications".into(),
        "/admin/applications/payroll".into(),
        "/admin/applications/payroll/edit".into(),
        "/admin/audit".into(),
        "/admin/passes/bulk".into(),
    ] {
        browser.goto(app.url(&path)).await;
        walk(browser, &path).await;
    }
    browser.goto(app.url("/admin/people/new")).await;
    browser.focus_nothing().await;
    browser.tab_to("Username").await;
    browser.expect_problem("status of 422");
    browser.type_keys("ada" + Key::Enter).await;
    browser.wait_for_text("already").await;
    assert_eq!(focused_id(browser).await, "alert", "what went wrong is read at once");
    stage.close().await;
}
