// SPDX-License-Identifier: GPL-3.0-or-later
// All there is to say about one account, in a dialog: what to do first, then why, then the evidence.

const MOST_ALIKE = 3;
let opened = null;

function section(title, ...content) {
  return el("section", {}, el("h3", {}, title), ...content);
}

function definition(name, value) {
  return value ? [el("dt", {}, name), el("dd", {}, el("bdi", {}, value))] : [];
}

function table(name, head, rows) {
  return el("div", { class: "scroll" }, el("table", { class: `list ${name}` },
    el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell)))))));
}

function command({ step, text }, labels = STEPS) {
  const tall = text.includes("\n");
  return el("div", { class: "command" }, el("code", { tabindex: tall ? "0" : null, class: tall ? "tall" : null }, text), copyButton(text, labels[step]));
}

function todoSection(details) {
  if (!details.todo) return null;
  return section("What to do", el("p", {}, details.todo), details.commands.map((one) => command(one)));
}

function undoSection(details) {
  if (!details.snapshots) return null;
  const how = details.undo.length ? "Review what it would change first, then do it." : "See the top of the page for how.";
  return section("Undo what the run changed here", el("p", {}, how), details.undo.map((one) => command(one, UNDO_STEPS)),
    el("dl", { class: "place" }, ...definition("Snapshots", details.snapshots)));
}

function whySection(account, details, later) {
  if (details.message) return section("What happened", el("p", { class: "message" }, details.message));
  const listed = details.requirements.length ? details.requirements
    : [...new Map([...(details.check_mode ? details.drift : []), ...details.unresolved].map((one) => [`${one.requirement} ${one.subject}`, one])).values()];
  const rank = (one) => page.verdicts.indexOf(one.verdict);
  const open = listed.filter(isOpen).sort((one, other) => rank(one) - rank(other));
  const rest = listed.filter((one) => !isOpen(one));
  const parts = [open.length ? requirementTable(open) : el("p", {}, inSentences(account, details, later))];
  if (rest.length) {
    parts.push(el("details", {}, el("summary", {}, `${many(rest.length, "requirement")}: ${tally(rest)}`), requirementTable(rest)));
  }
  if (details.not_evaluated.length) parts.push(el("p", { class: "quiet" }, el("bdi", {}, `Not evaluated: ${details.not_evaluated.join("; ")}.`)));
  return section("Requirements", ...parts);
}

// Of an account in which no requirement is open. Why each change is made, what is left behind and the findings have sections of their own.
function inSentences(account, details, later) {
  const first = details.evaluated ? "No requirement is known to be unmet." : "No requirement was evaluated.";
  const operations = details.changes.map((one) => one.operation).join(", ");
  if (operations) return `${first} ${details.check_mode ? `A ${later} would make` : "The run made"} ${operations}.`;
  const what = unpack(account[WHAT], account);
  return what ? `${first} ${what[0].toUpperCase()}${what.slice(1)}${/[.!?]$/.test(what) ? "" : "."}` : first;
}

// How many there are of each verdict, such as 36 allowed, 1 not applicable.
function tally(requirements) {
  const counts = new Map();
  for (const cell of requirements.map(cellOf)) counts.set(cell, (counts.get(cell) || 0) + 1);
  return [...counts].map(([cell, count]) => `${number(count)} ${(SIGNS[cell] || SIGNS.not_evaluated)[1]}`).join(", ");
}

// Those that share verdict, reason and place are told together: of a role that does not exist that is all of them.
function requirementTable(requirements) {
  const groups = new Map();
  for (const one of requirements) {
    const key = JSON.stringify([cellOf(one), one.reason, one.layer, one.policy, one.statement, one.places, one.conditions, one.accepted]);
    groups.set(key, [...(groups.get(key) || []), one]);
  }
  const rows = [...groups.values()].flatMap((members) => (members.length > MOST_ALIKE ? [members] : members.map((one) => [one])));
  return table("requirements", ["Requirement", "Verdict", "Why, and where"], rows.map((members) => [
    members.length === 1 ? requirementCell(members[0]) : requirementsCell(members),
    [sign(cellOf(members[0])), " ", words(cellOf(members[0]))],
    [el("div", {}, el("bdi", {}, members[0].reason)), explanation(members[0], members.map((one) => one.resource)), acceptButton(members)],
  ]));
}

