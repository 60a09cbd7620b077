# English, the source: every other language has exactly these messages.
#
# A new language is one more folder, named by its BCP 47 tag (`fr`, `pt-BR`), with files in Project
# Fluent's syntax (https://projectfluent.org). Copy these, translate what stands behind the
# equals signs, and run the tests: they name every message that is missing or too many.
# Words in braces with a dollar sign are filled in; words in angle brackets are markup and stay.

## The language itself

language-name = English
language-direction = ltr

## Around every page

languages = Language
promise = { $brand } never asks for a password.
signing-in-to = Signing in to <strong>{ $app }</strong>
security-info = My Security Info
the-app = the app
the-application = the application
try-again = Try again
list-name = <strong>{ $name }</strong>
list-next = { $list }, { $name }
list-last = { $list } and { $name }
or = or
continue = Continue

## Dates and times

date = { $month ->
    [1] { $day } January { $year }
    [2] { $day } February { $year }
    [3] { $day } March { $year }
    [4] { $day } April { $year }
    [5] { $day } May { $year }
    [6] { $day } June { $year }
    [7] { $day } July { $year }
    [8] { $day } August { $year }
    [9] { $day } September { $year }
    [10] { $day } October { $year }
    [11] { $day } November { $year }
   *[12] { $day } December { $year }
}
moment = { $date }, { $time } UTC
ago-now = just now
ago-minutes = { $n ->
    [one] a minute ago
   *[other] { $n } minutes ago
}
ago-hours = { $n ->
    [one] an hour ago
   *[other] { $n } hours ago
}
ago-date = { $date }

## Methods

kind-passkey = Passkey
kind-security-key = Security key
kind-phone = Phone
method-added = added { $when }
method-used = last used { $when }
method-new = New

## Who is it?

sign-in-title = Sign in
identify-heading = Hello. Who is signing in?
identify-hint = New here? Your username came with your pass.
or-username = or with your username
username = Username
next = Next
use-passkey = Use a passkey
identify-unsupported = This browser cannot use passkeys here. Type your username to sign in with a Temporary Access Pass.
identify-no-script = Passkeys need JavaScript, which is off in this browser. You can still sign in with a Temporary Access Pass.
username-needed = Type your username: the one that came with your pass.

## A pass or a passkey

check-heading = One more check
welcome-heading = Welcome
show-heading = Show that it is you
not-you = Not you?
or-pass = or use a pass
temporary-access-pass = Temporary Access Pass
pass-hint = Groups of four; dashes and capitals do not matter.
sign-in = Sign in
try-again-in = You can try again in <span data-wait-left>{ $seconds } { $seconds ->
    [one] second
   *[other] seconds
}</span>.
pass-unsupported = This browser cannot use passkeys here. Your Temporary Access Pass works.
pass-no-script = Passkeys need JavaScript, which is off in this browser. Your Temporary Access Pass works without it.
passkey-unsupported = This browser cannot use passkeys here. Open this page in an up-to-date browser, or ask your help desk for a Temporary Access Pass.
passkey-no-script = Passkeys need JavaScript, which is off in this browser. Turn it on and reload, or ask your help desk for a Temporary Access Pass.
admin-portal = The admin portal
this-page = This page
reason-fresh = { $who } asks you to sign in again.
reason-use-new = Use what you have just set up once, so that { $who } knows that it works.
reason-stronger = { $who } asks for a passkey or security key.
reason-pass-again = Type your pass once more.
reason-upstream-again = Show once more that it is you.
reason-use-method = Use the passkey or security key that you set up.
reason-with-method = Your organisation asks for your passkey or security key as well. If you lost it, ask your help desk to remove it first.
reason-admin-change = Before you change something for others, show that it is still you.
reason-change = Before you change how you sign in, show that it is you.
pass-refused = That did not work. Check the username and the pass, and type it again. If it still does not work, ask your help desk for a new pass.
pass-wait = There were too many wrong tries. Wait a little, then type your pass once more.
continue-with = Continue with { $name }
upstream-cancelled = { $name } did not say who you are. Try again, or use your pass or your passkey.
upstream-no-answer = { $name } cannot be asked right now. Try again in a moment, or use your pass or your passkey.
upstream-not-fresh = The app asks for a recent sign-in, and { $name } did not confirm one. Try again, or use your pass or your passkey.
upstream-refused = You cannot sign in here with { $name }. If you have a passkey or a pass, use that; if not, ask your help desk for a pass.
upstream-wrong-user = The app expects somebody else. Sign in with the account that it asks for.
upstream-use-pass = Your help desk gave you a Temporary Access Pass. Type it here to sign in.

## Several accounts

