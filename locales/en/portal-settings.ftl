# The portal: applications, policies, groups, branding, the log.

## Words of several pages

settings-none = none
settings-none-single = none
settings-wrong = { $label }: { $why }.
settings-saved = { $name } was saved.
settings-deleted = { $name } was deleted.
settings-type-to-confirm = Nothing was deleted: type { $name } to confirm.
settings-type-name = Type the name { $name }

## Applications

settings-apps = Applications
settings-app-add = Add an application
settings-apps-none = No applications yet.
settings-apps-first = Add the first one: <a href="/admin/applications/new/preset">presets</a> know how Grafana, GitLab, Nextcloud and others are set up.
settings-app = Application
settings-app-kind = Kind
settings-state = State
settings-on = On
settings-disabled = Disabled

## One application

settings-edit = Edit
settings-secret = Client secret
settings-secret-copy = Copy the secret
settings-secret-once = It is shown this once. Nobody can read it again.
settings-paste = What to write on its side
settings-paste-copy = Copy the settings
settings-paste-for = For { $place }.
settings-paste-for-secret = For { $place }. The secret is in it: it is shown this once.
settings-paste-settings = Settings
settings-app-own = For the application’s own settings
settings-issuer = Issuer
settings-discovery = Discovery
settings-client-id = Client ID
settings-copy-issuer = Copy<span class="sr-only"> the issuer</span>
settings-copy-discovery = Copy<span class="sr-only"> the discovery address</span>
settings-copy-client = Copy<span class="sr-only"> the client ID</span>
settings-secret-public = none: it cannot keep one
settings-secret-shown = shown when it was made
settings-scopes = Scopes
settings-app-may = What it may do
settings-redirects = Redirect URIs
settings-after-sign-out = After signing out
settings-told-of-sign-out = Told of sign-outs at
settings-grants = Grants
settings-devices = Devices
settings-devices-text = it sets them up: they are on their owners’ lists
settings-alone = On its own
settings-id-tokens = ID tokens
settings-profile = Profile
settings-no-pkce = Without PKCE, a stolen code can be used
settings-least = Least sign-in
settings-whose = Whose it is
settings-whose-third = somebody else’s: people are asked for consent
settings-whose-ours = ours
settings-added = Added
settings-proxied = Behind its reverse proxy
settings-proxy-change = Change how its proxy asks
settings-change = Change
settings-proxied-text = Its proxy asks us of each request. How the proxy is told is in the document on forward auth.
settings-reached-at = Reached at
settings-open-to = Open to
settings-asks-for = Asks for
settings-any-sign-in = any sign-in
settings-hinting = The provider that asks for a second factor
settings-hint-change = Change the provider that asks
settings-hinting-text = Its tokens say who is to sign in.
settings-its-keys = Its keys
settings-knows-us = Knows us as
settings-tenant = Tenant
settings-finds-by = Finds people by
settings-secret-new = New client secret
settings-secret-new-text = The old secret is worth nothing from that moment on.
settings-secret-make = Make a new secret
settings-app-delete = Delete this application
settings-app-delete-text = Nobody can sign in to it any more, and its tokens are revoked. To shut it out for a while, disable it instead.
settings-delete-for-good = Delete for good

## Kinds, grants, profiles, and what opens an application

settings-kind-hinted = Second factor for another provider
settings-kind-proxied = Behind a reverse proxy that asks us
settings-kind-device = On devices without a browser
settings-kind-service = Works on its own, with the API
settings-kind-native = Native app on people’s devices
settings-kind-spa = Single-page app in the browser
settings-kind-web = Web application with a secret
settings-everybody = everybody
settings-group-was-deleted = a group that was deleted
settings-grant-code = People sign in to it
settings-grant-refresh = It stays signed in while people are away
settings-grant-credentials = It works on its own
settings-grant-device = It runs on a device that people allow on another one
settings-profile-default = As usual: PKCE is required (OAuth 2.1)
settings-profile-fapi2 = Strict: pushed requests, its own keys, bound tokens (FAPI 2.0)
settings-profile-legacy = Old: it does not know PKCE
settings-require-nothing = Whatever the application asks for
settings-require-multifactor = Any MFA: several factors
settings-require-resistant = Phishing-resistant: a passkey or security key
settings-require-attested = Attested key: one whose maker vouches for it

## An application’s form

