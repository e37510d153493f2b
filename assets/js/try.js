// The reference of the API: sends what a form describes and shows the answer. The credential stays in its field.
"use strict";
(() => {
  const root = document.querySelector("[data-try]");
  if (!root) return;
  const value = (field) => field.value.trim();

  function request(form) {
    const headers = {};
    const query = new URLSearchParams();
    let path = form.dataset.path;
    let body;
    for (const field of form.querySelectorAll("[data-in]")) {
      const { in: place, name } = field.dataset;
      if (place === "body") body = value(field) || undefined;
      else if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value(field)));
      else if (value(field) && place === "query") query.append(name, value(field));
      else if (value(field) && place === "header") headers[name] = value(field);
    }
    const bearer = value(root.querySelector("#bearer"));
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const search = query.size ? `?${query}` : "";
    return [path + search, { method: form.dataset.method, headers, body, credentials: "omit", cache: "no-store" }];
  }

  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  }

  async function send(form) {
    const result = form.querySelector("[data-result]");
    const show = (name, text) => (result.querySelector(`[data-${name}]`).textContent = text);
    const button = form.querySelector("[type=submit]");
    result.hidden = false;
    show("status", root.dataset.tryWorking);
    show("headers", "");
    show("body", "");
    button.disabled = true;
    try {
      const response = await fetch(...request(form));
      const text = await response.text();
      show("status", `${response.status} ${response.statusText}`);
      show("headers", [...response.headers].map(([name, text]) => `${name}: ${text}`).join("\n"));
      show("body", text ? pretty(text) : root.dataset.tryEmpty);
    } catch {
      show("status", root.dataset.tryFailed);
    }
    button.disabled = false;
  }

  root.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-operation]");
    if (!form) return;
    event.preventDefault();
    send(form);
  });
  // An address with an operation's name opens it.
  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches("details")) named.open = true;
})();