choose-account = Choose an account
choose-account-text = Already signed in here:
another-account = Use another account

## Setting up

set-up-title = Set up your sign-in
progress = { $registered } of { $goal }
progress-about = ways to sign in are set up
added-heading = That worked, { $name }.
add-second = Add a second one so that you are never locked out.
go-on-or-add = You have { $registered } ways in. Go on, or add another.
add-one-more = Add one more so that you are never locked out.
recovery-heading = Welcome back, { $name }.
recovery-lede = Set up a new way in. It takes two minutes.
first-heading = Welcome, { $name }.
first-lede = Two minutes, and you will never need a password here.
another-heading = Add another way in
spare-lede = With a spare, losing one is no drama.
still-have = Still have these?
set-up-before = What you had before
register-unsupported = This browser cannot add a passkey or security key here. Open this page in an up-to-date browser and type your pass again.
register-unsupported-again = This browser cannot add a passkey or security key here. Open this page in an up-to-date browser and sign in again.
register-no-script = Adding a passkey or security key needs JavaScript, which is off in this browser. Turn it on and reload this page. Nothing is lost.
skip = Skip for now
skips-left = You can skip this { $left ->
    [one] once more
   *[other] { $left } more times
}.
minutes-left = Your pass works for { $minutes } more { $minutes ->
    [one] minute
   *[other] minutes
}.
minutes-left-here = You have { $minutes } more { $minutes ->
    [one] minute
   *[other] minutes
} for this.
offer-passkey = Passkey
offer-another-passkey = Another passkey
offer-passkey-text = Your fingerprint, face or PIN, on this device or your phone.
offer-another-passkey-text = On your phone or another device of yours.
recommended = Recommended
add-passkey = Add a passkey
offer-security-key = Security key
offer-security-key-text = A small key that you plug in or tap. It works on any computer.
add-security-key = Add a security key

## Consent

consent-title = { $app } asks
consent-heading = Share this with { $app }?
consent-lede = You are signed in as <strong>{ $username }</strong>. { $app } (<span class="host">{ $host }</span>) asks for:
cancel = Cancel
scope-openid = That it is you
scope-openid-text = A number that stands for you, the same each time.
scope-profile = Your name
scope-profile-text = Your name and your username.
scope-email = Your e-mail address
scope-email-text = The address that is on record here.
scope-groups = Your groups
scope-groups-text = The names of the groups that you are in.
scope-offline = Access while you are away
scope-offline-text = It stays connected until you sign out here.
scope-api = In your name
permission-UserAuthMethod-TAP-Read = See your own Temporary Access Pass, never its value.
permission-UserAuthMethod-TAP-Read-All = See everybody's Temporary Access Passes, never a value.
permission-UserAuthMethod-TAP-ReadWrite = See and delete your own Temporary Access Pass.
permission-UserAuthMethod-TAP-ReadWrite-All = Issue and delete Temporary Access Passes for others.
permission-UserAuthenticationMethod-Read = See your own sign-in methods.
permission-UserAuthenticationMethod-Read-All = See everybody's sign-in methods.
permission-UserAuthenticationMethod-ReadWrite = See your own sign-in methods and delete your pass.
permission-UserAuthenticationMethod-ReadWrite-All = Add and remove others' sign-in methods and passes.
permission-Policy-Read-All = See the organisation's policies.
permission-Policy-Read-AuthenticationMethod = See the organisation's policies.
permission-Policy-ReadWrite-AuthenticationMethod = Change the policies of sign-in methods.
permission-User-Read = See your own account.
permission-User-Read-All = See everybody's account.
permission-User-ReadWrite-All = Add, change and remove people.
permission-Group-Read-All = See every group and who is in it.
permission-Group-ReadWrite-All = Add, change and remove groups.
permission-AuditLog-Read-All = Read the audit log.
permission-Device-Read = See your own devices.
permission-Device-Read-All = See everybody's devices.
permission-Device-ReadWrite-All = See and remove everybody's devices.
permission-RoleManagement-ReadWrite-Directory = Give and take admin roles.

## Registered devices

devices-claimed = The name that the device gives itself. We have not checked it.
devices-stays = It stays signed in until you remove it in My Security Info.
devices-ends = It is signed out when your pass ends.
devices-ends-code = It is signed out an hour after you used your recovery code, unless you sign in with a passkey or key in this browser before.
devices-head = Your devices
devices-added = set up { $when }
devices-seen = last seen { $when }
devices-key = key
devices-remove = Remove
devices-remove-one = Remove { $name }
devices-hint = A device that you remove is signed out at once, and must be set up again. Remove what you have lost or given away.
devices-full = You have too many devices
devices-full-text = One person may have { $n } devices, and you have that many.
devices-full-next = Remove one that you no longer use. Then start again on the new device.

