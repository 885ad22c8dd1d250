import { afterEach, describe, expect, test } from "bun:test";
import { createKube } from "../../kube/client.ts";
import type { KubeAccess } from "../../kube/config.ts";
import {
  isConflict,
  isKindNotServed,
  isThrottled,
  isUnanswered,
  KubeError,
  ownReasons,
} from "../../kube/errors.ts";
import { pauseBeforeRepeat } from "../../kube/http.ts";
import type { KubeObject } from "../../kube/types.ts";
import { configMap, type FakeApi, type FakeApiOptions, startFakeApi, statusAnswer } from "./fake-api.ts";

const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "n", name: "here" };
let api: FakeApi;

afterEach(() => api.stop());

function start(respond: FakeApiOptions["respond"], limitMs = 5000) {
  api = startFakeApi({ respond });
  const config: KubeAccess = {
    server: api.url,
    namespace: undefined,
    proxy: undefined,
    credentials: () => ({ tls: undefined, headers: {} }),
    kubeConfig: () => {
      throw new Error("not needed");
    },
  };
  return createKube({ config, limitMs });
}

/** Answers the first `times` requests to objects in this way, and the rest as usual. */
function first(times: number, answer: () => Response): FakeApiOptions["respond"] {
  return (_request, url) => (url.pathname.includes("/configmaps") && times-- > 0 ? answer() : undefined);
}

const objectRequests = () => api.requests.filter((one) => one.path.includes("/configmaps")).length;

describe("a throttled call", () => {
  const throttled = () => new Response("slow down", { status: 429, headers: { "retry-after": "0" } });

  test("is sent again when it was told to come back", async () => {
    const kube = start(first(2, throttled));
    expect((await kube.get(ref))?.metadata.name).toBe("here");
    expect(objectRequests()).toBe(3);
  });

  test("is sent again even if it writes, for it was not carried out", async () => {
    const kube = start((request, url) =>
      request.method === "POST" && url.pathname.endsWith("/configmaps")
        ? api.requests.filter((one) => one.method === "POST").length < 3
          ? throttled()
          : Response.json(configMap("new"))
        : undefined,
    );
    expect((await kube.create(configMap("new"))).metadata.name).toBe("new");
  });

  test("fails with 429 when it is throttled for ever", async () => {
    const kube = start(first(99, throttled));
    const failure = await kube.get(ref).catch((thrown) => thrown);
    expect(isThrottled(failure)).toBe(true);
    expect(objectRequests()).toBe(5);
  });

  test("does not wait longer than its limit", async () => {
    const later = () => new Response("", { status: 429, headers: { "retry-after": "60" } });
    const kube = start(first(99, later));
    const failure = await kube.get(ref).catch((thrown) => thrown);
    expect([failure.status, failure.retryAfter]).toEqual([429, 60_000]);
  });
});

describe("an answer that may have been lost", () => {
  const unavailable = () => statusAnswer(503, "ServiceUnavailable", "etcd is away");

  test("makes a read come again", async () => {
    const kube = start(first(1, unavailable));
    expect(await kube.get(ref)).toBeDefined();
  });

  test("makes an apply without precondition come again", async () => {
    const kube = start(first(1, unavailable));
    expect(
      (
        await kube.apply(
          { ...configMap("here"), metadata: { name: "here", namespace: "n" } },
          { manager: "t" },
        )
      ).metadata.uid,
    ).toBe("uid-here");
  });

  test("does not make a write with a precondition come again", async () => {
    const kube = start(first(9, unavailable));
    const failure = await kube.apply(configMap("here"), { manager: "t" }).catch((thrown) => thrown);
    expect(failure.status).toBe(503);
    expect(objectRequests()).toBe(1);
  });
});

test("a call that is not answered ends at its time limit", async () => {
  const kube = start(
    (_request, url) => (url.pathname === "/api/v1" ? undefined : new Promise<Response>(() => {})),
    100,
  );
  const failure = await kube.get(ref).catch((thrown) => thrown);
  expect([isUnanswered(failure), failure.reason]).toEqual([true, ownReasons.timeout]);
});

test("a call whose body never ends ends at its time limit", async () => {
  const endless = () =>
    new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode("{")) }));
  const kube = start(first(99, endless), 100);
  expect((await kube.get(ref).catch((thrown) => thrown)).reason).toBe(ownReasons.timeout);
});

test("an abort ends a call with the caller's own reason", async () => {
  const kube = start(first(99, () => new Response(new ReadableStream({}))));
  const stop = new AbortController();
  const asked = kube.get(ref, stop.signal).catch((thrown) => thrown);
  stop.abort(new Error("enough"));
  expect((await asked).message).toBe("enough");
});

