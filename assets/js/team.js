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
})();