## Signing in a device

device-title = Sign in a device
device-linked = Your device should show this very code. If it shows another one or none, stop here.
device-type = Type the code that your device shows.
device-code = Code on your device
device-code-hint = Eight letters; dashes and capitals do not matter.
device-warning = Never type a code that somebody sent you: it would let them in as you.
device-refused = That code does not work. Look at your device and type the code again. If it still does not work, start again on the device: it shows a new one.
device-wait = There were too many wrong codes from your network. Wait a little.
device-yours = Is this your device?
device-yours-lede = A device wants to be signed in as you.
device-app = The app on the device
device-must-show = The code that it must show now
device-asked = Asked { $when }
device-same-network = From { $address }, in the same network as you
device-other-network = From { $address }, in another network than you
device-only-yours = Only continue if you started this yourself, on a device in front of you. If somebody sent you the code or a link, they would be signed in as you.
device-not-me = It was not me
device-allow-title = Allow { $app }
device-allow-heading = Allow { $app } on your device?
device-allow-lede = The device that shows <strong class="host">{ $code }</strong> will be signed in as you.
device-gets = { $app } gets:
device-gets-at = { $app } (<span class="host">{ $host }</span>) gets:
allow = Allow
deny = Deny
device-signed-in = Device signed in
device-done-heading = You can go back to your device
device-done-lede = { $app } signs in there as <strong>{ $username }</strong>. You can close this window.
device-set-up = You have set up:
device-denied-title = Device denied
device-denied-heading = The device was denied
device-denied-lede = { $app } gets nothing there. You can close this window.
device-denied-text = If somebody sent you the code or a link, tell your help desk: others may have got it, too.
device-gone = This code does not work any more
device-gone-text = It has expired, or somebody has decided about it already. Nothing that you set up is lost.
device-gone-next = Start again on your device, and type the code that it shows then.
device-over-next = If your device still waits, start again there.
device-type-code = Type a code

## Done, and on to the application

done-title = You're all set
done-lede = Next time, signing in is one touch. No pass, no password.
done-lede-phone = Next time, your phone signs you in. No pass, no password.
done-foot = Lost a key or have a new phone? Look after them in <a href="/security-info">My Security Info</a>.
already-title = Already signed in
already-heading = You are already signed in
already-lede = { $app } has its answer. There is nothing left to do on this page.
go-to-app = Go to { $app }
leaving-title = Going to { $app }
leaving-heading = On to { $app }
leaving-link = Taking you there now. If nothing happens, use this link.
leaving-button = Taking you there now. If nothing happens, use this button.
continue-to-app = Continue to { $app }

## My Security Info

info-lede = Hello, { $name }. This is what opens your account.
info-methods = Ways to sign in
info-add = Add a method
info-none = Nothing yet. Add a passkey or security key, so that you no longer need a pass.
info-pass-delete = Delete this pass
info-pass-from-until = From { $starts } until { $expires }
info-pass-once = works once
info-pass-often = works more than once
info-pass-hint = If you did not ask for a pass, delete it and tell your help desk.
info-sessions = Where you are signed in
pass-ready = Ready to use
pass-not-allowed = Not allowed by policy
pass-expired = Expired
pass-not-yet = Not valid yet
pass-used = Used
pass-void = Void after too many wrong tries
pass-waits = Waits for a second admin's approval
pass-disabled = The account is disabled

## My Security Info: methods, sessions, apps, activity

