// What the page does by itself: the conversation and the source beside it. Each part runs in its own component of the
// page and keeps to it; the parts meet in `shared`, which holds the button that a source was opened from. All HTML in
// here comes escaped from the server; nothing is put together from text in this file.
const footnote = (() => {
  const shared = { opener: null, byKeyboard: false };
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
        const put = carried(node);
        node.innerHTML = html;
        node.shown = html;
        put();
      }
    });
    while (parent.children.length > parts.length) parent.lastElementChild.remove();
  }

  // What a reader did to `node` that its HTML does not say: which control has the focus, what was opened, and what was
  // typed into a question that is being edited. The function that is given puts it back into what stands there now.
  function carried(node) {
    const all = (which) => [...node.querySelectorAll(which)];
    const named = (control) => [control.tagName, control.className, control.dataset.do, control.dataset.good, control.dataset.target].join();
    const held = node.contains(document.activeElement) ? named(document.activeElement) : "";
    const opened = all("details").map((details) => details.open);
    const typed = all(".fn-edit .fn-revised").map((field) => [field.value, field.value !== field.defaultValue]);
    return () => {
      all("details").forEach((details, place) => (details.open ||= Boolean(opened[place])));
      all(".fn-edit .fn-revised").forEach((field, place) => typed[place]?.[1] && (field.value = typed[place][0]));
      if (held) all("button, summary, input, textarea").find((control) => named(control) === held)?.focus({ preventScroll: true });
    };
  }

  // A first click on a button that loses something asks whether that is meant. A second click that belongs to a double
  // click is no answer to that.
  function sure(event, tool, question) {
    if (tool.dataset.sure !== undefined) return event.detail < 2;
    const [label, text] = [tool.getAttribute("aria-label"), tool.textContent];
    tool.dataset.sure = "";
    if (label) tool.setAttribute("aria-label", label.replace(text, question));
    tool.textContent = question;
    return false;
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
    let taken = 0;
    let sent = "";
    let returning = null;
    const send = () => {
      sent = document.querySelector("#fn-box textarea")?.value ?? "";
      shared.sent = Date.now();
    };
    document.addEventListener("keydown", (event) => event.key === "Enter" && event.target.closest?.("#fn-box") && send(), true);
    document.addEventListener("click", (event) => event.target.closest?.("#fn-send") && send(), true);

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
        shared.wanted = true;
        trigger("cite", { target: opener.dataset.target });
      }
    });

    element.addEventListener("submit", (event) => {
      const revised = event.target.querySelector(".fn-revised");
      if (!revised) return;
      event.preventDefault();
      const tools = event.target.closest(".fn-tools");
      if (event.target.dataset.good !== undefined) {
        trigger("rate", { exchange: tools.dataset.exchange, good: event.target.dataset.good, note: revised.value });
      } else if (tools) trigger("again", { exchange: tools.dataset.exchange, question: revised.value });
      else trigger("revise", { question: revised.value });
    });
    element.addEventListener("click", (event) => {
      const tool = event.target.closest("button[data-do]");
      if (!tool) return;
      if (tool.dataset.do === "documents") shared.panels?.[".fn-docs"]?.();
      if (tool.dataset.do === "again") {
        const later = turns.children.length - 1 - [...turns.children].indexOf(tool.closest(".fn-turn"));
        const question = `Forget ${later === 1 ? "the later answer" : `${later} later answers`} and ask again?`;
        if (!later || sure(event, tool, question)) trigger("again", { exchange: tool.closest(".fn-tools").dataset.exchange });
      }
      if (tool.dataset.do === "copy") copy(tool);
      if (tool.dataset.do === "rate") {
        const note = tool.closest(".fn-tools").querySelector(".fn-noting .fn-revised")?.value ?? "";
        trigger("rate", { exchange: tool.closest(".fn-tools").dataset.exchange, good: tool.getAttribute("aria-pressed") === "true" ? "" : tool.dataset.good, note });
      }
    });
    element.addEventListener("toggle", (event) => event.target.open && event.target.querySelector(".fn-revised")?.focus(), true);
    setInterval(() => {
      const clock = turns.querySelector(".fn-clock");
      if (clock) clock.textContent = `${((Date.now() - Number((clock.since ??= Date.now()))) / 1000).toFixed(1)} s`;
    }, 100);
    const linked = new URLSearchParams(location.search).get("c");
    if (linked) {
      shared.linked = linked;
      shared.recall?.(linked);
    }

    // An answer as text: its numbers in brackets, and below it what they stand for.
    function plain(turn) {
      const sheet = document.createElement("div");
      sheet.className = "fn-copied"; // out of sight, but laid out: only so does text have lines
      turn.querySelectorAll(".fn-prose, .fn-quoted, .fn-refusal").forEach((part) => sheet.append(part.cloneNode(true)));
      sheet.querySelectorAll(".fn-check").forEach((sign) => sign.remove());
      sheet.querySelectorAll(".fn-cite").forEach((cite) => cite.replaceWith(` [${cite.textContent}]`));
      element.append(sheet);
      const text = [...sheet.children].map((part) => part.innerText.trim()).join("\n\n");
      sheet.remove();
      const entries = [...turn.querySelectorAll(".fn-entry[data-number]")];
      const sources = entries.map((entry) => {
        const [name, quote] = [".fn-entry-name", ".fn-quote"].map((part) => entry.querySelector(part).textContent.trim());
        return `[${entry.dataset.number}] ${name}: ${quote}`;
      });
      return [text, sources.join("\n")].filter(Boolean).join("\n\n");
    }

    async function copy(tool) {
      const text = plain(tool.closest(".fn-turn"));
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        // Without https a browser has no clipboard for pages, but for what is selected.
        const box = document.createElement("textarea");
        box.value = text;
        document.body.append(box);
        box.select();
        document.execCommand("copy");
        box.remove();
        tool.focus();
      }
      tool.textContent = "Copied";
      setTimeout(() => (tool.textContent = "Copy"), 1500);
    }

    function update() {
      const view = props.value;
      if (!view || !view.turns || view.version < version) return;
      version = view.version;
      if (shared.linked && !view.turns.length && !view.notice) return; // the linked one is on its way
      shared.linked = null;
      const grown = view.turns.length > turns.children.length;
      const leaves = document.activeElement?.closest("#fn-stop, .fn-turns") && document.activeElement.matches(":focus-visible");
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
      show(element.querySelector(".fn-notice"), [view.scope, view.notice].filter(Boolean));
      log.setAttribute("aria-busy", String(view.busy));
      page().classList.toggle("fn-busy", view.busy); // one of the two buttons is there
      if (view.taken && view.taken !== taken) { // it counts anew when the server does
        const box = document.querySelector("#fn-box textarea");
        if (box.value.startsWith(sent)) box.value = box.value.slice(sent.length).trimStart(); // but for what was typed since
        box.dispatchEvent(new Event("input", { bubbles: true })); // for Gradio, which holds its text
      }
      taken = view.taken;
      goTo(view);
      if (status.textContent !== view.status) status.textContent = view.status;
      // To the end, as long as the last question stays in sight: an answer is read from its beginning.
      const last = turns.lastElementChild?.getBoundingClientRect().top ?? 0;
      if (grown || following) log.scrollTop = Math.min(log.scrollHeight, log.scrollTop + last - log.getBoundingClientRect().top);
      const lost = leaves && !document.activeElement?.matches("#fn-stop, .fn-turns *"); // by keyboard one goes on in the box
      if (lost || (leaves && !view.busy && document.activeElement.matches("#fn-stop"))) document.querySelector("#fn-box textarea")?.focus();
    }

    // The address names the conversation; going back leads to the one before.
    function goTo(view) {
      const now = new URLSearchParams(location.search).get("c") ?? "";
      if (returning !== null && view.conversation !== returning && !view.notice) return; // it is on its way
      const stays = returning !== null || view.notice || (!now && view.busy); // else a question began it
      returning = null;
      if (view.conversation === now) return;
      const address = view.conversation ? `?c=${encodeURIComponent(view.conversation)}` : location.pathname;
      history[stays ? "replaceState" : "pushState"](null, "", address);
    }
    window.addEventListener("popstate", () => {
      returning = new URLSearchParams(location.search).get("c") ?? "";
      if (returning) shared.recall?.(returning);
      else document.querySelector(".fn-fresh")?.click();
    });
    watch("value", update);
    update();
  }

  function source(element, props, watch) {
    const pane = element.querySelector(".fn-source");
    let opened = null;

    // Bring the source in or take it away; what was being read stays where it is, whatever its lines do.
    function unfold(wanted) {
      const log = document.querySelector(".fn-log");
      const top = log.getBoundingClientRect().top;
      const parts = [...log.querySelectorAll(".fn-turn > *")];
      const held = shared.opener?.isConnected ? shared.opener : parts.find((part) => part.getBoundingClientRect().bottom > top);
      const before = held?.getBoundingClientRect().top;
      page().classList.toggle("fn-open", wanted);
      if (held) log.scrollTop += held.getBoundingClientRect().top - before;
    }
    function close() {
      unfold(false);
      shared.wanted = false; // what is still on its way is not opened any more
      const back = shared.opener;
      mark(null);
      show(pane, []);
      if (back && back.isConnected) back.focus();
    }
    pane.addEventListener("click", (event) => {
      if (event.target.closest(".fn-close")) close();
    });
    pane.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });

    // To the citation before or after the one that is open; with none open, to the first or last of the last answer.
    function step(by) {
      const open = shared.opener?.isConnected ? shared.opener.closest(".fn-turn") : null;
      const turn = open ?? [...document.querySelectorAll(".fn-turn")].filter((each) => each.querySelector(".fn-cite[data-target]")).at(-1);
      const cites = [...(turn?.querySelectorAll(".fn-cite[data-target]") ?? [])];
      if (!cites.length) return;
      const at = cites.findIndex((cite) => cite === shared.opener || cite.dataset.target === shared.opener?.dataset.target);
      const next = at < 0 ? (by > 0 ? 0 : cites.length - 1) : (at + by + cites.length) % cites.length;
      cites[next].scrollIntoView({ block: "nearest" });
      cites[next].click();
    }
    pane.addEventListener("click", (event) => {
      const wanted = event.target.closest(".fn-step");
      if (wanted) step(wanted.dataset.do === "next" ? 1 : -1);
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const plain = !event.ctrlKey && !event.metaKey;
      if (plain && event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        step(event.key === "ArrowDown" ? 1 : -1);
      } else if (plain && event.altKey && event.shiftKey && event.code === "KeyN") {
        event.preventDefault();
        document.querySelector(".fn-fresh")?.click();
        document.querySelector("#fn-box textarea")?.focus();
      } else if (plain && !event.altKey && event.key === "/" && !typing) {
        event.preventDefault();
        document.querySelector("#fn-box textarea")?.focus();
      }
    });

    function update() {
      const view = props.value;
      if (!view || view.opened === opened || Math.abs(view.opened) < Math.abs(opened)) return;
      opened = view.opened;
      if (opened > 0 && !shared.wanted) return;
      show(pane, [view.html]);
      if (opened <= 0) {
        mark(null);
        unfold(false);
        return;
      }
      unfold(true);
      const text = pane.querySelector(".fn-text");
      look(pane.querySelector(".fn-paper") ? "page" : "text");
      // Where the source covers the page, and where there is no mouse, reading goes on in it.
      const read = pane.querySelector(".fn-paper") ?? text ?? pane;
      if (shared.byKeyboard || getComputedStyle(pane.closest("#fn-right")).position === "fixed") read.focus({ preventScroll: true });
    }

    function scroll(text, found) {
      const place = found.getBoundingClientRect();
      const above = place.top - text.getBoundingClientRect().top;
      text.scrollTop += above - Math.max(0, Math.min(text.clientHeight / 3, text.clientHeight - place.height));
    }

    // As the page is printed, or as the text that was read from it; each scrolled to the quote.
    function look(as) {
      pane.classList.toggle("fn-as-page", as === "page");
      pane.querySelectorAll("[data-view]").forEach((node) => node.setAttribute("aria-pressed", String(node.dataset.view === as)));
      const paper = pane.querySelector(".fn-paper");
      const box = pane.querySelector(".fn-boxes rect, .fn-table [aria-current]");
      if (as === "page" && paper && box) scroll(paper, box);
      const mark = pane.querySelector("mark");
      if (as === "text" && mark) scroll(pane.querySelector(".fn-text"), mark);
    }
    pane.addEventListener("click", (event) => {
      const view = event.target.closest("[data-view]");
      if (view) look(view.dataset.view);
    });
    watch("value", update);
    update();
  }

  return { chat, source, shared, show, mark, sure };
})();
