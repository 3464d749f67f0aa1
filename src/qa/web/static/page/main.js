// The page: a conversation with the documents.

import { answerElement, spoken } from "./answers.js";
import * as api from "./api.js";
import { DocumentPanel } from "./document_panel.js";
import { History } from "./history.js";
import { Options } from "./options.js";
import { counted, element, oneLine } from "./text.js";

const STATUS_SECONDS = 2;
const byId = (id) => document.getElementById(id);
const question = byId("question");
const conversation = byId("conversation");

/** `id` of the conversation (null before its first question), `asking` what is worked on, `whenReady` what waits for an index. */
const current = { id: null, asking: null, correcting: false, opening: 0, whenReady: null };

const announce = (text) => {
  byId("status").textContent = "";
  // An equal text twice would not be read again.
  requestAnimationFrame(() => (byId("status").textContent = oneLine(text)));
};
const failed = (error) => (error.code === "unauthorized" ? askForToken(error) : notice(error));
const panel = new DocumentPanel({ announce, failed: (error) => error.code === "unauthorized" && askForToken(error) });
const options = new Options({ changed: othersChosen });
const past = new History({ deleted: (id) => (id === current.id ? begin() : past.load(current.id)), failed, announce });

// Asking

async function ask(text, { standalone, fromRetry = null } = {}) {
  const aborter = new AbortController();
  const asking = { aborter, text };
  current.asking = asking;
  byId("welcome").hidden = true;
  byId("send").textContent = "Stop";
  const stage = element("p", { class: "stage" }, "Asking…");
  const exchange = exchangeElement(text, stage);
  fromRetry?.remove();
  conversation.append(exchange);
  exchange.scrollIntoView({ block: "start" });
  announce("Looking for an answer.");
  const tell = (name, passages) => (stage.textContent = stageWords(name, passages));
  try {
    if (current.id === null) await beginOne(aborter.signal);
    const turn = { question: text, ...options.members, ...(standalone ? { standalone } : {}) };
    const answer = await api.takeTurn(current.id, turn, aborter.signal, tell);
    show(exchange, answer);
    exchange.scrollIntoView({ block: "start" });
    announce(spoken(answer));
    past.load(current.id);
  } catch (error) {
    if (error.name === "AbortError") stop(exchange, asking);
    else {
      stage.replaceWith(problemElement(error, exchange, text, standalone));
      announce(`${error.message} ${error.hint}`);
      if (error.code === "unauthorized") askForToken(error, () => ask(text, { standalone, fromRetry: exchange }));
    }
  } finally {
    if (current.asking === asking) {
      current.asking = null;
      byId("send").textContent = "Ask";
    }
  }
}

async function beginOne(signal) {
  const made = await api.begin(options.collections, signal);
  current.id = made.id;
  history.replaceState(null, "", `#${encodeURIComponent(made.id)}`);
}

function stop(exchange, asking) {
  exchange.remove();
  if (current.asking !== asking) return;
  byId("welcome").hidden = conversation.childElementCount > 0;
  if (!question.value) question.value = asking.text;
  announce("Stopped.");
}

function stageWords(name, passages) {
  if (name === "wait") return "Waiting for its turn…";
  if (name === "retrieve") return "Looking through the documents…";
  return name === "read" ? `Reading ${counted(passages, "passage")}…` : "Working…";
}

function exchangeElement(text, ...children) {
  return element("article", { class: "exchange", "aria-label": `Question: ${oneLine(text)}` }, element("h2", {}, oneLine(text)), ...children);
}

function show(exchange, answer) {
  const children = [answerElement(answer, { open: (...place) => panel.open(...place), announce })];
  if (answer.standalone_question !== answer.question) children.unshift(understood(answer));
  exchange.replaceChildren(exchange.firstElementChild, ...children);
}

function understood({ standalone_question: alone }) {
  const button = element("button", { type: "button", class: "quiet", title: "Put it into the question line to correct it" }, "Correct");
  button.addEventListener("click", () => {
    question.value = alone;
    correct(true);
    question.focus();
  });
  return element("p", { class: "understood" }, `Understood as: ${oneLine(alone)} `, button);
}

/** What is typed next is asked as it is, and not understood as a follow-up. */
function correct(correcting) {
  current.correcting = correcting;
  byId("correcting").hidden = !correcting;
}

function submit() {
  if (current.asking) return;
  const text = question.value.trim();
  if (!text) {
    announce("Type a question first.");
    return question.focus();
  }
  const standalone = current.correcting ? text : undefined;
  question.value = "";
  correct(false);
  ask(text, { standalone });
}

// Problems

function problemElement(error, exchange, text, standalone) {
  const made = element("div", { class: "problem" }, element("p", {}, error.message ?? String(error)));
  if (error.hint) made.append(element("p", { class: "muted" }, error.hint));
  const again = () => !current.asking && ask(text, { standalone, fromRetry: exchange });
  if (error.code === "indexing") {
    current.whenReady = again;
    look().catch(() => {});
  }
  if (error.canRetry) made.append(element("button", { type: "button", onclick: again }, "Try again"));
  // A collection was taken away: what is left is offered, and a conversation over it cannot go on.
  if (error.code === "collection-unknown") look().catch(() => {});
  if (["conversation-unknown", "collection-unknown"].includes(error.code)) made.append(element("button", { type: "button", onclick: () => (begin(), again()) }, "Ask it in a new one"));
  return made;
}