info-manage = Manage
info-manage-name = Manage { $name }
info-this-browser = This browser
info-session-only = Only this browser.
info-session-began = signed in { $when } with { $how }
info-session-active = active { $when }
info-session-end-name = Sign out { $name }
info-end-others = Sign out everywhere else
info-end-all = Sign out everywhere
how-key = a passkey or key
how-phone = your phone
how-pass = a pass
how-code = a recovery code
how-upstream = another account
agent-on = { $browser } on { $platform }
agent-unknown = Unknown browser
info-apps = Apps with access
info-apps-hint = An app that you remove asks again when you next open it.
info-app-third = From elsewhere
info-app-since = given access { $when }
info-app-remove = Remove access
info-app-remove-name = Remove access of { $app }
app-removed = { $app } no longer has access.
info-activity = Recent activity
info-activity-all = All activity
info-activity-hint = If you do not recognise something here, tell your help desk at once.
info-activity-none = Nothing happened yet.
info-activity-older = Older
act-pass = You signed in with a Temporary Access Pass
act-pass-refused = A sign-in with a pass was refused
act-pass-issued = A Temporary Access Pass was issued for you
act-pass-deleted = Your Temporary Access Pass was deleted
act-key = You signed in with { $name }
act-key-refused = A sign-in with a passkey or key was refused
act-phone = You signed in with your phone
act-phone-refused = A sign-in with your phone was refused
act-code = You signed in with a recovery code
act-code-refused = A sign-in with a recovery code was refused
act-codes-made = You made new recovery codes
act-anew = You were asked to set up your sign-in anew
act-upstream = You signed in through another account
act-upstream-refused = A sign-in through another account was refused
act-upstream-linked = A link to another account was changed
act-method-added = { $name } was added
act-method-refused = A passkey or key was not accepted
act-method-removed = You removed { $name }
act-method-removed-by = An administrator removed a way to sign in
act-method-renamed = You renamed a method: { $names }
act-user-changed = Your account was changed by an administrator
act-consent = You agreed to share with { $app }
act-app = You signed in to { $app }
act-device = You signed in a device with { $app }
act-device-added = The device { $name } was set up
act-device-removed = The device { $name } was removed
act-signed-out = You signed out
act-signed-out-all = You signed out everywhere
act-signed-out-by = An administrator signed you out
act-revoked = { $app } gave back its access
act-access-removed = You removed the access of { $app }
act-replayed = The access of { $app } was cut off, because something that it had was used twice
method-name = Name
method-name-hint = The name by which you recognise it.
method-name-wrong = A name has 1 to { $n } characters, all of which can be seen.
method-save = Save
method-remove = Remove
method-renamed = It is called { $name } now.
method-removed = { $name } was removed.
method-removed-lost = { $name } was removed. You are signed out everywhere else, and apps have lost their access.
remove-heading = Remove { $name }?
remove-what = You can no longer sign in with it. Where you signed in with it, you are signed out; here you stay signed in.
remove-missing = You need { $n ->
    [one] one more method
   *[other] { $n } more methods
} after that: you are asked to add it when you next sign in.
remove-last-warning = <strong>This is your last way to sign in.</strong> Without it you cannot sign in until your help desk gives you a Temporary Access Pass.
remove-required = You must have at least one way to sign in. Add another one first. Only one that was lost or stolen can be removed at once.
remove-lost = It was lost or stolen
remove-lost-hint = Signs you out everywhere else and takes back what apps were given. Recovery codes, if you have any, stop working.
remove-last-known = I know that I then need a pass to sign in
remove-tick = Say first that you know that you will need a pass.
remove-now = Remove it
session-ended = Signed out there.
sessions-ended = You are signed out everywhere else.

## Signing out

sign-out = Sign out
sign-out-heading = Sign out?
sign-out-asks = <strong>{ $app }</strong> asks to sign you out.
signed-in-as = You are signed in as <strong>{ $username }</strong>.
signed-in-as-all = You are signed in as { $usernames }. This signs all of them out.
stay = Stay signed in
signed-out-title = Signed out
signed-out-heading = You are signed out
signed-out-lede = See you soon. You can close this window.
back-to-app = Back to { $app }

## Step-up: an app asks for a stronger sign-in

reason-attested = { $who } asks for a passkey or security key whose maker vouches for it.
reason-several = { $who } asks for more than one proof that it is you. Your passkey or security key is enough.
reason-second-factor = { $who } asks for a second proof that it is you. Use your passkey or security key, or type your Temporary Access Pass.
reason-second-factor-pass = { $who } asks for a second proof that it is you. Type your Temporary Access Pass.
set-up-phishing-resistant = { $app } opens only with a passkey or security key, because nobody can be tricked out of one. Once you have set one up, you go on to { $app }.
set-up-attested = { $app } opens only with a key whose maker vouches that it cannot be copied. Most security keys are such keys. Once you have set one up, you go on to { $app }.
set-up-several = { $app } asks for more than a pass. Once you have set up a way to sign in, you go on to { $app }.
unmet-title = A stronger sign-in is needed
unmet-heading = You cannot open { $app } yet
unmet-phishing-resistant = A passkey or security key is needed for this, and you cannot set one up yourself here.
unmet-attested = A security key or passkey whose maker vouches for it is needed for this, and you cannot set one up yourself here.
unmet-several = More than one proof that it is you is needed for this, and you cannot set up another one yourself here.
unmet-pass = A Temporary Access Pass, a passkey or a security key is needed for this.
unmet-next = Ask your help desk how you can get it. Nothing that you set up is lost.

## When something goes wrong

