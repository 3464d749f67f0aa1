// Text from documents, file names and questions becomes text of the page here, and never markup.

// C0, DEL, C1, lone surrogates, and the bidirectional controls, which reorder what is read (CVE-2021-42574);
// the same as qa.text.escaping.
const UNSAFE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u{d800}-\u{dfff}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu;
const WORDS = [
  [0.9, "almost certain"],
  [0.75, "very likely"],
  [0.5, "likely"],
  [0.25, "doubtful"],
  [0, "very doubtful"],
];

function symbol(character) {
  const code = character.codePointAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** `text` with every control character shown as a symbol; line ends and tabs stay. */
export function visible(text) {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, symbol);
}

/** The same in one line. */
export function oneLine(text) {
  return visible(text.split(/\s+/u).filter(Boolean).join(" "));
}

/** One line of at most `most` characters, cut between words. */
export function shortened(text, most = 280) {
  const line = [...oneLine(text)];
  if (line.length <= most) return line.join("");
  const cut = line.slice(0, most - 1).join("");
  return `${cut.slice(0, cut.lastIndexOf(" ") + 1).trimEnd() || cut}…`;
}

export function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A piece of `text` by offsets as the API counts them: in characters, where JavaScript counts in UTF-16 units. */
export function slice(text, from, to) {
  return isBasic(text) ? text.slice(from, to) : [...text].slice(from, to).join("");
}

export function lengthOf(text) {
  return isBasic(text) ? text.length : [...text].length;
}

function isBasic(text) {
  return !/[\ud800-\udfff]/.test(text);
}

/** An element with `attributes` and `children`, strings among which become text. `onclick` and the like listen. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null) made.setAttribute(key, visible(String(value)));
  }
  made.append(...children.filter((one) => one !== null).map((one) => (typeof one === "string" ? visible(one) : one)));
  return made;
}

/** Never "100 %" or "0 %": nothing here is certain. */
export function percent(probability) {
  const within = Math.min(Math.max(0, probability || 0), 1);
  return `${Math.min(99, Math.max(1, Math.round(within * 100)))} %`;
}

/** How sure something is, in words. */
export function likelihood(probability) {
  return WORDS.find(([least]) => (probability || 0) >= least)?.[1] ?? "very doubtful";
}

export function counted(number, one, several = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}