// What goes into accepted_risks: the place as it is told here; who, why and until when is for somebody to say.
function acceptButton(problems) {
  const open = problems.filter((one) => !one.accepted && one.verdict !== "unreadable" && (one.exposes || isOpen(one)));
  if (!open.length || !opened[ID]) return null;
  const entries = open.map((one) => Object.fromEntries(["requirement", "finding", "subject", "layer", "policy", "statement", "statement_sha256"]
    .filter((key) => one[key]).map((key) => [key, one[key]]).concat([["accounts", [opened[ID]]], ["reason", ""], ["owner", ""], ["expires", ""]])));
  return copyButton(JSON.stringify(entries, null, 2), "Copy for accepted_risks");
}

function requirementCell(one) {
  const without = withoutIt(one);
  return [el("strong", {}, one.requirement), one.subject ? el("div", {}, el("bdi", {}, one.subject)) : null,
    without ? el("div", { class: "quiet" }, without) : null];
}

function requirementsCell(members) {
  const names = members.map((one) => (one.subject ? `${one.requirement} (${one.subject})` : one.requirement));
  const effects = members.map((one) => withoutIt(one) && el("li", {}, `${one.requirement}: ${withoutIt(one)}`)).filter(Boolean);
  return [el("strong", {}, many(members.length, "requirement")), el("div", { class: "quiet" }, el("bdi", {}, names.join(", "))),
    effects.length ? el("details", { class: "quiet" }, el("summary", {}, "What fails without them"), el("ul", {}, effects)) : null];
}

function withoutIt(one) {
  return isOpen(one) ? (page.columns.find(([name]) => name === one.requirement) || [])[2] : "";
}

function explanation(one, resources) {
  const list = (values) => [...new Set(values || [])].filter(Boolean).join("\n");
  return el("dl", { class: "place" }, ...definition("Layer", one.layer), ...definition("Policy", one.policy),
    ...definition("Statement", one.statement), ...definition("Resource", list(resources)),
    ...definition("Accepted", one.accepted.replace(/^accepted /, "")), ...definition("Depends on", list(one.conditions)), ...definition("Stated values", list(one.stated)), ...definition("Also involved", list(one.places)));
}

function changesSection(title, changes) {
  if (!changes.length) return null;
  return section(title, table("changes", ["Operation", "On", "Because"], changes.map((one) =>
    [el("code", {}, one.operation), el("bdi", {}, one.target), el("bdi", {}, one.reason)])));
}

function findingsSection(findings) {
  if (!findings.length) return null;
  return section("Worth a look", el("ul", { class: "findings" }, findings.map((one) =>
    el("li", {}, el("span", { class: `severity ${one.severity}` }, one.severity || "note"), " ",
      el("bdi", {}, one.message), one.place ? el("div", { class: "quiet" }, el("bdi", {}, one.place)) : null,
      one.accepted ? el("div", {}, el("strong", {}, "Accepted"), one.accepted.replace(/^accepted/, "")) : null,
      one.remedy ? el("div", {}, el("bdi", {}, one.remedy)) : null, acceptButton([one])))));
}

function policySection(policy) {
  if (!Object.keys(policy).length) return null;
  const text = JSON.stringify(policy, null, 2);
  return section("Policy with the missing permissions", el("div", { class: "policy" }, copyButton(text, "Copy policy"), el("pre", { tabindex: "0" }, text)));
}