settings-app-edit = Edit { $name }
settings-app-preset-offer = Is it Grafana, GitLab, Nextcloud, Keycloak, Kubernetes…? <a href="/admin/applications/new/preset">Use a preset</a> and type its address only.
settings-name = Name
settings-app-name-hint = What people see when they sign in to it.
settings-redirects-hint = One in each line, to the letter as the application sends them.
settings-after-sign-out-field = Where people may go after signing out
settings-app-what-kind = What kind of application it is
settings-app-public = It cannot keep a secret
settings-app-public-hint = A single-page app, or an app on people’s devices.
settings-app-native = It runs on people’s devices
settings-app-native-hint = The port of a loopback redirect URI may vary (RFC 8252).
settings-app-third = It is somebody else’s
settings-app-third-hint = People are asked whether they agree.
settings-app-who = Who gets in
settings-app-enabled = People may sign in to it
settings-app-least = The least sign-in that opens it
settings-app-least-hint = The application can ask for more, never for less. Whoever has no such sign-in yet sets one up on the way.
settings-app-profile = How strict the protocol is kept
settings-app-does = What it does
settings-app-registers = It sets devices up, which stay signed in until they are removed
settings-app-more = Scopes, permissions, tokens
settings-app-scopes = Scopes that it may ask for
settings-app-permissions = Permissions that it has on its own
settings-app-algorithm = How ID tokens are signed
settings-save = Save
settings-app-add-this = Add this application
settings-hint-title = The provider that asks { $name }
settings-hint-issuer-hint = To the letter, as its tokens have it. Whoever it is, it says who is to sign in.
settings-hint-keys = Where its keys are
settings-hint-audience = The id by which it knows us
settings-hint-tenant-hint = Empty where it has none.
settings-hinted-oid = oid: the external id here
settings-hinted-username = preferred_username: the username
settings-hinted-email = email: the mail address, where one person alone has it
settings-proxy-title = { $name } behind its reverse proxy
settings-proxy-origin-hint = As people type it, without a path: https://wiki.example.com. Its redirect URI goes with it.
settings-proxy-groups = Open to these groups
settings-proxy-groups-hint = One name in each line. With none it is open to everybody.
settings-proxy-no-group = Groups: there is no group { $name }.

## Presets

settings-preset = Use a preset
settings-preset-text = What the application needs here is filled in, and you are shown what to write on its side.
settings-preset-address = Its address
settings-preset-address-hint = Where people open it, such as https://grafana.example.com. For Keycloak, the realm’s: https://keycloak.example.com/realms/main. Kubernetes has none.
settings-preset-name-hint = What people see when they sign in to it. Left empty, what it is called above.
settings-preset-apache = the virtual host of Apache
settings-preset-apache-1 = The redirect URI is a path that nothing else is at; Apache answers it itself.
settings-preset-apache-2 = Require claim groups:NAME lets in the people of one group.
settings-preset-argocd = the ConfigMaps argocd-cm and argocd-rbac-cm
settings-preset-argocd-1 = It has no secret: the command line signs in as the same client, by PKCE.
settings-preset-argocd-2 = The path /pkce/verify is what versions before 3.0 use; newer ones use /auth/callback.
settings-preset-argocd-3 = Who is in none of the groups of argocd-rbac-cm has what policy.default says.
settings-preset-authentik = a blueprint, or Directory > Federation and Social login > OpenID OAuth Source
settings-preset-authentik-1 = The slug of the source must be firstkey: it is in the redirect URI.
settings-preset-authentik-2 = PKCE must be set to S256. A version that has no such setting needs --profile legacy.
settings-preset-gitlab = /etc/gitlab/gitlab.rb, then gitlab-ctl reconfigure
settings-preset-gitlab-1 = Signing out of GitLab ends GitLab's session only.
settings-preset-gitlab-2 = Groups are read by the paid editions only.
settings-preset-grafana = grafana.ini
settings-preset-grafana-1 = root_url in the section [server] must be the address that was given.
settings-preset-grafana-2 = The groups in role_attribute_path are examples: put the names of yours there.
settings-preset-home-assistant = configuration.yaml
settings-preset-home-assistant-1 = Home Assistant itself knows no OpenID Connect: install the community's integration hass-oidc-auth first.
settings-preset-home-assistant-2 = It has no secret, as that integration recommends; PKCE stands for it.
settings-preset-keycloak = firstkey.json, for kcadm.sh create identity-provider/instances
settings-preset-keycloak-1 = The alias of the identity provider must be firstkey: it is in the redirect URI.
settings-preset-keycloak-2 = Groups arrive as a claim: add a mapper in Keycloak for those that it shall know.
settings-preset-kubernetes = the file of kube-apiserver's --authentication-config, and each kubeconfig
settings-preset-kubernetes-1 = The API server must reach the issuer by https.
settings-preset-kubernetes-2 = People sign in by the kubectl plugin oidc-login (kubelogin), at one of two ports.
settings-preset-nextcloud = a terminal on the server, as the user of the web server
settings-preset-nextcloud-1 = The app user_oidc must be installed: occ app:install user_oidc
settings-preset-nextcloud-2 = Accounts and groups are called by a hash, so that nobody gets into one that is there already under the same name.
settings-preset-nextcloud-3 = Who is in Nextcloud's own group admin is decided in Nextcloud.
settings-preset-oauth2-proxy = oauth2-proxy.cfg
settings-preset-oauth2-proxy-1 = Everybody needs an e-mail address: oauth2-proxy lets in nobody without one.
settings-preset-oauth2-proxy-2 = The cookie secret is yours to make: openssl rand -base64 32 | tr -- '+/' '-_'

