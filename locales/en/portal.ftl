# The portal: people and passes.

## Around every page

admin-skip = Skip to the content
admin-tag = Admin
admin-sections = Sections
admin-overview = Overview
admin-people = People
admin-groups = Groups
admin-policies = Policies
admin-branding = Branding
admin-applications = Applications
admin-audit = Audit log
admin-pages = Pages
admin-first-page = First page
admin-next-page = Next page
admin-exists-user = There is a user { $name } already.
admin-exists-group = There is a group { $name } already.
admin-exists-client = There is a client { $name } already.
admin-exists = There is a { $what } already.
admin-changed = Somebody else changed this meanwhile. Nothing was saved: look at it as it is now, and save again what you still want to change.
admin-refused = Refused
admin-done = Done
admin-when = When
admin-what = What
admin-who = Who
admin-result = Result
admin-by = by { $actor }
admin-from = from { $address }
admin-actor-unknown = somebody unknown
admin-actor-operator = the command line
admin-actor-system = the server
admin-actor-app = application { $client }

## Who may come in

admin-only-title = This part is for administrators
admin-only = Your account has no admin role.
admin-only-next = If you should have one, ask somebody who administers accounts here.
admin-again-title = Sign in again
admin-again = To change something, your sign-in must be more recent. What you filled in is kept on this page; nothing was changed yet.
admin-again-tab = Sign in again in a new tab
admin-again-send = Then send it once more
admin-back-in-title = Signed in again
admin-back-in-heading = You're signed in again
admin-back-in = Close this tab, go back to the page that waits, and send the form once more.
admin-back-in-overview = Or go to the overview
admin-gone-title = That is not there
admin-gone-user = There is no user { $name } (any more).
admin-gone-group = There is no group { $name } (any more).
admin-gone-client = There is no client { $name } (any more).
admin-gone = There is no { $what } (any more).
admin-denied-title = You may not do that
admin-denied-next = Nothing was changed.
admin-denied-self = Nobody may do this for themselves; another admin must.
admin-denied-admin = This person holds an admin role, and only a more privileged admin may do this.
admin-denied-alone = Two admins are needed for what opens an admin's account; issue a pass, which a second admin approves.
admin-denied-role = Your roles do not allow this.
admin-denied-scope = The access token lacks a scope for this.
admin-denied-weak = A sign-in with a Temporary Access Pass alone does not allow this; use a key.

## Roles: in German as Microsoft Entra has them

admin-role-global = Global Administrator
admin-role-privileged = Privileged Authentication Administrator
admin-role-authentication = Authentication Administrator
admin-role-policy = Authentication Policy Administrator
admin-role-user = User Administrator
admin-role-reader = Global Reader

## Overview

admin-add-person = Add a person
admin-overview-waiting = { $n ->
    [one] person has
   *[other] people have
} not finished onboarding
admin-overview-passes = open { $n ->
    [one] pass
   *[other] passes
}
admin-overview-refused = refused { $n ->
    [one] sign-in
   *[other] sign-ins
} in the last 24 hours
admin-overview-people = { $n ->
    [one] person
   *[other] people
} in all
admin-not-onboarded = Not finished onboarding
admin-all-n = All { $n }
admin-everybody-onboarded = Everybody who may sign in has a passkey or a security key.
admin-has-pass = Has a pass
admin-no-pass = No pass
admin-issue = Issue a pass
admin-issue-to = Issue a pass to { $name }
admin-lately = What happened lately

## People

