// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix of accounts and requirements: one page of it at a time, so that 5,000 accounts are no burden.

const ROWS = 50;
const MOST_PRINTED = 500;
let at = 0;

function matrixHead() {
  const about = UNITS.size ? ["Account", "ID", "OU", "Status"] : ["Account", "ID", "Status"];
  const steps = el("tr", { role: "row" }, el("td", { colspan: String(about.length), role: "presentation" }));
  const names = el("tr", { role: "row" }, about.map((name) =>
    el("th", { scope: "col", role: "columnheader", class: name.toLowerCase() }, name)));
  const groups = new Map();
  for (const [, step] of page.columns) groups.set(step, (groups.get(step) || 0) + 1);
  const first = new Set();
  for (const [step, size] of groups) {
    steps.append(el("th", { scope: "colgroup", role: "columnheader", colspan: String(size), class: "step first", title: step },
      el("span", { class: size === 1 ? "alone" : "" }, size === 1 ? step.split(" ").slice(0, 2).join(" ") : step)));
  }
  for (const [requirement, step, without] of page.columns) {
    const starts = !first.has(step);
    first.add(step);
    names.append(el("th", { scope: "col", role: "columnheader", class: `requirement${starts ? " first" : ""}`,
      title: without ? `${requirement}\nWithout it: ${without}` : requirement }, el("span", {}, requirement)));
  }
  // What the name of the last step needs beyond its column.
  for (const row of [steps, names]) row.append(el("td", { role: "presentation", class: "filler" }));
  return el("thead", { role: "rowgroup" }, steps, names);
}

function matrixCell(verdict, column) {
  const [requirement, step] = page.columns[column];
  const starts = column === 0 || page.columns[column - 1][1] !== step;
  const meaning = (SIGNS[verdict] || SIGNS.not_evaluated)[1];
  return el("td", { role: "cell", class: `cell ${OPEN.has(verdict) ? "open" : "met"}${starts ? " first" : ""}`,
    title: `${requirement}: ${meaning}` }, sign(verdict), el("span", { class: "name", "aria-hidden": "true" }, requirement),
  el("span", { class: "unseen" }, meaning));
}

// "/Workloads/Unit 00" is "/Workloads" and "/Unit 00".
function pathParts(path) {
  return (path.match(/\/?[^/]+|\//g) || []).map((part) => el("span", { class: "part" }, part));
}

function matrixRow(account) {
  const open = el("button", { type: "button", class: "host", "aria-haspopup": "dialog",
    onclick: () => openAccount(account) }, el("bdi", {}, account[HOST]));
  const row = el("tr", { role: "row", class: statusOf(account) },
    el("th", { scope: "row", role: "rowheader", class: "account" }, open),
    el("td", { role: "cell", class: "id" }, account[ID]),
    UNITS.size ? el("td", { role: "cell", class: "ou" }, el("bdi", {}, pathParts(unpack(account[OU], account)))) : null,
    el("td", { role: "cell", class: "status" }, badge(statusOf(account))));
  if (NOT_EXAMINED.has(statusOf(account))) {
    const why = unpack(account[WHAT], account);
    row.append(el("td", { role: "cell", class: "why first", colspan: String(page.columns.length), title: visible(why) }, el("bdi", {}, why)));
    return row;
  }
  row.append(...verdictsOf(account).map(matrixCell));
  row.append(el("td", { role: "cell", class: "what" }, el("bdi", {}, unpack(account[WHAT], account))));
  return row;
}

function showRows(accounts) {
  const body = byId("matrix").querySelector("tbody");
  body.replaceChildren(...accounts.map(matrixRow));
}

function showPage(first) {
  at = first;
  const until = Math.min(at + ROWS, shown.length);
  showRows(shown.slice(at, until));
  byId("where").textContent = shown.length ? `${number(at + 1)}\u2013${number(until)} of ${number(shown.length)}` : "none";
  byId("back").disabled = at === 0;
  byId("forth").disabled = until === shown.length;
  byId("pages").hidden = shown.length <= ROWS;
}

function fillMatrix() {
  const caption = el("caption", { class: "unseen" }, "One row per account, one column per requirement of a restore, in the order of its steps");
  byId("matrix").append(el("table", { class: "matrix", role: "table" }, caption, matrixHead(), el("tbody", { role: "rowgroup" })));
  byId("legend").append(...page.verdicts.map((verdict) => el("li", {}, sign(verdict), " ", SIGNS[verdict][1])));
  byId("back").addEventListener("click", () => turn(at - ROWS));
  byId("forth").addEventListener("click", () => turn(at + ROWS));
  addEventListener("beforeprint", () => {
    showRows(shown.slice(0, MOST_PRINTED));
    byId("unprinted").hidden = shown.length <= MOST_PRINTED;
    byId("unprinted").textContent = `${many(shown.length - MOST_PRINTED, "more account")} not printed: filter the page first.`;
  });
  addEventListener("afterprint", () => { byId("unprinted").hidden = true; showPage(at); });
}

function turn(first) {
  showPage(first);
  byId("matrix").scrollTop = 0;
  byId("matrix").scrollIntoView({ block: "nearest" });
}