## Policies

settings-policies = Policies
settings-makers = Makers’ certificates
settings-off = Off
settings-change-name = Change { $name }
settings-policy-rules = Rules for some people
settings-policy-rules-hint = JSON, as the API has it: a list in which each rule has includeTargets, excludeTargets, requiredMethods, recommendedMethods and allowedKinds. The first rule that names a person holds for them.
settings-policy-reset = Back to the defaults
settings-policy-was-reset = { $name } is back at its defaults.
settings-policy-saved = { $name } was saved. It holds from now on.
settings-wrong-rules = Rules: { $why }.
settings-wrong-number = { $label }: a whole number is needed, not below 0.
settings-wrong-group = { $label }: there is no group { $name }.
settings-wrong-user = { $label }: there is nobody called { $name }.
settings-wrong-target = { $label }: all, group:NAME or user:NAME is needed, not { $line }.

## Policies in a few words

settings-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
settings-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
settings-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
settings-yes = yes
settings-no = no
settings-no-limit = no limit
settings-nobody = nobody

## What may go wrong with policies

settings-warning-passes-off = Nobody may sign in with a pass, so whoever has no key yet cannot register one.
settings-warning-keys-off = Nobody may have a key: people sign in with passes alone, and no application that asks for more lets them in.
settings-warning-self-service-off = Nobody registers a key themselves: an admin must, on behalf of each person.
settings-warning-lost-methods = A pass works only together with a method that its person still has: what somebody lost must be removed before a pass helps them.
settings-warning-demand-unmet = An application requires a stronger sign-in than some people can set up themselves: whoever does not have it yet is turned away there.
settings-warning-only-attested = New keys are taken only if a trusted maker vouches for them: passkeys of phones, password managers and Windows Hello are not, so whoever has no security key can hardly register one.
settings-warning-models-claims = Models of keys are told apart without attestation: an authenticator may claim to be another than it is.
settings-warning-mail-off = Passes are to be mailed, but no mail server is configured here.

## The policies’ forms

