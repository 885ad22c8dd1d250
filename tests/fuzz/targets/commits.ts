import { idOfCommit, readCommit } from "../../../server/drivers/commit.ts";
import { checkSignature } from "../../../server/drivers/signature.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

/** Made by git and ssh-keygen, with a key that is nobody's any more. */
const signed = [
  "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  "author A <a@example.org> 1795957785 +0000",
  "committer A <a@example.org> 1795957785 +0000",
  "gpgsig -----BEGIN SSH SIGNATURE-----",
  " U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgJUkCHfM1eQGchkcGKDAtUpq31a",
  " QPNxsI44hSioCBTRYAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5",
  " AAAAQAPW5b5u836NmIYSSfbth1zwNyx5XmpbcZuIfPGhwpH8+e9F5geBwd9r7jye0AeQa1",
  " qs4KKWLyJ5xPgC3QIgFAs=",
  " -----END SSH SIGNATURE-----",
  "",
  "Signed",
  "",
].join("\n");
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICVJAh3zNXkBnIZHBigwLVKat9WkDzcbCOOIUoqAgU0W somebody";
const { payload } = readCommit(Buffer.from(signed)).signature!;
const dictionary = [
  "\n ",
  "\n\n",
  "gpgsig ",
  "gpgsig-sha256 ",
  "-----BEGIN SSH SIGNATURE-----",
  "-----END SSH SIGNATURE-----",
  "U1NIU0lH",
  "AAAA",
  "/////w==",
  "author ",
  "99999999999999",
  "\0",
];

/** Raw commits and their signatures: what was not signed is never taken for it. */
export const commits: FuzzTarget<string> = {
  name: "commits",
  share: 6,
  limitMs: 1_000,
  make: (random) => mutated(random, signed, dictionary),
  async run(text) {
    const object = Buffer.from(text);
    const { author, subject } = readCommit(object);
    if (!`${author?.name}${author?.email}${subject}`.isWellFormed()) throw new Error("a text that is none");
    const trust = { required: false, allowedKeys: [key] };
    const found = await checkSignature(idOfCommit(object), object, trust);
    if (found?.state !== "GOOD") return;
    const of = readCommit(object).signature!.payload;
    if (Buffer.compare(of, payload) !== 0) throw new Error("a good signature of what was not signed");
  },
};
