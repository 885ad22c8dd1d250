import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommit, idOfCommit } from "../../../server/drivers/commit.ts";
import { checkSignature, type SignatureFound } from "../../../server/drivers/signature.ts";
import { readSigners } from "../../../server/drivers/signers.ts";
import { git } from "../../helpers/git-server.ts";

const hasSsh = Bun.which("ssh-keygen") !== null;
const hasGpg = Bun.which("gpg") !== null;
let home: string;
let repository: string;
let tree: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "styrmin-sig-"));
  repository = join(home, "r.git");
  await git(repository, ["init", "--bare", "--quiet", repository]);
  tree = await git(repository, ["hash-object", "-t", "tree", "-w", "--stdin"], new Blob([""]));
});
afterAll(async () => {
  await run("gpgconf", ["--kill", "all"]).catch(() => {});
  await rm(home, { recursive: true, force: true });
});

async function run(command: string, args: string[], stdin = ""): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", HOME: home, GNUPGHOME: join(home, "gpg") };
  const child = Bun.spawn([command, ...args], { env, stdin: new Blob([stdin]), stderr: "pipe" });
  const [text, trouble] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command} ${args.join(" ")}: ${trouble}`);
  return text;
}

/** The bytes of a commit that git made, signed as its settings say. */
async function commitWith(settings: string[], message = "Change the driver"): Promise<Buffer> {
  const who = ["user.name=Driver Author", "user.email=author@example.org"];
  const sign = settings.length > 0 ? ["-S"] : [];
  const options = [...who, ...settings].flatMap((one) => ["-c", one]);
  const id = await git(repository, [...options, "commit-tree", ...sign, "-m", message, tree]);
  return objectOf(id);
}

async function objectOf(id: string): Promise<Buffer> {
  const child = Bun.spawn(["git", "cat-file", "commit", id], {
    env: { PATH: process.env.PATH ?? "", GIT_DIR: repository },
  });
  return Buffer.from(await new Response(child.stdout).arrayBuffer());
}

/** What becomes of a commit of which one thing was changed; its id is that of the changed one. */
const changed = (object: Buffer, from: string, to: string) => {
  const text = object.toString("latin1");
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  return Buffer.from(text.replace(from, to), "latin1");
};

const judge = (object: Uint8Array, keys: string[]): Promise<SignatureFound | null> =>
  checkSignature(idOfCommit(object), object, { required: false, allowedKeys: keys });

/** The reason; undefined when the signature is good. */
async function refusal(object: Uint8Array, keys: string[]): Promise<string | undefined> {
  const found = await judge(object, keys);
  return found?.state === "REFUSED" ? found.reason : undefined;
}

describe.skipIf(!hasSsh)("a commit signed by SSH", () => {
  const kinds = [
    ["ed25519", []],
    ["rsa", ["-b", "2048"]],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384"]],
    ["ecdsa", ["-b", "521"]],
  ] as const;
  const keyFile = (index: number) => join(home, `key-${index}`);
  const publicKey = (index: number) => Bun.file(`${keyFile(index)}.pub`).text();
  const signedBy = (index: number, message?: string) =>
    commitWith(["gpg.format=ssh", `user.signingkey=${keyFile(index)}`], message);
  beforeAll(async () => {
    for (const [index, [kind, bits]] of kinds.entries())
      await run("ssh-keygen", [
        "-q",
        "-t",
        kind,
        ...bits,
        "-N",
        "",
        "-C",
        `key ${index}`,
        "-f",
        keyFile(index),
      ]);
  });

  for (const [index, [kind, bits]] of kinds.entries()) {
    test(`of ${kind} ${bits.at(-1) ?? ""} is good, and changed in any way it is not`, async () => {
      const object = await signedBy(index);
      const fingerprint = (await run("ssh-keygen", ["-l", "-f", `${keyFile(index)}.pub`])).split(" ")[1]!;
      const keys = [await publicKey(index)];
      expect(await judge(object, keys)).toEqual({
        state: "GOOD",
        kind: "SSH",
        signer: `key ${index}`,
        key: fingerprint,
      });
      for (const [from, to] of [
        ["Change the", "Damage the"],
        ["tree 4", "tree 5"],
        ["author Driver", "author Dr.ver"],
        ["author@example.org", "author@example.com"],
      ] as const) {
        expect(await refusal(changed(object, from, to), keys)).toContain("does not hold");
      }
      expect(await refusal(changed(object, "\n\nChange", "\nextra header\n\nChange"), keys)).toContain(
        "does not hold",
      );
      expect(
        await checkSignature("0".repeat(40), object, { required: false, allowedKeys: keys }),
      ).toMatchObject({
        state: "REFUSED",
        reason: expect.stringContaining("not the commit"),
      });
    });
  }

  test("is found among many keys, by git's list of allowed signers too", async () => {
    const all = await Promise.all(kinds.map((_, index) => publicKey(index)));
    const [type, blob] = all[2]!.split(" ") as [string, string];
    const object = await signedBy(2);
    expect(await judge(object, all)).toMatchObject({ signer: "key 2" });
    const list = `# who may sign\n\nsomebody@example.org ${all[0]}\nme@example.org namespaces="git,file",valid-after="20200101",valid-before="20990101" ${type} ${blob} a comment\n`;
    expect(await judge(object, [list])).toMatchObject({ state: "GOOD", signer: "me@example.org" });
  });

  test("is refused for what is wrong with it, with the reason", async () => {
    const [own, other] = [await publicKey(0), await publicKey(1)];
    const bare = own.split(" ").slice(0, 2).join(" ");
    const object = await signedBy(0);
    const reasons: [string, Buffer, string[], RegExp][] = [
      ["unsigned", await commitWith([]), [own], /not signed/],
      ["by a key that is not allowed", object, [other], /SSH key SHA256:\S+, which is not allowed/],
      ["by a key that has expired", object, [`me valid-before="20240101" ${bare}`], /not valid now/],
      ["by a key that is not valid yet", object, [`me valid-after="20990101" ${bare}`], /not valid now/],
      ["by a key for other things", object, [`me namespaces="file" ${bare}`], /not for git/],
      ["cut", changed(object, "\n -----END SSH SIGNATURE-----", ""), [own], /not whole/],
      ["of letters", changed(object, "U1NIU0lH", "AAAAAAAA"), [own], /no SSH signature/],
      [
        "of another kind",
        changed(object, "BEGIN SSH SIGNATURE", "BEGIN SIGNED MESSAGE"),
        [own],
        /neither SSH's nor PGP's/,
      ],
      [
        "said to be PGP's",
        changed(object, "BEGIN SSH SIGNATURE", "BEGIN PGP SIGNATURE"),
        [own],
        /no PGP key is allowed/,
      ],
    ];
    for (const [what, commit, keys, reason] of reasons)
      expect([what, await refusal(commit, keys)]).toEqual([what, expect.stringMatching(reason)]);

    const required = { required: true, allowedKeys: [other] };
    await expect(checkSignature(idOfCommit(object), object, required)).rejects.toMatchObject({
      code: "INVALID",
      field: "signature",
      message: expect.stringContaining("which is not allowed"),
    });
    expect(await checkSignature(idOfCommit(object), object, { required: false, allowedKeys: [] })).toBeNull();
  });

  test("made for another purpose, or for another commit, is refused; with SHA-256 it is good", async () => {
    const own = await publicKey(0);
    const plain = await commitWith([]);
    const sign = async (namespace: string, ...options: string[]) => {
      await Bun.write(join(home, "payload"), plain);
      await rm(join(home, "payload.sig"), { force: true });
      await run("ssh-keygen", [
        "-Y",
        "sign",
        "-f",
        keyFile(0),
        "-n",
        namespace,
        ...options,
        join(home, "payload"),
      ]);
      return (await Bun.file(join(home, "payload.sig")).text()).trim();
    };
    const withSignature = (object: Buffer, armour: string) =>
      changed(object, "\n\n", `\ngpgsig ${armour.replaceAll("\n", "\n ")}\n\n`);
    expect(await refusal(withSignature(plain, await sign("file")), [own])).toContain('for "file"');
    const right = await sign("git", "-O", "hashalg=sha256");
    expect(await refusal(withSignature(plain, right), [own])).toBeUndefined();
    const another = await commitWith([], "Another");
    expect(await refusal(withSignature(another, right), [own])).toContain("does not hold");
  });

  test("is never good when bytes of the signature are changed at random, and never throws", async () => {
    const object = await signedBy(0);
    const keys = [await publicKey(0)];
    const text = object.toString("latin1");
    const [from, to] = [text.indexOf("U1NIU0lH"), text.indexOf("\n -----END SSH")];
    for (let round = 0; round < 300; round++) {
      const at = from + Math.floor(Math.random() * (to - from));
      const letters = "ABCDEFGHabcdefgh0123+/";
      const letter = letters[Math.floor(Math.random() * letters.length)]!;
      if (text[at] === letter || text[at] === "\n" || text[at] === " " || text[at] === "=") continue;
      const object2 = Buffer.from(text.slice(0, at) + letter + text.slice(at + 1), "latin1");
      const { signature } = readCommit(object2);
      // The last letter of base64 may hold bits that count for nothing.
      const bytes = (one: string) => Buffer.from(one.replace(/-----[^-]+-----/g, ""), "base64");
      if (bytes(signature!.armour).equals(bytes(readCommit(object).signature!.armour))) continue;
      expect(await refusal(object2, keys)).toBeDefined();
    }
  });
});

