"""The page at which people sign in: one piece of HTML in the look of the rest, with its own script. Fetches nothing."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from qa.web.header import ICON, LOGO

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

_STYLE = """
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100dvh; margin: 0; padding: 1rem; overflow: auto !important;
  background: var(--fn-ground); color: var(--fn-ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", sans-serif; }
main { width: min(22rem, 100%); padding: 2rem; border: 1px solid var(--fn-line); border-radius: 1.1rem;
  background: var(--fn-surface); box-shadow: var(--fn-shadow); }
h1 { display: flex; align-items: center; gap: .5rem; margin: 0; font-size: 1.4rem; font-weight: 650; }
h1 .fn-logo { width: 1.8rem; height: 1.8rem; }
p { margin: .3rem 0 1.4rem; color: var(--fn-quiet); }
form { display: grid; gap: 1rem; }
label { display: grid; gap: .3rem; font-size: .9rem; }
input { width: 100%; padding: .6rem .8rem; border: 1px solid var(--fn-line); border-radius: .6rem;
  background: var(--fn-ground); color: var(--fn-ink); font: inherit; font-size: 1rem; }
button { height: 2.7rem; border: 0; border-radius: .8rem; background: var(--fn-accent); color: var(--fn-accent-ink);
  font: inherit; font-weight: 600; cursor: pointer; }
button:disabled { opacity: .6; cursor: progress; }
:is(input, button):focus-visible { outline: 2px solid var(--fn-accent); outline-offset: 2px; }
[role=alert] { padding: .5rem .8rem; border-radius: .6rem; background: var(--fn-alert-soft); color: var(--fn-alert);
  font-size: .9rem; }
[role=alert]:empty { display: none; }
"""
_SCRIPT = """
const form = document.querySelector("form");
const [name, password] = form.querySelectorAll("input");
const [told, button] = [form.querySelector("[role=alert]"), form.querySelector("button")];
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.textContent = "";
  button.disabled = true;
  try {
    const place = `${location.pathname.replace(/\\/?$/, "/")}login`;
    const answer = await fetch(place, { method: "POST", body: new FormData(form) });
    if (answer.ok) return location.reload();
    told.textContent = answer.status === 400
      ? "This name and this password do not belong together."
      : "Signing in does not work now. The terminal where Footnote runs says why.";
  } catch {
    told.textContent = "The server does not answer.";
  }
  button.disabled = false;
  password.value = "";
  (name.value ? password : name).focus();
});
"""


class SignIn:
    """Shows who has not signed in where to do so, and hands everything else on."""

    def __init__(self, app: ASGIApp, who: Callable[[Request], str | None]) -> None:
        """``who``: whom a request comes from; None for somebody who has not signed in."""
        self._app = app
        self._who = who
        style = (files("qa.web") / "style.css").read_text(encoding="utf-8")
        colours = re.findall(r"^(?::root|\.dark) \{.*?^\}", style, re.DOTALL | re.MULTILINE)
        looks = re.findall(r"^\.fn-logo.*$", style, re.MULTILINE)
        self._page = _page("\n".join([*colours, *looks]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] == "http" and scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            from starlette.requests import Request
            from starlette.responses import HTMLResponse

            if self._who(Request(scope)) is None:
                headers = {"cache-control": "no-store"}
                await HTMLResponse(self._page, headers=headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _page(style: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Footnote</title>{ICON}<style>{style}{_STYLE}</style>
<script>document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);</script>
</head><body><main><h1>{LOGO}Footnote</h1><p>Sign in to ask these documents.</p><form>
<label>Name<input name="username" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<div role="alert"></div><button>Sign in</button></form></main><script>{_SCRIPT}</script></body></html>
"""
