// How answers look: each kind of answer as elements. `open(citation, marks)` shows a place in its document.

import { around, citedPlaces, copied, linesOf, named, numbers, spot } from "./quotation.js";
import { capitalized, counted, element, likelihood, oneLine, percent, shortened } from "./text.js";

const MOST_PASSAGES = 3;
const MOST_ITEMS = 30;
/** Characters of a span from which on it is not in bold: a whole sentence would shout. */
const LONG = 90;
/** What is given with "Perhaps:" is called likely at most. */
const MOST_OF_PERHAPS = 0.74;

export function answerElement(answer, actions) {
  const made = element("div", { class: `answer ${answer.answered ? answer.kind : "refusal"}` });
  if (answer.said && !answer.answered) made.append(element("p", { class: "said" }, oneLine(answer.said)));
  if (answer.kind === "talk" && !answer.answered) return withNotes(made, answer);
  if (!answer.answered) made.append(...refusal(answer, actions));
  else if (answer.kind === "written") made.append(...written(answer, actions));
  else made.append(...quotations(answer, actions));
  made.append(foot(answer, actions));
  return withNotes(made, answer);
}

/** The answer in a few words, to be said aloud. */
export function spoken(answer) {
  if (!answer.answered) return answer.said || refusalSentence(answer);
  const words = answer.certainty === "tentative" ? "Perhaps: " : "Answer: ";
  if (answer.kind === "list") return `${words}${counted(answer.parts.length, "item")}.`;
  return `${words}${shortened(answer.answer, 400)}`;
}

function quotations(answer, actions) {
  if (answer.kind === "list") return list(answer, actions);
  return answer.kind === "extract" ? extract(answer, actions) : span(answer, actions);
}

/** What a language model wrote, each sentence with its places; below it the answer in the documents' own words. */
function written(answer, actions) {
  const { marks, numbered } = citedPlaces(answer);
  const button = (number) => [" ", numberButton(number, marks[number - 1], marks, actions.open)];
  const sentences = answer.parts.flatMap((part, at) => [oneLine(part.text), ...numbered[at].flatMap(button), " "]);
  const items = marks.map((one, at) =>
    element("li", {}, element("span", { class: "numbers" }, ...button(at + 1)), placeButton(one, marks, actions.open)),
  );
  return [
    element("p", { class: "hedge" }, "Written by a language model, and checked against the documents:"),
    element("p", { class: "quoted" }, ...sentences),
    element("ul", { class: "places", "aria-label": "Places" }, ...items),
    element("p", { class: "hedge" }, "In the documents' own words:"),
    ...quotations({ ...answer, ...answer.extractive }, actions),
  ];
}

function span(answer, { open }) {
  const { answer: text, citation, passages } = answer;
  const shown = quoted(text, citation, passages);
  const found = [
    ...hedge(answer),
    shown,
    element("p", { class: "where" }, placeButton(citation, [citation], open)),
  ];
  const { other_values: elsewhere, rivals } = answer;
  if (elsewhere.length) found.push(element("p", { class: "hedge" }, "Elsewhere:"), candidates(elsewhere, passages, open));
  if (rivals.length) found.push(element("p", { class: "hedge" }, "Or:"), candidates(rivals, passages, open));
  return found.filter(Boolean);
}

/** The span in bold inside its sentence. */
function quoted(text, citation, passages) {
  const place = around(text, citation, passages);
  const kind = { class: text.length > LONG ? "long" : "" };
  if (!place) return element("p", { class: "quoted" }, element("strong", kind, oneLine(text)));
  const { before, quote, after } = place;
  return element("p", { class: "quoted" }, before, element("strong", kind, quote), after);
}

function candidates(found, passages, open) {
  const items = found.map((one) =>
    element(
      "li",
      {},
      quoted(one.answer, one.citation, passages),
      element("p", { class: "where" }, chance(one.confidence), placeButton(one.citation, [one.citation], open)),
    ),
  );
  return element("ul", { class: "candidates" }, ...items);
}

function list(answer, { open }) {
  const numbered = numbers(answer);
  const marks = answer.parts.map((part) => part.citation);
  const item = (part, at) =>
    element("li", {}, element("strong", {}, oneLine(part.text)), " ", numberButton(numbered[at], part.citation, marks, open));
  const items = element("ul", { class: "items" }, ...answer.parts.slice(0, MOST_ITEMS).map(item));
  const rest = answer.parts.slice(MOST_ITEMS);
  const more = element("button", { type: "button", class: "quiet" }, `Show ${counted(rest.length, "more", "more")}`);
  more.addEventListener("click", () => {
    items.append(...rest.map((part, at) => item(part, at + MOST_ITEMS)));
    more.remove();
  });
  return [...hedge(answer), items, ...(rest.length ? [more] : []), places(answer, numbered, marks, open)];
}

function extract(answer, { open }) {
  const numbered = numbers(answer);
  const marks = answer.parts.map((part) => part.citation);
  const runs = answer.parts.map((part, at) => {
    const lines = linesOf(part).map((line) => element("span", { class: "entry" }, oneLine(line)));
    lines.at(-1).append(" ", numberButton(numbered[at], part.citation, marks, open));
    return element("p", { class: "quoted" }, ...lines);
  });
  return [...hedge(answer), ...runs, places(answer, numbered, marks, open)];
}

function hedge(answer) {
  return answer.certainty === "tentative" ? [element("p", { class: "hedge" }, "Perhaps:")] : [];
}

