// SPDX-License-Identifier: GPL-3.0-or-later
// The report's data, and small tools to show it. Values come from AWS: they become text, never markup.

const page = JSON.parse(document.getElementById("data").textContent);
const [HOST, ID, STATUS, OU, CELLS, WHAT, DETAILS] = [0, 1, 2, 3, 4, 5, 6];

const SIGNS = {
  explicit_deny: ["!", "explicitly denied"],
  implicit_deny: ["\u00d7", "not granted"],
  unreadable: ["?", "unknown: the deciding policy could not be read"],
  conditional: ["~", "only under a condition"],
  accepted: ["A", "not met, but accepted until a date"],
  allowed_so_far: ["\u25cb", "allowed by everything that was read; some policies were not provided"],
  allowed: ["\u2713", "allowed"],
  not_applicable: ["\u2013", "not applicable"],
  not_evaluated: ["\u00b7", "not evaluated"],
};
// The buttons of commands, which commands.py writes: this page shows and copies them as they are.
const STEPS = { check: "Copy check", apply: "Copy apply", examine: "Copy command" };
const UNDO_STEPS = { check: "Copy check of undo", apply: "Copy undo" };
const OPEN = new Set(["explicit_deny", "implicit_deny", "unreadable", "conditional"]);
// What a verdict comes to where all that is open is what was not provided, or was asked for so; as requirements.py has it for the matrix.
const AS_FAR_AS_PROVIDED = { conditional: "allowed_so_far", unreadable: "not_evaluated" };
const NOT_EXAMINED = new Set(["unreachable", "failed", "pending"]);
const NEEDS_ATTENTION = new Set(["unreachable", "failed", "blocked", "drifted", "pending", "exposed"]);

// The table of values: a string, [0, list], [1, mapping] or [2, anything else]; see interned.py.
function unpack(place, account) {
  const value = page.table[place];
  if (typeof value === "string") {
    return value.includes("\ue000") ? value.replace(/\ue000(.)/g, (_, letter) => own(letter, account)) : value;
  }
  const [kind, ...parts] = value;
  if (kind === 2) return parts[0];
  if (kind === 0) return parts.map((part) => unpack(part, account));
  const found = new Map();
  for (let at = 0; at < parts.length; at += 2) found.set(unpack(parts[at], account), unpack(parts[at + 1], account));
  return Object.fromEntries(found);
}

function own(letter, account) {
  return { a: account[ID], h: account[HOST], x: "\ue000" }[letter];
}

// What cannot be seen, or turns the direction of writing, is shown as an escape.
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

function visible(text) {
  return String(text).replace(UNSEEN, (one) => "\\u" + one.codePointAt(0).toString(16).padStart(4, "0"));
}

function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== "") element.append(visible(child));
  }
  return element;
}

const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en");
const many = (count, thing) => `${number(count)} ${thing}${count === 1 ? "" : "s"}`;
const words = (name) => name.replaceAll("_", " ");
const statusOf = (account) => page.statuses[account[STATUS]];
const verdictsOf = (account) => Array.from(page.table[account[CELLS]], (digit) => page.verdicts[digit]);

const cellOf = (one) => (one.drift === false && AS_FAR_AS_PROVIDED[one.verdict]) || one.verdict;
const isOpen = (one) => OPEN.has(cellOf(one));

function badge(status) {
  return el("span", { class: `badge ${status}` }, words(status));
}

function sign(verdict, extra) {
  const [glyph] = SIGNS[verdict] || SIGNS.not_evaluated;
  return el("span", { class: `sign ${verdict}`, "aria-hidden": "true" }, glyph, extra);
}

function say(text) {
  byId("said").textContent = text;
}

async function copy(text, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = copyThroughSelection(text, button);
  }
  const label = button.dataset.label || button.textContent;
  button.dataset.label = label;
  button.textContent = done ? "Copied" : "Select it and copy";
  say(done ? "Copied" : "The browser does not allow the page to copy: select the text and copy it.");
  setTimeout(() => { button.textContent = label; }, 2000);
}

// Browsers keep the clipboard from a page that came neither from a file nor over TLS, but still know the old way.
function copyThroughSelection(text, button) {
  const field = el("textarea", { readonly: true, class: "unseen", tabindex: "-1" });
  field.value = text;
  button.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  button.focus();
  return done;
}

function copyButton(text, label) {
  return el("button", { type: "button", class: "copy", onclick: (event) => copy(text, event.currentTarget) }, label);
}
