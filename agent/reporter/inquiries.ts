import { type ClaimInquiryMutation, ClaimInquiryDocument, type Client } from "../../clients/sdk/index.ts";
import type { Kube, LogOptions } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { type Loop, sleep, startLoop } from "../../lib/loop.ts";
import type { Session } from "../session/session.ts";
import { merge, splitLines } from "./lines.ts";
import type { Reporter } from "./reporter.ts";

type Inquiry = NonNullable<ClaimInquiryMutation["claimInquiry"]>;

export interface InquiriesOptions {
  client: Client;
  session: Session;
  kube: Kube;
  podsOf: Reporter["podsOf"];
  waitMs?: number;
  /** Inquiries that are answered side by side. Default 16. */
  concurrency?: number;
  signal: AbortSignal;
  log: Log;
}

/** Answers questions that need the cluster now, each as a stream of JSON lines posted to the server. */
export function startInquiries(options: InquiriesOptions): Loop {
  const { client, session, waitMs = 20_000, concurrency = 16, signal, log } = options;
  const answering = new Set<Promise<void>>();
  return startLoop({
    name: "inquiries",
    everyMs: 0,
    signal,
    log,
    async once(own) {
      if (answering.size >= concurrency) {
        await Promise.race([...answering, sleep(1_000, own)]);
        return 0;
      }
      const inquiry = await session.call(own, async ({ epoch }) => {
        const limits = { signal: own, timeoutMs: waitMs + 10_000 };
        return (await client.execute(ClaimInquiryDocument, { epoch, waitMs }, limits)).claimInquiry;
      });
      if (!inquiry) return 0;
      const answer = answerInquiry(options, inquiry, signal).catch((thrown) => {
        if (!signal.aborted)
          log.warn("an inquiry could not be answered", { inquiry: inquiry.id, error: thrown });
      });
      answering.add(answer);
      void answer.finally(() => answering.delete(answer));
      return 0;
    },
  });
}

/** Posts the answer of one inquiry. Ends when the answer has ended, or nobody listens any more. */
export async function answerInquiry(
  options: InquiriesOptions,
  inquiry: Inquiry,
  signal: AbortSignal,
): Promise<void> {
  const { connection } = options.client;
  const gone = new AbortController();
  const both = AbortSignal.any([signal, gone.signal]);
  const lines = inquiry.kind === "logs" ? logLines(options, inquiry, both) : unknownKind(inquiry.kind);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await lines
        .next()
        .catch((thrown) => ({ done: false, value: { error: messageOf(thrown) } }) as const);
      if (next.done) return controller.close();
      controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
      if ("error" in next.value) controller.close();
    },
    cancel: () => gone.abort(),
  });
  try {
    await fetch(new URL(`/agent/inquiries/${inquiry.id}`, connection.url), {
      method: "POST",
      headers: { authorization: `Bearer ${connection.token}`, "content-type": "application/x-ndjson" },
      body,
      signal,
      duplex: "half",
      timeout: false,
    } as RequestInit);
  } finally {
    gone.abort();
  }
}

interface LogQuestion {
  deploymentId: string;
  component?: string | null;
  pod?: string | null;
  container?: string | null;
  tailLines?: number | null;
  sinceSeconds?: number | null;
  follow?: boolean;
}
type AnswerLine = { pod: string; container: string; line: string } | { error: string };

/** The lines of all containers that are asked for, as they come. */
async function* logLines(
  options: InquiriesOptions,
  inquiry: Inquiry,
  signal: AbortSignal,
): AsyncGenerator<AnswerLine> {
  const question = inquiry.question as LogQuestion;
  const targets = options
    .podsOf(question.deploymentId)
    .filter((pod) => !question.component || pod.component === question.component)
    .filter((pod) => !question.pod || pod.name === question.pod)
    .flatMap((pod) => pod.containers.map((container) => ({ pod, container })))
    .filter(({ container }) => !question.container || container === question.container);
  if (targets.length === 0) {
    yield { error: "No pod was found that this asks for. It may not have started yet." };
    return;
  }
  const wanted = {
    follow: question.follow ?? false,
    tailLines: question.tailLines ?? undefined,
    sinceSeconds: question.sinceSeconds ?? undefined,
  };
  yield* merge(
    targets.map(({ pod, container }) => containerLines(options.kube, pod, container, wanted, signal)),
  );
}

async function* containerLines(
  kube: Kube,
  pod: { namespace: string; name: string },
  container: string,
  wanted: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<AnswerLine> {
  try {
    for await (const line of splitLines(kube.logs(pod, { container, ...wanted }, signal))) {
      yield { pod: pod.name, container, line };
    }
  } catch (thrown) {
    // One container that has no log yet must not hide what the others say.
    if (!signal.aborted)
      yield { pod: pod.name, container, line: `(no more of this log: ${messageOf(thrown)})` };
  }
}

async function* unknownKind(kind: string): AsyncGenerator<AnswerLine> {
  yield { error: `This agent cannot answer "${kind}". Upgrade the agent, then ask again.` };
}
