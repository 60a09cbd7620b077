"""A relying party on Authlib's Flask integration: what an application in Python does when people
sign in to it with Firstkey, and no more.

    python app.py ISSUER

Listens on 127.0.0.1 (a free port) and prints one line of JSON, {"origin":"http://localhost:PORT"}.
Then reads one line, {"client_id":"…","client_secret":"…"}: a client with the redirect URI
ORIGIN/callback and the post-logout redirect URI ORIGIN/signed-out. It ends with its standard input.

    GET  /           says who is signed in
    GET  /login      starts the code flow with PKCE, state and nonce; parameters are added to the
                     authorization request
    GET  /callback   completes it: state, nonce, the ID token with its at_hash, userinfo
    POST /callback   the same for response_mode=form_post
    GET  /refresh    calls userinfo with a token that ran out: Authlib refreshes it by itself
    GET  /logout     ends the session here and at the provider
    GET  /signed-out where the provider sends people afterwards, state checked

Results are JSON in <pre id="result">, failures in <pre id="error">. Pages always have status 200, so
that a browser logs no error where a test provokes one.
"""

import json
import os
import secrets
import sys
import threading

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, request, session
from markupsafe import escape
from werkzeug.serving import make_server

app = Flask(__name__)
app.config.update(
    SECRET_KEY=secrets.token_urlsafe(32),
    SESSION_COOKIE_NAME="authlib",
    SESSION_COOKIE_SAMESITE="Lax",
)
oauth = OAuth(app)

# The tokens of each browser. A cookie would be too small for them.
tokens = {}


def keep(token, **_replaced):
    """Keeps new tokens; Authlib calls it after a refresh."""
    before = tokens.get(session["id"], {})
    tokens[session["id"]] = {**before, **token}


def page(title, name=None, value=None):
    body = f'<pre id="{name}">{escape(json.dumps(value, indent=2))}</pre>' if name else ""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width"></head><body>
<h1>{title}</h1>{body}
<p><a href="/login">Sign in</a> <a href="/refresh">Refresh</a> <a href="/logout">Sign out</a></p>
</body></html>"""


def told():
    """What the provider said, with the tokens that there are now."""
    token = tokens[session["id"]]
    userinfo = oauth.firstkey.userinfo(token=token)
    token = tokens[session["id"]]
    return {
        "claims": token.get("userinfo"),
        "userinfo": userinfo,
        "token_type": token["token_type"],
        "scope": token.get("scope"),
        "has_refresh_token": "refresh_token" in token,
        "access_token": token["access_token"],
    }


@app.errorhandler(Exception)
def went_wrong(error):
    code = error.error if isinstance(error, OAuthError) else type(error).__name__
    print(repr(error), file=sys.stderr)
    return page("Something went wrong", "error", {"error": code, "message": str(error)})


@app.get("/")
def home():
    token = tokens.get(session.get("id"))
    return page(f"Hello, {escape(token['userinfo']['name'])}" if token else "Nobody is signed in")


@app.get("/login")
def login():
    return oauth.firstkey.authorize_redirect(f"{origin}/callback", **request.args)


@app.route("/callback", methods=["GET", "POST"])
def callback():
    token = oauth.firstkey.authorize_access_token()
    session["id"] = secrets.token_urlsafe(16)
    keep(token)
    return page("Signed in", "result", told())


@app.get("/refresh")
def refresh():
    # As if time had passed.
    tokens[session["id"]]["expires_at"] = 1
    return page("Refreshed", "result", told())


@app.get("/logout")
def logout():
    token = tokens.pop(session.pop("id", None), {})
    return oauth.firstkey.logout_redirect(
        post_logout_redirect_uri=f"{origin}/signed-out", id_token_hint=token.get("id_token")
    )


@app.get("/signed-out")
def signed_out():
    oauth.firstkey.validate_logout_response()
    return page("Signed out")


server = make_server("127.0.0.1", 0, app, threaded=True)
origin = f"http://localhost:{server.server_port}"
print(json.dumps({"origin": origin}), flush=True)
registered = json.loads(sys.stdin.readline())
oauth.register(
    "firstkey",
    client_id=registered["client_id"],
    client_secret=registered["client_secret"],
    server_metadata_url=f"{sys.argv[1]}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email groups offline_access",
        "code_challenge_method": "S256",
    },
    update_token=keep,
)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
