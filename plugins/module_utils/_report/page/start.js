// SPDX-License-Identifier: GPL-3.0-or-later
// The page from top to bottom: tiles, causes, comparison, matrix.

const FEW_CAUSES = 6;
const MORE_CAUSES = 50;

function fillTiles() {
  const tiles = page.statuses.filter((status) => page.summary[status] || status === "compliant").map((status) =>
    el("button", { type: "button", class: `tile ${status}`, "data-status": status, "aria-pressed": "false", onclick: () => setStatus(status) },
      el("strong", {}, number(page.summary[status])), " ", el("span", {}, words(status))));
  byId("statuses").append(...tiles);
  byId("made").textContent = visible(`${page.generated_at.replace("T", " ").replace("Z", " UTC")} \u00b7 cloudrestore.aws ${page.collection_version}`);
  byId("bounds").append(...(page.bounds.length ? page.bounds : ["No bounds are set on the controller"]).map((bound) => el("li", {}, bound)));
  byId("notes").append(...page.notes.map((note) => el("li", {}, note)));
  byId("notes").hidden = !page.notes.length;
}

function hosts(places) {
  const names = places.slice(0, 5).map((place) => page.accounts[place][HOST]);
  return names.join(", ") + (places.length > names.length ? ` and ${number(places.length - names.length)} more` : "");
}

function causeRow(kind, name, one) {
  const show = el("button", { type: "button", onclick: () => setCause(one, name), "aria-label": `Show the ${many(one.hosts.length, "account")} with: ${name}` }, "Show");
  return el("tr", {}, el("td", {}, kind), el("td", { class: "figure", "data-thing": one.hosts.length === 1 ? "account" : "accounts" }, number(one.hosts.length)),
    el("td", {}, el("bdi", {}, name), el("div", { class: "quiet" }, el("bdi", {}, hosts(one.hosts))),
      one.seen ? el("div", { class: "quiet" }, one.seen) : null,
      one.note ? el("div", { class: "quiet" }, one.note) : null),
    el("td", { class: "actions" }, show, (one.commands || []).map((command) => copyButton(command.text, STEPS[command.step]))));
}

function fillCauses() {
  const causes = [
    ...page.causes.map((one) => [() => badge(one.status), one.cause, one]),
    ...page.findings.map((one) => [() => el("span", { class: `severity ${one.severity}` }, one.severity || "note"), `finding: ${words(one.finding)}`, one]),
  ];
  const part = byId("causes");
  part.hidden = !causes.length;
  part.querySelector("thead").append(el("tr", {}, ["Status", "Accounts", "Cause, and where", ""].map((name) =>
    (name ? el("th", { scope: "col" }, name) : el("td", {})))));
  const show = (count) => showCauses(causes, count);
  show(FEW_CAUSES);
  part.querySelector(".more").addEventListener("click", () => show(MORE_CAUSES)[0].querySelector("button").focus());
  addEventListener("beforeprint", () => show(MORE_CAUSES));
}

// Rows for the next causes. In a fleet where every account has its own there can be thousands.
function showCauses(causes, count) {
  const [body, more] = [byId("causes").querySelector("tbody"), byId("causes").querySelector(".more")];
  const first = body.children.length;
  const rows = causes.slice(first, first + count).map(([kind, name, one]) => causeRow(kind(), name, one));
  body.append(...rows);
  const left = causes.length - first - rows.length;
  more.hidden = left === 0;
  more.textContent = `Show ${number(Math.min(left, MORE_CAUSES))} more of ${number(causes.length)}`;
  return rows;
}

const RISK_STATES = { applies: "accepted", expired: "expired: it counts again", no_longer_applies: "no longer found: remove it", not_examined: "not evaluated" };

function riskRow(one) {
  const where = [hosts(one.hosts), one.gone.length ? `not in ${hosts(one.gone)}` : ""].filter(Boolean);
  return el("tr", {}, el("td", {}, el("span", { class: `badge ${one.state}` }, RISK_STATES[one.state])), el("td", {}, one.expires),
    el("td", {}, el("bdi", {}, one.name), el("div", { class: "quiet" }, el("bdi", {}, where.join("; ")))),
    el("td", {}, el("bdi", {}, one.owner), el("div", { class: "quiet" }, el("bdi", {}, one.reason))));
}

function fillRisks() {
  const part = byId("risks");
  part.hidden = !page.risks.length;
  part.querySelector("thead").append(el("tr", {}, ["State", "Until", "What, and where", "By whom, and why"].map((name) => el("th", { scope: "col" }, name))));
  part.querySelector("tbody").append(...page.risks.map(riskRow));
}

function fillComparison() {
  const compared = page.comparison;
  if (!compared.summary) return;
  const [counts, rest] = byId("comparison").querySelectorAll("p");
  byId("comparison").hidden = false;
  byId("comparison-title").textContent = visible(`Problems since the report of ${compared.previous_generated_at.replace("T", " ").replace("Z", " UTC")}`);
  for (const [kind, sense] of [["new", "new"], ["still_open", "still open"], ["fixed", "fixed"], ["unknown", "no longer known"]]) {
    counts.append(el("button", { type: "button", class: `change ${kind}`, onclick: () => {
      byId("since").value = filter.since = kind;
      applyFilters();
      byId("accounts").scrollIntoView();
    } }, el("strong", {}, number(compared.summary[kind])), ` ${sense}`));
  }
  const parts = [["added", "not in that report"], ["gone", "only in that report"]].filter(([key]) => compared[key].length);
  const told = parts.map(([key, sense]) =>
    `${many(compared[key].length, "account")} ${sense}: ${compared[key].slice(0, 5).join(", ")}${compared[key].length > 5 ? " ..." : ""}`);
  if (compared.other_plans) told.unshift(`${many(compared.other_plans, "account")} with another plan`);
  rest.textContent = visible(told.join(". "));
}