settings-kind-passkeys = Passkeys
settings-kind-security-keys = Security keys
settings-kind-phones = Phones
settings-targets = One in each line: all, group:NAME or user:NAME.
settings-targets-profiles = One in each line: all, group:NAME or user:NAME. To name profiles, add => and their ids: group:Staff=>hardware+any.
settings-targets-not = Exclusion wins over inclusion.
settings-tap = Temporary Access Pass
settings-tap-about = Who may sign in with a pass, and for how long passes work.
settings-tap-state = People may sign in with a pass
settings-tap-shortest = Shortest lifetime in minutes
settings-tap-shortest-hint = At least 10.
settings-tap-longest = Longest lifetime in minutes
settings-tap-longest-hint = At most 43200: 30 days.
settings-tap-usual = Usual lifetime in minutes
settings-tap-usual-hint = Where whoever issues a pass names none.
settings-tap-length = Characters of a pass
settings-tap-length-hint = From 8 to 48.
settings-tap-once = Every pass works once
settings-tap-approval = A second admin approves passes for admins
settings-tap-existing = Together with what is still registered
settings-tap-existing-hint = Whoever still has a passkey or key uses it as well as the pass.
settings-tap-mail = Who is told by mail
settings-tap-mail-nobody = Nobody
settings-tap-mail-person = The person, at their alternate address
settings-tap-mail-manager = Their manager
settings-tap-value-mailed = That mail holds the pass itself
settings-tap-several = Where an application asks for several factors
settings-tap-several-hint = What it is told stays true: a pass alone is never called several factors.
settings-tap-several-with = A pass is one of them
settings-tap-several-alone = A pass alone is enough
settings-tap-several-never = A pass counts for nothing
settings-tap-who = Who may use a pass
settings-who-not = Who may not
settings-fido2 = Passkeys and security keys
settings-fido2-about = Who may have a key, and which models.
settings-fido2-state = People may use passkeys and security keys
settings-fido2-self = People register keys themselves
settings-fido2-attested = A trusted maker vouches for each new key
settings-fido2-attested-hint = Passkeys that are synced are not taken then: nobody vouches for them.
settings-fido2-models-only = Only some models
settings-fido2-list = What the list of models says
settings-fido2-list-allow = which are taken
settings-fido2-list-block = which are not taken
settings-fido2-models = Models
settings-fido2-models-hint = AAGUIDs, one in each line.
settings-fido2-who = Who may have a key
settings-fido2-profiles = Profiles
settings-fido2-profiles-hint = JSON, as the API has it: a list in which each profile has id, name, passkeyTypes (deviceBound, synced or both with a comma), attestationEnforcement (disabled or registrationOnly) and keyRestrictions. A key must fit one profile of its owner.
settings-fido2-default = Profile of whoever has none
settings-fido2-default-hint = The id of a profile. Empty: the fields at the top of this form.
settings-registration = Registration
settings-registration-about = What people set up before an application lets them in.
settings-registration-required = Methods that everybody must have
settings-registration-required-hint = From 0 to 5.
settings-registration-suggested = Methods that are suggested
settings-registration-suggested-hint = What goes beyond the required ones may be skipped.
settings-registration-kinds = What may be set up
settings-registration-skips = How often a suggestion may be skipped
settings-registration-skips-hint = Empty: always.
settings-registration-reminder = Days until somebody is reminded
settings-registration-reminder-hint = Empty: never.
settings-codes = Recovery codes
settings-codes-about = Who may print codes that let them back in when they lost everything else.
settings-codes-state = People may make recovery codes and sign in with them
settings-codes-offered = Offered when somebody has set up a method
settings-codes-who = Who may have codes
settings-session = Sessions
settings-session-about = For how long people stay signed in in a browser.
settings-session-idle = Time without any activity, in minutes
settings-session-idle-hint = From 5. Empty: no such limit.
settings-session-longest = Time from the last sign-in, in minutes
settings-session-longest-hint = From 10 to 43200: 30 days.
settings-portal = Admin portal
settings-portal-about = What is asked of admins before they change something.
settings-portal-age = Age of the sign-in, in minutes
settings-portal-age-hint = From 1 to 480.
settings-tap-shortest-short = Shortest lifetime
settings-tap-longest-short = Longest lifetime
settings-tap-usual-short = Usual lifetime
settings-session-idle-short = Time without any activity
settings-session-longest-short = Time from the last sign-in
settings-portal-age-short = Age of the sign-in

## Groups

settings-groups = Groups
settings-group-begins = Name begins with
settings-show = Show
settings-groups-none = No groups yet. Policies aim at groups.
settings-groups-none-like = No group’s name begins like that.
settings-groups-all = Show all groups
settings-group = Group
settings-group-purpose = What it is for
settings-not-said = not said
settings-group-add = Add a group
settings-group-add-this = Add this group

## One group

settings-members = Members
settings-member = Username, or the name of a group
settings-member-add = Add to the group
settings-members-none = Nobody is in this group.
settings-member-remove-name = Take { $name } out
settings-member-remove = Take out
settings-group-delete = Delete this group
settings-group-delete-text = Its members stay people. A policy that names it reaches nobody through it any more.
settings-group-inside = Group: everybody in it is in this one, too
settings-group-added = Group { $name } was added.
settings-group-deleted = Group { $name } was deleted.
settings-member-added = They are in the group now.
settings-member-already = They were in the group already.
settings-member-removed = They are not in the group any more.
settings-member-unknown = There is no person or group { $name }.
settings-group-unknown = There is no group { $name }.
settings-member-gone = There is no such member.

## Branding

