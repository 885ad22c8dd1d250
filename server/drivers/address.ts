import { BlockList, isIP } from "node:net";
import { AppError } from "../../lib/errors.ts";

/** Which addresses a git repository may have. Everything that is public is allowed. */
export interface AddressPolicy {
  /** This machine (127.0.0.0/8, ::1). */
  allowLoopback: boolean;
  /** Private networks (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7). */
  allowPrivate: boolean;
}

const loopback = blockList(["127.0.0.0/8", "::1/128"]);
const privateNetworks = blockList([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]);
/** Never a git server: this network, link-local (clouds' metadata), documentation, multicast, reserved. */
const never = blockList([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/128",
  "64:ff9b::/96",
  "2001:db8::/32",
  "fe80::/10",
  "ff00::/8",
]);

/** Throws FORBIDDEN when no connection may be made to this IP address. */
export function checkAddress(address: string, { allowLoopback, allowPrivate }: AddressPolicy): void {
  const refused = (kind: string, remedy: string) => {
    throw new AppError("FORBIDDEN", `The repository is at ${address}, ${kind}. ${remedy}`, { field: "url" });
  };
  const plain = unmapped(address);
  if (isIP(plain) === 0 || within(never, plain))
    refused("where no repository can be", "Use its public address.");
  if (!allowLoopback && within(loopback, plain)) {
    refused(
      "on the server's own machine",
      "An administrator can allow that with the setting allowLoopbackGit.",
    );
  }
  if (!allowPrivate && within(privateNetworks, plain)) {
    refused("in a private network", "An administrator can allow that with the setting allowPrivateGit.");
  }
}

/**
 * Reads a repository's address and takes the credentials out of it. Throws INVALID for anything but http and
 * https; the text of the error never holds a password.
 */
export function parseRepositoryUrl(text: string): { url: string; username?: string; password?: string } {
  const invalid = (reason: string) => {
    throw new AppError("INVALID", `The repository's address ${reason}. Use https://host/path.`, {
      field: "url",
    });
  };
  if (text.length > 2_048) invalid("is too long");
  const parsed = URL.parse(text);
  if (!parsed) return invalid("is no URL") as never;
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:")
    invalid("must begin with http:// or https://");
  if (parsed.hostname === "") invalid("names no host");
  if (parsed.search !== "" || parsed.hash !== "") invalid("must have no query and no fragment");
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  const url = parsed.href.replace(/\/+$/, "");
  if (username === "" && password === "") return { url };
  return { url, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** A repository's address without what must not be seen; any text that is none is cut to nothing. */
export function withoutCredentials(text: string): string {
  try {
    return parseRepositoryUrl(text).url;
  } catch {
    return "";
  }
}

/** `::ffff:127.0.0.1` → `127.0.0.1`; the zone of a link-local address is dropped. */
function unmapped(address: string): string {
  const plain = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const dotted = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (dotted) return dotted[1]!;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(plain);
  if (!hex) return plain;
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function within(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function blockList(subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network, prefix] = subnet.split("/") as [string, string];
    list.addSubnet(network, Number(prefix), network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
