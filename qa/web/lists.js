// What the page does by itself: the line above it, the lists beside it, and what is shown for a moment.
Object.assign(footnote, (() => {
  const { shared, show, mark, sure } = footnote;
  const LARGEST_SET = 5_000_000; // bytes, as in runs.py

  // An address below the page's own, wherever a proxy shows it.
  const below = (name) => `${location.pathname.replace(/\/?$/, "/")}${name}`;

  // A list beside the page that a button of the header opens and closes; `look` fetches what holds certain words. One
  // is open at a time, over a veil that closes it.
  let leave = null;
  const veil = document.createElement("div");
  veil.className = "fn-veil";
  veil.hidden = true;
  veil.addEventListener("click", () => leave?.());

  function panel(element, opener, look) {
    const aside = element.querySelector(".fn-aside");
    const find = element.querySelector(".fn-find");
    const close = () => open(false);
    let waiting;

    function open(wanted) {
      if (wanted && leave !== close) leave?.();
      leave = wanted ? close : null;
      document.querySelector(".gradio-container").append(veil);
      veil.hidden = !wanted;
      aside.hidden = !wanted;
      const button = document.querySelector(opener);
      button?.setAttribute("aria-expanded", String(wanted));
      const menu = button?.closest("details");
      if (menu) menu.open = false;
      if (wanted) {
        if (find) find.value = "";
        look("");
        (find ?? aside.querySelector("input")).focus();
      } else (menu?.querySelector("summary") ?? button)?.focus();
    }
    find?.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => look(find.value), 200);
    });
    element.addEventListener("click", (event) => {
      if (event.target.closest(".fn-close")) close();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !aside.hidden) close();
    });
    (shared.panels ??= {})[opener] = () => open(aside.hidden);
    return open;
  }

  function shelf(element, trigger, props, watch) {
    const open = panel(element, ".fn-docs", (words) => trigger("look", { words }));
    const words = () => element.querySelector(".fn-find").value;
    let version = 0;
    element.addEventListener("change", (event) => {
      const box = event.target.closest("input[data-document]");
      if (box) trigger("choose", { document: box.dataset.document, chosen: box.checked ? "yes" : "no", words: words() });
    });
    element.addEventListener("click", (event) => {
      const tool = event.target.closest("button[data-do]");
      if (tool?.dataset.do === "open") {
        shared.byKeyboard = event.detail === 0;
        mark(null);
        shared.wanted = true;
        trigger("open", { document: tool.dataset.document });
        open(false);
      }
      if (tool?.dataset.do === "remove" && sure(event, tool, "Remove for good?")) {
        trigger("remove", { document: tool.dataset.document });
      }
      if (tool?.dataset.do === "all") trigger("choose", { document: "", chosen: "no", words: words() });
    });
    const files = adding(element, () => trigger("look", { words: words() }), () => open(true));
    function update() {
      if (props.value?.html === undefined || props.value.version < version) return;
      version = props.value.version;
      files.allow(props.value);
      const listed = element.querySelector(".fn-listed");
      const name = listed.contains(document.activeElement) ? document.activeElement.dataset.document : undefined;
      show(listed, [props.value.html]);
      if (name !== undefined) listed.querySelector(`input[data-document="${CSS.escape(name)}"]`)?.focus();
    }
    watch("value", update);
    update();
  }

  // Files that are chosen or dropped anywhere on the page are sent one after the other, each with a line that says how
  // far it is. `added` is called after each, `opened` when the list is to be seen.
  function adding(element, added, opened) {
    const label = element.querySelector(".fn-drop");
    const input = element.querySelector(".fn-files");
    const lines = element.querySelector(".fn-adding");
    const told = element.querySelector(".fn-sr");
    const waiting = [];
    let [ticket, most, sending] = ["", 0, false];

    function send(file, line) {
      return new Promise((done) => {
        const request = new XMLHttpRequest();
        const began = performance.now();
        request.open("POST", `${below("upload")}?name=${encodeURIComponent(file.name)}`);
        request.setRequestHeader("X-Ticket", ticket);
        request.upload.addEventListener("progress", (event) => {
          const rate = event.loaded / 1e3 / Math.max(1, performance.now() - began);
          line.state(event.loaded < event.total ? `${Math.floor((100 * event.loaded) / event.total)} %, ${rate.toFixed(1)} MB/s` : "reading it…");
        });
        request.addEventListener("load", () => {
          let answer;
          try {
            answer = JSON.parse(request.responseText);
          } catch {
            answer = {};
          }
          const kept = answer.name?.split("/").pop();
          if (request.status === 200) line.end(kept === file.name.normalize("NFC") ? "added" : `added as ${kept}`);
          else line.fail(answer.error ?? "it could not be added; the terminal where Footnote runs says why");
          done();
        });
        request.addEventListener("error", () => {
          line.fail("the server does not answer");
          done();
        });
        request.send(file);
      });
    }
    async function work() {
      sending = true;
      while (waiting.length && ticket) {
        const [file, line] = waiting.shift();
        if (file.size > most) line.fail(`larger than ${Math.floor(most / 2 ** 20)} MB, the most that is taken here`);
        else await send(file, line);
        added();
      }
      sending = false;
    }
    function take(files) {
      for (const file of files) {
        const node = document.createElement("li");
        const state = document.createElement("span");
        const name = document.createElement("bdi");
        // What would turn or break the line is shown as a replacement character, as in markup.py.
        const called = file.name.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
        name.textContent = called;
        node.append(name, state);
        lines.append(node);
        while (lines.children.length > 20) lines.firstElementChild.remove();
        const line = {
          state: (text) => (state.textContent = text),
          end: (text) => (told.textContent = `${called}: ${(state.textContent = text)}`),
          fail: (text) => {
            line.end(text);
            node.className = "fn-alert";
          },
        };
        line.state("waiting");
        waiting.push([file, line]);
      }
      if (!sending) work();
    }
    input.addEventListener("change", () => {
      take(input.files);
      input.value = "";
    });
    const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault(); // or the browser would leave the page for the file
      label.classList.add("fn-over");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) label.classList.remove("fn-over");
    });
    document.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      label.classList.remove("fn-over");
      if (element.querySelector(".fn-aside").hidden) opened();
      take(event.dataTransfer.files);
    });
    return {
      allow: (view) => {
        [ticket, most] = [view.ticket, view.most];
        label.hidden = !most;
        if (waiting.length && !sending) work();
      },
    };
  }

  function sets(element, trigger, props, watch) {
    let [asked, latest] = [0, 0];
    panel(element, ".fn-sets-opener", () => trigger("look", { asked }));
    const input = element.querySelector(".fn-files");
    input.addEventListener("change", () => {
      const file = input.files[0];
      input.value = "";
      if (!file) return;
      const reader = new FileReader(); // its bytes: the lines that are not UTF-8 are named, not guessed at
      const told = { name: file.name, asked: (asked += 1) };
      reader.addEventListener("load", () => trigger("start", { ...told, data: reader.result.split(",")[1] ?? "" }));
      reader.readAsDataURL(file.slice(0, LARGEST_SET + 1));
    });
    element.addEventListener("click", (event) => {
      const tool = event.target.closest("button[data-do]");
      const run = tool?.closest("[data-run]")?.dataset.run;
      if (tool?.dataset.do === "stop") trigger("stop");
      if (tool?.dataset.do === "report") window.open(below(`report/${encodeURIComponent(run)}`), "_blank", "noopener");
      if (tool?.dataset.do === "remove" && sure(event, tool, "Delete for good?")) trigger("remove", { run });
    });
    function update() {
      if (props.value?.html === undefined || props.value.asked < latest) return;
      latest = props.value.asked;
      show(element.querySelector(".fn-listed"), [props.value.html]);
      const [shown, told] = [element.querySelector(".fn-running"), element.querySelector(".fn-sr")];
      const ran = shown.childElementCount > 0;
      show(shown, props.value.running);
      const runs = shown.childElementCount > 0; // how far it is changes too often to be read out
      if (runs !== ran) told.textContent = runs ? "The question set runs." : "No question set runs any more.";
    }
    watch("value", update);
    update();
  }

  function drawer(element, trigger, props, watch) {
    const open = panel(element, ".fn-menu", (words) => trigger("look", { words }));
    let [saved, version] = [0, 0];
    shared.recall = (id) => trigger("recall", { conversation: id });
    if (shared.linked) shared.recall(shared.linked);

    const of = (node) => node.closest("[data-conversation]").dataset.conversation;
    element.addEventListener("click", (event) => {
      const tool = event.target.closest("button[data-do]");
      if (!tool) return;
      if (tool.dataset.do === "remove" && !sure(event, tool, "Delete for good?")) return;
      const told = { conversation: of(tool) };
      if (tool.dataset.do === "export") trigger("export", told);
      if (tool.dataset.do === "remove") trigger("remove", told);
      if (tool.dataset.do === "recall") {
        trigger("recall", told);
        open(false);
      }
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      trigger("rename", { conversation: of(event.target), name: event.target.querySelector(".fn-revised").value });
    });

    function update() {
      const view = props.value;
      if (!view || view.html === undefined || view.version < version) return;
      version = view.version;
      show(element.querySelector(".fn-listed"), [view.html]);
      if (view.text && version !== saved) {
        saved = version;
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([view.text], { type: "text/markdown" }));
        link.download = view.name;
        link.click();
        URL.revokeObjectURL(link.href);
      }
    }
    watch("value", update);
    update();
  }

  function header(element, trigger) {
    // What this reader tries is kept by the browser; the server is told at the beginning and at each change.
    const kept = "footnote-choices";
    function chosen() {
      try {
        return JSON.parse(localStorage.getItem(kept) ?? "{}");
      } catch {
        return {};
      }
    }
    function fill() {
      const form = element.querySelector(".fn-choices");
      if (!form || form.filled) return;
      form.filled = true;
      for (const [name, value] of Object.entries(chosen())) if (form.elements[name]) form.elements[name].value = value;
    }
    function choose(values) {
      localStorage.setItem(kept, JSON.stringify(values));
      trigger("choose", values);
    }
    if (Object.values(chosen()).some(Boolean)) trigger("choose", chosen());
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      choose(Object.fromEntries(new FormData(event.target)));
      event.target.closest("details").open = false;
    });
    element.addEventListener("reset", () => setTimeout(() => choose({})));
    new MutationObserver(fill).observe(element, { childList: true, subtree: true }); // the line is made anew
    fill();
    // Whether anything has changed is asked often and answered in a word; only then is the page told what.
    // A server that was started anew knows neither the conversation that is shown nor what is tried. The one is opened
    // again as if by its link, unless another question has been asked by then.
    let [seen, lost] = ["", ""];
    const shown = () => new URLSearchParams(location.search).get("c") ?? "";
    const asking = () => Date.now() - (shared.sent ?? 0) < 5000;
    // Who is signed in no longer, because the server was started anew or the user is gone, is told so.
    function away() {
      if (document.querySelector(".fn-away")) return;
      const told = document.createElement("div");
      told.className = "fn-away fn-alert";
      told.setAttribute("role", "alert");
      told.append("You are signed out. ");
      const link = document.createElement("button");
      Object.assign(link, { type: "button", className: "fn-ask", textContent: "Sign in again" });
      link.addEventListener("click", () => location.reload());
      told.append(link);
      document.querySelector(".gradio-container").append(told);
    }
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(`${below("changes")}?c=${encodeURIComponent(shown())}`);
        if (answer.status === 401) return away();
        const now = answer.ok ? await answer.text() : seen;
        if (now !== seen) trigger("follow");
        if (seen && now.split(":")[0] !== seen.split(":")[0]) {
          lost = shared.linked = shown();
          trigger("choose", chosen());
        }
        if (lost && !asking()) {
          if (lost === shown()) shared.recall(lost);
          lost = "";
        }
        seen = now;
      } catch {
        // The server is away; it is asked again.
      }
    }, 1000);
    element.addEventListener("click", (event) => {
      if (event.target.closest(".fn-fresh")) {
        trigger("fresh");
        if (event.detail === 0 || matchMedia("(hover: hover)").matches) document.querySelector("#fn-box textarea")?.focus();
      }
      for (const opener of [".fn-menu", ".fn-docs", ".fn-sets-opener"]) {
        if (event.target.closest(opener)) shared.panels?.[opener]?.();
      }
      if (event.target.closest(".fn-leave")) location.href = below("logout");
    });
    document.addEventListener("click", (event) => {
      element.querySelectorAll(".fn-fact[open]").forEach((fact) => {
        if (!fact.contains(event.target)) fact.open = false;
      });
    });
    element.addEventListener("keydown", (event) => {
      const fact = event.target.closest(".fn-fact[open]");
      if (event.key === "Escape" && fact) {
        fact.open = false;
        fact.querySelector("summary").focus();
      }
    });
  }

  return { drawer, shelf, sets, header };
})());
