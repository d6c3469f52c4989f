// The filters of a report. Without it the page is complete, with every question shown.
"use strict";
(() => {
  const form = document.querySelector(".fr-filters");
  const list = document.querySelector(".fr-list");
  const questions = Array.from(list.children);
  const none = document.querySelector(".fr-none");
  const count = form.querySelector("output");
  const few = Number(list.dataset.few);
  const texts = new Map();
  let values = null;
  let shown = questions.length;
  let timer = 0;

  const field = (name) => form.elements.namedItem(name);
  const chosen = (name) => (field(name) ? field(name).value : "");
  // Which of the choices, from 0; -1 for all. Questions hold these numbers, and values in the order of the metrics.
  const place = (name) => (field(name) ? field(name).selectedIndex - 1 : -1);
  const said = (number) => `${number.toLocaleString("en")} ${number === 1 ? "question" : "questions"}`;

  function textOf(question) {
    if (!texts.has(question)) texts.set(question, question.textContent.toLowerCase());
    return texts.get(question);
  }

  // What each question has of a metric; NaN where it has none, which no comparison finds.
  function valuesOf(metric) {
    values ??= questions.map((question) => question.dataset.values.split(","));
    return values.map((each) => (each[metric] ? Number(each[metric]) : NaN));
  }

  function apply() {
    const type = place("type");
    const outcome = chosen("outcome");
    const worse = chosen("worse");
    const words = chosen("text").toLowerCase().trim();
    const limit = chosen("value") === "" ? NaN : Number(chosen("value"));
    const measured = place("metric") < 0 ? null : valuesOf(place("metric"));
    const most = chosen("side") !== "least";
    const fits = (question, at) =>
      (type < 0 || Number(question.dataset.type) === type) &&
      (!outcome || question.dataset.outcome === outcome) &&
      (!worse || "worse" in question.dataset) &&
      (!measured ||
        (Number.isNaN(limit) ? !Number.isNaN(measured[at]) : most ? measured[at] <= limit : measured[at] >= limit)) &&
      (!words || textOf(question).includes(words));
    shown = 0;
    questions.forEach((question, at) => {
      const fit = fits(question, at);
      if (question.hidden === fit) question.hidden = !fit;
      if (fit) shown += 1;
    });
    count.textContent =
      shown === questions.length ? said(shown) : `${shown.toLocaleString("en")} of ${said(questions.length)}`;
    none.hidden = shown > 0;
    list.classList.toggle("fr-few", shown <= few);
  }

  // The state in the address: names and values of the fields that are set.
  function remember() {
    const state = new URLSearchParams();
    for (const each of form.elements) {
      if (!each.name || each.type === "button" || !each.value) continue;
      if (each.name === "side" && (each.value === "most" || !chosen("metric"))) continue;
      state.set(each.name, each.value);
    }
    const address = state.size ? `#${state}` : location.pathname + location.search;
    try {
      history.replaceState(null, "", address);
    } catch {
      // A page without an address of its own, as in a frame: there is nowhere to keep it.
    }
  }

  function recall() {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return false;
    form.reset();
    for (const [name, value] of new URLSearchParams(hash)) {
      const each = field(name);
      if (each && each.type !== "button") each.value = value;
      if (each && each.tagName === "SELECT" && each.selectedIndex < 0) each.selectedIndex = 0;
    }
    apply();
    return true;
  }

  // A link to something that is folded or filtered away shows it.
  function reveal() {
    if (recall()) return;
    const target = document.getElementById(location.hash.slice(1));
    const question = target && target.closest("details");
    if (!question) return;
    if (question.hidden) {
      form.reset();
      apply();
    }
    question.open = true;
    target.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      apply();
      remember();
    }, event.target.name === "text" ? 150 : 0);
  });
  form.addEventListener("reset", () => {
    clearTimeout(timer);
    setTimeout(() => {
      apply();
      remember();
    }, 0);
  });
  for (const [name, open] of [["unfold", true], ["fold", false]]) {
    field(name).addEventListener("click", () => {
      for (const question of questions) if (!question.hidden) question.open = open;
    });
  }
  addEventListener("hashchange", reveal);
  reveal();

  // For browsers whose style sheets cannot unfold.
  let unfolded = [];
  if (!CSS.supports("selector(::details-content)")) {
    addEventListener("beforeprint", () => {
      const there = document.querySelectorAll(".fr-few > details:not([open]):not([hidden]), details:is(.fr-pair, .fr-unchanged):not([open])");
      unfolded = Array.from(there);
      for (const question of unfolded) question.open = true;
    });
    addEventListener("afterprint", () => {
      for (const question of unfolded) question.open = false;
    });
  }
})();
