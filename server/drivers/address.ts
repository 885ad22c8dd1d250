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
  "fec0::/10",
]);
/** Never a git server: this network, link-local (clouds' metadata), documentation, tunnels, multicast, reserved. */
const never = blockList([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/128",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fe80::/10",
  "ff00::/8",
]);

/** Throws FORBIDDEN when no connection may be made to this IP address. */
export function checkAddress(address: string, { allowLoopback, allowPrivate }: AddressPolicy): void {
  const refused = (kind: string, remedy: string) => {
    throw new AppError("FORBIDDEN", `The repository is at ${address}, ${kind}. ${remedy}`, { field: "url" });
  };
  const plain = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(plain) === 0) refused("which is no address of a machine", "Use its public address.");
  // A tunnel or a translator at the other end of an IPv6 address may lead to the IPv4 address in it.
  for (const each of [plain, ...embedded(plain)]) {
    if (within(never, each)) refused("where no repository can be", "Use its public address.");
    if (!allowLoopback && within(loopback, each)) {
      refused(
        "on the server's own machine",
        "An administrator can allow that with STYRMIN_ALLOW_LOOPBACK_GIT=1.",
      );
    }
    if (!allowPrivate && within(privateNetworks, each)) {
      refused("in a private network", "An administrator can allow that with STYRMIN_ALLOW_PRIVATE_GIT=1.");
    }
  }
}

const ssh = /^(ssh|git\+ssh|ssh\+git):|^[^/:@]+@[^/:]+:/i;

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
  if (ssh.test(text))
    invalid("must begin with http:// or https://: SSH is not spoken; record a token instead of a key");
  // What parsers drop or turn round means one thing to one of them and something else to the next.
  if (/[\p{Cc}\p{Cf}\p{Z}\\]|%(0[0-9a-f]|1[0-9a-f]|7f)/iu.test(text) || !text.isWellFormed()) {
    invalid("holds a space, a backslash or a control character");
  }
  if (!/^https?:\/\//i.test(text)) invalid("must begin with http:// or https://");
  const parsed = URL.parse(text);
  if (!parsed) return invalid("is no URL") as never;
  if (/^https?:\/\/[/@?#]/i.test(text) || parsed.hostname === "") invalid("names no host");
  if (parsed.search !== "" || parsed.hash !== "" || /[?#]/.test(text)) {
    invalid("must have no query and no fragment");
  }
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  const url = parsed.href.replace(/\/+$/, "");
  if (username === "" && password === "") return { url };
  try {
    return { url, username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return invalid("has credentials that cannot be decoded") as never;
  }
}

/** A repository's address without what must not be seen; any text that is none is cut to nothing. */
export function withoutCredentials(text: string): string {
  try {
    return parseRepositoryUrl(text).url;
  } catch {
    return "";
  }
}

/**
 * The IPv4 addresses that an IPv6 address carries: mapped (`::ffff:127.0.0.1`), compatible, translated, of a 6to4
 * network (2002::), or of an ISATAP interface (…:5efe:…).
 */
function embedded(address: string): string[] {
  if (isIP(address) !== 6) return [];
  const groups = groupsOf(address);
  const at = (index: number) => {
    const [high, low] = [groups[index]!, groups[index + 1]!];
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  };
  const begins = (...head: number[]) => head.every((group, index) => groups[index] === group);
  const found: string[] = [];
  const isCompatible = begins(0, 0, 0, 0, 0, 0) && (groups[6] !== 0 || groups[7]! > 1);
  if (begins(0, 0, 0, 0, 0, 0xffff) || begins(0, 0, 0, 0, 0xffff, 0) || isCompatible) found.push(at(6));
  if (begins(0x2002)) found.push(at(1));
  if ((groups[4]! & 0xfdff) === 0 && groups[5] === 0x5efe) found.push(at(6));
  return found;
}

function groupsOf(address: string): number[] {
  // The URL parser writes every IPv6 address in one way: hexadecimal, `::` for the longest row of zeros.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const numbers = (text: string) =>
    text === "" ? [] : text.split(":").map((each) => Number.parseInt(each, 16));
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
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
