// The reference of the API: finds operations, writes the curl line of what is typed, sends it and shows the answer.
// Credentials stay in this file's variables and in their field; nothing is stored.
"use strict";
(() => {
  const root = document.querySelector("[data-reference]");
  if (!root) return;
  const find = (selector, from = root) => from.querySelector(selector);
  const all = (selector, from = root) => [...from.querySelectorAll(selector)];
  const words = root.dataset;
  const value = (field) => field.value.trim();

  // Search.
  const search = find("[data-search]");
  function filter() {
    const wanted = value(search).toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const section of all(".operations section")) {
      let shown = 0;
      for (const row of all("[data-row]", section)) {
        const text = `${row.textContent} ${row.title} ${row.pathname}`.toLowerCase();
        const fits = wanted.every((word) => text.includes(word));
        row.parentElement.hidden = !fits;
        if (fits) shown += 1;
      }
      section.hidden = !shown;
      found += shown;
    }
    const said = found === 0 ? words.none : found === 1 ? words.one : words.many.replace("2", found);
    find("[data-found]").textContent = wanted.length ? said : "";
  }
  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    all("[data-row]").find((row) => !row.parentElement.hidden)?.click();
  });

  // The request that a form describes. `blank` stands for what is not typed into a path.
  function request(form, blank) {
    const headers = {};
    const query = new URLSearchParams();
    let path = form.dataset.path;
    let body;
    for (const field of all("[data-in]", form)) {
      const { in: place, name } = field.dataset;
      if (place === "file") {
        // The browser itself names the boundary of the form's parts.
        body = new FormData();
        if (field.files[0]) body.append(name, field.files[0]);
        continue;
      }
      const typed = value(field);
      if (place === "body") body = typed || undefined;
      else if (place === "path") path = path.replace(`{${name}}`, typed ? encodeURIComponent(typed) : blank(name));
      else if (typed && place === "query") query.append(name, typed);
      else if (typed) headers[name] = typed;
    }
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    return { method: form.dataset.method, path: query.size ? `${path}?${query}` : path, headers, body };
  }

  // The same as the server writes it.
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  function curl(form) {
    const { method, path, headers, body } = request(form, (name) => `${name.toUpperCase()}_ID`);
    const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(words.base + path)}`];
    if (form.dataset.guarded === "true") parts.push('-H "Authorization: Bearer $TOKEN"');
    for (const [name, text] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${text}`)}`);
    if (typeof body === "string") parts.push(`-d ${quoted(body)}`);
    else if (body) {
      const { dataset, files } = find("[data-in=file]", form);
      parts.push(`-F ${quoted(`${dataset.name}=@${files[0]?.name ?? "FILE"}`)}`);
    }
    find("[data-curl]", form).value = parts.join(" \\\n  ");
  }

  // Credentials.
  let own = { until: 0 };
  async function ownToken() {
    if (own.until > Date.now()) return own.token;
    const headers = { "X-CSRF-Token": words.csrf, Accept: "application/json" };
    const response = await fetch("/docs/api/token", { method: "POST", headers, cache: "no-store" });
    const said = await response.json();
    if (!response.ok) throw new Error(response.status === 401 ? words.noLogin : said.detail);
    // A little before its end, so that it does not expire on the way.
    own = { token: said.access_token, until: Date.now() + (said.expires_in - 30) * 1000 };
    return own.token;
  }
  async function credential() {
    const as = find("[name=as]:checked").value;
    if (as === "login") return ownToken();
    return as === "key" ? value(find("#bearer")) : "";
  }
  const credentials = find("[data-credential]");
  const chosen = () => (find("[data-chosen]").textContent = find("[name=as]:checked").dataset.word);
  credentials.addEventListener("change", chosen);
  find("#bearer").addEventListener("input", () => {
    find("[name=as][value=key]").checked = true;
    chosen();
  });
  chosen();
  // Beside the operation there is room for them.
  credentials.open = matchMedia("(width >= 80rem)").matches;

  // Sending.
  function asked(form) {
    const ask = find("[data-ask]");
    if (!ask) return Promise.resolve(true);
    const { method, path } = request(form, (name) => `{${name}}`);
    find("[data-ask-line]", ask).textContent = `${method} ${path}`;
    ask.returnValue = "";
    ask.showModal();
    return new Promise((done) => ask.addEventListener("close", () => done(ask.returnValue === "send"), { once: true }));
  }
  const told = /^(content-type|location|etag|retry-after|www-authenticate|idempotency-replayed|ratelimit-.*|x-request-id)$/;
  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  }
  function show(result, { status, tone = "", detail = "", code, headers = [], body = "" }) {
    result.hidden = false;
    const head = find("[data-status]", result);
    head.textContent = status;
    head.dataset.tone = tone;
    find("[data-detail]", result).textContent = detail;
    const means = find("[data-means]", result);
    means.hidden = !code;
    if (code) means.href = `/docs/errors/${encodeURIComponent(code)}`;
    find("[data-headers]", result).replaceChildren(...headers.flatMap(([name, text]) => {
      const pair = [document.createElement("dt"), document.createElement("dd")];
      pair[0].textContent = name;
      pair[1].textContent = text;
      return pair;
    }));
    find("[data-body]", result).textContent = body;
  }
  async function send(form) {
    if (!(await asked(form))) return;
    const result = find("[data-result]");
    const button = find("[data-send]", form);
    button.disabled = true;
    show(result, { status: words.sending });
    try {
      const { method, path, headers, body } = request(form, () => "");
      const token = await credential();
      if (token) headers.Authorization = `Bearer ${token}`;
      const began = performance.now();
      const response = await fetch(path, { method, headers, body, credentials: "omit", cache: "no-store" });
      const kind = response.headers.get("content-type") ?? "";
      const isText = !kind || /json|^text\//.test(kind);
      const text = isText ? await response.text() : `${kind}, ${(await response.blob()).size} B`;
      const took = words.took.replace("#", Math.round(performance.now() - began));
      const isProblem = kind === "application/problem+json";
      const problem = isProblem ? JSON.parse(text) : {};
      if (problem.code === "invalid-token" || problem.code === "token-expired") own = { until: 0 };
      show(result, {
        status: `${response.status} ${response.statusText} · ${took}`,
        tone: response.ok || response.status === 304 ? "good" : "bad",
        detail: problem.detail,
        code: problem.code,
        headers: [...response.headers].filter(([name]) => told.test(name)),
        body: text ? pretty(text) : words.empty,
      });
    } catch (error) {
      show(result, { status: error instanceof TypeError ? words.failed : error.message, tone: "bad" });
    }
    button.disabled = false;
    result.scrollIntoView({ block: "nearest" });
  }
  root.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-operation]");
    if (!form) return;
    event.preventDefault();
    send(form);
  });
  root.addEventListener("input", ({ target }) => {
    const form = target.closest("[data-operation]");
    if (form) curl(form);
  });

  // Another operation was put into the page.
  function arrive() {
    const form = find("[data-operation]");
    credentials.hidden = !form;
    if (form) find("[data-send]", form).hidden = false;
    root.toggleAttribute("data-open", Boolean(form));
    for (const row of all("[data-row]")) {
      if (row.pathname === location.pathname) row.setAttribute("aria-current", "page");
      else row.removeAttribute("aria-current");
    }
  }
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const main = find("#main");
    if (ctx.target !== main) return;
    arrive();
    document.title = titleOf(main);
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:after:history:update", arrive);
  const titleOf = (main) => {
    const name = find("h1", main).textContent;
    return words.title.startsWith(name) ? words.title : `${name} · ${words.title}`;
  };
  arrive();
  if (search.value) filter();
  const list = find(".operations");
  const current = find('[aria-current="page"]', list);
  // Without moving the page itself.
  if (current) list.scrollTop = current.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
})();
