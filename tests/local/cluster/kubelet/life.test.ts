import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import { configMaps, namespaces, pods, secrets, startTestNode, type TestNode } from "./help.ts";
import { pace } from "../../../helpers/pace.ts";

const sh = (script: string) => ({ command: ["sh", "-c", script] });
/** Ends at SIGTERM, as a well-made program does. */
const idle = sh("trap 'exit 0' TERM; while :; do sleep 0.05; done");

describe.skipIf(!namespaces)(
  "the life of a pod (skipped where the machine allows no user namespaces)",
  () => {
    let node: TestNode;
    beforeAll(async () => {
      node = await startTestNode();
    });
    afterAll(() => node.stop());

    test("ends with its container's exit code when it is not to be restarted", async () => {
      node.run("good", sh("echo done"), { restartPolicy: "Never" });
      node.run("bad", sh("echo oh >&2; exit 7"), { restartPolicy: "Never" });
      node.run("shot", sh("sh -c 'kill -9 $$$$'; exit $?"), { restartPolicy: "Never" });
      node.run("absent", { command: ["no-such-program"] }, { restartPolicy: "Never" });
      expect(await node.ended("good")).toMatchObject({ exitCode: 0, reason: "Completed" });
      expect(await node.ended("bad")).toMatchObject({ exitCode: 7, reason: "Error" });
      expect(await node.ended("shot")).toMatchObject({ exitCode: 137 });
      expect(await node.ended("absent")).toMatchObject({ exitCode: 128, reason: "StartError" });
      expect(node.pod("good").status.phase).toBe("Succeeded");
      expect(node.pod("bad").status.phase).toBe("Failed");
      expect(await node.logs("bad")).toBe("oh\n");
      const ready = node.pod("good").status.conditions.find(({ type }: any) => type === "Ready");
      expect(ready).toMatchObject({ status: "False", reason: "PodCompleted" });
    });

    test("is restarted after a failure, later each time, and shows its last end", async () => {
      node.run("crash", sh("echo life; exit 3"));
      await eventually("the third life", () => node.status("crash")?.restartCount >= 2);
      await eventually(
        "the back-off",
        () => node.status("crash").state.waiting?.reason === "CrashLoopBackOff",
      );
      expect(node.status("crash").lastState.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
      expect(await node.logs("crash", { previous: true })).toBe("life\n");
      expect(node.events("crash").join()).toContain(
        "BackOff: Back-off restarting failed container main in pod crash_default(",
      );
      expect(node.pod("crash").status.phase).toBe("Running");
      node.api.delete(pods, "crash", "default");
      await eventually("the pod to be gone", () => !node.api.get(pods, "crash", "default"));
    });

    test("is tried again on failure only, until it succeeds", async () => {
      const once = sh("[ -e /d/tried ] && exit 0; touch /d/tried; exit 1");
      const mounted = { ...once, volumeMounts: [{ name: "d", mountPath: "/d" }] };
      node.run("retry", mounted, { restartPolicy: "OnFailure", volumes: [{ name: "d", emptyDir: {} }] });
      expect(await node.ended("retry")).toMatchObject({ exitCode: 0 });
      expect(node.status("retry").restartCount).toBe(1);
    });

    test("runs init containers in order, and a sidecar beside the others", async () => {
      const volumeMounts = [{ name: "d", mountPath: "/d" }];
      const init = (name: string, script: string, more = {}) => ({
        ...{ name, image: "busybox", volumeMounts, ...sh(script), ...more },
      });
      const initContainers = [
        init("first", "sleep 0.1; echo 1 >> /d/log"),
        init("side", "trap 'exit 0' TERM; echo s >> /d/log; while :; do sleep 0.05; done", {
          restartPolicy: "Always",
        }),
        init("second", "while [ $(wc -l < /d/log) -lt 2 ]; do sleep 0.01; done; echo 2 >> /d/log"),
      ];
      const volumes = [{ name: "d", emptyDir: {} }];
      node.run(
        "order",
        { ...sh("cat /d/log"), volumeMounts },
        { initContainers, volumes, restartPolicy: "Never" },
      );
      await node.ended("order");
      expect(await node.logs("order")).toBe("1\ns\n2\n");
      expect(node.pod("order").status.initContainerStatuses.map(({ ready }: any) => ready)).toHaveLength(3);
      await eventually("the sidecar to end with them", () => node.status("order", "side").state.terminated);
    });

    test("waits for what it is configured by, and says what is missing", async () => {
      const env = [
        { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "late", key: "colour" } } },
        { name: "SECRET", valueFrom: { secretKeyRef: { name: "none", key: "x", optional: true } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
        { name: "BOTH", value: "$(COLOUR) $(NONE) $$(COLOUR)" },
        { name: "LD_PRELOAD", value: "/nowhere.so" },
      ];
      const container = { ...sh('echo "$COLOUR|$SECRET|$IP|$CPU|$BOTH|$0"'), args: ["$(COLOUR)"], env };
      node.run(
        "wait",
        { ...container, resources: { limits: { memory: "64Mi" } } },
        { restartPolicy: "Never" },
      );
      await eventually(
        "the reason",
        () => node.status("wait")?.state.waiting?.reason === "CreateContainerConfigError",
      );
      expect(node.status("wait").state.waiting.message).toBe('configmap "late" not found');
      node.api.create(configMaps, {
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "late", namespace: "default" } },
        data: { colour: "red" },
      });
      await node.ended("wait");
      const { podIP } = node.pod("wait").status;
      expect(await node.logs("wait")).toContain(`red||${podIP}|64|red $(NONE) $(COLOUR)|red\n`);
    });

    test("stays without an image that nobody has", async () => {
      node.run("unseen", { image: "busybox:missing" });
      await eventually(
        "the first refusal",
        () => node.status("unseen")?.state.waiting?.reason === "ErrImagePull",
      );
      await eventually("the pause", () => node.status("unseen").state.waiting?.reason === "ImagePullBackOff");
      expect(node.pod("unseen").status.phase).toBe("Pending");
    });

    test("is ready when its probe says so, and restarted when the probe of its life fails", async () => {
      const cat = (file: string) => ({
        exec: { command: ["cat", file] },
        periodSeconds: 1,
        failureThreshold: 1,
      });
      const script = "touch /live; trap 'exit 0' TERM; while :; do sleep 0.05; done";
      node.run("probed", { ...sh(script), readinessProbe: cat("/ready"), livenessProbe: cat("/live") });
      await eventually(
        "it runs, not ready",
        () => node.status("probed")?.state.running && !node.status("probed").ready,
      );
      await node.exec("probed", ["touch", "/ready"]);
      await node.ready("probed");
      await node.exec("probed", ["rm", "/ready"]);
      await eventually("it is not ready", () => !node.status("probed").ready);
      await node.exec("probed", ["rm", "/live"]);
      await eventually(
        "a new life",
        () => node.status("probed").restartCount === 1 && node.status("probed").state.running,
      );
      await node.exec("probed", ["touch", "/ready"]);
      await node.ready("probed");
      expect(
        node.events("probed").some((event) => event.startsWith("Unhealthy: Liveness probe failed")),
      ).toBe(true);
    });

    test("follows its log until it ends, with times, and the last lines only", async () => {
      node.run("talk", sh("for i in 1 2 3; do echo $i; sleep 0.1; done; printf end"), {
        restartPolicy: "Never",
      });
      await eventually("it to run", () => node.status("talk")?.state.running);
      expect(await node.logs("talk", { follow: true })).toBe("1\n2\n3\nend");
      expect(await node.logs("talk", { tailLines: 2 })).toBe("3\nend");
      expect(await node.logs("talk", { timestamps: true, tailLines: 1 })).toMatch(
        /^\d{4}-\d\d-\d\dT\S+Z end$/,
      );
      expect(await node.logs("talk", { limitBytes: 3 })).toBe("1\n2");
    });

    test("runs a command inside, with input, output and its exit code", async () => {
      node.run("open", { ...idle, env: [{ name: "WHO", value: "me & you" }] });
      await node.ready("open");
      expect(await node.exec("open", ["sh", "-c", 'cat; echo "$WHO" >&2; exit 5'], "in\n")).toEqual({
        ...{ exitCode: 5, out: "in\n", err: "me & you\n" },
      });
      await expect(node.exec("open", ["no-such-program"])).rejects.toThrow(
        "executable file not found in $PATH",
      );
    });

    test("is asked to end, and killed when it will not", async () => {
      node.run("polite", sh("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done"));
      node.run("stubborn", sh("trap '' TERM; while :; do sleep 0.05; done"), {
        terminationGracePeriodSeconds: 1,
      });
      await Promise.all([node.ready("polite"), node.ready("stubborn")]);
      const begun = performance.now();
      const took: Record<string, number> = {};
      for (const name of ["polite", "stubborn"]) node.api.delete(pods, name, "default");
      for (const name of ["polite", "stubborn"]) {
        await eventually(`${name} to be gone`, () => !node.api.get(pods, name, "default"));
        took[name] = performance.now() - begun;
      }
      expect(took.polite).toBeLessThan(900 * pace());
      expect(took.stubborn).toBeGreaterThan(950);
      expect(node.events("stubborn")).toContain("Killing: Stopping container main");
    });

    test("runs its last hook before it is asked to end", async () => {
      const lifecycle = { preStop: { exec: { command: ["sh", "-c", "echo hook > /proc/1/fd/1"] } } };
      const said: string[] = [];
      node.run("hooked", { ...sh("trap 'echo term; exit 0' TERM; while :; do sleep 0.05; done"), lifecycle });
      await node.ready("hooked");
      const reading = node.logs("hooked", { follow: true }).then((text) => said.push(text));
      node.api.delete(pods, "hooked", "default");
      await eventually("the pod to be gone", () => !node.api.get(pods, "hooked", "default"));
      await reading;
      expect(said.join("")).toBe("hook\nterm\n");
    });

    test("is ended at its deadline", async () => {
      node.run("overdue", idle, { activeDeadlineSeconds: 1, restartPolicy: "Never" });
      await node.ended("overdue");
      expect(node.pod("overdue").status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
    });

    test("with an image that is not here only pretends, and says so", async () => {
      node.run("pretend", { image: "ghcr.io/someone/server:1", readinessProbe: { httpGet: { port: 80 } } });
      await node.ready("pretend");
      expect(node.pod("pretend").metadata.annotations).toEqual({ "styrmin.io/simulated": "true" });
      expect(await node.logs("pretend")).toContain("This container is simulated");
      node.run("job", { image: "someone/job" }, { restartPolicy: "Never" });
      expect(await node.ended("job")).toMatchObject({ exitCode: 0 });
    });

    test("sees a changed ConfigMap in its files at once, and a Secret by its mode", async () => {
      const object = (kind: string, name: string) => ({
        apiVersion: "v1",
        kind,
        metadata: { name, namespace: "default" },
      });
      node.api.create(configMaps, {
        ...object("ConfigMap", "files"),
        data: { "a.txt": "one", "b.txt": "two" },
      });
      node.api.create(secrets, { ...object("Secret", "hidden"), stringData: { key: "s" } });
      const volumeMounts = [
        { name: "files", mountPath: "/etc/files" },
        { name: "files", mountPath: "/etc/single.txt", subPath: "b.txt" },
        { name: "all", mountPath: "/all", readOnly: true },
      ];
      const sources = [
        { secret: { name: "hidden" } },
        { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
      ];
      const volumes = [
        { name: "files", configMap: { name: "files" } },
        { name: "all", projected: { sources, defaultMode: 0o400 } },
      ];
      node.run("reader", { ...idle, volumeMounts }, { volumes });
      await node.ready("reader");
      const cat = async (...files: string[]) => (await node.exec("reader", ["cat", ...files])).out;
      expect(await cat("/etc/files/a.txt", "/etc/single.txt", "/all/key", "/all/labels")).toBe(
        'onetwosapp="reader"',
      );
      expect((await node.exec("reader", ["stat", "-Lc", "%a", "/all/key"])).out).toBe("400\n");
      expect((await node.exec("reader", ["sh", "-c", "echo x > /etc/files/a.txt"])).exitCode).not.toBe(0);
      const live = node.api.get(configMaps, "files", "default")!;
      node.api.update(configMaps, { ...live, data: { "a.txt": "new" } });
      await eventually("the new content", async () => (await cat("/etc/files/a.txt")) === "new");
      expect((await node.exec("reader", ["ls", "/etc/files"])).out).toBe("a.txt\n");
    });

    test("lets no link of a volume lead out of its own tree", async () => {
      const volumes = [{ name: "d", emptyDir: {} }];
      const plant = {
        name: "plant",
        image: "busybox",
        ...sh(`ln -s ${node.cluster.dir} /d/out; ln -s / /d/root`),
      };
      const volumeMounts = [{ name: "d", mountPath: "/d" }];
      const through = { ...idle, volumeMounts: [{ name: "d", mountPath: "/x", subPath: "root" }] };
      node.run("climber", through, { volumes, initContainers: [{ ...plant, volumeMounts }] });
      await node.ready("climber");
      expect(
        (await node.exec("climber", ["sh", "-c", "ls -d /x/root /x/home /x/tmp/styrmin* 2>/dev/null"])).out,
      ).toBe("");
    });

    test("writes no status when nothing changes", async () => {
      node.run("quiet", { ...idle, readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 } });
      const { metadata } = await node.ready("quiet");
      await Bun.sleep(1500);
      expect(node.pod("quiet").metadata.resourceVersion).toBe(metadata.resourceVersion);
    });
  },
);
