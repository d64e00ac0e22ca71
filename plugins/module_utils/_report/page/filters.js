// SPDX-License-Identifier: GPL-3.0-or-later
// Which accounts are shown: by status, OU, requirement, text, cause, and what changed since the previous report.

const STEP_OF = new Map(page.columns.map(([requirement, step]) => [requirement, step]));
const filter = { status: "", ou: "", requirement: "", since: "", words: [], cause: null };
let shown = page.accounts;

const searchable = page.accounts.map((account) =>
  [account[HOST], account[ID], unpack(account[OU], account), statusOf(account), unpack(account[WHAT], account)].join("\n").toLowerCase());

// Few kinds of rows of verdicts, many accounts: whether a kind is open in a column is asked once.
function openIn(column) {
  const known = new Map();
  return (account) => {
    const place = account[CELLS];
    if (!known.has(place)) known.set(place, OPEN.has(page.verdicts[page.table[place][column]]));
    return known.get(place);
  };
}

function changedSince(kind) {
  return (account) => {
    const compared = unpack(account[DETAILS], account).compared;
    return compared !== null && compared[kind].length > 0;
  };
}

// An OU is in itself, and in every one above it.
function isBelow(ou, above) {
  return ou === above || ou.startsWith(above.endsWith("/") ? above : `${above}/`);
}

// OU to how many accounts of each status it has, those of the OUs below it among them; in the order of their paths.
function totalsByUnit() {
  const totals = new Map();
  for (const account of page.accounts) {
    const ou = unpack(account[OU], account);
    for (let end = ou.length; end > 0; end = ou.lastIndexOf("/", end - 1)) {
      const above = ou.slice(0, end);
      const counts = totals.get(above) || totals.set(above, new Map()).get(above);
      counts.set(statusOf(account), (counts.get(statusOf(account)) || 0) + 1);
    }
  }
  return new Map([...totals].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const UNITS = totalsByUnit();
const accountsIn = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0);

function tests() {
  const found = [];
  if (filter.cause) {
    const hosts = new Set(filter.cause.hosts);
    found.push((account, index) => hosts.has(index));
  }
  if (filter.status) {
    const wanted = filter.status === "attention" ? NEEDS_ATTENTION : new Set([filter.status]);
    found.push((account) => wanted.has(statusOf(account)));
  }
  if (filter.ou) found.push((account) => isBelow(unpack(account[OU], account), filter.ou));
  if (filter.requirement) found.push(openIn(page.columns.findIndex(([name]) => name === filter.requirement)));
  if (filter.words.length) found.push((account, index) => filter.words.every((word) => searchable[index].includes(word)));
  if (filter.since) found.push(changedSince(filter.since));
  return found;
}

function applyFilters() {
  const every = tests();
  shown = page.accounts.filter((account, index) => every.every((test) => test(account, index)));
  showPage(0);
  const total = page.accounts.length;
  byId("count").textContent = every.length
    ? `${number(shown.length)} of ${many(total, "account")} shown`
    : `${many(total, "account")}, those that need attention first`;
  for (const tile of byId("statuses").children) tile.setAttribute("aria-pressed", String(tile.dataset.status === filter.status));
  byId("cause-filter").hidden = !filter.cause;
  byId("copy-hosts").disabled = !shown.length;
}

function setStatus(status) {
  filter.status = filter.status === status ? "" : status;
  byId("status").value = filter.status;
  applyFilters();
}

function setUnit(unit) {
  byId("ou").value = filter.ou = unit;
  applyFilters();
  byId("accounts").scrollIntoView();
  byId("accounts").focus();
}

// One name a line, as --limit @FILE takes them. A name that Ansible would take for a pattern is left out, and that is said.
async function copyHosts(event) {
  const patterns = new Set(page.unselectable.map((place) => page.accounts[place]));
  const names = shown.filter((account) => !patterns.has(account)).map((account) => account[HOST]);
  await copy(names.map((name) => `${name}\n`).join(""), event.currentTarget);
  const left = shown.length - names.length;
  if (left) say(`Copied without ${many(left, "account")} whose name is a pattern to Ansible`);
}

function setCause(cause, name) {
  filter.cause = cause;
  byId("cause-filter").firstElementChild.textContent = visible(`Only accounts with: ${name}`);
  applyFilters();
  byId("accounts").scrollIntoView();
  byId("accounts").focus();
}

function option(value, text) {
  return el("option", { value }, text);
}

function fillFilters() {
  const counts = page.summary;
  const statuses = page.statuses.filter((status) => counts[status]);
  byId("status").append(option("", "all"), option("attention", "needs attention"),
    ...statuses.map((status) => option(status, `${words(status)} (${counts[status]})`)));
  byId("ou").append(option("", "all"), ...[...UNITS].map(([unit, counts]) => option(unit, `${unit} (${number(accountsIn(counts))})`)));
  byId("ou").parentElement.hidden = !UNITS.size;
  byId("requirement").append(option("", "any"));
  for (const step of new Set(STEP_OF.values())) {
    const group = el("optgroup", { label: step });
    group.append(...page.columns.filter((column) => column[1] === step).map(([name]) => option(name, name)));
    byId("requirement").append(group);
  }
  byId("since").append(option("", "any"), ...["new", "fixed", "still_open", "unknown"].map((kind) => option(kind, words(kind))));
  byId("since").parentElement.hidden = !page.comparison.summary;
}

function listenToFilters() {
  byId("copy-hosts").addEventListener("click", copyHosts);
  byId("copy-hosts").title = "One per line, for --limit @FILE";
  for (const name of ["status", "ou", "requirement", "since"]) {
    byId(name).addEventListener("change", (event) => { filter[name] = event.target.value; applyFilters(); });
  }
  byId("text").addEventListener("input", (event) => {
    filter.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    applyFilters();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => {
    Object.assign(filter, { status: "", ou: "", requirement: "", since: "", words: [], cause: null });
    applyFilters();
  });
  byId("cause-filter").lastElementChild.addEventListener("click", () => { filter.cause = null; applyFilters(); });
}