settings-branding = Branding
settings-branding-about = Name, logo, colour and help, on every page that people see.
settings-branding-now = As it is
settings-branding-light = On light pages
settings-branding-dark = On dark pages
settings-branding-by-day = The sign-in page by day
settings-branding-by-night = The sign-in page by night
settings-branding-change = Change branding
settings-branding-change-text = Nothing changes for anybody until you save.
settings-branding-empty = Empty: { $name }.
settings-colour = Colour
settings-colour-pick = Pick the colour
settings-colour-hint = A # and six digits, as in #0e6652. Empty: as it comes. Whatever you choose, text stays easy to read.
settings-logo-now = The one there is
settings-logo-file = { $name }: a file
settings-logo-remove = Take it away
settings-name-beside = The name stands beside the logo
settings-name-beside-hint = Not if the logo says it already.
settings-look = Look at it
settings-look-day = by day
settings-look-night = by night
settings-preview = Preview
settings-branding-reset = As it came
settings-preview-width = Width of the preview
settings-preview-wide = Wide
settings-preview-phone = Phone
settings-preview-page = The sign-in page as it would look
settings-preview-hint = It is looked at only: nothing in it works.
settings-preview-app = Payroll
settings-help-text = What to do when stuck
settings-help-text-hint = One sentence. Plain text.
settings-help-phone = Telephone of the help desk
settings-help-url = Address of the help desk
settings-help-url-hint = https:// or mailto:
settings-privacy = Privacy statement
settings-terms = Terms of use
settings-https = https://
settings-logo = Logo
settings-logo-hint = PNG, JPEG or WebP, at most 100 KiB. It is shown 36 pixels high.
settings-logo-dark = Logo on dark pages
settings-logo-dark-hint = Only if the first one cannot be seen there.
settings-help = Help
settings-as-it-comes = as it comes
settings-logo-own = its own
settings-logo-same = the same
settings-branding-was-reset = Branding is back as it came.
settings-branding-saved = Branding was saved. People see it from now on.
settings-colour-darker = On light pages the colour is darkened to { $shown }, since { $chosen } is hard to see there.
settings-colour-lighter = On dark pages the colour is lightened to { $shown }, since { $chosen } is hard to see there.
script-branding-too-large = At most 100 KiB. Choose a smaller file.
script-branding-sign-in = To go on looking at it, sign in again: save, or load this page anew.
script-branding-unreachable = The preview cannot be loaded just now.

## Makers’ certificates

settings-roots-who = Who may vouch for keys
settings-roots-hint = A key is attested where its certificates lead to one of these. Keys keep what was found out when they were registered.
settings-certificate = Certificate
settings-roots-for = Vouches for
settings-roots-from = From
settings-thumbprint = SHA-256 thumbprint
settings-roots-models = Models: { $models }
settings-roots-formats = Formats: { $formats }
settings-not-trusted = Not trusted
settings-expired = Expired
settings-trusted = Trusted
settings-trust-again-name = Trust { $name } again
settings-trust-again = Trust again
settings-trust-no-more-name = Trust { $name } no more
settings-trust-no-more = Trust no more
settings-roots-new = Trust another one
settings-certificate-hint = One in PEM, as its maker publishes it: with the lines that say BEGIN and END CERTIFICATE.
settings-roots-new-formats = Formats that it vouches in; none for any
settings-roots-new-models = Models that it vouches for; none for any
settings-roots-new-models-hint = One AAGUID in each line.
settings-roots-add = Trust this certificate
settings-any = any
settings-models = { $n } models
settings-root-built-in = came with the program
settings-root-added = added here
settings-root-metadata = FIDO Metadata Service
settings-root-wrong-models = Models: one AAGUID is needed in each line.
settings-root-trusted = { $name } is trusted from now on.
settings-root-no-more = { $name } is trusted no more.
settings-root-gone = It is trusted no more.

## The audit log

settings-audit = Audit log
settings-audit-export = Export as JSON Lines
settings-audit-lines = Lines
settings-audit-what = What
settings-audit-result = Result
settings-audit-whom = On whom (username)
settings-audit-by = By whom (username)
settings-audit-from = From (UTC)
settings-audit-to = To (UTC)
settings-audit-none = Nothing like that has happened.
settings-audit-all = Show everything
settings-audit-sealed = { $n } { $n ->
    [one] line is
   *[other] lines are
} sealed in a chain, in which an altered or removed line shows: <code>firstkey audit verify</code>.
settings-audit-nobody = There is nobody called { $name }.
settings-audit-wrong-from = From: a date such as 2030-01-31.
settings-audit-wrong-to = To: a date such as 2030-01-31.
settings-audit-everything = Everything
settings-audit-sign-ins = Sign-ins
settings-audit-either = Done or refused
settings-audit-done = Done
settings-audit-refused = Refused

## Forms with files

settings-unreadable = This form cannot be read.
