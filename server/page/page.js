// One live page: what was observed, and how old that is. Everything from outside is set as text, never as HTML.
const query = `{
  deployments(first: 200) {
    name status statusReason lastKnown applicationVersion
    environment { name } driverVersion { driver { name } }
    services { url } observed { ageSeconds stale simulated }
  }
  podStatuses(first: 500) {
    name component phase ready restarts reason message observedAt simulated deployment { name environment { name } }
  }
  clusters { name agent { state version lastSeenAt } }
}`;

let [shown, fetchedAt, serverLost] = [null, 0, false];

async function refresh() {
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(10_000),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    [shown, fetchedAt, serverLost] = [data, Date.now(), false];
  } catch {
    serverLost = true;
  }
  draw();
}

function draw() {
  const connection = document.getElementById("connection");
  const behind = fetchedAt === 0 ? 0 : (Date.now() - fetchedAt) / 1000;
  connection.textContent = serverLost
    ? fetchedAt === 0
      ? "The server does not answer."
      : `The server does not answer: this is ${age(behind)} old.`
    : "Live";
  connection.className = serverLost ? "lost" : "yes";
  if (!shown) return;

  rows("deployments", shown.deployments, (d) => [
    text(d.name),
    text(d.environment.name),
    text(`${d.driverVersion.driver.name} ${d.applicationVersion}`),
    word(d.status, d.lastKnown ? `${d.status} (was ${d.lastKnown})` : d.status),
    muted(d.observed?.simulated ? `${d.statusReason} Simulated.` : d.statusReason),
    d.observed ? ageCell(d.observed.ageSeconds + behind, d.observed.stale) : muted("never"),
    links(d.services.map((service) => service.url).filter(Boolean)),
  ]);
  document.querySelector(".empty").hidden = shown.deployments.length > 0;
  rows("pods", shown.podStatuses, (p) => [
    text(p.name),
    text(`${p.deployment.environment.name}/${p.deployment.name}`),
    text(p.component ?? ""),
    text(p.simulated ? `${p.phase} (simulated)` : p.phase),
    word(p.ready ? "yes" : "no", p.ready ? "yes" : "no"),
    text(String(p.restarts)),
    muted([p.reason, p.message].filter(Boolean).join(": ")),
    ageCell(secondsSince(p.observedAt), secondsSince(p.observedAt) > 30),
  ]);
  rows("clusters", shown.clusters, (c) => [
    text(c.name),
    word(c.agent.state, c.agent.state),
    c.agent.lastSeenAt
      ? ageCell(secondsSince(c.agent.lastSeenAt), c.agent.state === "SILENT")
      : muted("never"),
    text(c.agent.version ?? ""),
  ]);
}

function rows(id, items, cellsOf) {
  const lines = items.map((item) => {
    const line = document.createElement("tr");
    line.append(...cellsOf(item));
    return line;
  });
  document.querySelector(`#${id} tbody`).replaceChildren(...lines);
}

function text(content, className = "") {
  const cell = document.createElement("td");
  cell.textContent = content;
  cell.className = className;
  return cell;
}

const muted = (content) => text(content, "why");
const word = (name, content) => text(content, `word ${name}`);
const ageCell = (seconds, stale) => text(`${age(seconds)} ago`, stale ? "stale" : "age");
const secondsSince = (moment) => Math.max(0, (Date.now() - Date.parse(moment)) / 1000);

function age(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function links(urls) {
  const cell = document.createElement("td");
  for (const url of urls.filter((candidate) => /^https?:\/\//.test(candidate))) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = url;
    link.rel = "noopener noreferrer";
    cell.append(link, document.createElement("br"));
  }
  return cell;
}

// Changes are told by the server; a slow poll stands behind that, and the clock moves the ages.
const changes = new EventSource(
  `/graphql/stream?query=${encodeURIComponent("subscription { deploymentsChanged { id } }")}`,
);
let due = 0;
changes.addEventListener("next", () => {
  clearTimeout(due);
  due = setTimeout(refresh, 100);
});
setInterval(refresh, 5_000);
setInterval(draw, 1_000);
refresh();
