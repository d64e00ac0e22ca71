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
  if (filter.ou) found.push((account) => unpack(account[OU], account) === filter.ou);
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
}

function setStatus(status) {
  filter.status = filter.status === status ? "" : status;
  byId("status").value = filter.status;
  applyFilters();
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
  const units = [...new Set(page.accounts.map((account) => unpack(account[OU], account)))].filter(Boolean).sort();
  byId("ou").append(option("", "all"), ...units.map((unit) => option(unit, unit)));
  byId("ou").parentElement.hidden = !units.length;
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