// The longest common subsequence of lines; policies are short.
function lineDiff(before, after) {
  const [old, now] = [before, after].map((text) => (text ? text.replace(/\n$/, "").split("\n") : []));
  const length = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      length[i][j] = old[i] === now[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const lines = [];
  for (let i = 0, j = 0; i < old.length || j < now.length;) {
    if (i < old.length && j < now.length && old[i] === now[j]) { lines.push([" ", old[i]]); i += 1; j += 1; }
    else if (j >= now.length || (i < old.length && length[i + 1][j] >= length[i][j + 1])) { lines.push(["-", old[i]]); i += 1; }
    else { lines.push(["+", now[j]]); j += 1; }
  }
  return lines;
}

function diffSection(details, later) {
  if (!details.diff.length) return null;
  const kinds = { "-": "removed", "+": "added", " ": "same" };
  const parts = details.diff.map((one) => el("details", { open: true }, el("summary", {}, one.after_header || one.before_header || "state"),
    el("pre", { class: "diff", tabindex: "0" }, lineDiff(one.before, one.after).map(([kind, line]) =>
      el("span", { class: kinds[kind] }, `${kind} ${line}\n`)))));
  return section(details.check_mode ? `Before, and after a ${later}` : "Before and after", ...parts);
}

function comparedSection(compared) {
  if (!compared) return null;
  const rows = ["new", "still_open", "fixed", "unknown"].flatMap((kind) => definition(words(kind), compared[kind].join(", ")));
  if (compared.plan.length) rows.push(...definition("Plan", compared.plan.join(", ")));
  return section("Since the previous report", el("dl", { class: "place" }, ...rows));
}

function fillAccount(account) {
  const details = unpack(account[DETAILS], account);
  const later = statusOf(account) === "rolled_back" ? "rollback" : "run of converge";
  const close = el("button", { type: "button", class: "close", onclick: () => byId("account").close() }, "Close");
  byId("account").replaceChildren(
    el("header", {}, el("h2", { id: "account-title", tabindex: "-1" }, el("bdi", {}, account[HOST])), badge(statusOf(account)),
      el("span", { class: "moves" }, neighbour(account, -1, "Previous account"), neighbour(account, 1, "Next account"), close)),
    el("div", { class: "body" },
      el("dl", { class: "place" }, ...definition("Account", account[ID]), ...definition("Principal", details.arn), ...definition("OU", details.ou),
        ...definition("Wave", details.wave)),
      details.console ? el("p", {}, el("a", { href: details.console, target: "_blank", rel: "noreferrer noopener" }, "Open in the AWS console")) : null,
      ...[
        todoSection(details),
        whySection(account, details, later),
        comparedSection(details.compared),
        changesSection(details.check_mode ? `What a ${later} would change` : "What was changed", details.changes),
        changesSection("What was not done", details.not_done),
        diffSection(details, later),
        undoSection(details),
        policySection(details.missing_permissions_policy),
        findingsSection(details.findings),
        details.left_in_place.length ? section("Left in place", el("ul", {}, details.left_in_place.map((one) => el("li", {}, one)))) : null,
      ].filter(Boolean)));
}

function neighbour(account, step, label) {
  const other = shown[shown.indexOf(account) + step];
  const usable = shown.includes(account) && other;
  return el("button", { type: "button", disabled: !usable, "aria-label": label, title: label,
    onclick: () => openAccount(other) }, step < 0 ? "\u2191" : "\u2193");
}

function openAccount(account) {
  const dialog = byId("account");
  opened = account;
  fillAccount(account);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".body").scrollTop = 0;
  byId("account-title").focus();
  remember(account);
}

// The address leads back to what is open, so that it can be sent to somebody.
function remember(account) {
  try {
    const fragment = account ? `#account=${encodeURIComponent(account[HOST])}` : "";
    history.replaceState(null, "", fragment || location.pathname + location.search);
  } catch {
    // Some browsers refuse this for files, and half a character has no address: then it stays as it is.
  }
}

function listenToAccount() {
  const dialog = byId("account");
  dialog.addEventListener("close", () => {
    remember(null);
    const row = [...document.querySelectorAll("button.host")].find((button) => button.textContent === visible(opened[HOST]));
    if (row) row.focus();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

function openFromAddress() {
  const found = /^#account=(.*)$/.exec(location.hash);
  let host = "";
  try {
    host = found ? decodeURIComponent(found[1]) : "";
  } catch {
    return;
  }
  const account = page.accounts.find((one) => one[HOST] === host);
  if (account && host) openAccount(account);
}
