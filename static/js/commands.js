// Forms that change something: a fresh command id each, sent once, asked for first where that is wanted.
//
// The id names the intention. It stays the same while an answer is missing (no network, a failed server), so that
// sending again cannot do the thing twice; it changes after success and after a clear refusal.

import { ask, commandId, toast, words } from "./dom.js";

/** Give each command form in `root` its id. */
export function prepareCommands(root) {
  const forms = root.matches?.("form[data-command]") ? [root] : [];
  for (const form of [...forms, ...(root.querySelectorAll?.("form[data-command]") ?? [])]) {
    const input = form.elements.namedItem("command_id");
    if (input && !input.value) input.value = commandId();
  }
}

function renew(form) {
  const input = form.elements.namedItem("command_id");
  if (input) input.value = commandId();
}

function setBusy(form, submitter, busy) {
  form.toggleAttribute("data-busy", busy);
  form.setAttribute("aria-busy", String(busy));
  const button = submitter ?? form.querySelector("[type=submit]");
  button?.classList.toggle("is-busy", busy);
}

function isHtmx(form) {
  return ["hx-post", "hx-put", "hx-patch", "hx-delete", "hx-get"].some((name) => form.hasAttribute(name) || form.hasAttribute(`data-${name}`));
}

async function confirmThenSubmit(form, submitter) {
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!(await ask(question))) return;
  form.dataset.confirmed = "1";
  form.requestSubmit(submitter ?? undefined);
}

function onSubmit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
  const stop = () => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  if (form.hasAttribute("data-busy")) return stop();
  const mustAsk = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (mustAsk && !form.dataset.confirmed) {
    stop();
    confirmThenSubmit(form, event.submitter);
    return undefined;
  }
  delete form.dataset.confirmed;
  if (form.method !== "post" && !form.hasAttribute("data-command")) return undefined;
  if (!navigator.onLine) {
    toast(words.offline, "warn");
    return stop();
  }
  if (form.hasAttribute("data-command")) prepareCommands(form);
  if (!isHtmx(form)) setTimeout(() => event.defaultPrevented || setBusy(form, event.submitter, true));
  return undefined;
}

async function onLinkClick(event) {
  const link = event.target.closest?.("a[data-confirm]");
  if (!link) return;
  event.preventDefault();
  if (await ask(link.dataset.confirm)) location.assign(link.href);
}

function messageOf(request) {
  try {
    const answer = JSON.parse(request.responseText);
    return answer.message ?? answer.detail ?? answer.error?.message;
  } catch {
    return undefined;
  }
}

function explain(request) {
  const known = { 400: words.expired, 401: words.expired, 403: words.forbidden, 409: words.conflict };
  return messageOf(request) ?? known[request.status] ?? words.failed;
}

/** Whether the answer itself brings its message; then the general one would only contradict it. */
function bringsItsMessage(request) {
  return request.getResponseHeader("HX-Trigger")?.includes('"toast"') ?? false;
}

/** The form whose command a request is; none for a question that a part of a form asks for itself meanwhile. */
function formOf(event) {
  const { elt, requestConfig } = event.detail;
  if (elt instanceof HTMLFormElement) return elt;
  return requestConfig.parameters?.command_id === undefined ? null : elt.closest?.("form[data-command]");
}

function listenToHtmx() {
  const body = document.body;
  body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  });
  body.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((agreed) => agreed && event.detail.issueRequest(true));
  });
  body.addEventListener("htmx:beforeRequest", (event) => {
    const config = event.detail.requestConfig;
    if (document.hidden && !config.triggeringEvent && config.verb === "get") event.preventDefault();
    else if (formOf(event) && config.verb !== "get") setBusy(formOf(event), config.triggeringEvent?.submitter, true);
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (!form) return;
    form.querySelectorAll(".is-busy").forEach((button) => button.classList.remove("is-busy"));
    setBusy(form, event.detail.requestConfig.triggeringEvent?.submitter, false);
    const status = event.detail.xhr.status;
    if (form.hasAttribute("data-command") && status >= 200 && status < 500) renew(form);
  });
  body.addEventListener("htmx:responseError", (event) => {
    if (!bringsItsMessage(event.detail.xhr)) toast(explain(event.detail.xhr), "bad");
  });
  body.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.triggeringEvent) toast(words.offline, "warn");
  });
  body.addEventListener("htmx:load", (event) => prepareCommands(event.detail.elt));
}

/** Look after all forms of the page, those that come later as well. */
export function watchCommands() {
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("click", onLinkClick);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-busy]")) {
      setBusy(form, form.querySelector(".is-busy"), false);
      if (form.hasAttribute("data-command")) renew(form);
    }
  });
  listenToHtmx();
  prepareCommands(document);
}
