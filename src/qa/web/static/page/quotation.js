// Where answers stand, and how they are quoted; the same as qa.text.quotation.

import { lengthOf, oneLine, slice } from "./text.js";

const ENTRY = /^\s*(?:[-*+•]|\d{1,3}[.)])\s/u;

/** The sentence before and after the span `text`: null if the span is not within one sentence. */
export function around(text, citation, passages) {
  const { sentence } = citation;
  const quote = citation.quote || text;
  const found = [];
  for (let at = sentence.indexOf(quote); quote && at >= 0; at = sentence.indexOf(quote, at + 1)) found.push(at);
  if (!found.length) return null;
  // The span's text may stand in its sentence twice: the offsets say which is meant.
  const at = found.find((each) => standsAt(each, citation, passages)) ?? found[0];
  return { before: sentence.slice(0, at), quote, after: sentence.slice(at + quote.length) };
}

function standsAt(at, { sentence, start, path }, passages) {
  const begin = start - lengthOf(sentence.slice(0, at));
  const length = lengthOf(sentence);
  return passages.some(
    (one) => one.path === path && one.start <= begin && slice(one.text, begin - one.start, begin - one.start + length) === sentence,
  );
}

/** A piece of an extract in one line, but each entry of a list on its own. */
export function linesOf(part) {
  const lines = [];
  for (const line of part.citation.quote.split(/\r\n|\r|\n/)) {
    if (!lines.length || ENTRY.test(line)) lines.push(line.trim());
    else if (line.trim()) lines.push(`${lines.pop()} ${line.trim()}`.trim());
  }
  const kept = lines.filter(Boolean);
  return kept.length ? kept : [part.text];
}

/** For each part the number behind it: of a run of sentences its own, of an item of a list that of its document. */
export function numbers(answer) {
  if (answer.kind !== "list") return answer.parts.map((_, at) => at + 1);
  const found = new Map();
  return answer.parts.map(({ citation: { path } }) => {
    if (!found.has(path)) found.set(path, found.size + 1);
    return found.get(path);
  });
}

/** The places that bear out what a language model wrote, each once, and for each of its sentences their numbers. */
export function citedPlaces(answer) {
  const marks = [];
  const number = (place) => {
    const at = marks.findIndex((one) => one.path === place.path && one.start === place.start && one.end === place.end);
    return at < 0 ? marks.push(place) : at + 1;
  };
  return { numbered: answer.parts.map((part) => part.citations.map(number)), marks };
}

/** The folders of a path and its name. */
export function named(path) {
  const at = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, at).replaceAll("/", " / "), name: path.slice(at) };
}

/** Where within its document something stands: by page or heading, else by line. */
export function spot({ page, heading, line }) {
  const parts = [];
  if (page !== null && page !== undefined) parts.push(`page ${page}`);
  if (heading) parts.push(oneLine(heading).replaceAll(" > ", " › "));
  return parts.length ? parts.join(" · ") : `line ${line}`;
}

/** A place as it is copied. */
export function place(citation) {
  return `${oneLine(citation.path)}, ${spot(citation)}`;
}

/** An answer as it is copied, with its places. */
export function copied(answer) {
  if (answer.kind === "written") {
    const { marks, numbered } = citedPlaces(answer);
    const sentences = answer.parts.map((part, at) => `${oneLine(part.text)} ${numbered[at].map((one) => `[${one}]`).join("")}`);
    return [...sentences, "", ...marks.map((one, at) => `[${at + 1}] ${place(one)}`)].join("\n");
  }
  if (answer.kind === "span" || answer.parts.length < 2) {
    const { citation } = answer;
    const sentence = oneLine(citation.sentence);
    const quoted = sentence && sentence !== oneLine(answer.answer) ? [`“${sentence}”`] : [];
    return [oneLine(answer.answer), ...quoted, `(${place(citation)})`].join("\n");
  }
  const numbered = numbers(answer);
  const bullet = answer.kind === "list" ? "- " : "";
  const lines = answer.parts.map((part, at) => `${bullet}${linesOf(part).map(oneLine).join("\n")} [${numbered[at]}]`);
  const places = answer.parts
    .map((part, at) => [numbered[at], part.citation])
    .filter(([number], at) => numbered.indexOf(number) === at)
    .map(([number, citation]) => `[${number}] ${answer.kind === "list" ? oneLine(citation.path) : place(citation)}`);
  return [...lines, "", ...places].join("\n");
}
