/** What the server tells of itself in Prometheus' text format (version 0.0.4). */
export function createMetrics() {
  const requests = new Map<string, { count: number; seconds: number }>();
  const startedAt = Date.now();
  return {
    /** Counts one answered request. Paths with ids in them are counted under their first part. */
    count(path: string, status: number, milliseconds: number): void {
      const route = known.has(path) ? path : `/${path.split("/")[1] ?? ""}`;
      const key = `{route="${known.has(route) ? route : "other"}",status="${status}"}`;
      const entry = requests.get(key) ?? { count: 0, seconds: 0 };
      entry.count++;
      entry.seconds += milliseconds / 1000;
      requests.set(key, entry);
    },
    text(): string {
      const lines = [
        "# HELP process_resident_memory_bytes Resident memory.",
        "# TYPE process_resident_memory_bytes gauge",
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
        "# HELP process_start_time_seconds When the process started.",
        "# TYPE process_start_time_seconds gauge",
        `process_start_time_seconds ${Math.round(startedAt / 1000)}`,
        "# HELP styrmin_http_request_seconds Answered requests and the time they took.",
        "# TYPE styrmin_http_request_seconds summary",
      ];
      for (const [key, { count, seconds }] of requests) {
        lines.push(`styrmin_http_request_seconds_count${key} ${count}`);
        lines.push(`styrmin_http_request_seconds_sum${key} ${seconds.toFixed(6)}`);
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

const known = new Set([
  "/",
  "/graphql",
  "/graphql/stream",
  "/graphiql",
  "/agent",
  "/webhooks",
  "/healthz",
  "/readyz",
  "/metrics",
]);
