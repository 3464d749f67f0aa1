// The document beside the conversation: a span in its place, and more of the text as one scrolls.

import { documentText } from "./api.js";
import { named, spot } from "./quotation.js";
import { element, lengthOf, oneLine, slice, visible } from "./text.js";

const BEFORE = 4_000;
const AFTER = 8_000;
const STEP = 12_000;
const NEAR = 800; // pixels from an end at which more is fetched
const MOST_CHUNKS = 8;
const MOST_CHARACTERS = 100_000;
/** Lines with columns made of bars or blanks, which stand below each other only in lines that are not broken. */
const ROW = /^\s*\|.*\|\s*$|\S {3,}\S/;
const CODE = /\.(?:py|[cm]?[jt]sx?|c|h|cc|cpp|hpp|cs|rs|go|java|kt|rb|php|sh|sql|ya?ml|toml|ini|cfg|conf|css|log)$/i;

export class DocumentPanel {
  #panel = document.getElementById("document");
  #text = document.getElementById("document-text");
  #note = document.getElementById("document-note");
  #narrow = matchMedia("(max-width: 60rem)");
  #behind = [document.querySelector(".top"), document.getElementById("history"), document.getElementById("main")];
  #shown = null;
  #loading = false;

  constructor({ announce, failed }) {
    this.announce = announce;
    this.failed = failed;
    this.#text.addEventListener("scroll", () => this.#fill(), { passive: true });
    document.getElementById("close-document").addEventListener("click", () => this.close());
    this.#narrow.addEventListener("change", () => this.#coverOrNot());
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** Show `citation` in its document; `marks` are the citations that are marked, too; focus goes back to `from` later. */
  async open(citation, marks, from) {
    const opened = {
      path: citation.path,
      citation,
      marks: marks.filter((one) => one.path === citation.path).sort((a, b) => a.start - b.start),
      total: Infinity,
      from,
    };
    this.#shown = opened;
    this.#head(citation);
    this.#text.replaceChildren(element("p", { class: "muted" }, "Loading…"));
    this.#panel.hidden = false;
    document.body.classList.add("with-document");
    this.#coverOrNot();
    this.#text.focus({ preventScroll: true });
    const until = Math.min(citation.end, citation.start + MOST_CHARACTERS);
    const found = await this.#fetch(opened, Math.max(0, citation.start - BEFORE), until + AFTER);
    if (found === null) return;
    const first = fromLine(toLine(found, until), citation.start);
    this.#text.classList.toggle("code", CODE.test(citation.path));
    this.#text.replaceChildren(this.#chunk(first));
    this.#check(first);
    this.#text.querySelector("mark.current")?.scrollIntoView({ block: "center" });
    this.announce(`${oneLine(named(citation.path).name)} is open, with the place marked. Escape closes it.`);
    await this.#fill();
  }

  close() {
    const from = this.#shown?.from;
    this.#shown = null;
    this.#panel.hidden = true;
    document.body.classList.remove("with-document");
    this.#coverOrNot();
    this.#text.replaceChildren();
    from?.focus();
  }

  #head(citation) {
    const { folder, name } = named(citation.path);
    document.getElementById("document-name").textContent = oneLine(name);
    document.getElementById("document-place").textContent = [oneLine(folder).replace(/ ?\/$/, ""), spot(citation)].filter(Boolean).join(" · ");
    this.#note.hidden = true;
  }

  /** On a narrow screen it lies over the page, which then is out of reach. */
  #coverOrNot() {
    const covers = this.isOpen && this.#narrow.matches;
    for (const one of this.#behind) one.inert = covers;
    if (covers) {
      this.#panel.setAttribute("role", "dialog");
      this.#panel.setAttribute("aria-modal", "true");
    } else {
      this.#panel.removeAttribute("role");
      this.#panel.removeAttribute("aria-modal");
    }
  }