// Each line has a pattern of its own beside its colour.
const DASHES = { compliant: "none", drifted: "8 4", blocked: "2 3", accepted: "10 3 2 3" };

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A run is as far to the right as it is late.
function lines(runs, statuses) {
  const [width, height, edge] = [900, 150, 6];
  const times = runs.map((run) => Date.parse(run.generated_at) || 0);
  const most = Math.max(1, ...runs.flatMap((run) => statuses.map((status) => run[status])));
  const x = (index) => edge + (times[index] - times[0]) / Math.max(1, times[times.length - 1] - times[0]) * (width - 2 * edge);
  const y = (count) => height - edge - count / most * (height - 2 * edge);
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": page.history.told, preserveAspectRatio: "none" },
    ...statuses.map((status) => drawn("polyline", { class: `trend ${status}`, "stroke-dasharray": DASHES[status], fill: "none",
      points: runs.map((run, index) => `${x(index).toFixed(1)},${y(run[status]).toFixed(1)}`).join(" ") })));
}

function fillHistory() {
  const { runs, shown: every, told } = page.history;
  const part = byId("history");
  part.hidden = !told;
  if (!told) return;
  const statuses = every.filter((status) => runs.some((run) => run[status]));
  const last = runs[runs.length - 1];
  part.querySelector(".told").textContent = visible(`${told}.`);
  part.querySelector(".line").append(lines(runs, statuses));
  part.querySelector(".legend").append(...statuses.map((status) => el("li", {}, drawn("svg", { viewBox: "0 0 40 6", class: "sample", "aria-hidden": "true" },
    drawn("polyline", { class: `trend ${status}`, "stroke-dasharray": DASHES[status], points: "0,3 40,3" })), ` ${words(status)} ${number(last[status])}`)));
  part.querySelector("thead").append(el("tr", {}, ["Run", "accounts", ...page.statuses].map((name, at) => el("th", { scope: "col", class: at ? "figure" : null }, words(name)))));
  part.querySelector("tbody").append(...runs.slice().reverse().map((run) => el("tr", {}, el("td", {}, run.generated_at.replace("T", " ").replace("Z", " UTC")),
    ["accounts", ...page.statuses].map((name) => el("td", { class: "figure" }, number(run[name]))))));
}

function unitRow([unit, counts], statuses) {
  const show = el("button", { type: "button", onclick: () => setUnit(unit), "aria-label": `Show the ${many(accountsIn(counts), "account")} in ${unit}` }, "Show");
  return el("tr", {}, el("td", {}, el("bdi", {}, unit)), el("td", { class: "figure" }, number(accountsIn(counts))),
    statuses.map((status) => el("td", { class: "figure" }, counts.has(status) ? number(counts.get(status)) : "\u2013")), el("td", { class: "actions" }, show));
}

function fillUnits() {
  const part = byId("units");
  part.hidden = !UNITS.size;
  if (part.hidden) return;
  const statuses = page.statuses.filter((status) => page.summary[status]);
  part.querySelector("thead").append(el("tr", {}, ["OU, with those below it", "Accounts", ...statuses.map(words)].map((name, at) =>
    el("th", { scope: "col", class: at ? "figure" : null }, name)), el("td", {})));
  const rows = [...UNITS];
  const show = (count) => part.querySelector("tbody").append(...rows.splice(0, count).map((row) => unitRow(row, statuses)));
  const more = part.querySelector(".more");
  const tell = () => { more.hidden = !rows.length; more.textContent = `Show ${number(Math.min(rows.length, MORE_CAUSES))} more of ${number(UNITS.size)}`; };
  show(FEW_CAUSES);
  tell();
  more.addEventListener("click", () => { show(MORE_CAUSES); tell(); });
}

function runPart(run) {
  const rows = [["Mode", run.mode === "check" ? "check: nothing was changed" : "apply"], ["Run by", run.caller], ["Run", run.run_id],
    ["Time", run.generated_at.replace("T", " ").replace("Z", " UTC")], ["Playbook", run.name], ["Inventory", run.inventory.join(", ")], ["Limit", run.limit || "none"],
    ["Options", run.options || "none"], ["Secrets, not in this report", run.secrets.join(", ")],
    ["Versions", Object.entries(run.versions).map(([name, version]) => `${name} ${version}`).join(", ")],
    ["Snapshots", run.undo.map((one) => one.snapshots).join("\n")]];
  return [
    ...run.undo.flatMap((one) => [
      el("p", {}, `To undo it in ${many(one.accounts, "account")}, review what that would change first, then do it. ${one.note}`.trim()),
      ...one.commands.map((each) => command(each, UNDO_STEPS)),
    ]),
    el("details", {}, el("summary", {}, el("bdi", {}, run.told)), el("dl", { class: "place" }, ...rows.flatMap(([name, value]) => definition(name, value)))),
  ];
}

function fillRuns() {
  const part = byId("run");
  part.hidden = !page.runs.length;
  const undone = page.runs.some((run) => run.undo.length);
  byId("run-title").textContent = `${page.runs.length === 1 ? "This run" : "These runs"}${undone ? ", and how to undo " + (page.runs.length === 1 ? "it" : "them") : ""}`;
  part.append(...page.runs.flatMap(runPart));
}

fillTiles();
fillCauses();
fillRuns();
fillUnits();
fillHistory();
fillRisks();
fillComparison();
fillFilters();
fillMatrix();
listenToFilters();
listenToAccount();
applyFilters();
openFromAddress();
addEventListener("hashchange", openFromAddress);