admin-bulk = Passes from a list
admin-people-search = Name, username or e-mail begins with
admin-state = State
admin-state-all = Everybody
admin-state-registered = With a passkey or key
admin-state-enabled = May sign in
admin-disabled = Disabled
admin-show = Show
admin-people-count = { $n } { $n ->
    [one] person
   *[other] people
}
admin-nobody = Nobody fits.
admin-show-everybody = Show everybody
admin-person = Person
admin-email = E-mail
admin-pass = Pass
admin-none = none
admin-none-pass = none
admin-none-yet = None yet
admin-admin = Admin
admin-member = Member
admin-person-added = { $name } was added. Issue a pass, so that they can begin.
admin-username-hint = What they type to say who they are, such as ada or ada@example.com.
admin-add-this-person = Add this person
admin-display-name = Display name
admin-given-name = Given name
admin-surname = Surname
admin-job-title = Job title
admin-department = Department
admin-employee-id = Employee ID
admin-managers-username = Manager’s username
admin-alternate-email = Alternate e-mail
admin-alternate-email-hint = Reaches them before they can open their own mailbox.
admin-language-example = en

## A person

admin-edit = Edit
admin-edit-name = Edit { $name }
admin-approve-pass = Approve this pass
admin-person-no-pass = No pass.
admin-not-to-oneself = Nobody issues a pass to themselves: another admin can.
admin-key-for-them = Register a key for them
admin-person-anew = Must register anew since { $since }: what is listed here opens nothing, and goes when something new is set up.
admin-person-anew-pass = They need a pass for that.
admin-methods-none = Nothing is registered yet. With a pass, they set up a passkey or a security key.
admin-methods-count = { $n } registered.
admin-vouched-by = vouched for by { $root }
admin-person-codes = Recovery codes: { $left } left, made { $made }.
admin-sessions = Sessions
admin-sessions-none = Not signed in anywhere.
admin-sessions-hidden = You may not see where they are signed in.
admin-how-phone = their phone
admin-devices = Devices
admin-device-added = added { $when }
admin-device-seen = last seen { $when }
admin-details = Details
admin-name = Name
admin-manager = Manager
admin-external-id = External ID
admin-added = Added
admin-id = ID
admin-all-of-it = All of it
admin-anew = Require re-registration
admin-anew-text = For whoever lost their device, or whose sign-in somebody else may know: what they registered opens nothing from now on, their recovery codes are void, and they are signed out everywhere. With a new pass they set up anew, and what they had is removed. They are told by mail.
admin-not-anew = Take back re-registration
admin-not-anew-text = As long as they have set up nothing new: what is listed here opens their account again. Recovery codes stay void, and they stay signed out. They are told by mail.
admin-take-back = Take it back
admin-delete-person = Delete this person
admin-delete-person-text = Their methods, pass and sessions go with them. This cannot be undone; to shut somebody out for a while, disable them instead.
admin-delete-confirm = Type the username { $username }
admin-delete-for-good = Delete for good
admin-enabled-hint = Taking this away ends every session and token at once.
admin-roles = Admin roles
admin-person-saved = { $name } was saved.
admin-not-deleted = Nothing was deleted: type { $username } to confirm.
admin-deleted = { $name } was deleted.
admin-method-removed = Removed. { $name } is signed out everywhere.
admin-session-ended = { $name } is signed out there.
admin-sessions-ended = { $name } is signed out everywhere.
admin-anew-done = { $name } must set up anew: what they had opens nothing any more. Issue a pass to let them in.
admin-not-anew-done = { $name } signs in as before.
admin-not-taken-back = Nothing was taken back: { $why }.
admin-device-removed = { $name } was removed, and is signed out.
admin-device-gone = The device was removed.

## A key for somebody

admin-key-title = Register a key
admin-key-heading = A key for { $name }
admin-key-lede = Plug in or hold the key that { $name } is to get. It is theirs from then on: with it, and with the PIN that is set on it, they sign in as { $username }.
admin-key-name = What it is called
admin-key-name-hint = Leave it empty to call it what its maker does.
admin-key-pin = Hand over the PIN by another way than the key, and have it changed on the first day.
admin-key-no-script = This needs JavaScript, which is off in this browser.
admin-key-register = Register this key
admin-key-added = { $key } is { $name }'s key now.
admin-key-refused = The key was not registered: { $why }.
script-key-cancelled = It was cancelled, or took too long. Nothing was saved; try again.
script-key-already = This key is registered for them already.
script-key-address = Keys cannot be registered at this address.
script-key-failed = This browser or this key cannot do it. Nothing was saved.
script-key-unsupported = This browser cannot register keys here. Open this page in an up-to-date browser.
script-zone = In your time zone, { $name }.
script-copied = Copied
script-copy-by-hand = Copy it by hand

