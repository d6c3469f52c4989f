// What a number cites, or a sign means: shown beside it while it is pointed at or has the focus.
(() => {
  const hint = document.createElement("div");
  hint.className = "fn-tip";
  hint.setAttribute("role", "tooltip");
  hint.hidden = true;
  const [from, text] = ["div", "div"].map((tag) => hint.appendChild(document.createElement(tag)));
  from.className = "fn-tip-from";
  text.dir = "auto";
  let [on, pinned, leaving] = [null, null, 0];

  function close() {
    hint.hidden = true;
    on = pinned = null;
  }
  function open(node) {
    clearTimeout(leaving);
    if (node === on) return;
    on = node;
    pinned = null;
    document.querySelector(".gradio-container").append(hint);
    from.textContent = node.dataset.from ?? "";
    text.textContent = node.dataset.tip;
    hint.hidden = false;
    beside(node);
  }
  function beside(node) {
    const place = node.getBoundingClientRect();
    if (place.bottom < 0 || place.top > innerHeight || !node.isConnected) return close();
    const left = Math.min(place.left, innerWidth - hint.offsetWidth - 8);
    const above = place.top - hint.offsetHeight - 6;
    hint.style.left = `${Math.max(8, left)}px`;
    hint.style.top = `${above > 8 ? above : place.bottom + 6}px`;
  }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a tap is a click
    const node = event.target.closest?.("[data-tip]");
    if (node) open(node);
    else if (on && event.target.closest?.(".fn-tip")) clearTimeout(leaving);
    else if (on && !pinned) {
      clearTimeout(leaving);
      leaving = setTimeout(close, 200); // long enough to reach the hint itself
    }
  });
  document.addEventListener("focusin", (event) => {
    const node = event.target.closest?.("[data-tip]");
    if (node?.matches(":focus-visible")) open(node);
    else close();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("scroll", () => on && beside(on), true);
  // The sign of a check keeps its reason open at a click, and closes it at the next one.
  document.addEventListener("click", (event) => {
    const sign = event.target.closest?.(".fn-check");
    if (event.target.closest?.(".fn-tip")) return;
    if (!sign || sign === pinned) return close();
    open(sign);
    pinned = sign;
  });
})();
