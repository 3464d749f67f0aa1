// The past conversations: listed, opened, deleted.

import { conversations, remove } from "./api.js";
import { element, oneLine } from "./text.js";

export class History {
  #list = document.getElementById("past");
  #older = document.getElementById("older");
  #dialog = document.getElementById("delete-dialog");
  /** What the dialog asks about. */
  #asked = null;
  #next = null;

  /** `deleted(id)` is called when one is gone, `failed(error)` when something went wrong. */
  constructor({ deleted, failed, announce }) {
    this.deleted = deleted;
    this.failed = failed;
    this.announce = announce;
    this.#older.addEventListener("click", () => this.#more(this.#next));
    this.#dialog.addEventListener("close", () => this.#closed());
  }

  /** Load the newest ones; `current` is the id of the one that is open. */
  async load(current) {
    this.current = current;
    await this.#more(0);
  }

  mark(current) {
    this.current = current;
    for (const link of this.#list.querySelectorAll("a")) {
      if (link.dataset.id === current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  async #more(offset) {
    try {
      const found = await conversations(offset);
      const items = found.conversations.filter((one) => one.turns > 0).map((one) => this.#item(one));
      if (offset) this.#list.append(...items);
      else this.#list.replaceChildren(...items);
      if (!this.#list.childElementCount) this.#list.append(element("li", { class: "muted" }, "None yet."));
      this.#next = found.next_offset;
      this.#older.hidden = this.#next === null;
      this.mark(this.current);
    } catch (error) {
      this.failed(error);
    }
  }

  #item({ id, title, changed, turns }) {
    const name = oneLine(title) || "Without a title";
    const when = new Date(changed);
    const link = element(
      "a",
      { href: `#${encodeURIComponent(id)}`, "data-id": id, title: `${name} (${turns === 1 ? "1 question" : `${turns} questions`})` },
      element("span", { class: "title" }, name),
      element("time", { datetime: changed }, day(when)),
    );
    const button = element("button", { type: "button", class: "quiet icon delete", "aria-label": `Delete: ${name}`, title: "Delete" }, "✕");
    button.addEventListener("click", () => this.#delete(id, name, button));
    return element("li", {}, link, button);
  }

  #delete(id, name, button) {
    document.getElementById("delete-name").textContent = name;
    this.#asked = { id, button };
    this.#dialog.returnValue = "keep";
    this.#dialog.showModal();
  }

  /** A close is told later than it happens: by then the dialog may be open again, for another conversation. */
  async #closed() {
    if (this.#dialog.open || !this.#asked) return;
    const { id, button } = this.#asked;
    this.#asked = null;
    if (this.#dialog.returnValue !== "delete") return button.focus();
    try {
      await remove(id);
    } catch (error) {
      if (error.code !== "conversation-unknown") return this.failed(error);
    }
    this.announce("Deleted.");
    this.deleted(id);
  }
}

/** The time for today, else the day. */
function day(when) {
  const today = new Date().toDateString() === when.toDateString();
  if (today) return when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const year = when.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return when.toLocaleDateString([], { day: "numeric", month: "short", year });
}