## Issuing a pass

admin-pass-for = A pass for { $name }
admin-pass-warn-disabled = { $name }’s account is disabled: the pass works once it is enabled.
admin-pass-warn-policy = The pass policy does not let { $name } sign in with a pass.
admin-pass-warn-admin = { $name } is an admin: a second admin must approve the pass.
admin-pass-warn-methods = The pass works only together with what { $name } has registered. Remove what was lost first.
admin-pass-told = They are told by mail, at their alternate address.
admin-pass-told-manager = Their manager is told by mail.
admin-pass-mailed = The mail holds the pass itself.
admin-pass-start = Start
admin-pass-start-hint = Leave it empty to start now. It may be their first day.
admin-pass-utc = In UTC.
admin-pass-lifetime = Lifetime in minutes
admin-pass-lifetime-hint = From { $least } to { $most }, counted from the start.
admin-pass-once = Works once
admin-pass-once-policy = The policy lets no pass be used more than once.
admin-pass-once-hint = After that they have ten minutes to register. Otherwise it works as often as needed while it lasts.
admin-pass-old = There is a pass already ({ $state }). The new one takes its place, and what the old one opened is closed.
admin-pass-start-wrong = Start: a date and a time are needed.
admin-pass-lifetime-wrong = Lifetime: a whole number of minutes.
admin-pass-meanwhile = A pass was issued meanwhile, perhaps by this very form. Its value cannot be shown again; issue another one if it was not written down.
admin-pass-deleted = { $name }’s pass was deleted. What it opened is closed.
admin-pass-approved = { $name }’s pass is approved.
admin-pass-none-waits = No pass waits for approval any more.

## A pass that was issued

admin-issued-title = Pass issued
admin-issued-copy = Copy the pass
admin-issued-print = Print this slip
admin-issued-once = The pass is shown this once. Nobody can read it again: copy or print it now.
admin-issued-mail = A mail is on its way to { $address }.
admin-issued-not-yet = It cannot be used yet: { $state }.
admin-slip = The slip for { $name }
admin-slip-hello = Welcome, { $name }.
admin-slip-address = Sign in at
admin-slip-qr = QR code that leads to { $address }
admin-slip-open = Open the address above, or scan the code.
admin-slip-type = Type your username, then the pass.
admin-slip-set-up = Set up a passkey or a security key. From then on, signing in is a touch.
admin-slip-once = Works once, from { $starts } until { $ends }. Keep it to yourself; nobody will ever ask you for it.
admin-slip-often = Works as often as you need, from { $starts } until { $ends }. Keep it to yourself; nobody will ever ask you for it.
admin-slip-stuck = Stuck?
admin-issued-done = Done: back to { $name }

## Open passes

admin-passes = Open passes
admin-passes-none = No pass is open.
admin-passes-none-text = A pass is issued on the page of the <a href="/admin/people">person</a> whom it is for.
admin-from-when = From
admin-until = Until
admin-works = Works
admin-works-once = once
admin-works-often = more than once

## Passes from a list