describe.skipIf(!hasGpg)("a commit signed by PGP", () => {
  const program = (name: string) => join(home, name);
  beforeAll(async () => {
    await run("mkdir", ["-m", "700", join(home, "gpg")]);
    // An old moment makes a key that has expired since.
    const long = ["--faked-system-time", "20240101T000000"];
    await run("gpg", [
      "--batch",
      "--passphrase",
      "",
      "--quick-gen-key",
      "Valid <valid@example.org>",
      "ed25519",
      "sign",
      "1y",
    ]);
    await run("gpg", [
      "--batch",
      "--passphrase",
      "",
      "--quick-gen-key",
      "Rsa <rsa@example.org>",
      "rsa2048",
      "sign",
      "1y",
    ]);
    await run("gpg", [
      "--batch",
      "--passphrase",
      "",
      ...long,
      "--quick-gen-key",
      "Old <old@example.org>",
      "ed25519",
      "sign",
      "1m",
    ]);
    const script = (more: string) => `#!/bin/sh\nGNUPGHOME=${join(home, "gpg")} exec gpg ${more} "$@"\n`;
    await Bun.write(program("now"), script(""));
    await Bun.write(program("then"), script("--faked-system-time 20240102T000000"));
    await run("chmod", ["+x", program("now"), program("then")]);
  });
  const signedBy = (who: string, when = "now", message?: string) =>
    commitWith([`gpg.program=${program(when)}`, `user.signingkey=${who}@example.org`], message);
  const publicKey = (who: string) => run("gpg", ["--armor", "--export", `${who}@example.org`]);

  test("is good by an allowed key, and refused otherwise with the reason", async () => {
    const [valid, rsa, old] = (await Promise.all(["valid", "rsa", "old"].map(publicKey))) as [
      string,
      string,
      string,
    ];
    const object = await signedBy("valid");
    const [good, goodRsa, changedOne, unknown, expired, garbage, unsigned, ssh] = await Promise.all([
      judge(object, [valid, rsa]),
      judge(await signedBy("rsa"), [`${valid}\n${rsa}`]),
      refusal(changed(object, "Change the", "Damage the"), [valid]),
      refusal(object, [rsa]),
      refusal(await signedBy("old", "then"), [old]),
      refusal(changed(object, "SIGNATURE-----\n \n ", "SIGNATURE-----\n \n AA"), [valid]),
      refusal(await commitWith([]), [valid]),
      refusal(object, ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJUkCHfM1eQGchkcGKDAtUpq31aQPNxsI44hSioCBTRY"]),
    ]);
    expect(good).toMatchObject({ state: "GOOD", kind: "PGP", signer: "Valid <valid@example.org>" });
    expect(goodRsa).toMatchObject({ state: "GOOD", signer: "Rsa <rsa@example.org>" });
    expect(changedOne).toContain("does not hold");
    expect(unknown).toMatch(/PGP key [0-9a-f]{16}, which is not allowed/);
    expect(expired).toMatch(/expired|not valid/);
    expect(garbage).toMatch(/cannot be read|does not hold|not one signature/);
    expect(unsigned).toContain("not signed");
    expect(ssh).toContain("no PGP key is allowed");
  });
});

describe("allowed keys", () => {
  const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIJUkCHfM1eQGchkcGKDAtUpq31aQPNxsI44hSioCBTRY";
  const refused: [string, string, RegExp][] = [
    ["words", "these are words", /"these are words", which is no SSH or PGP key/],
    ["a key that is cut", "ssh-ed25519 AAAA", /not whole/],
    ["a key of another kind than it says", `ssh-rsa ${blob}`, /not whole/],
    ["a security key", `sk-ssh-ed25519@openssh.com ${blob}`, /not supported/],
    ["an authority", `*@example.org cert-authority ssh-ed25519 ${blob}`, /cert-authority.*not supported/],
    ["a time that is none", `me valid-before="soon" ssh-ed25519 ${blob}`, /"soon", which is none/],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", /private key/],
    ["too much", "#".repeat(70_000), /larger than/],
  ];
  for (const [what, text, message] of refused) {
    test(`are refused with ${what}`, () => {
      expect(() => readSigners([text])).toThrow(
        expect.objectContaining({
          code: "INVALID",
          field: "allowedKeys",
          message: expect.stringMatching(message),
        }),
      );
    });
  }
});

test("a commit is read as git has it: encodings, merges, tags in it, no message", () => {
  const id = "a".repeat(40);
  const object = Buffer.from(
    `tree ${id}\nparent ${id}\nparent ${id}\nauthor Ä <a@b> 1700000000 +0200\ncommitter B\u001b[31m <c@d> 1700000001 -0000\nencoding UTF-8\nmergetag object ${id}\n type commit\n gpgsig no header\n \n tag x\n\nSubject \u0007 line\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n`,
  );
  expect(readCommit(object)).toEqual({
    author: { name: "Ä", email: "a@b", at: new Date(1_700_000_000_000) },
    committer: { name: "B [31m", email: "c@d", at: new Date(1_700_000_001_000) },
    subject: "Subject   line",
    signature: null,
  });
  expect(readCommit(Buffer.from(`tree ${id}\n`))).toMatchObject({
    author: null,
    subject: "",
    signature: null,
  });
  expect(readCommit(Buffer.alloc(0))).toMatchObject({ author: null, committer: null });
});
