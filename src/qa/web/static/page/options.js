// Which documents are asked: collections, and a filter.

import { counted, element, oneLine } from "./text.js";

const field = (id) => document.getElementById(id);

export class Options {
  #form = field("options");
  #button = field("show-options");
  #chosen = field("chosen");
  #boxes = [];

  /** `changed()` is called when other collections are chosen. */
  constructor({ changed }) {
    this.changed = changed;
    this.#button.addEventListener("click", () => this.toggle());
    field("close-options").addEventListener("click", () => this.close());
    field("clear-options").addEventListener("click", () => this.#clear());
    this.#form.addEventListener("change", (event) => {
      this.#summarize();
      if (this.#boxes.includes(event.target)) this.changed();
    });
  }

  get isOpen() {
    return !this.#form.hidden;
  }

  toggle() {
    if (this.isOpen) return this.close();
    this.#form.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#form.querySelector("input").focus();
  }

  close() {
    this.#form.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.focus();
  }

  /** Offer `collections`, as the status has them; those that are chosen stay chosen. */
  offer(collections) {
    const before = new Map(this.#boxes.map((box) => [box.value, box.checked]));
    this.#boxes = collections.map((one) => {
      const box = element("input", { type: "checkbox" });
      box.value = one.name;
      box.defaultChecked = one.default || !collections.some((other) => other.default);
      box.checked = before.get(one.name) ?? box.defaultChecked;
      return box;
    });
    const labels = this.#boxes.map((box, at) => element("label", { class: "check", title: aboutOf(collections[at]) }, box, ` ${collections[at].name}`));
    field("collections").replaceChildren(...labels);
    field("collections").hidden = collections.length < 2;
    this.#summarize();
  }

  /** Tick the collections of a conversation that was opened. */
  choose(names) {
    for (const box of this.#boxes) box.checked = names.includes(box.value);
    this.#summarize();
  }

  /** Names, or null where they are the default ones. */
  get collections() {
    const named = this.#boxes.filter((box) => box.checked).map((box) => box.value);
    const usual = this.#boxes.every((box) => box.checked === box.defaultChecked);
    return usual || !named.length ? null : named;
  }

  /** The filter and strictness, as members of a turn. */
  get members() {
    const found = {};
    const path = listed(field("path").value, /[\n,]/);
    const ext = listed(field("ext").value, /[\s,;]/).map((one) => one.replace(/^[*.]+/, "")).filter(Boolean);
    if (path.length) found.path = path;
    if (ext.length) found.ext = ext;
    if (field("after").value) found.after = field("after").value;
    if (field("before").value) found.before = field("before").value;
    if (field("strict").checked) found.strict = true;
    return found;
  }

  #clear() {
    for (const input of this.#form.querySelectorAll("input[type=text], input[type=date]")) input.value = "";
    field("strict").checked = false;
    const had = this.collections;
    for (const box of this.#boxes) box.checked = box.defaultChecked;
    this.#summarize();
    if (had) this.changed();
  }

  /** What is asked is always to be seen, also when the form is closed. */
  #summarize() {
    const { path = [], ext = [], after, before, strict } = this.members;
    const said = [
      ...(this.collections ?? []).map((one) => `in ${one}`),
      ...path,
      ...ext.map((one) => `.${one}`),
      after ? `changed on or after ${after}` : "",
      before ? `changed before ${before}` : "",
      strict ? "firm answers" : "",
    ].filter(Boolean);
    this.#chosen.hidden = !said.length;
    const clear = element("button", { type: "button", class: "quiet", onclick: () => this.#clear() }, "Ask everything");
    this.#chosen.replaceChildren("Only ", ...said.map((one) => element("span", { class: "chip" }, oneLine(one))), " ", clear);
  }
}

function listed(text, separator) {
  return text.split(separator).map((one) => one.trim()).filter(Boolean);
}

function aboutOf({ description, state, documents, problem }) {
  const state_ = { ready: counted(documents, "document"), indexing: "being read for the first time", unavailable: "cannot be asked now" }[state];
  return [oneLine(description), state_, oneLine(problem)].filter(Boolean).join(" · ");
}