admin-bulk-file = A file
admin-bulk-list = The list, as comma-separated values
admin-bulk-hint = The first line names the columns: { $columns }. Only username is needed. Somebody who is not there yet is added where displayName is given; several groups are separated by |. At most { $most } people at a time.
admin-bulk-look = Look at it first
admin-bulk-another = Another list
admin-bulk-heading = Is this right?
admin-bulk-good = { $n } { $n ->
    [one] pass
   *[other] passes
} will be issued. Nothing is done yet.
admin-bulk-good-bad = { $n } { $n ->
    [one] pass
   *[other] passes
} will be issued; { $bad } { $bad ->
    [one] line
   *[other] lines
} will be left out. Nothing is done yet.
admin-bulk-lines = Lines
admin-bulk-line = Line
admin-bulk-what = What happens
admin-bulk-left-out = Left out
admin-bulk-adds = Adds them, with a pass
admin-bulk-replaces = A pass for { $name }, in place of the one they have
admin-bulk-issue = Issue { $n } { $n ->
    [one] pass
   *[other] passes
}
admin-bulk-issued-title = Passes issued
admin-bulk-issued = { $n } { $n ->
    [one] pass
   *[other] passes
} issued
admin-bulk-save = Save as a file
admin-bulk-once = The passes are shown this once. Nobody can read them again: save the file now.
admin-bulk-failed = { $n } { $n ->
    [one] line was
   *[other] lines were
} left out.
admin-bulk-passes = Passes

## What happened, as lines of the log

admin-act-pass-issued = Pass issued
admin-act-pass-approved = Pass approved
admin-act-pass-deleted = Pass deleted
admin-act-pass-sign-in = Pass sign-in
admin-act-key-sign-in = Key sign-in
admin-act-recovery-code-sign-in = Recovery code sign-in
admin-act-phone-asked = Phone asked
admin-act-phone-sign-in = Phone sign-in
admin-act-upstream-sign-in = Upstream sign-in
admin-act-upstream-linked = Upstream linked
admin-act-upstream-added = Upstream added
admin-act-upstream-changed = Upstream changed
admin-act-upstream-removed = Upstream removed
admin-act-method-registered = Method registered
admin-act-method-removed = Method removed
admin-act-method-renamed = Method renamed
admin-act-recovery-codes-made = Recovery codes made
admin-act-reregistration-required = Reregistration required
admin-act-reregistration-cancelled = Reregistration cancelled
admin-act-user-added = User added
admin-act-user-changed = User changed
admin-act-user-removed = User removed
admin-act-group-changed = Group changed
admin-act-client-added = Client added
admin-act-client-changed = Client changed
admin-act-client-removed = Client removed
admin-act-policy-changed = Policy changed
admin-act-mail-failed = Mail failed
admin-act-keys-rotated = Keys rotated
admin-act-key-revoked = Key revoked
admin-act-registration-token-issued = Registration token issued
admin-act-consent-given = Consent given
admin-act-authorized = Authorized
admin-act-device-authorized = Device authorized
admin-act-device-denied = Device denied
admin-act-device-registered = Device registered
admin-act-device-removed = Device removed
admin-act-signed-out = Signed out
admin-act-logout-not-told = Logout not told
admin-act-grant-revoked = Grant revoked
admin-act-access-removed = Access removed
admin-act-replay-detected = Replay detected
admin-act-database-backed-up = Database backed up
admin-act-database-restored = Database restored

## Fields, where one is refused

