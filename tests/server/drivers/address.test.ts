import { describe, expect, test } from "bun:test";
import { checkAddress, parseRepositoryUrl, withoutCredentials } from "../../../server/drivers/address.ts";

const strict = { allowLoopback: false, allowPrivate: false };
const open = { allowLoopback: true, allowPrivate: true };

describe("the address of a repository", () => {
  test.each(["140.82.121.4", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "11.0.0.1"])(
    "%s is public",
    (address) => {
      expect(() => checkAddress(address, strict)).not.toThrow();
    },
  );

  test.each([
    "127.0.0.1",
    "127.255.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fd00::1",
    "::ffff:192.168.0.1",
  ])("%s needs a setting", (address) => {
    expect(() => checkAddress(address, strict)).toThrow("administrator");
    expect(() => checkAddress(address, open)).not.toThrow();
  });

  test.each([
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "198.18.0.1",
    "",
    "x",
  ])("%s is never allowed", (address) => {
    expect(() => checkAddress(address, open)).toThrow();
  });

  test("is shown without its credentials", () => {
    expect(parseRepositoryUrl("https://ann:p%40ss@host/a/b.git/")).toEqual({
      url: "https://host/a/b.git",
      username: "ann",
      password: "p@ss",
    });
    expect(withoutCredentials("https://token@host/a")).toBe("https://host/a");
    expect(withoutCredentials("ann:secret@host:a")).toBe("");
  });

  test("tells no password when it is wrong", () => {
    for (const url of [
      "ftp://ann:geheim@host/a",
      "https://ann:geheim@/a",
      "https://ann:geheim@host/a?b",
      "https://ann:geheim@host:99999/a",
    ]) {
      try {
        parseRepositoryUrl(url);
        throw new Error(`${url} was taken`);
      } catch (thrown) {
        expect(String(thrown)).toContain("The repository's address");
        expect(String(thrown)).not.toContain("geheim");
      }
    }
  });
});
