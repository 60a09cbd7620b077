//! The browser's own dialog, left open for longer than the page allows: the browser ends it, and
//! the page says so and lets one try again.
//!
//! The time is the browser's own: only the page's `timeout` option is made short, which is otherwise
//! as long as the server remembers what it asked.

use firstkey::service::registration::CEREMONY_LIFETIME;

use super::{Stage, finish, focused_id};
use crate::support::browser::{Authenticator, Browser};

/// Makes the browser's patience short in every page from now on, until the page is told otherwise;
/// writes down how long it was asked for.
async fn hurry(browser: &Browser) {
    let source = "for (const name of ['create', 'get']) {
        const real = navigator.credentials[name].bind(navigator.credentials);
        navigator.credentials[name] = (options) => {
            if (options.mediation !== 'conditional') {
                window.allowed = options.publicKey.timeout;
                if (!window.patient) options.publicKey.timeout = 500;
            }
            return real(options);
        };
    }";
    browser.before_each_page(source).await;
}

/// What the page allowed: no longer than the server remembers, or an answer in time would be
/// refused; and long enough to find a key.
async fn assert_allowed(browser: &Browser) {
    let allowed = browser.script("return window.allowed;").await.as_u64().expect("a time");
    assert!(u128::from(allowed) <= CEREMONY_LIFETIME.as_millis(), "{allowed}");
    assert!(allowed >= 60_000, "{allowed}");
}

#[tokio::test]
async fn a_key_that_nobody_touches_in_time_is_not_added_and_the_next_try_works() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.app.one_method_is_enough().await;
    hurry(browser).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    browser.set_presence(&device, false).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Nothing was saved. It was cancelled or took too long.").await;
    browser.wait_for_text("Please try again.").await;
    assert_eq!(focused_id(browser).await, "alert");
    assert!(!browser.shows("Follow the steps your browser shows.").await, "nothing waits any more");
    assert_allowed(browser).await;
    assert!(browser.credentials(&device).await.is_empty());

    // Without a reload: the page is as good as new.
    browser.script("window.patient = true;").await;
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn a_sign_in_that_nobody_confirms_in_time_says_so_and_the_next_try_works() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;
    hurry(browser).await;
    browser.set_presence(&device, false).await;
    // Whoever signs in, and whoever is asked once more.
    for (again, heading) in [(false, "Hello. Who is signing in?"), (true, "One more check")] {
        if !again {
            browser.forget_cookies().await;
        }
        browser.goto(stage.payroll.url("/login?prompt=login")).await;
        browser.heading(heading).await;
        browser.press("Use a passkey").await;
        browser.wait_for_text("You were not signed in: it was cancelled or took too long.").await;
        browser.wait_for_text("Please try again.").await;
        assert_eq!(focused_id(browser).await, "alert");
        assert_allowed(browser).await;

        browser.script("window.patient = true;").await;
        browser.set_presence(&device, true).await;
        browser.press("Use a passkey").await;
        stage.result().await;
        browser.set_presence(&device, false).await;
    }
    stage.close().await;
}
