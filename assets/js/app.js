// Small behaviours that HTML and htmx do not bring. Everything hangs on data attributes; nothing here knows a page.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}");
  const post = (url) => fetch(url, { method: "POST", headers: { "HX-Request": "true", ...csrf() }, keepalive: true }).catch(() => {});
  const isTyping = (el) => el?.matches?.("input, textarea, select, [contenteditable]");

  // Toasts.
  function toast(text, tone = "plain") {
    const node = find("#toast-template").content.firstElementChild.cloneNode(true);
    node.dataset.tone = tone;
    find("p", node).textContent = text;
    find("#toasts").append(node);
  }
  function expireToasts() {
    for (const node of all("#toasts > .toast:not([data-timed])")) {
      node.dataset.timed = "";
      setTimeout(() => node.remove(), node.dataset.tone === "bad" ? 12000 : 6000);
    }
  }
  // The tab says how many chats wait, wherever the reader is; so does the icon of an installed page.
  let badge = 0;
  function countInTitle() {
    const unread = find("#nav-unread"), icon = find('link[rel="icon"]');
    if (!unread) return;
    const count = unread.textContent.trim(), bare = document.title.replace(/^\(\d+\) /, "");
    const title = count ? `(${count}) ${bare}` : bare;
    if (document.title !== title) document.title = title;
    icon.dataset.plain ??= icon.getAttribute("href");
    const picture = (count && icon.dataset.unread) || icon.dataset.plain;
    if (icon.getAttribute("href") !== picture) icon.setAttribute("href", picture);
    if (badge === +count) return;
    badge = +count;
    navigator.setAppBadge?.(badge).catch(() => {});
  }
  new MutationObserver(() => { expireToasts(); countInTitle(); })
    .observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500) toast(document.body.dataset.failed, "bad");
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    // A lost stream has a sign of its own; a request that the reader took back is no error.
    if (detail.ctx && detail.ctx.sourceElement?.id !== "live") toast(document.body.dataset.offline, "bad");
  });

  // Another page or conversation is on its way; the line that says so waits for a moment itself.
  const coming = new Set();
  const showComing = () => document.documentElement.toggleAttribute("data-loading", coming.size > 0);
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.target === document.body || ctx.target?.id === "thread-pane") coming.add(ctx);
    showComing();
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    coming.delete(ctx);
    showComing();
  });

  // A form that loads another page; its answer may be a file, so the line goes by itself.
  const stayed = () => document.documentElement.removeAttribute("data-loading");
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches('[hx-boost="false"]')) return;
    document.documentElement.setAttribute("data-loading", "");
    setTimeout(stayed, 15000);
  });
  addEventListener("pageshow", stayed);

  // Live updates.
  let lostTimer;
  function live(state) {
    const sign = find("#live-status");
    if (!sign) return;
    clearTimeout(lostTimer);
    if (state === "lost") lostTimer = setTimeout(() => (sign.dataset.state = "lost"), 1500);
    else if (sign.dataset.state === "lost") {
      sign.dataset.state = "back";
      lostTimer = setTimeout(() => (sign.dataset.state = ""), 3000);
    }
  }
  // 401: the login has ended meanwhile, and the page leads to the log-in page when it is loaded again.
  document.addEventListener("htmx:sse:error", ({ detail }) => (detail.status === 401 ? location.reload() : live("lost")));
  document.addEventListener("htmx:sse:after:connection", () => live("up"));
  // Too much was missed to be told one by one.
  document.addEventListener("stale", () => location.reload());
  let focused;
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    focused = document.activeElement?.id;
    const streamed = ctx?.sourceElement?.id === "live";
    for (const task of tasks) {
      const style = task.swapSpec?.style;
      // What was drawn with the page, or came as a reply, is not inserted a second time by the stream.
      if (style === "beforeend") {
        for (const node of [...task.fragment.children]) {
          const there = node.id && document.getElementById(node.id);
          if (!there) continue;
          // The stream knows a message at least as well as a reply that was on its way meanwhile.
          if (node.matches(".message") && streamed) there.replaceWith(node);
          else node.remove();
          if (node.isConnected) htmx.process(node);
        }
      }
      // Who reads a long message goes on reading.
      if (style === "outerMorph" && task.target?.dataset?.whole !== undefined) {
        find(".message", task.fragment)?.setAttribute("data-whole", "");
      }
      // Which message stands before it is known to the page only.
      if (style === "outerMorph" && task.target?.dataset?.joined !== undefined) {
        find(".message", task.fragment)?.setAttribute("data-joined", "");
      }
      // Nothing is redrawn under an open menu or dialog.
      if (style === "outerMorph" && task.target?.querySelector?.("dialog[open], details[open]")) task.target = null;
    }
  });

  // Notices of messages, as this person chose in this browser.
  const choice = (what) => `notice-${what}:${find("#live")?.dataset.person}`;
  const wants = (what) => { try { return localStorage.getItem(choice(what)) === "on"; } catch { return false; } };
  // A stream rests while its tab is hidden, unless somebody wants to hear of messages there.
  const listen = () => (htmx.config.sse = { ...htmx.config.sse, pauseOnBackground: !wants("show") && !wants("sound") });
  listen();
  let audio, chosenAt = 0;
  function chime() {
    audio ??= new AudioContext();
    audio.resume();
    for (const [pitch, after] of [[880, 0], [1318.5, 0.12]]) {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + after;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.12, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.4);
    }
  }
  function notify(notice, isHere) {
    if (wants("sound")) chime();
    if (isHere || !wants("show") || window.Notification?.permission !== "granted") return;
    const shown = new Notification(notice.title, { body: notice.text, tag: notice.chat, icon: find('link[rel="icon"]').dataset.plain });
    shown.onclick = () => { window.focus(); location.href = `/chats/${notice.chat}`; shown.close(); };
  }
  document.addEventListener("notice", async ({ detail }) => {
    const notice = JSON.parse(detail.data), isHere = document.hasFocus();
    // A stream that was interrupted tells what came meanwhile, and a new one what came before somebody wanted to know.
    if (Date.now() - notice.at > 60000 || notice.at < chosenAt || !(wants("show") || wants("sound"))) return;
    const isRead = isHere && find("[data-thread]")?.dataset.thread === notice.chat;
    // One of several tabs tells it; the one that the reader looks at decides.
    if (!isHere) await new Promise((resolve) => setTimeout(resolve, 300));
    const tell = () => isRead || notify(notice, isHere);
    if (!navigator.locks) return tell();
    navigator.locks.request(`notice-${notice.id}`, { ifAvailable: true }, (lock) => lock && (tell(), new Promise((resolve) => setTimeout(resolve, 2000))));
  });
  function showNotices() {
    const box = find("[data-notices]");
    if (!box) return;
    box.hidden = false;
    const permission = window.Notification?.permission ?? "denied";
    for (const input of all("[data-notice]", box)) {
      const isShow = input.dataset.notice === "show";
      input.checked = wants(input.dataset.notice) && !(isShow && permission !== "granted");
      input.disabled = isShow && permission === "denied";
    }
    find("[data-notices-blocked]", box).hidden = permission !== "denied";
  }
  document.addEventListener("change", async ({ target }) => {
    const what = target.dataset?.notice;
    if (!what) return;
    // The browser asks the person only now.
    if (what === "show" && target.checked) await Notification.requestPermission();
    localStorage.setItem(choice(what), target.checked ? "on" : "off");
    listen();
    chosenAt = Date.now();
    const stream = find("#live"), again = stream.cloneNode();
    stream.replaceWith(again);
    htmx.process(again);
    if (what === "sound" && target.checked) chime();
    showNotices();
  });

  // Focus. A row that a list moves while it is redrawn keeps it.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    const target = ctx.target;
    if (ctx.sourceElement?.id === "live" || !target?.isConnected) return refresh();
    const invalid = find('[aria-invalid="true"]', target);
    if (invalid) invalid.focus();
    else if (target === document.body) (find("[autofocus]") || find("#main"))?.focus();
    else if (target.id === "thread-pane") {
      find("#inbox")?.setAttribute("data-open", "");
      // A phone would open its keyboard over the messages.
      (!matchMedia("(pointer: coarse)").matches && find("[data-reply]", target) || find("[data-focus]", target))?.focus();
    }
    refresh();
  });
  function markCurrent() {
    for (const row of all("[data-row]")) {
      if (row.getAttribute("href") === location.pathname + location.search) row.setAttribute("aria-current", "page");
      else row.removeAttribute("aria-current");
    }
  }
  document.addEventListener("htmx:after:history:update", markCurrent);

  // Messages: stay at the end, count what arrives below, keep the place when older ones come above.
  function watchMessages(box) {
    if (box.dataset.watched) return;
    box.dataset.watched = "1";
    const thread = box.closest("[data-thread]");
    const button = thread && find("[data-to-end]", thread);
    let fresh = 0, atEnd = true, fromEnd = 0;
    const measure = () => {
      fromEnd = box.scrollHeight - box.scrollTop;
      atEnd = fromEnd - box.clientHeight < 80;
      if (atEnd && fresh) { fresh = 0; read(); }
      if (!button) return;
      button.toggleAttribute("data-show", !atEnd);
      find(".count", button).textContent = fresh || "";
    };
    const toEnd = () => { box.scrollTop = box.scrollHeight; measure(); };
    const read = () => { if (thread && !thread.matches("[data-guest]") && !document.hidden) post(`/chats/${thread.dataset.thread}/read`); };
    const line = find("[data-new-line]", box);
    const mark = find("[data-found]", box) || line;
    if (mark) { mark.scrollIntoView({ block: "center" }); measure(); } else toEnd();
    if (line) read();
    box.addEventListener("scroll", measure, { passive: true });
    button?.addEventListener("click", toEnd);
    new ResizeObserver(() => atEnd && toEnd()).observe(box);
    new MutationObserver((changes) => {
      const nodes = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.(".message, .album, .system"));
      if (!nodes.length) return;
      const atBottom = nodes.includes(box.lastElementChild);
      const added = nodes.flatMap((node) => node.matches(".album") ? [...node.children] : [node]).filter((node) => node.matches(".message"));
      if (!atBottom) { box.scrollTop = box.scrollHeight - fromEnd; return measure(); }
      nodes.forEach(join);
      const theirs = added.filter((node) => node.dataset.from === "them");
      if (atEnd || theirs.length < added.length) toEnd();
      else { fresh += theirs.length; measure(); }
      if (!theirs.length) return;
      if (atEnd) read();
      if (thread) find("[data-typing]", thread)?.removeAttribute("data-typing");
    }).observe(box, { childList: true });
  }
  // Grouping needs the message before, which a pushed one does not know.
  function join(node) {
    const message = node.matches(".album") ? node.firstElementChild : node;
    let before = node.previousElementSibling;
    if (before?.matches(".album")) {
      const last = before.lastElementChild;
      if (node.dataset.album === before.dataset.album && last.dataset.by === message.dataset.by) {
        // Another picture of the same album.
        before.append(...node.children);
        return node.remove();
      }
      before = last;
    }
    const gap = new Date(message.dataset.at) - new Date(before?.dataset.at);
    if (before?.matches(".message") && before.dataset.by === message.dataset.by && gap < 300000) message.dataset.joined = "";
  }

  // Composer.
  let lastTyping = 0;
  document.addEventListener("input", (event) => {
    const composer = event.target.closest?.("[data-composer]");
    if (!composer) return;
    if (!CSS.supports("field-sizing", "content")) {
      event.target.style.height = "auto";
      event.target.style.height = `${event.target.scrollHeight + 2}px`;
    }
    // WhatsApp shows "typing" for some seconds by itself.
    if (composer.dataset.tellsTyping && Date.now() - lastTyping > 4000) {
      lastTyping = Date.now();
      post(composer.dataset.tellsTyping);
    }
  });
  document.addEventListener("htmx:before:request", ({ target }) => {
    // The text leaves the field at once, so that the next one can be written; it comes back if sending it failed.
    const field = target.matches?.("[data-composer]") && find("textarea", target);
    if (!field) return;
    target.sentText = field.value;
    field.value = "";
    field.style.height = "";
    lastTyping = 0;
  });
  const giveBack = ({ detail: { ctx } }) => {
    const form = ctx?.sourceElement;
    const field = form?.matches?.("[data-composer]") && find("textarea", form);
    if (field && !field.value && form.sentText) field.value = form.sentText;
  };
  document.addEventListener("htmx:response:error", giveBack);
  document.addEventListener("htmx:error", giveBack);

  // Keyboard.
  let going = 0;
  function move(step) {
    const rows = all("[data-row]");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row === document.activeElement);
    const from = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
    rows[Math.max(0, Math.min(rows.length - 1, from + step))].focus();
  }
  const keys = {
    "?": () => find("#keys")?.showModal(),
    "/": () => find("[data-search]")?.select(),
    j: () => move(1),
    k: () => move(-1),
    r: () => find("[data-reply]")?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && target.matches?.("[data-reply]")) {
      event.preventDefault();
      if (target.value.trim() || find("[data-files]", target.form)?.value) target.form.requestSubmit();
      return;
    }
    const menu = event.key === "Escape" && find("details.menu[open]");
    if (menu) {
      menu.open = false;
      find("summary", menu).focus();
      return;
    }
    if (event.key === "Escape" && isTyping(target)) {
      if (target.matches("[data-search]") && target.value) {
        event.preventDefault();
        target.value = "";
        target.dispatchEvent(new Event("input", { bubbles: true }));
        return;
      }
      target.blur();
      markCurrent();
      find('[data-row][aria-current="page"]')?.focus();
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && !event.isComposing && (target.matches("#search, #chat-list [data-row]"))) {
      event.preventDefault();
      move(steps[event.key]);
      return;
    }
    const search = event.key === "Escape" && target.matches("#chat-list[data-results] [data-row]") && find("#search");
    if (search) {
      search.focus();
      search.value = "";
      search.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    if (isTyping(target) || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
    if (going && event.timeStamp - going < 1200) {
      going = 0;
      const entry = find(`[data-go="${CSS.escape(event.key)}"]`);
      if (entry) { event.preventDefault(); entry.click(); }
    } else if (event.key === "g") going = event.timeStamp;
    else if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  // Menus, dialogs, confirmation by typing a name.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    for (const menu of all("details.menu[open]")) if (opener || !menu.contains(event.target)) menu.open = false;
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
    if (event.target.matches("dialog")) event.target.close();
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
    const more = event.target.closest("[data-more]");
    if (more && !more.matches("[data-fetches]")) more.closest(".message").dataset.whole = "";
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const field = find("input", reveal.parentElement), shown = field.type === "text";
      field.type = shown ? "password" : "text";
      reveal.setAttribute("aria-pressed", !shown);
    }
  });
  // Over plain http there is no clipboard, but the older command; without either the text is selected at least.
  async function copyText(button) {
    const { dataset } = button;
    const source = find(dataset.copy);
    source.focus();
    source.select?.();
    const text = source.value ?? source.textContent;
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (copied || document.execCommand("copy")) {
      button.focus();
      toast(dataset.copied, "good");
    } else if (dataset.byHand) toast(dataset.byHand, "info");
  }
  document.addEventListener("input", ({ target }) => {
    const wanted = target.dataset.mustEqual;
    if (wanted !== undefined) target.setCustomValidity(target.value.trim() === wanted ? "" : document.body.dataset.exactly.replace("#", () => wanted));
  });

  // Countdown rings and ages.
  function startRing(ring) {
    if (ring.dataset.running === ring.dataset.expires) return;
    ring.dataset.running = ring.dataset.expires;
    const left = () => Math.max(0, ring.dataset.expires - Date.now());
    const used = 100 - Math.min(100, (100 * left()) / Math.max(1, ring.dataset.valid));
    const circle = find(".left", ring);
    circle.getAnimations().forEach((animation) => animation.cancel());
    circle.animate({ strokeDashoffset: [used, 100] }, { duration: left(), fill: "forwards" });
    const show = () => {
      if (!ring.isConnected || ring.dataset.running !== ring.dataset.expires) return;
      find("output", ring).textContent = `${Math.ceil(left() / 1000)} s`;
      if (left()) setTimeout(show, 500);
    };
    show();
  }
  function tellAges() {
    const words = document.body.dataset;
    for (const time of all("time[data-age]")) {
      const minutes = Math.floor((Date.now() - new Date(time.dateTime)) / 60000);
      const text = minutes < 1 ? words.now : minutes < 60 ? words.minutes : minutes < 1440 ? words.hours : null;
      if (text) time.textContent = text.replace("#", minutes < 60 ? minutes : Math.floor(minutes / 60));
    }
  }
  setInterval(tellAges, 20000);

  // Who stops without saying so is taken to have stopped.
  function tireOfTyping(line) {
    if (line.dataset.waits) return;
    line.dataset.waits = "1";
    setTimeout(() => line.removeAttribute("data-typing"), 25000);
  }

  // A browser drops a cookie that is for https when the page came by plain http; on this machine it keeps it.
  function warnOfPlainHttp() {
    const sign = find("[data-needs-https]");
    if (!sign || window.isSecureContext) return;
    const link = find("a", sign);
    link.href = new URL(location.pathname + location.search, link.href).href;
    sign.hidden = false;
  }

  // The server marks in the results what was found; the same words are marked in the message that is opened.
  function markFound() {
    if (!window.Highlight) return;
    const ranges = [];
    for (const message of all(".message[data-found]")) {
      const row = document.getElementById(message.id.replace("message", "row"));
      const words = new Set(row ? all(".preview mark", row).map((mark) => mark.textContent) : []);
      const texts = document.createTreeWalker(find(".bubble", message) || message, NodeFilter.SHOW_TEXT);
      while (words.size && texts.nextNode()) {
        const node = texts.currentNode;
        for (const word of words) {
          for (let at = node.data.indexOf(word); at >= 0; at = node.data.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  // Clearing the search brings the list back to where it was scrolled.
  let scrolled = null;
  document.addEventListener("input", (event) => {
    const list = find("#chat-list");
    if (event.target.matches("#search") && list && scrolled === null && !list.hasAttribute("data-results")) scrolled = list.scrollTop;
  });
  function scrollBack() {
    const list = find("#chat-list:not([data-results])");
    if (scrolled === null || !list || find("#search")?.value) return;
    list.scrollTop = scrolled;
    scrolled = null;
  }

  // A list of hundreds is built when somebody opens it; until then it holds what is chosen, or what the browser knows.
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isHere = (option) => [option.value, ...(option.dataset.also || "").split(" ")].includes(here);
  function fillLater(holder) {
    const page = new DOMParser().parseFromString(holder.textContent, "text/html");
    const whole = find("select", holder) || find("select", page);
    const options = [...whole.options];
    const guess = whole.matches("[data-guess]") && options.find(isHere);
    const chosen = guess || whole.selectedOptions[0] || options[0];
    const select = whole.cloneNode(false);
    select.append(chosen.cloneNode(true));
    select.value = chosen.value;
    const fill = () => {
      const { value } = select;
      select.replaceChildren(...options);
      select.value = value;
    };
    for (const opens of ["focus", "pointerdown"]) select.addEventListener(opens, () => options.length > select.length && fill());
    holder.replaceWith(select);
    if (guess) guessCountry(guess.dataset.country);
  }
  function guessCountry(ofZone) {
    const country = find("select[data-country]");
    if (!country || country.value) return;
    const guesses = [ofZone, ...navigator.languages.map((tag) => new Intl.Locale(tag).region)];
    const known = guesses.find((code) => code && find(`option[value="${code}"]`, country));
    if (known) country.value = known;
  }

  function refresh() {
    all("[data-lazy] > noscript").forEach(fillLater);
    countInTitle();
    showNotices();
    markFound();
    scrollBack();
    warnOfPlainHttp();
    all("[data-messages]").forEach(watchMessages);
    all(".ring[data-expires]").forEach(startRing);
    all("[data-typing]").forEach(tireOfTyping);
    all("[data-copy-now]").forEach((button) => { button.removeAttribute("data-copy-now"); copyText(button); });
    markCurrent();
    // A row of tabs that is wider than the phone begins at the one that is open.
    const tab = find(".subnav [aria-current]");
    if (tab?.parentElement.scrollWidth > tab?.parentElement.clientWidth) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
    // So that a list that refreshes itself keeps the rows which scrolling has added.
    const rows = find("#rows");
    if (rows) rows.value = all("#chat-list > .row-box").length;
  }
  // Where nobody is asked, the zone is sent along.
  const zone = find("input[data-zone]");
  if (zone) zone.value = here;
  expireToasts();
  refresh();
})();
