// The composer's files: chosen, dropped, pasted or recorded, uploaded at once and sent with the words; and small things
// of a message's menu. Everything hangs on data attributes, as in app.js.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}");
  const say = (text, tone) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));

  // The hidden field says what the tray holds; without words, files are enough.
  function settle(form) {
    const tray = find("[data-tray]", form);
    if (!tray) return;
    const files = all("[data-file]", tray);
    const ready = files.map((file) => file.dataset.file).filter(Boolean);
    find("[data-files]", form).value = ready.length ? `[${ready}]` : "";
    tray.hidden = !files.length;
    find("textarea", form).required = !files.length;
    find(".send", form).disabled = ready.length < files.length;
  }
  function show(form, file, name) {
    const tray = find("[data-tray]", form), item = document.createElement("div");
    item.dataset.file = "";
    const label = document.createElement("b"), bar = document.createElement("progress"), remove = document.createElement("button");
    label.className = "clip";
    label.textContent = name;
    bar.max = 1;
    bar.setAttribute("aria-label", name);
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${tray.dataset.removes} ${name}`);
    if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      item.append(picture);
    } else if (file.type.startsWith("audio/")) {
      const sound = document.createElement("audio");
      sound.controls = true;
      sound.src = URL.createObjectURL(file);
      item.append(sound);
    }
    item.append(label, bar, remove);
    tray.append(item);
    return item;
  }
  function upload(form, file, url, name) {
    const item = show(form, file, name), request = new XMLHttpRequest(), bar = find("progress", item);
    const body = new FormData();
    body.append("file", file, name);
    item.upload = request;
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    for (const [header, value] of Object.entries(csrf())) request.setRequestHeader(header, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = total ? loaded / total : 0; });
    request.addEventListener("load", () => {
      const kept = request.response;
      if (request.status !== 201 || !kept?.id) return fail(kept?.detail || kept?.title);
      bar.remove();
      item.dataset.file = JSON.stringify({ id: kept.id, name: url.includes("as=voice") ? "" : name, waveform: kept.waveform });
      settle(form);
    });
    const fail = (why) => {
      item.remove();
      settle(form);
      say(why || find("[data-tray]", form).dataset.limit, "bad");
    };
    request.addEventListener("error", () => fail());
    request.send(body);
    settle(form);
  }
  function take(form, files) {
    const url = find("[data-attach]", form)?.dataset.attach;
    for (const file of files) if (url) upload(form, file, url, file.name || "file");
    find("textarea", form).focus();
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-attach]")) {
      const form = at("[data-composer]");
      find("details.attach", form).open = false;
      find("[data-picks]", form).click();
    }
    const gone = at("[data-remove]");
    if (gone) {
      event.preventDefault();
      gone.closest(gone.dataset.remove).remove();
      find("[data-reply]")?.focus();
    }
    const removed = at("[data-file] > button")?.parentNode;
    if (removed) {
      const form = removed.closest("form");
      removed.upload?.abort();
      removed.remove();
      settle(form);
      find("textarea", form).focus();
    }
    const menu = at("[data-closes]") && at("details.menu");
    if (menu) {
      menu.open = false;
      if (menu.matches(".row-menu")) menu.previousElementSibling.focus();
    }
    const record = at("[data-record]");
    if (record) toggleRecording(record);
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-picks]")) return;
    take(target.form, target.files);
    target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = event.target.closest?.("[data-composer]"), files = event.clipboardData?.files;
    if (!form || !files?.length) return;
    event.preventDefault();
    take(form, files);
  });
  const dropped = (event) => {
    const pane = event.dataTransfer?.types.includes("Files") && event.target.closest?.(".thread");
    return pane && find("[data-composer]", pane) && pane;
  };
  document.addEventListener("dragover", (event) => {
    const pane = dropped(event);
    if (!pane) return;
    event.preventDefault();
    pane.dataset.dropping = "";
  });
  document.addEventListener("dragleave", ({ target }) => target.closest?.(".thread")?.removeAttribute("data-dropping"));
  document.addEventListener("drop", (event) => {
    const pane = dropped(event);
    if (!pane) return;
    event.preventDefault();
    pane.removeAttribute("data-dropping");
    take(find("[data-composer]", pane), event.dataTransfer.files);
  });

  // A recording is uploaded when it ends, and can be listened to before it is sent.
  let recording = null;
  // What records AAC only has its sound decoded here: one channel of 16 kHz as WAV, 8 minutes in 16 MB.
  async function decoded(parts) {
    const sound = await new OfflineAudioContext(1, 1, 16000).decodeAudioData(await new Blob(parts).arrayBuffer());
    const wave = sound.getChannelData(0), head = new DataView(new ArrayBuffer(44)), size = wave.length * 2;
    [0x52494646, 0, 0x57415645, 0x666d7420, 0, 0, 0, 0, 0, 0x64617461].forEach((word, at) => head.setUint32(at * 4, word));
    [[4, size + 36], [16, 16], [20, 65537], [24, 16000], [28, 32000], [32, 1048578], [40, size]].forEach(([at, number]) => head.setUint32(at, number, true));
    return new Blob([head, Int16Array.from(wave, (level) => Math.max(-1, Math.min(1, level)) * 32767)], { type: "audio/wav" });
  }
  async function toggleRecording(button) {
    if (recording) return recording.stop();
    const form = button.closest("[data-composer]"), words = find("[data-tray]", form).dataset;
    const stream = await navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => null);
    const type = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"].find((type) => window.MediaRecorder?.isTypeSupported(type));
    if (!stream || !type) {
      stream?.getTracks().forEach((track) => track.stop());
      return say(words.noMicrophone, "bad");
    }
    const parts = [];
    recording = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 24000 });
    recording.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recording.addEventListener("stop", async () => {
      recording = null;
      stream.getTracks().forEach((track) => track.stop());
      button.setAttribute("aria-pressed", "false");
      const file = type === "audio/mp4" ? await decoded(parts).catch(() => null) : new Blob(parts, { type: type.split(";")[0] });
      if (!file) say(words.limit, "bad");
      else if (form.isConnected) upload(form, file, button.dataset.record, find(".sr", button).textContent);
    });
    recording.start();
    button.setAttribute("aria-pressed", "true");
    say(words.recording, "info");
  }

  // What is sent leaves the composer at once, like the words; it comes back if sending failed.
  document.addEventListener("htmx:before:request", ({ target }) => {
    if (!target.matches?.("[data-composer]")) return;
    target.sentFiles = all("[data-file]", target);
    target.sentAnswer = find(".quoting", target);
    target.sentFiles.forEach((item) => item.remove());
    const once = find("[name=once]", target);
    if (once) once.checked = false;
    target.sentAnswer?.remove();
    settle(target);
  });
  const giveBack = ({ detail: { ctx } }) => {
    const form = ctx?.sourceElement;
    if (!form?.matches?.("[data-composer]") || !form.sentFiles) return;
    find("[data-tray]", form).append(...form.sentFiles);
    if (form.sentAnswer) find(".answers", form).append(form.sentAnswer);
    form.sentFiles = null;
    settle(form);
  };
  document.addEventListener("htmx:response:error", giveBack);
  document.addEventListener("htmx:error", giveBack);
  // What was scheduled has left it.
  document.addEventListener("emptied", ({ target }) => {
    all("[data-file], .quoting", target).forEach((item) => item.remove());
    settle(target);
  });
  // Escape closes a form of the menu.
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.(".tray-form");
    if (!form) return;
    event.stopPropagation();
    find("[data-remove]", form).click();
  }, true);
  // A row's menu: by its letter, or as the pointer asks for menus.
  const openRow = (event) => {
    const menu = event.target.closest?.("[data-row]")?.nextElementSibling;
    if (!menu?.matches(".row-menu")) return;
    event.preventDefault();
    menu.open = true;
    find("summary", menu).focus();
  };
  document.addEventListener("contextmenu", openRow);
  document.addEventListener("keydown", (event) => event.key === "m" && !event.ctrlKey && !event.metaKey && !event.altKey && openRow(event));
  // The menu of a message is fetched when it is opened.
  document.addEventListener("toggle", ({ target }) => target.open && find(":scope > [data-loads]", target)?.click(), true);
  // Whoever answers writes next; a menu that came at the end of the page is brought into view.
  document.addEventListener("htmx:after:swap", () => {
    for (const sheet of all("details.menu[open] > [data-sheet]:not([data-seen])")) {
      sheet.dataset.seen = "";
      sheet.scrollIntoView({ block: "nearest" });
    }
    const answering = find(".quoting:not([data-seen])");
    if (!answering) return;
    answering.dataset.seen = "";
    find("[data-reply]")?.focus();
  });
})();