start-again = Start again
reference = If you ask your help desk, give them this reference:
unanswerable = That request cannot be answered
too-large = That is too much
too-large-text = The request is larger than anything a page of ours sends. Nothing was changed.
media-type-text = The body must be { $expected }.
not-found = There is no such page
not-found-text = The address may be mistyped, or the page has moved.
not-found-next = Go back to the app you came from, or look at your own sign-in methods.
journey-gone = This sign-in is over
journey-gone-text = It was open for too long, or it was begun in another browser. Nothing that you set up is lost.
journey-over-text = It was completed or declined before. Nothing that you set up is lost.
upstream-gone-text = It was completed before, was open for too long, or was begun in another browser. Nothing that you set up is lost.
sign-in-again-next = Go back to the app and sign in again.
too-many = Too many tries
too-many-text = There were too many requests from your network in a short time.
too-many-next = Wait a little, then reload this page. Nothing is lost.
busy = One moment, please
busy-text = We are very busy or cannot reach our database. Nothing was changed.
busy-next = Wait a few seconds, then reload this page.
internal = Something went wrong on our side
internal-text = Nothing was changed.
internal-next = Try again. If it happens again, tell your help desk the reference below.
moved-on = This sign-in has moved on
moved-on-text = Another tab or window was faster. Nothing is lost.
moved-on-next = Reload the page to see where you are.
not-allowed = That cannot be done here
not-allowed-text = This address does not answer { $method }.
not-ours-text = The request is not one that our pages send.
too-old = This page was open for too long
too-old-text = We could not make sure that the request came from our own page. Nothing was changed.
too-old-next = Go back, reload the page and try again.
yes-nor-no = The form says neither yes nor no.
which-account = The form does not say which account.
in-form = In the form, { $why }.
in-address = In the address, { $why }.
no-such-method = There is no such method.
not-json = The request is not the JSON that is expected.
bad-app-request = The app sent a request that we cannot answer
bad-app-request-text = This is a mistake in the app's settings, not yours: { $why }.
bad-app-request-next = Tell the people who run the app, and give them the reference below.
bad-sign-out = The app sent a sign-out request that we cannot answer
bad-sign-out-text = You are still signed in. This is a mistake in the app's settings, not yours: { $why }.
bad-sign-out-next = To sign out, open My Security Info.
forward-denied-title = You may not open { $app }
forward-denied = This account is in none of the groups that may open { $app }. Ask the people who run it.
forward-denied-as = You are signed in as { $name }. This account is in none of the groups that may open { $app }. Ask the people who run it.
forward-wrong = The proxy asked something wrong
forward-wrong-next = Tell the people who run the app.
forward-not-the-apps = The address to come back to is not the app's.
forward-not-us = The answer is from somebody else than us.
forward-other-browser = It was begun in another browser.
forward-over = It was open for too long, is done already, or was begun in another browser.
forward-not-signed-in = You are not signed in.
key-failed = That did not work
key-stale = This step is over, or it took too long. Nothing is lost. Reload this page to go on.
key-malformed = Your browser sent something that we cannot read. Nothing was saved.
key-refused = That key was not accepted. Nothing was saved. Try again, or use another one.
key-unknown = That passkey or key is not registered here. Use another one, or a pass.
key-already = This device is already set up. Choose another one.
key-kind = This kind of key is not accepted here. Use one that this page offers.
key-wrong-user = The app expects somebody else. Use the key of the account that it asks for.

## Keys that are not taken (keys by policy)

offer-elsewhere = Use a phone or another device
key-not-accepted = This key is not accepted here. Nothing was saved.
refused-title = That key is not accepted here
refused-title-named = { $name } is not accepted here
refused-person = Your organisation has not turned on passkeys and security keys for your account.
refused-kind = Your organisation takes other kinds of keys.
refused-model = Your organisation takes some models only, and this is none of them.
refused-synced = It may copy your passkey to other devices. Your organisation takes only keys that stay on one device.
refused-device-bound = It keeps your passkey on one device. Your organisation takes only passkeys that are synced between your devices.
refused-not-attested = Nothing proves what it is: no maker whom your organisation trusts vouches for it.
refused-not-strong-enough = { $app } needs a key whose maker vouches for it, and for this one nobody does.
refused-the-app = The app
refused-nothing-lost = Nothing was saved, and nothing is lost: you go on where you were.
refused-accepted = What is accepted
refused-all = A key for which all of this is true:
refused-either = Any one of these will do:
refused-or = or
refused-some-models = One of these: { $names }
refused-and-more = { $names } and { $more } more
refused-other-models = Any model but these: { $names }
refused-stays = A key that stays on one device, such as a security key
refused-syncs = A passkey that is synced, such as that of a phone or a password manager
refused-vouched = A key whose maker vouches for it, as makers of security keys do
refused-only-security-key = A security key
refused-only-passkey = A passkey
refused-another-key = Choose another key
refused-another-way = Sign in another way
refused-none-of-these = If you have none of these, ask your help desk.

