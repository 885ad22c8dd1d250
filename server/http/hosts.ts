/**
 * Whether a request was meant for this server. Until people log in, being able to reach it is the only
 * protection, so a page of another site must not: a foreign `Host` is DNS rebinding, a foreign `Origin` a
 * cross-site request.
 */
export function createHostCheck(allowedHosts: readonly string[]) {
  const names = new Set([
    "localhost",
    "127.0.0.1",
    "[::1]",
    ...allowedHosts.map((host) => host.toLowerCase()),
  ]);

  /** The sentence to refuse with, or undefined when all is well. */
  return function refuseForeign(request: Request): string | undefined {
    const host = request.headers.get("host");
    if (host !== null && !names.has(nameOf(host))) {
      return `This server does not answer for the host "${printable(host)}". Use 127.0.0.1 or localhost, or add it to STYRMIN_ALLOWED_HOSTS.`;
    }
    const origin = request.headers.get("origin");
    if (origin !== null && !sameSite(origin)) {
      return `Pages of "${printable(origin)}" may not use this server. Open it under its own address, or add that host to STYRMIN_ALLOWED_HOSTS.`;
    }
    return undefined;
  };

  function sameSite(origin: string): boolean {
    if (!URL.canParse(origin)) return false;
    const { protocol, hostname } = new URL(origin);
    return /^https?:$/.test(protocol) && names.has(hostname);
  }
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
}

function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
}
