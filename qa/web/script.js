// What the page does by itself. Each part runs in its own component of the page and keeps to it; the parts meet in
// window.footnote, which holds the button that a source was opened from. All HTML in here comes escaped from the
// server; nothing is put together from text in this file.
const footnote = (() => {
  const shared = (window.footnote ??= { opener: null, byKeyboard: false });
  const page = () => document.querySelector(".gradio-container");

  // Make the children of `parent` show `parts`, touching only those that changed: no flash, no lost focus.
  function show(parent, parts) {
    parts.forEach((html, place) => {
      let node = parent.children[place];
      if (!node) {
        node = document.createElement("div");
        parent.append(node);
      }
      if (node.shown !== html) {
        node.innerHTML = html;
        node.shown = html;
      }
    });
    while (parent.children.length > parts.length) parent.lastElementChild.remove();
  }

  // Show which button the source was opened from, and for a number in the text also its entry below.
  function mark(opener) {
    document.querySelectorAll("[data-target][aria-current]").forEach((node) => node.removeAttribute("aria-current"));
    shared.opener = opener;
    if (!opener) return;
    const entry = opener
      .closest(".fn-turn")
      .querySelector(`.fn-entry[data-number="${CSS.escape(opener.dataset.number ?? "")}"]`);
    for (const node of [opener, entry]) node?.setAttribute("aria-current", "true");
  }

  function chat(element, trigger, props, watch) {
    const log = element.querySelector(".fn-log");
    const turns = element.querySelector(".fn-turns");
    const status = element.querySelector("[role=status]");
    let following = true;
    let version = 0;

    log.addEventListener("scroll", () => {
      following = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    });
    element.addEventListener("click", (event) => {
      const example = event.target.closest("[data-example]");
      const opener = event.target.closest("[data-target]");
      if (example) trigger("example", { question: example.dataset.example });
      if (opener) {
        mark(opener);
        shared.byKeyboard = event.detail === 0;
        trigger("cite", { target: opener.dataset.target });
      }
    });

    element.addEventListener("submit", (event) => {
      const revised = event.target.querySelector(".fn-revised");
      if (!revised) return;
      event.preventDefault();
      trigger("revise", { question: revised.value });
    });

    function update() {
      const view = props.value;
      if (!view || !view.turns || view.version < version) return;
      version = view.version;
      const grown = view.turns.length > turns.children.length;
      show(element.querySelector(".fn-welcome"), view.welcome ? [view.welcome] : []);
      view.turns.forEach((turn, place) => {
        let node = turns.children[place];
        if (node && node.dataset.turn !== String(turn.id)) {
          while (turns.children.length > place) turns.lastElementChild.remove();
          node = null;
        }
        if (!node) {
          node = document.createElement("article");
          node.className = "fn-turn";
          node.dataset.turn = turn.id;
          turns.append(node);
        }
        show(node, turn.parts);
      });
      while (turns.children.length > view.turns.length) turns.lastElementChild.remove();
      show(element.querySelector(".fn-notice"), view.notice ? [view.notice] : []);
      log.setAttribute("aria-busy", String(view.busy));
      if (status.textContent !== view.status) status.textContent = view.status;
      if (grown || following) log.scrollTop = log.scrollHeight;
    }
    watch("value", update);
    update();
  }

  function source(element, props, watch) {
    const pane = element.querySelector(".fn-source");
    let opened = null;

    function close() {
      page().classList.remove("fn-open");
      const back = shared.opener;
      mark(null);
      show(pane, [pane.hint]);
      if (back && back.isConnected) back.focus();
    }
    pane.addEventListener("click", (event) => {
      if (event.target.closest(".fn-close")) close();
    });
    pane.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });

    function update() {
      const view = props.value;
      if (!view || view.opened === opened) return;
      opened = view.opened;
      show(pane, [view.html]);
      if (opened === 0) pane.hint = view.html;
      if (opened <= 0) {
        mark(null);
        page().classList.remove("fn-open");
        return;
      }
      page().classList.add("fn-open");
      const text = pane.querySelector(".fn-text");
      const found = pane.querySelector("mark");
      if (text && found) {
        const above = found.getBoundingClientRect().top - text.getBoundingClientRect().top;
        text.scrollTop += above - Math.max(0, Math.min(text.clientHeight / 3, text.clientHeight - found.offsetHeight));
      }
      // Where the source covers the page, and where there is no mouse, reading goes on in it.
      if (shared.byKeyboard || getComputedStyle(pane.closest("#fn-right")).position === "fixed") (text ?? pane).focus({ preventScroll: true });
    }
    watch("value", update);
    update();
  }

  function header(element, trigger) {
    element.addEventListener("click", (event) => {
      if (event.target.closest(".fn-fresh")) trigger("fresh");
    });
    document.addEventListener("click", (event) => {
      element.querySelectorAll("details[open]").forEach((fact) => {
        if (!fact.contains(event.target)) fact.open = false;
      });
    });
    element.addEventListener("keydown", (event) => {
      const fact = event.target.closest("details[open]");
      if (event.key === "Escape" && fact) {
        fact.open = false;
        fact.querySelector("summary").focus();
      }
    });
  }

  return { chat, source, header };
})();
