// What a team does with chats: keys of the bar above a conversation, and the panel at its side.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const isTyping = (el) => el?.matches?.("input, textarea, select, [contenteditable]");

  // A letter presses the button that shows it, or opens the menu.
  let going = 0;
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (isTyping(target) || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
    // The letter after "g" goes somewhere.
    const follows = Date.now() - going < 1200;
    going = key === "g" ? Date.now() : 0;
    if (follows || key.length > 1) return;
    const button = find(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
    if (button.matches("summary")) find("button, a", button.parentElement)?.focus();
  });

  // The panel belongs to the conversation that is open.
  const inbox = () => find("#inbox");
  const panel = () => find("#chat-panel [data-panel]");
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const target = ctx.target;
    if (target?.id === "chat-panel") {
      inbox()?.toggleAttribute("data-panel-open", Boolean(panel()));
      if (!ctx.sourceElement?.matches?.("[data-panel]")) find("h2", target)?.focus();
    }
    if (target?.id !== "thread-pane") return;
    const open = find("[data-thread]", target)?.dataset.thread;
    if (!panel() || panel().dataset.panel === open) return;
    if (open) htmx.ajax("GET", `/chats/${open}/panel`, { target: "#chat-panel", swap: "innerHTML" });
    else close();
  });
  function close() {
    find("#chat-panel")?.replaceChildren();
    inbox()?.removeAttribute("data-panel-open");
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-close-panel]")) return;
    event.preventDefault();
    close();
    find("[data-focus]")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.closest?.("#chat-panel")) return;
    close();
    find("[data-focus]")?.focus();
  });

  // A note that is stored leaves its field; the reader sees it at the end.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (!form?.matches?.("[data-note]")) return;
    form.reset();
    form.closest("details").open = false;
    const box = ctx.target;
    if (box) box.scrollTop = box.scrollHeight;
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".note-form[open]")) find("textarea", event.target).focus();
  }, true);

  // Quick replies: a slash and the start of a shortcut, alone in the field.
  const SHORTCUT = /^\/([\p{L}\p{N}_-]*)$/u;
  let asked = 0;
  const offer = (composer) => find(".quick-replies", composer);
  document.addEventListener("input", async ({ target }) => {
    const composer = target.closest?.("[data-composer]");
    if (!composer || !target.matches("textarea")) return;
    const typed = target.value.match(SHORTCUT), turn = ++asked;
    if (!typed) return offer(composer)?.remove();
    const { thread } = composer.closest("[data-thread]").dataset;
    const reply = await fetch(`/chats/${thread}/quick-replies?q=${encodeURIComponent(typed[1])}`, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (!reply?.ok || turn !== asked || !composer.isConnected) return;
    const box = offer(composer) || document.createElement("div");
    box.className = "quick-replies";
    box.innerHTML = await reply.text();
    if (!box.isConnected) target.before(box);
    find("[data-insert]", box)?.setAttribute("aria-selected", "true");
  });
  function insert(button) {
    const composer = button.closest("[data-composer]"), field = find("textarea", composer);
    field.value = button.dataset.insert;
    offer(composer)?.remove();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-insert]");
    if (button) insert(button);
  });
  // Before the composer sends on Enter.
  document.addEventListener("keydown", (event) => {
    const composer = event.target.closest?.("[data-composer]"), box = composer && offer(composer);
    if (!box || event.isComposing) return;
    const all = [...box.querySelectorAll("[data-insert]")], at = all.findIndex((one) => one.matches("[aria-selected]"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") box.remove();
    else if (event.key === "Enter" && all[at]) insert(all[at]);
    else if (step && all.length) {
      all[at]?.removeAttribute("aria-selected");
      const next = all[(at + step + all.length) % all.length];
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