/** A line for each part of a document, with the numbers of what stands there. */
function places(answer, numbered, marks, open) {
  const rows = new Map();
  answer.parts.forEach(({ citation }, at) => {
    const key = answer.kind === "list" ? citation.path : JSON.stringify([citation.path, citation.page, citation.heading]);
    if (!rows.has(key)) rows.set(key, { citation, found: new Map() });
    if (!rows.get(key).found.has(numbered[at])) rows.get(key).found.set(numbered[at], citation);
  });
  const items = [...rows.values()].map(({ citation, found }) => {
    const buttons = [...found].flatMap(([number, one]) => [numberButton(number, one, marks, open), " "]);
    return element("li", {}, element("span", { class: "numbers" }, ...buttons), placeButton(citation, marks, open, answer.kind !== "list"));
  });
  return element("ul", { class: "places", "aria-label": "Places" }, ...items);
}

function numberButton(number, citation, marks, open) {
  const about = `Open place ${number}: ${oneLine(citation.path)}, ${spot(citation)}`;
  const button = element("button", { type: "button", class: "number", title: about, "aria-label": about }, `[${number}]`);
  button.addEventListener("click", () => open(citation, marks, button));
  return button;
}

function placeButton(citation, marks, open, withSpot = true) {
  const { folder, name } = named(citation.path);
  const label = [element("span", { class: "folder" }, oneLine(folder), " "), element("span", { class: "file" }, oneLine(name))];
  if (withSpot) label.push(element("span", { class: "spot" }, ` · ${spot(citation)}`));
  const button = element("button", { type: "button", class: "place", title: "Open the document here" }, ...label);
  button.addEventListener("click", () => open(citation, marks, button));
  return button;
}

function chance(probability) {
  return element("span", { class: "chance", title: `${percent(probability)} sure` }, capitalized(likelihood(probability)));
}

function refusal(answer, { open }) {
  const found = [element("p", { class: "refused" }, refusalSentence(answer))];
  if (answer.absent_probability !== null) found.push(absence(answer));
  const { closest } = answer;
  if (closest.length) found.push(element("h3", {}, "What comes closest"), candidates(closest, answer.passages, open));
  const passages = answer.passages.slice(0, MOST_PASSAGES);
  if (passages.length) {
    const items = passages.map((one) =>
      element("li", {}, element("p", { class: "quoted" }, shortened(one.text)), element("p", { class: "where" }, placeButton(one, [one], open))),
    );
    found.push(element("h3", {}, "The nearest passages"), element("ul", { class: "candidates" }, ...items));
  }
  return found;
}

function refusalSentence({ searched, reason }) {
  const chosen = reason === "filtered" ? " that you chose" : "";
  if (!searched) return "I found no answer to this.";
  if (searched === 1) return `I found no answer to this in the document${chosen}.`;
  return `I found no answer to this in the ${searched.toLocaleString("en")} documents${chosen}.`;
}

function absence({ absent_probability: absent, reason }) {
  const sure = `${percent(absent)} sure that there is none`;
  if (reason === "unsure" || absent < 0.5)
    return element("p", { class: "muted", title: sure }, "There may be one, but I am not sure enough of it.");
  return element("p", { class: "muted", title: sure }, `It is ${likelihood(absent)} that there is none.`);
}

function foot(answer, { announce }) {
  const rows = [];
  if (answer.answered) {
    const what = { list: "that this is what was asked for", extract: "that this is about what was asked" }[answer.kind];
    rows.push([`Sure ${what ?? "that this is right"}`, percent(answer.confidence)]);
  }
  if (answer.absent_probability !== null) rows.push(["Sure that the documents do not say", percent(answer.absent_probability)]);
  for (const one of answer.alternatives) rows.push([`Sure of “${shortened(one.answer, 60)}”`, percent(one.confidence)]);
  if (answer.timings_ms.total >= 1) rows.push(["Time taken", `${Math.round(answer.timings_ms.total).toLocaleString("en")} ms`]);
  const table = element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  const made = element("div", { class: "foot" });
  if (answer.answered) {
    const most = answer.certainty === "tentative" ? MOST_OF_PERHAPS : 1;
    const word = likelihood(Math.min(answer.confidence, most));
    made.append(element("span", { class: `sure ${answer.certainty}`, title: `${percent(answer.confidence)} sure` }, capitalized(word)));
    made.append(copyButton(answer, announce));
  }
  made.append(element("details", { class: "numbers-of" }, element("summary", {}, "How sure is this?"), table));
  return made;
}

function copyButton(answer, announce) {
  const button = element("button", { type: "button", class: "quiet" }, "Copy");
  button.setAttribute("aria-label", "Copy the answer with its place");
  button.addEventListener("click", async () => {
    const done = await copy(copied(answer));
    announce(done ? "Copied." : "This browser did not let the page copy.");
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS a page of another machine has no clipboard of its own.
    const area = element("textarea", { class: "hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function withNotes(made, answer) {
  const stale = answer.stale.length
    ? [`Changed since it was read: ${answer.stale.slice(0, 3).map(oneLine).join(", ")}${answer.stale.length > 3 ? ", …" : "."}`]
    : [];
  for (const note of [...(answer.writing?.notes ?? []), ...answer.notes, ...stale]) made.append(element("p", { class: "note" }, oneLine(note)));
  return made;
}