## What the scripts of the pages say

script-unreachable = The server could not be reached. Nothing is lost. Check your connection, then reload this page.
script-gone = This page has been open for too long. Nothing you set up is lost.
script-reload = Reload this page to go on.
script-unexpected = Something went wrong on our side. Nothing was saved. Reload this page and try again.
script-follow = Follow the steps your browser shows.
script-saving = Saving…
script-named-ready = { $name } is ready.
script-ready = It is ready.
script-here = Passkey on this device
script-here-text = Your fingerprint, face or PIN. Nothing to carry, nothing to remember.
script-phone = Passkey on your phone
script-phone-text = Scan a code with your phone and unlock it there.
script-passkey = Passkey
script-passkey-text = Kept by your password manager or your phone.
script-signing-in = Signing you in…
script-not-signed-in = You were not signed in: it was cancelled or took too long. Nothing was lost. Please try again.
script-again-now = You can try again now.
script-cancelled = Nothing was saved. It was cancelled or took too long. Please try again.
script-already = This device is already set up. Choose another one.
script-address = This address is not the one passkeys were set up for. Check the address of this page.
script-unusable = This device or key cannot be used here. Try another one.
script-failed = That did not work. Nothing was saved. Please try again.

## Coming back: recovery codes, and the methods from before

use-recovery-code = Use a recovery code
recover-heading = Use a recovery code
recover-lede = Each code works once. With it, you set up a new passkey or security key.
recovery-code = Recovery code
recovery-code-hint = Six groups of four; dashes and capitals do not matter.
recover-back = Sign in another way
recovery-refused = That did not work. Check the username and the code. A code that was used before does not work again: take another one. If none works, ask your help desk for a pass.
recovery-wait = There were too many wrong tries. Wait a little, then type your code once more.
key-outdated = This passkey or key is no longer accepted: your organisation asked you to set up your sign-in anew. Ask your help desk for a Temporary Access Pass.
review-follows = Lost one of them? Set up a new one first: then you can remove the old one.
review-lede = You have a new way in. If you lost one of these, remove it, so that nobody else can use it.
review-remove = Remove { $name }
review-hint = Whoever is signed in anywhere else is signed out when you remove something.
review-hint-codes = Your recovery codes stop working then, too.
review-keep = I still have all of these
review-remove-selected = Remove selected
review-none-chosen = Nothing is ticked, so nothing was removed. Tick what you lost, or say that you still have all of these.
review-contradicts = Something is ticked, so nothing was done. Remove it, or take the tick away.
method-never-used = never used
codes = Recovery codes
codes-left = { $n ->
    [0] No code is left.
    [one] One code is left.
   *[other] { $n } codes are left.
}
codes-made = made { $when }
codes-low = Make new ones before they run out.
codes-none = With recovery codes on paper, you come back even if you lose everything else.
codes-make = Make recovery codes
codes-renew = Make new codes
codes-lede = Ten codes, each good for one sign-in. Keep them on paper or in a safe place: with one, you come back even if you lose every passkey and key.
codes-renew-warning = The codes that you have now stop working at once.
codes-make-new = Make new codes
codes-back = Not now
codes-changed = Other codes were made a moment ago, perhaps in another window. If you did not save those, make new ones.
codes-unreadable = These are no recovery codes.
codes-offer = If you ever lose all of these, a recovery code lets you back in.
codes-save-heading = Save these codes
codes-save-lede = They are shown this once. Each works once, and only with your username.
codes-file-title = Recovery codes for { $brand }
codes-once = Each code works once. Nobody will ever ask you for one.
codes-download = Download
codes-print = Print
codes-copy = Copy
codes-copied = Copied
codes-saved = I have saved them

## Signing in with a phone

