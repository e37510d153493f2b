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
    const follows = going && event.timeStamp - going < 1200;
    going = key === "g" ? event.timeStamp : 0;
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

  // Quick replies: a slash and the start of a shortcut, alone in the field. Mentions, in a group: the start of a name.
  const SHORTCUT = /^\/([\p{L}\p{N}_-]*)$/u, NAME = /(?<![\p{L}\p{N}])@((?:[^@\n]{0,29}[^@\s])?)$/u;
  let asked = 0;
  const offer = (composer) => find(".quick-replies", composer);
  document.addEventListener("input", async ({ target }) => {
    const composer = target.closest?.("[data-thread] [data-composer]");
    if (!composer || !target.matches("textarea")) return;
    const shortcut = target.value.match(SHORTCUT), turn = ++asked;
    const typed = shortcut || (composer.matches("[data-group]") && target.value.slice(0, target.selectionStart).match(NAME));
    if (!typed) return offer(composer)?.remove();
    const { thread } = composer.closest("[data-thread]").dataset;
    const reply = await fetch(`/chats/${thread}/${shortcut ? "quick-replies" : "mentions"}?q=${encodeURIComponent(typed[1])}`, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (!reply?.ok || turn !== asked || !composer.isConnected) return;
    const box = offer(composer) || document.createElement("div");
    box.className = "quick-replies";
    box.innerHTML = await reply.text();
    if (!box.innerHTML) return box.remove();
    if (!box.isConnected) target.before(box);
    find("[data-insert]", box)?.setAttribute("aria-selected", "true");
  });
  function insert(button) {
    const composer = button.closest("[data-composer]"), field = find("textarea", composer);
    const end = field.selectionStart, start = button.matches("[data-mention]") ? field.value.lastIndexOf("@", end - 1) : -1;
    if (start < 0) field.value = button.dataset.insert;
    else field.setRangeText(button.dataset.insert, start, end, "end");
    offer(composer)?.remove();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-insert]");
    if (button) insert(button);
  });
  // What was just sent comes back beside what was begun meanwhile. The bubble may be gone before the answer is here, so it does not ask itself.
  document.addEventListener("click", ({ target }) => {
    const undo = target.closest?.("[data-undo]"), form = undo && find("[data-composer]");
    if (!form) return;
    undo.disabled = true;
    htmx.ajax("POST", undo.dataset.undo, { target: form, swap: "none", values: Object.fromEntries(new FormData(form)) });
  });
  // Undo in an empty field takes back what was just sent.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.value || !event.target.matches?.(FIELD)) return;
    const undo = [...document.querySelectorAll("[data-undo]")].pop();
    if (!undo) return;
    event.preventDefault();
    undo.click();
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

  // What is being written is kept on the server, so that it is there when the reader comes back, on any device.
  const drafts = new WeakMap(), FIELD = "[data-thread] [data-composer] textarea";
  function keep(field, body) {
    const { thread } = field.closest("[data-thread]").dataset;
    const text = new URLSearchParams({ text: body });
    const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}") };
    return fetch(`/chats/${thread}/draft`, { method: "POST", headers, body: text, keepalive: body.length < 30000 }).catch(() => {});
  }
  function state(field) {
    if (!drafts.has(field)) drafts.set(field, { saved: field.defaultValue, timer: 0, running: null });
    return drafts.get(field);
  }
  async function save(field) {
    const draft = state(field);
    clearTimeout(draft.timer);
    draft.timer = 0;
    if (draft.running || field.value === draft.saved) return;
    const { value } = field, shows = Boolean(draft.saved) !== Boolean(value.trim());
    draft.saved = value;
    draft.running = keep(field, value);
    await draft.running;
    draft.running = null;
    if (shows) document.body.dispatchEvent(new CustomEvent("chats-changed"));
    // What was sent meanwhile is no draft any more, and what was typed meanwhile is one.
    if (field.value !== draft.saved) save(field);
  }
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(FIELD)) return;
    const draft = state(target);
    clearTimeout(draft.timer);
    draft.timer = setTimeout(save, 700, target);
  });
  // Whoever leaves the field, the conversation or the page.
  const leave = ({ target }) => { if (target.matches?.(FIELD) && state(target).timer) save(target); };
  document.addEventListener("focusout", leave);
  window.addEventListener("pagehide", () => { const field = find(FIELD); if (field) leave({ target: field }); });
  document.addEventListener("htmx:before:request", ({ target }) => {
    const field = target.matches?.("[data-thread] [data-composer]") && find("textarea", target);
    if (!field) return;
    // The send clears the draft by itself, unless one is on its way.
    const draft = state(field);
    clearTimeout(draft.timer);
    draft.timer = 0;
    if (!draft.running) draft.saved = "";
  });

  // Somebody else answers: the sign goes by itself.
  new MutationObserver(() => {
    for (const sign of document.querySelectorAll("[data-answering]:not([data-waits])")) {
      sign.dataset.waits = "";
      setTimeout(() => sign.removeAttribute("data-answering"), 8000);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Enter in the time of a later message is for that time; the form's own button sends now.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".schedule-menu input")) return;
    event.preventDefault();
    find("[data-schedules]", event.target.parentElement).click();
  });

  // A new chat: the field is what its dialog is opened for, and a refusal is seen.
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-dialog=new-chat]")) find("#new-chat-to")?.focus();
  });
  document.addEventListener("htmx:after:swap", () => {
    const wrong = find("#new-chat-form [aria-invalid]");
    if (!wrong) return;
    wrong.closest("dialog:not([open])")?.showModal();
    wrong.focus();
  });

  // What was scheduled leaves the composer, and its draft with it.
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const button = ctx.sourceElement;
    if (!button?.matches?.("[data-schedules]") || !ctx.response?.raw?.ok) return;
    const composer = button.closest("[data-composer]"), field = find("textarea", composer);
    button.closest("details").open = false;
    const draft = state(field);
    clearTimeout(draft.timer);
    draft.timer = 0;
    field.value = "";
    draft.saved = "";
    composer.dispatchEvent(new Event("emptied", { bubbles: true }));
    field.focus();
  });
})();