function notice(error) {
  const made = element("div", { class: "notice", role: "alert" }, element("p", {}, error.message));
  if (error.hint) made.append(element("p", { class: "muted" }, error.hint));
  const again = error.canRetry || error.code === "unauthorized";
  made.append(element("button", { type: "button", onclick: () => (made.remove(), again && start()) }, again ? "Try again" : "Close"));
  byId("notices").replaceChildren(made);
}

let afterToken = start;

function askForToken(error, then = start) {
  afterToken = then;
  byId("token-problem").textContent = api.token() ? oneLine(error.message) : "";
  if (!byId("token-dialog").open) byId("token-dialog").showModal();
}

function useToken() {
  const given = byId("token").value.trim();
  byId("token").value = "";
  if (!/^[\x21-\x7e]+$/.test(given)) return;
  api.keepToken(given);
  if (afterToken !== start) start();
  afterToken();
}

// Conversations

function begin() {
  leave();
  current.id = null;
  conversation.replaceChildren();
  byId("welcome").hidden = false;
  history.replaceState(null, "", location.pathname);
  past.load(null);
  question.focus();
}

function leave() {
  current.asking?.aborter.abort();
  current.asking = null;
  current.opening += 1;
  current.whenReady = null;
  byId("send").textContent = "Ask";
  byId("notices").replaceChildren();
  if (panel.isOpen) panel.close();
  showHistory(false);
  correct(false);
}

async function openConversation(id) {
  leave();
  const opening = current.opening;
  try {
    const found = await api.conversation(id);
    if (opening !== current.opening) return;
    current.id = found.id;
    byId("welcome").hidden = found.exchanges.length > 0;
    conversation.replaceChildren(
      ...found.exchanges.map(({ question: text, answer }) => {
        const exchange = exchangeElement(text);
        show(exchange, answer);
        return exchange;
      }),
    );
    options.choose(found.collections);
    conversation.lastElementChild?.scrollIntoView({ block: "start" });
    past.mark(found.id);
    announce(`${oneLine(found.title)}: ${counted(found.exchanges.length, "question")}.`);
  } catch (error) {
    if (opening !== current.opening) return;
    if (error.code === "conversation-unknown") begin();
    failed(error);
  }
}

/** A conversation has its collections for good: others mean another one. */
function othersChosen() {
  if (current.id !== null) begin();
  options.isOpen || options.toggle();
}

function hashId() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    return null;
  }
}

function followHash() {
  const id = hashId();
  if (id === current.id) return;
  if (id === null) begin();
  else openConversation(id);
}

function showHistory(open) {
  document.body.classList.toggle("with-history", open);
  byId("show-history").setAttribute("aria-expanded", String(open));
}

// What there is

function aboutWords({ collections }) {
  const indexing = collections.filter((one) => one.state === "indexing");
  if (indexing.length)
    return indexing
      .map(({ name, passages_done: done, passages_total: total }) => {
        const soFar = total ? `: ${done.toLocaleString("en")} of ${counted(total, "passage")} so far` : "";
        return `${name} is being read for the first time${soFar}.`;
      })
      .join(" ");
  const ready = collections.filter((one) => one.state === "ready");
  if (!ready.length) return "No documents can be asked just now.";
  const number = ready.reduce((sum, one) => sum + one.documents, 0);
  return `${counted(number, "document")} in ${listed(ready.map((one) => one.name))}.`;
}

function listed(names) {
  return new Intl.ListFormat("en").format(names);
}

let watching = null;

async function look() {
  clearTimeout(watching);
  const found = await api.status();
  options.offer(found.collections);
  byId("about").textContent = oneLine(aboutWords(found));
  const indexing = found.collections.some((one) => one.state === "indexing");
  byId("asked-of").textContent = oneLine(indexing ? aboutWords(found) : listed(found.collections.map((one) => one.name)));
  if (!found.ready || indexing) {
    watching = setTimeout(() => look().catch(() => {}), STATUS_SECONDS * 1000);
    return;
  }
  const waiting = current.whenReady;
  current.whenReady = null;
  waiting?.();
}

async function start() {
  byId("notices").replaceChildren();
  byId("forget-token").hidden = !api.token();
  try {
    await look();
    await past.load(current.id);
    followHash();
  } catch (error) {
    failed(error);
  }
}

// Keys and clicks

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (current.asking) current.asking.aborter.abort();
  else submit();
});
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") escape(event);
  else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea")) {
    event.preventDefault();
    if (panel.isOpen && byId("main").inert) panel.close();
    question.focus();
  }
});

function escape(event) {
  event.preventDefault();
  if (options.isOpen) options.close();
  else if (panel.isOpen) panel.close();
  else if (document.body.classList.contains("with-history")) {
    showHistory(false);
    byId("show-history").focus();
  } else if (current.asking) current.asking.aborter.abort();
  else if (current.correcting) correct(false);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  question.focus();
});
byId("show-history").addEventListener("click", () => showHistory(!document.body.classList.contains("with-history")));
byId("main").addEventListener("click", () => showHistory(false));
byId("new-conversation").addEventListener("click", begin);
// Collections may have come or gone meanwhile.
addEventListener("focus", () => options.isOpen || look().catch(() => {}));
byId("stop-correcting").addEventListener("click", () => (correct(false), question.focus()));
byId("token-form").addEventListener("submit", useToken);
byId("token-dialog").addEventListener("close", () => {
  if (!api.token()) notice(new api.Problem({ code: "unauthorized", detail: "Without a token this server answers nothing." }));
});
byId("forget-token").addEventListener("click", () => {
  api.keepToken(null);
  begin();
  byId("past").replaceChildren();
  start();
});
addEventListener("hashchange", followHash);
start();
question.focus();