phone-use = Use my phone
phone-set-up = Set up phone sign-in
offer-phone = Phone
offer-phone-text = Approve a sign-in on your phone by typing a number.
phone-wait-heading = Look at your phone
phone-wait-lede = If <strong>{ $username }</strong> has set up a phone here, it now asks for this number.
phone-wait-status = Waiting for your phone…
phone-wait-hint = The number is good for a minute. Open the page on your phone if nothing appears there. Never read it out to anybody.
phone-approved-button = I have approved it
phone-approved-heading = Approved
phone-late-heading = Your phone did not approve in time
phone-late-lede = Nothing happened, and nothing is lost. Ask again, or sign in another way.
phone-ask-again = Ask again
phone-other-way = Sign in another way
phone-asked-too-often = There were too many requests from your network. Wait a little, or sign in another way.
phone-not-yet = Your phone has not approved yet. Type the number there first.
phone-pair-heading = Pair your phone
phone-pair-lede = Scan this code with the camera of your phone, and go on there.
phone-pair-qr = QR code that leads your phone to the page where it is paired
phone-pair-type = Or open <strong>{ $page }</strong> there and type:
phone-pair-here = Pair this device instead
phone-pair-minutes = { $minutes ->
    [one] The code is good for one more minute, for one phone.
   *[other] The code is good for { $minutes } more minutes, for one phone.
}
phone-pair-again = Show another code
phone-pair-back = Back to the other ways
phone-pair-late-heading = This code is no longer good
phone-pair-late-lede = It is good for five minutes and for one phone.
phone-pair-add = Yes, add this phone
phone-pair-not-mine = No, that is not my phone
phone-pair-refused = The phone was not added. If somebody else saw your code, show another one where nobody does.
phone-claimed-heading = Go on on your phone
phone-claimed-lede = A phone has opened your code. If that is not yours, show another one.
phone-claimed-status = Waiting for the phone…
phone-compare-heading = Compare the numbers
phone-compare-computer = Does your phone show this number? Add no phone that shows another one, or none.
phone-compare-phone = Does your computer show this number? Then say so there.
phone-compare-account = It will approve sign-ins of
phone-compare-status = Waiting for your computer…
phone-verifies = Its screen lock verifies you for each sign-in
phone-verifies-not = Without its screen lock: good for less
phone-title = Sign-ins on this phone
phone-no-script = This page needs JavaScript, which is off in this browser.
phone-unsupported = This browser cannot keep a key. Open this page in an up-to-date browser, and not in a private window.
phone-welcome-heading = Approve sign-ins on this phone
phone-welcome-lede = On your computer, choose “Set up phone sign-in”. Scan the code there, or type it here.
phone-code = Code
phone-code-hint = Groups of four; dashes and capitals do not matter.
phone-pair-this-heading = Pair this phone
phone-pair-this-lede = It will approve sign-ins to { $brand }. Its key never leaves it.
phone-name = Name of this phone
phone-pair-this = Pair this phone
phone-without-lock = Pair without the screen lock
phone-paired-heading = This phone is paired
phone-paired-lede = When you choose “Use my phone” on a computer, open this page here. Add it to your home screen, so that you find it.
phone-home-heading = Ready
phone-home-lede = Leave this page open: sign-ins that wait for you appear here.
phone-silenced = You asked for quiet: no sign-in appears for an hour.
phone-listen = Listen again
phone-disabled = Your account is switched off. Ask your help desk.
phone-offline = The server cannot be reached. Check your connection.
phone-install = Add to home screen
phone-wake = Notify me
phone-wake-text = Get a notification when somebody signs in with this phone, even while this page is closed.
phone-woken = This phone notifies you of sign-ins.
phone-sleep = No notifications
phone-wake-blocked = Notifications of this page are blocked in the settings of your browser.
phone-wake-install = To get notifications, add this page to your home screen: “Share”, then “Add to Home Screen”.
phone-push-title = Is it you who is signing in?
phone-push-text = Open this to approve it or say no.
script-phone-wake-failed = Your browser cannot get notifications now. Leave this page open instead, or try again later.
phone-another = Pair with a code
phone-asked-heading = Is it you who is signing in?
phone-asked-who = Who
phone-asked-app = App
phone-asked-where = From
phone-asked-browser = With
phone-asked-when = At
phone-asked-stranger = You have not signed in in that browser lately. Approve only what you see on a screen in front of you.
phone-number = Number on your computer
phone-number-hint = Nobody who calls or writes to you needs you to type a number.
phone-approve = Approve
phone-deny = Deny
phone-not-me = This was not me
phone-approved-lede = Go on on your computer.
phone-back = Back
phone-silence = No more requests for an hour
phone-removed-heading = This phone was removed
phone-removed-lede = It approves nothing any more. To use it again, pair it anew.
phone-failed = That did not work
phone-proof = This phone could not show that it is paired. Reload the page and try again.
phone-unknown = This phone is not paired any more.
phone-over = This is over: the code or the request is no longer good, or was used. Start again on your computer.
phone-wrong-number = That was not the number. Start again on your computer.
phone-not-verified = The screen lock did not verify you. Please try again.
phone-malformed = What this phone sent cannot be read. Reload the page and try again.
script-phone-android = Android phone
script-phone-device = Phone
script-phone-not-paired = This phone was not paired. Start again on your computer.
script-phone-expired = This request is over
script-phone-expired-text = It took too long, or was answered already. If you are signing in, ask again on your computer.
script-phone-denied = Denied
script-phone-denied-text = Nobody was let in.
script-phone-not-me = Thank you for saying so
script-phone-not-me-text = Nobody was let in, and it was written down. If requests keep coming, you can have an hour without them.
script-phone-wrong = That was not the number
script-phone-wrong-text = Nobody was let in. If you are signing in, ask again on your computer.
script-phone-unverified = The screen lock did not verify you. Nothing was approved. Please try again.

