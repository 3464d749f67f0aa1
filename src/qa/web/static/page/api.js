// The HTTP API (docs/http-api.md): what goes wrong becomes a Problem, whose message is for people.

const TOKEN = "qa-token";

/** What a request got in place of its result: `message` says what happened, `hint` what to do. */
export class Problem extends Error {
  constructor({ code, detail, title = "", hint = "", errors = [], retryAfter = 0 }) {
    const [message, todo] = wording(code, detail || title, hint, errors, retryAfter);
    super(message);
    this.code = code;
    this.hint = todo;
    this.canRetry = ["gone", "overloaded", "too-many-requests", "indexing", "unavailable", "conversations-unavailable", "closing", "internal", "timeout"].includes(code);
  }
}

function wording(code, detail, hint, errors, retryAfter) {
  const later = retryAfter ? `Try again in ${retryAfter} seconds.` : "Try again in a moment.";
  switch (code) {
    case "gone":
      return ["The server does not answer.", "It may have been stopped, or your connection is down. Start it again with “qa serve”, then try again."];
    case "overloaded":
      return ["Many questions are being asked just now.", later];
    case "too-many-requests":
      return ["You have asked many questions within a minute.", later];
    case "indexing":
      return ["The documents are still being read for the first time.", "The question is asked as soon as they are."];
    case "closing":
      return ["The server is being stopped.", "Try again when it is running."];
    case "internal":
      return ["Something went wrong in the server.", "Its log says what. Try again, or ask in other words."];
    case "nothing-chosen":
      return ["No document matches what you chose.", "Change the folders, endings or dates, or ask everything."];
    case "conversation-unknown":
      return ["This conversation is not there any more.", "Begin a new one."];
    case "conversations-unavailable":
      return ["Conversations cannot be kept just now.", later];
    case "document-unknown":
      return ["This document is not there any more.", "It was moved or deleted since it was quoted. Ask again."];
    case "wrong-host":
      return ["The server is not meant to be reached by this name.", hint || "Use the address that it printed when it was started."];
    case "invalid":
      return [errors.length ? errors.map(fault).join(" ") : detail, hint];
    default:
      return [detail, hint];
  }
}

function fault({ pointer, detail }) {
  return `${pointer.replace(/^\//, "")}: ${detail}.`;
}

export function token() {
  return sessionStorage.getItem(TOKEN);
}

export function keepToken(value) {
  if (value) sessionStorage.setItem(TOKEN, value);
  else sessionStorage.removeItem(TOKEN);
}

async function send(method, path, { body, signal, accept = "application/json" } = {}) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token()) headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem({ code: "gone" });
  }
  if (response.ok) return response;
  const about = await response.json().catch(() => ({}));
  throw new Problem({
    code: "unavailable",
    detail: `The server answered with an error (${response.status}).`,
    ...about,
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}

async function json(method, path, options) {
  const response = await send(method, path, options);
  try {
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem({ code: "gone" });
  }
}

export const status = () => json("GET", "/v1/status");

export const conversations = (offset) => json("GET", `/v1/conversations?offset=${offset}&limit=50`);

export const conversation = (id) => json("GET", `/v1/conversations/${encodeURIComponent(id)}`);

export const begin = (collections, signal) =>
  json("POST", "/v1/conversations", { body: collections ? { collections } : {}, signal });

export const remove = (id) => json("DELETE", `/v1/conversations/${encodeURIComponent(id)}`);

/** Characters `from` to `to` of a document. */
export function documentText(path, from, to) {
  const address = path.split("/").map(encodeURIComponent).join("/");
  return json("GET", `/v1/documents/${address}?characters=${from}-${to}`);
}

/** The answer to a turn; `stage` is called with the name of each stage and its number of passages. */
export async function takeTurn(id, turn, signal, stage) {
  const path = `/v1/conversations/${encodeURIComponent(id)}/turns`;
  const response = await send("POST", path, { body: turn, signal, accept: "text/event-stream" });
  try {
    for await (const [name, values] of events(response)) {
      if (name === "stage") stage(values.stage, values.passages);
      else if (name === "problem") throw new Problem(values);
      else if (name === "answer") return values;
    }
  } catch (error) {
    throw error.name === "AbortError" || error instanceof Problem ? error : new Problem({ code: "gone" });
  }
  throw new Problem({ code: "gone" });
}

/** Server-sent events as pairs of a name and its values. (EventSource can neither POST nor show a token.) */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => line.split(/: (.*)/s));
      const name = fields.find(([key]) => key === "event")?.[1];
      if (name) yield [name, JSON.parse(fields.find(([key]) => key === "data")[1])];
    }
  }
}