test("an answer that is not JSON is an error that shows its start", async () => {
  const kube = start((_request, url) =>
    url.pathname.includes("/configmaps") ? new Response("<html>login") : undefined,
  );
  const failure = await kube.get(ref).catch((thrown) => thrown);
  expect(failure).toBeInstanceOf(KubeError);
  expect(failure.message).toContain("<html>login");
});

test("a Status becomes an error with its reason, message and details", async () => {
  const details = { name: "here", causes: [{ reason: "FieldManagerConflict", field: ".data.a" }] };
  const kube = start(first(1, () => statusAnswer(409, "Conflict", "owned by another", { details })));
  const failure = await kube.get(ref).catch((thrown) => thrown);
  expect(isConflict(failure)).toBe(true);
  expect([failure.reason, failure.details]).toEqual(["Conflict", details]);
  expect(failure.message).toBe("GET /api/v1/namespaces/n/configmaps/here: owned by another");
});

describe("a kind that is not served", () => {
  const unknown: KubeObject = {
    apiVersion: "x.io/v1",
    kind: "Thing",
    metadata: { name: "t", namespace: "n" },
  };

  test("has no objects, and cannot be applied", async () => {
    const kube = start(undefined);
    expect(await kube.get({ ...unknown, name: "t", namespace: "n" })).toBeUndefined();
    expect(await kube.delete({ ...unknown, name: "t", namespace: "n" })).toBe(false);
    expect(isKindNotServed(await kube.apply(unknown, { manager: "t" }).catch((thrown) => thrown))).toBe(true);
  });

  test("is asked for again when a URL was not known", async () => {
    let plural = "things";
    const kube = start((request, url) => {
      const resources = [{ name: plural, kind: "Thing", namespaced: true }];
      if (url.pathname === "/apis/x.io/v1") return Response.json({ resources });
      if (url.pathname === `/apis/x.io/v1/namespaces/n/${plural}/t` && request.method === "GET") {
        return Response.json(unknown);
      }
      return undefined;
    });
    expect((await kube.get({ ...unknown, name: "t", namespace: "n" }))?.kind).toBe("Thing");
    plural = "otherthings";
    expect((await kube.get({ ...unknown, name: "t", namespace: "n" }))?.kind).toBe("Thing");
  });
});

describe("a list in pages", () => {
  const page = (names: string[], next?: string) =>
    Response.json({
      kind: "ConfigMapList",
      metadata: { resourceVersion: "7", continue: next },
      items: names.map((name) => ({ metadata: { name } })),
    });

  test("is put together, with kind and version on each item", async () => {
    const kube = start((_request, url) =>
      url.pathname === "/api/v1/configmaps"
        ? url.searchParams.get("continue")
          ? page(["b"])
          : page(["a"], "more")
        : undefined,
    );
    const { items, resourceVersion } = await kube.list(configMaps);
    expect([items.map((one) => `${one.kind}/${one.metadata.name}`), resourceVersion]).toEqual([
      ["ConfigMap/a", "ConfigMap/b"],
      "7",
    ]);
  });

  test("is begun anew as a whole when its continuation has expired", async () => {
    const kube = start((_request, url) => {
      if (url.pathname !== "/api/v1/configmaps") return undefined;
      if (url.searchParams.get("continue")) return statusAnswer(410, "Expired", "too old");
      return url.searchParams.get("limit") ? page(["a"], "more") : page(["a", "b", "c"]);
    });
    expect((await kube.list(configMaps)).items).toHaveLength(3);
  });
});

const configMaps = { apiVersion: "v1", kind: "ConfigMap" };

test("the pause before a repeat is the one asked for, and never for an untrusted server", () => {
  const error = (status: number, reason: string, retryAfter?: number) =>
    new KubeError(status, reason, "", { retryAfter });
  expect(pauseBeforeRepeat({ method: "GET" }, error(429, "", 2000), 1, () => 0)).toBe(2000);
  expect(pauseBeforeRepeat({ method: "GET" }, error(503, ""), 1, () => 0)).toBe(100);
  expect(pauseBeforeRepeat({ method: "GET" }, error(0, ownReasons.untrusted), 1)).toBeUndefined();
  expect(pauseBeforeRepeat({ method: "POST" }, error(503, "", 1000), 1)).toBeUndefined();
  expect(pauseBeforeRepeat({ method: "GET" }, error(404, "NotFound"), 1)).toBeUndefined();
});