## Whom to ask, and what is promised: at the foot of every page
help-desk = Help desk
privacy = Privacy
terms = Terms of use

## Mail. The first letter after the greeting is small where the language has it so.

mail-hello = Hello { $name },
mail-opens = What opens your account: { $address }
mail-was-it-you = If that was you, there is nothing to do. If it was not, tell your help desk at once.
mail-unexpected = If you did not expect this, tell your help desk at once.
mail-pass-subject = Your Temporary Access Pass for { $brand }
mail-pass-subject-of = { $name }'s Temporary Access Pass for { $brand }
mail-pass = a Temporary Access Pass was issued for you. With it, one signs in for the first time and sets up a passkey or a security key.
mail-pass-of = a Temporary Access Pass was issued for { $name }. With it, { $name } signs in for the first time and sets up a passkey or a security key.
mail-pass-how =
    Sign in at:  { $address }
    Username:    { $username }
    Your help desk will give you the pass itself.
mail-pass-how-own =
    Sign in at:  { $address }
    Username:    { $username }
    Your help desk or your manager will give you the pass itself.
mail-pass-how-value =
    Sign in at:  { $address }
    Username:    { $username }
    Pass:        { $value }
mail-pass-once = It works once, from { $starts } until { $ends }.
mail-pass-often = It works as often as needed, from { $starts } until { $ends }.
mail-method-added-subject = A sign-in method was added to your account
mail-method-added = the sign-in method “{ $method }” was added to your account { $username } on { $at }.
mail-method-removed-subject = A sign-in method was removed from your account
mail-method-removed = the sign-in method “{ $method }” was removed from your account { $username } on { $at }.
mail-method-renamed-subject = A sign-in method of your account was renamed
mail-method-renamed = the sign-in method “{ $from }” of your account is now called “{ $to }”, since { $at }. Your username is { $username }.
mail-codes-void = Your recovery codes open nothing any more, since whoever has it may have made them. Make new ones as soon as you can.
mail-signed-out-subject = Your account was signed out everywhere
mail-signed-out = your account was signed out in every other browser and app on { $at }. Your username is { $username }.
mail-not-me-subject = Somebody tried to sign in as you
mail-not-me = on { $at } somebody tried to sign in to { $app } as { $username }, from { $address } with { $browser }. You said on your phone that this was not you, and they were not let in.
mail-not-me-next = There is nothing else to do. If it happens again, or you did not say so, tell your help desk at once.
mail-unknown-address = an unknown address
mail-unknown-browser = an unknown browser
mail-codes-made-subject = New recovery codes were made for your account
mail-codes-made = new recovery codes were made for your account { $username } on { $at }. Those before them open nothing any more.
mail-code-used-subject = A recovery code was used for your account
mail-code-used = a recovery code was used to sign in to your account { $username } on { $at }.
mail-code-last = That was the last one: make new ones as soon as you can.
mail-code-one-left = One is left: make new ones soon.
mail-code-few-left = { $left } are left: make new ones soon.
mail-code-left = { $left } are left.
mail-code-was-it-you = If that was you, there is nothing to do. If it was not, tell your help desk at once: somebody has your codes.
mail-anew-subject = Your sign-in must be set up anew
mail-anew = on { $at }, your organisation asked for your account { $username } to be set up anew. What you signed in with until now, recovery codes included, opens nothing any more, and you are signed out everywhere.
mail-anew-next = Ask your help desk for a Temporary Access Pass. With it, you set up a new passkey or security key, and the old ones are removed.
mail-not-anew-subject = Your sign-in need not be set up anew
mail-not-anew = on { $at }, your organisation took back that your account { $username } must be set up anew. The passkeys, security keys and phones that you had open it again; recovery codes from before do not.
mail-not-anew-next = If you lost one of them, or think that somebody else may use it, tell your help desk at once.
mail-device-added-subject = A device was set up for your account
mail-device-added = the device “{ $device }” was set up for your account { $username } on { $at }.
mail-device-removed-subject = A device was removed from your account
mail-device-removed = the device “{ $device }” was removed from your account { $username } on { $at }.
mail-device-moved = the device “{ $device }” was set up for somebody else, and so removed from your account { $username } on { $at }.
mail-device-was-it-you = If that was you, there is nothing to do. If it was not, remove the device where it is still listed, and tell your help desk at once.