admin-field-username = Username
admin-field-display-name = Display name
admin-field-email = Email
admin-field-alternate-email = Alternate email
admin-field-given-name = Given name
admin-field-surname = Surname
admin-field-formatted-name = Formatted name
admin-field-job-title = Job title
admin-field-department = Department
admin-field-employee-id = Employee ID
admin-field-employee-hire-date = Employee hire date
admin-field-external-id = External ID
admin-field-preferred-language = Preferred language
admin-field-business-phone = Business phone
admin-field-mobile-phone = Mobile phone
admin-field-manager = Manager
admin-field-role = Role
admin-field-permission = Permission
admin-field-start-date-time = Start date time
admin-field-lifetime-in-minutes = Lifetime in minutes
admin-field-is-usable-once = Is usable once
admin-field-list = List
admin-field-line = Line
admin-field-approval = Approval
admin-field-public-key-credential = Public key credential
admin-field-name = Name
admin-field-id = Id
admin-field-kind = Kind
admin-field-group = Group
admin-field-members = Members
admin-field-file = File
admin-field-certificate = Certificate
admin-field-logo = Logo
admin-field-dark-logo = Dark logo
admin-field-accent-color = Accent color
admin-field-policy = Policy
admin-field-rules = Rules
admin-field-profile = Profile
admin-field-keys = Keys
admin-field-state = State
admin-field-include-targets = Include targets
admin-field-exclude-targets = Exclude targets
admin-field-minimum-lifetime-in-minutes = Minimum lifetime in minutes
admin-field-maximum-lifetime-in-minutes = Maximum lifetime in minutes
admin-field-default-lifetime-in-minutes = Default lifetime in minutes
admin-field-default-length = Default length
admin-field-multifactor-use = Multifactor use
admin-field-delivery-target = Delivery target
admin-field-key-restrictions = Key restrictions
admin-field-passkey-profiles = Passkey profiles
admin-field-default-passkey-profile = Default passkey profile
admin-field-allowed-kinds = Allowed kinds
admin-field-recommended-methods = Recommended methods
admin-field-required-methods = Required methods
admin-field-allowed-skips = Allowed skips
admin-field-reminder-in-days = Reminder in days
admin-field-absolute-lifetime-in-minutes = Absolute lifetime in minutes
admin-field-idle-timeout-in-minutes = Idle timeout in minutes
admin-field-challenge-timeout-in-minutes = Challenge timeout in minutes
admin-field-strong-sign-in-max-age-in-minutes = Strong sign in max age in minutes
admin-field-client-id = Client ID
admin-field-client-secret = Client secret
admin-field-redirect-uri = Redirect URI
admin-field-post-logout-redirect-uri = Post logout redirect URI
admin-field-backchannel-logout-uri = Backchannel logout URI
admin-field-initiate-login-uri = Initiate login URI
admin-field-client-uri = Client URI
admin-field-logo-uri = Logo URI
admin-field-policy-uri = Policy URI
admin-field-tos-uri = Tos URI
admin-field-jwks-uri = Jwks URI
admin-field-jwks = Jwks
admin-field-sector-identifier-uri = Sector IDentifier URI
admin-field-contacts = Contacts
admin-field-scope = Scope
admin-field-scopes = Scopes
admin-field-grant-type = Grant type
admin-field-response-types = Response types
admin-field-require-acr = Require acr
admin-field-default-acr-values = Default acr values
admin-field-resources = Resources
admin-field-resource-server-for = Resource server for
admin-field-application-permissions = Application permissions
admin-field-token-endpoint-auth-method = Token endpoint auth method
admin-field-token-endpoint-auth-signing-alg = Token endpoint auth signing alg
admin-field-userinfo-signed-response-alg = Userinfo signed response alg
admin-field-request-object-signing-alg = Request object signing alg
admin-field-device-registration = Device registration
admin-field-forward-auth = Forward auth
admin-field-external-hint = External hint
admin-field-claim = Claim
admin-field-format = Format
admin-field-issuer = Issuer
admin-field-endpoint = Endpoint
admin-field-domains = Domains
admin-field-link-existing-by = Link existing by
admin-field-preset = Preset
admin-field-help-desk-phone = Help desk phone
admin-field-help-desk-url = Help desk url
admin-field-help-desk-text = Help desk text
admin-field-privacy-url = Privacy url
admin-field-terms-url = Terms url

## What else a line of the log says: as it is written down, which is in English

