// Watches a session (OpenID Connect Session Management 1.0, 3.1). It never reloads the page and never asks again once
// the answer is "changed" or "error": a page that signs in anew by itself on these runs in circles wherever the browser
// keeps cookies from frames of other sites.
const EVERY = 500;

/** Calls `tell` with each new answer: "unchanged", "changed" or "error". */
export function watch({ frameUrl, clientId, sessionState, tell }) {
  const origin = new URL(frameUrl).origin;
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = frameUrl;
  let timer, last;
  const stop = () => clearInterval(timer);
  const ask = () => frame.contentWindow.postMessage(`${clientId} ${sessionState}`, origin);
  addEventListener("message", ({ data, origin: from, source }) => {
    if (from !== origin || source !== frame.contentWindow) return;
    if (data !== "unchanged") stop();
    if (data !== last) tell((last = data));
  });
  frame.addEventListener("load", () => {
    ask();
    timer = setInterval(ask, EVERY);
  });
  document.body.append(frame);
  return stop;
}

// This page: what the answer to the authorization request told. `iss` names the provider (RFC 9207); an app that is
// not an example takes `check_session_iframe` from its discovery document.
const answer = new URLSearchParams(location.search);
watch({
  frameUrl: `${answer.get("iss")}/check-session-iframe`,
  clientId: document.body.dataset.clientId,
  sessionState: answer.get("session_state"),
  tell: state => (document.getElementById("session").textContent = state),
});
