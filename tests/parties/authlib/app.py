"""An app on Authlib's integration with Flask, as its documentation has it.

A line on standard input says how it is connected; a line on standard output, where it listens.
"""

import json
import logging
import ssl
import sys
import threading

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)
app.secret_key = "only for tests"
oauth = OAuth(app)
# What is too large for a cookie.
tokens = {}


@app.get("/login")
def login():
    return oauth.cardea.authorize_redirect(url_for("callback", _external=True))


@app.get("/cb")
def callback():
    # Checks state, nonce and the ID token.
    token = oauth.cardea.authorize_access_token()
    tokens.update(token)
    session["sub"] = token["userinfo"]["sub"]
    return redirect(url_for("account"))


@app.get("/")
def account():
    if "sub" not in session:
        return {"signed_in": False}
    userinfo = oauth.cardea.userinfo(token=tokens)
    return {"signed_in": True, "claims": tokens["userinfo"], "userinfo": userinfo, "token": tokens["access_token"]}


@app.get("/refresh")
def refresh():
    renewed = oauth.cardea.fetch_access_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    tokens.update(renewed)
    return redirect(url_for("account"))


@app.get("/logout")
def logout():
    session.pop("sub")
    return oauth.cardea.logout_redirect(url_for("logged_out", _external=True), id_token_hint=tokens["id_token"])


@app.get("/logged-out")
def logged_out():
    oauth.cardea.validate_logout_response()
    return {"signed_in": "sub" in session}


def answer(value):
    print(json.dumps({"answer": value}), flush=True)


def main():
    for line in sys.stdin:
        step, details = json.loads(line)
        if step == "listen":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(details["certificate"], details["key"])
            server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
            app.config["SERVER_NAME"] = f"localhost:{server.server_port}"
            app.config["PREFERRED_URL_SCHEME"] = "https"
            threading.Thread(target=server.serve_forever, daemon=True).start()
            answer({"port": server.server_port})
        elif step == "connect":
            oauth.register(
                name="cardea",
                server_metadata_url=f"{details['issuer']}/.well-known/openid-configuration",
                client_id=details["client_id"],
                client_secret=details["client_secret"],
                client_kwargs={"scope": details["scope"], "code_challenge_method": "S256"},
            )
            answer(None)


main()
