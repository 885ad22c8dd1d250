/** Messages to the kernel's routing socket (rtnetlink(7)), as bytes: what `ip` would send, without `ip`. */

const request = { newLink: 16, delLink: 17, newAddress: 20, newRoute: 24 };
const flags = { request: 1, ack: 4, exclusive: 0x200, create: 0x400 };
const link = { up: 0x1, noArp: 0x80 };
const attribute = {
  link: { address: 1, name: 3, info: 18, namespace: 28, infoKind: 1, infoData: 2, vethPeer: 1 },
  address: { address: 1, local: 2 },
  route: { destination: 1, out: 4, source: 7 },
};
const inet = 2;
const scopeLink = 253;

export const loopback = 1;

/**
 * A cable between this network namespace (interface `name`, index `index`) and another (`eth0`, index 2).
 * Both ends carry the same hardware address and resolve none: each takes every packet of the other, so no
 * ARP is needed and no pod can claim the address of another.
 */
export function newCable(name: string, index: number, peerNamespace: number): Buffer {
  const mac = Buffer.from([2, 0, 10, 244, (index >> 8) & 255, index & 255]);
  const { link: a } = attribute;
  const peer = Buffer.concat([
    linkHeader(2, 0),
    attr(a.name, text("eth0")),
    attr(a.address, mac),
    attr(a.namespace, u32(peerNamespace)),
  ]);
  const info = [attr(a.infoKind, text("veth")), attr(a.infoData, attr(a.vethPeer, peer))];
  return message(request.newLink, flags.create | flags.exclusive, [
    linkHeader(index, 0),
    attr(a.name, text(name)),
    attr(a.address, mac),
    attr(a.info, Buffer.concat(info)),
  ]);
}

export function linkUp(index: number): Buffer {
  return message(request.newLink, 0, [linkHeader(index, link.up | (index === loopback ? 0 : link.noArp))]);
}

export function deleteLink(index: number): Buffer {
  return message(request.delLink, 0, [linkHeader(index, 0)]);
}

/** On loopback the whole prefix becomes local, so that every address in it can be listened on. */
export function newAddress(index: number, ip: string, prefix: number): Buffer {
  const header = Buffer.from([inet, prefix, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(index, 4);
  const { address: a } = attribute;
  return message(request.newAddress, flags.create, [
    header,
    attr(a.local, ipv4(ip)),
    attr(a.address, ipv4(ip)),
  ]);
}

export interface RouteOptions {
  destination: string;
  prefix: number;
  /** The sender's address for who leaves it open. */
  source: string;
}

/** A route straight out of an interface. */
export function newRoute(index: number, { destination, prefix, source }: RouteOptions): Buffer {
  const [main, byAdministrator, unicast] = [254, 4, 1];
  const header = Buffer.from([inet, prefix, 0, 0, main, byAdministrator, scopeLink, unicast, 0, 0, 0, 0]);
  const { route: a } = attribute;
  return message(request.newRoute, flags.create, [
    header,
    attr(a.destination, ipv4(destination)),
    attr(a.source, ipv4(source)),
    attr(a.out, u32(index)),
  ]);
}

function message(type: number, extra: number, parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags.request | flags.ack | extra, 6);
  return Buffer.concat([header, body]);
}

function linkHeader(index: number, up: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(up, 8);
  header.writeUInt32LE(up, 12);
  return header;
}

function attr(type: number, data: Buffer): Buffer {
  const whole = Buffer.alloc((4 + data.length + 3) & ~3);
  whole.writeUInt16LE(4 + data.length, 0);
  whole.writeUInt16LE(type, 2);
  data.copy(whole, 4);
  return whole;
}

const text = (value: string) => Buffer.from(`${value}\0`);
const ipv4 = (ip: string) => Buffer.from(ip.split(".").map(Number));

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