  /** Null where another document was opened meanwhile, or it could not be had. */
  async #fetch(opened, from, to) {
    this.#loading = true;
    try {
      const found = await documentText(opened.path, from, to);
      if (this.#shown !== opened) return null;
      opened.total = found.total_characters;
      return found;
    } catch (error) {
      if (this.#shown !== opened) return null;
      opened.total = 0; // No more is tried.
      this.#tell([error.message, error.hint].filter(Boolean).join(" "));
      if (!this.#text.querySelector(".chunk")) this.#text.replaceChildren();
      this.failed(error);
      return null;
    } finally {
      if (this.#shown === opened) this.#loading = false;
    }
  }

  /** Fetch what follows or precedes while an end is near. */
  async #fill() {
    const opened = this.#shown;
    while (opened && opened === this.#shown && !this.#loading) {
      const box = this.#text;
      const first = box.querySelector(".chunk");
      const last = box.lastElementChild;
      if (!first) return;
      const [begin, end] = [Number(first.dataset.start), Number(last.dataset.end)];
      if (end < opened.total && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) {
        const found = await this.#fetch(opened, end, end + STEP);
        if (found === null) return;
        box.append(this.#chunk(toLine(found, end)));
        if (box.childElementCount > MOST_CHUNKS) this.#keepingPlace(() => box.firstElementChild.remove());
      } else if (begin > 0 && opened.total && box.scrollTop < NEAR) {
        const found = await this.#fetch(opened, Math.max(0, begin - STEP), begin);
        if (found === null) return;
        this.#keepingPlace(() => box.prepend(this.#chunk(fromLine(found, begin))));
        if (box.childElementCount > MOST_CHUNKS) box.lastElementChild.remove();
      } else return;
    }
  }

  /** What is read stays where it is while `change` changes what stands above it. */
  #keepingPlace(change) {
    const before = this.#text.scrollHeight;
    const top = this.#text.scrollTop;
    change();
    this.#text.scrollTop = top + this.#text.scrollHeight - before;
  }

  #chunk({ text, start, end }) {
    const made = element("span", { class: "chunk", "data-start": start, "data-end": end });
    let at = start;
    for (const [kind, lines] of blocks(text)) {
      const pieces = this.#marked(lines, at);
      at += lengthOf(lines);
      if (kind === "rows") made.append(element("span", { class: "rows" }, ...pieces));
      else made.append(...pieces);
    }
    return made;
  }

  /** `text`, which begins at character `start` of the document, as text and marks. */
  #marked(text, start) {
    const end = start + lengthOf(text);
    const pieces = [];
    let at = start;
    const until = (to) => {
      const piece = visible(slice(text, at - start, to - start));
      at = to;
      return piece;
    };
    for (const one of this.#shown.marks) {
      const [from, to] = [Math.max(one.start, at), Math.min(one.end, end)];
      if (to <= from) continue;
      pieces.push(until(from));
      pieces.push(element("mark", { class: one === this.#shown.citation ? "current" : "" }, until(to)));
    }
    return [...pieces, until(end)];
  }

  #check({ text, start, end, total_characters: total }) {
    const { citation } = this.#shown;
    if (!citation.quote || (citation.end > end && end < total)) return;
    if (slice(text, citation.start - start, citation.end - start) !== citation.quote)
      this.#tell("The document has changed since this was answered: the place may be another one now. Ask again.");
  }

  #tell(text) {
    this.#note.textContent = visible(text);
    this.#note.hidden = false;
    this.announce(text);
  }
}

/** Runs of lines that are rows of a table, and of others. */
function blocks(text) {
  const found = [];
  for (const line of text.split(/(?<=\n)/)) {
    const kind = ROW.test(line.trimEnd()) ? "rows" : "prose";
    if (found.at(-1)?.[0] === kind) found.at(-1)[1] += line;
    else found.push([kind, line]);
  }
  return found;
}

/** Without the part of a line that it ends with, unless character `least` of the document were lost. */
function toLine(found, least) {
  const { text, start, end, total_characters: total } = found;
  const kept = text.slice(0, text.lastIndexOf("\n") + 1);
  const last = start + lengthOf(kept);
  return end < total && kept && last > least ? { ...found, text: kept, end: last } : found;
}

/** Without the part of a line that it begins with, unless character `most` were lost. */
function fromLine(found, most) {
  const { text, start, end } = found;
  const kept = text.slice(text.indexOf("\n") + 1);
  const first = end - lengthOf(kept);
  return start > 0 && kept && first <= most && first < end ? { ...found, text: kept, start: first } : found;
}
