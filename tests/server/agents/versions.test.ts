import { expect, test } from "bun:test";
import { compareVersions } from "../../../server/agents/versions.ts";

test.each([
  ["1.4.2", "1.4.2", undefined],
  ["1.4.2", "1.4.0", undefined],
  ["1.4.2", "1.3.9", "a minor version older than the server"],
  ["0.2.0", "0.1.0-rc.1", "a minor version older than the server"],
  ["1.4.2", "nightly", "cannot be compared"],
])("a server %s lets in an agent %s", (server, agent, notice) => {
  const answer = compareVersions(server, agent);
  expect(answer.refusal).toBeUndefined();
  if (notice === undefined) expect(answer.notice).toBeNull();
  else expect(answer.notice).toContain(notice);
});

test.each([
  ["1.4.2", "1.2.0", "upgrade the agent"],
  ["1.4.2", "1.5.0", "upgrade the server"],
  ["2.0.0", "1.9.0", "upgrade the agent"],
  ["1.0.0", "2.0.0", "upgrade the server"],
])("a server %s refuses an agent %s and says whom to upgrade", (server, agent, sentence) => {
  expect(compareVersions(server, agent).refusal).toContain(sentence);
});