admin-detail-signed-in = signed in
admin-detail-approved = approved
admin-detail-deleted = deleted
admin-detail-everywhere = everywhere
admin-detail-everywhere-else = everywhere else
admin-detail-one-session = one session
admin-detail-rotated = rotated
admin-detail-approved-signed-in = approved and signed in
admin-detail-once = one-time, { $minutes } minutes from { $start }
admin-detail-often = multi-use, { $minutes } minutes from { $start }
admin-detail-code-left = signed in, { $left } left
admin-detail-codes-first = { $n } codes, the first ones
admin-detail-codes-again = { $n } codes, in place of older ones
admin-detail-anew = { $n } methods open nothing any more
admin-detail-not-anew = { $n } methods open the account again
admin-detail-in-place = { $name }, in whose place another was registered
admin-detail-on-return = { $name }, when setting up anew
admin-detail-lost = { $name } (lost or stolen)
admin-detail-moved-on = { $name }: its key joined for somebody else
admin-detail-by-device = { $name }: by the device itself
admin-detail-group-added = group { $name } added
admin-detail-group-changed = group { $name } changed
admin-detail-group-removed = group { $name } removed
admin-detail-group-renamed = group { $from } renamed to { $to }
admin-detail-group-joined = joined group { $name }
admin-detail-group-left = left group { $name }
admin-detail-group-joined-group = group { $id } joined group { $name }
admin-detail-group-left-group = group { $id } left group { $name }
admin-detail-policy-default = { $policy }: back to its default
admin-detail-secret = { $name }: a new secret
admin-detail-client-disabled = { $name } disabled
admin-detail-client-enabled = { $name } enabled
admin-detail-client-changed = { $name } changed
admin-detail-no-user = no such user
admin-detail-no-pass = no pass
admin-detail-wrong-pass = wrong pass
admin-detail-disabled-account = the account is disabled
admin-detail-blocked = blocked after { $n } wrong tries until { $until }
admin-detail-blocked-codes = blocked after { $n } wrong codes until { $until }
admin-detail-too-often = asked too often
admin-detail-no-phones = the policy does not take phones
admin-detail-no-key-person = the policy lets this person have no key
admin-detail-no-key-kind = a key of this kind is not among the allowed ones
admin-detail-no-key-model = the policy does not take this model
admin-detail-no-key-synced = the policy takes only keys that stay on one device
admin-detail-no-key-bound = the policy takes only keys that are synced
admin-detail-no-key-attested = the policy wants a key that a trusted maker vouches for
admin-detail-no-key-strong = the application wants a key that a trusted maker vouches for
admin-detail-no-key = this key is not registered here
admin-detail-other-person = the application expects another person
admin-detail-not-verified = the person was not verified
admin-detail-outdated = their person must register anew
admin-detail-shut-out = shut out meanwhile
admin-detail-crossed = two uses of this key crossed
admin-detail-wrong-code = wrong or used code
admin-detail-no-device = no device waits under this code
admin-detail-wrong-number = the number was wrong ({ $name })
admin-detail-denied = denied on the phone ({ $name })
admin-detail-not-me = “this was not me”, on the phone ({ $name })
admin-detail-not-recognised = the person did not recognise the phone
admin-detail-late = the code has expired, or was decided elsewhere
admin-detail-code-twice = a code was presented twice
admin-detail-code-twice-at-once = a code was presented twice at once
admin-detail-device-code-twice = a device code was presented twice
admin-detail-device-code-twice-at-once = a device code was presented twice at once
admin-detail-refresh-twice = a refresh token was used twice
admin-detail-hint-twice = an id_token_hint was answered twice
admin-detail-no-group = the person is in none of the groups that may open it
admin-detail-denied-self = nobody may do this for themselves; another admin must
admin-detail-denied-admin = this person holds an admin role, and only a more privileged admin may do this
admin-detail-denied-role = your roles do not allow this
admin-detail-enabled = enabled
admin-detail-disabled = disabled
admin-detail-display-name = display name
admin-detail-email = e-mail
admin-detail-external-id = external id
admin-detail-manager = manager
admin-detail-alternate-email = alternate e-mail
admin-detail-profile = profile
admin-detail-roles = roles: { $roles }
admin-detail-username = username from { $from } to { $to }
admin-detail-no-such-person = there is no user { $username }; a displayName would add them
admin-detail-no-such-user = there is no user { $username }
admin-detail-no-such-group = there is no group { $name }
