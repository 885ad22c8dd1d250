import { eventually } from "../../helpers/eventually.ts";
import { type Asked, cases, fields } from "../case.ts";
import {
  events,
  exec,
  finished,
  idle,
  logOf,
  make,
  makePod,
  never,
  ready,
  running,
  shell,
  states,
  until,
} from "../workbench.ts";

async function objects(asked: Asked): Promise<void> {
  await make(asked, "configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { plain: "one", "with.dot": "two", "sub-path": "three" },
    binaryData: { bytes: "AAEC" },
  });
  await make(asked, "secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "keys" },
    stringData: { user: "me", password: "s3cret" },
  });
}

/** What a script says in a pod with these variables or volumes. */
async function said(
  asked: Asked,
  script: string,
  container: object,
  spec: object = {},
  metadata: object = {},
) {
  const path = await makePod(asked, "one", shell(script, container), { ...never, ...spec }, metadata);
  await finished(asked, path);
  return logOf(asked, path);
}

const data = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
const show =
  "cd /data && for file in $(find . -name '..*' -prune -o \\( -type f -o -type l \\) -print | sort); do [ -d $file ] && continue; echo \"$file $(stat -Lc %a $file) $(od -An -tx1 $file | tr -d ' \\n')\"; done";

/** What pods are given: variables, files, volumes. */
export const config = cases({
  "variables come from values, ConfigMaps, Secrets, fields and resources": async (asked) => {
    await objects(asked);
    const from = (kind: string, source: object) => ({ valueFrom: { [kind]: source } });
    const env = [
      { name: "PLAIN", value: "a b" },
      { name: "EMPTY" },
      { name: "EXPANDED", value: "<$(PLAIN)> $$(PLAIN) $(UNKNOWN)" },
      { name: "MAP", ...from("configMapKeyRef", { name: "settings", key: "plain" }) },
      { name: "KEY", ...from("secretKeyRef", { name: "keys", key: "user" }) },
      { name: "NONE", ...from("secretKeyRef", { name: "none", key: "user", optional: true }) },
      { name: "POD", ...from("fieldRef", { fieldPath: "metadata.name" }) },
      { name: "NAMESPACE", ...from("fieldRef", { fieldPath: "metadata.namespace" }) },
      { name: "LABEL", ...from("fieldRef", { fieldPath: "metadata.labels['app']" }) },
      { name: "NOTE", ...from("fieldRef", { fieldPath: "metadata.annotations['note']" }) },
      { name: "ACCOUNT", ...from("fieldRef", { fieldPath: "spec.serviceAccountName" }) },
      { name: "ADDRESS", ...from("fieldRef", { fieldPath: "status.podIP" }) },
      { name: "CPU", ...from("resourceFieldRef", { resource: "limits.cpu" }) },
      { name: "MILLI", ...from("resourceFieldRef", { resource: "requests.cpu", divisor: "1m" }) },
      { name: "MEMORY", ...from("resourceFieldRef", { resource: "limits.memory", divisor: "1Mi" }) },
    ];
    const names = env.map(({ name }) => name).join(" ");
    const resources = { requests: { cpu: "250m" }, limits: { cpu: "500m", memory: "64Mi" } };
    const script = `for name in ${names}; do eval "echo $name=\\"\\$$name\\""; done`;
    return said(asked, script, { env, resources }, {}, { annotations: { note: "read me" } });
  },
  "envFrom takes all keys, with a prefix, and what is named later wins": async (asked) => {
    await objects(asked);
    const envFrom = [
      { configMapRef: { name: "settings" }, prefix: "MAP_" },
      { secretRef: { name: "keys" } },
      { configMapRef: { name: "none", optional: true } },
    ];
    const env = [{ name: "user", value: "you" }];
    return said(asked, "env | grep -E '^(MAP_|user|password)' | sort", { envFrom, env });
  },
  "a ConfigMap as a volume has its keys as files, or those that are picked": async (asked) => {
    await objects(asked);
    const all = await said(asked, show, data, {
      volumes: [{ name: "data", configMap: { name: "settings" } }],
    });
    await asked.delete(asked.at("pods", "one"), { gracePeriodSeconds: 0 });
    const items = [{ key: "plain", path: "deep/er", mode: 0o400 }];
    const picked = { name: "data", configMap: { name: "settings", items, defaultMode: 0o640 } };
    return [all, await said(asked, show, data, { volumes: [picked] })];
  },
  "a Secret as a volume has its modes": async (asked) => {
    await objects(asked);
    const secret = { secretName: "keys", defaultMode: 0o400 };
    return said(asked, show, data, { volumes: [{ name: "data", secret }] });
  },
  "a projected volume puts several sources in one place": async (asked) => {
    await objects(asked);
    const sources = [
      { configMap: { name: "settings", items: [{ key: "plain", path: "map" }] } },
      { secret: { name: "keys", items: [{ key: "user", path: "in/secret" }] } },
      { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    ];
    return said(asked, show, data, { volumes: [{ name: "data", projected: { sources } }] });
  },
  "subPath mounts one file, which other files lie beside": async (asked) => {
    await objects(asked);
    const volumeMounts = [
      { name: "data", mountPath: "/etc/settings/one", subPath: "plain" },
      { name: "scratch", mountPath: "/scratch", subPath: "below/it" },
      { name: "scratch", mountPath: "/whole" },
    ];
    const volumes = [
      { name: "data", configMap: { name: "settings" } },
      { name: "scratch", emptyDir: {} },
    ];
    const script = "ls /etc/settings; cat /etc/settings/one; echo; touch /scratch/file; find /whole | sort";
    return said(asked, script, { volumeMounts }, { volumes });
  },
  "files of ConfigMaps cannot be written, an emptyDir can, and a read-only mount of it cannot": async (
    asked,
  ) => {
    await objects(asked);
    const volumeMounts = [
      { name: "data", mountPath: "/data" },
      { name: "scratch", mountPath: "/scratch" },
      { name: "scratch", mountPath: "/fixed", readOnly: true },
    ];
    const volumes = [
      { name: "data", configMap: { name: "settings" } },
      { name: "scratch", emptyDir: { medium: "Memory" } },
    ];
    const script =
      "for place in /data /scratch /fixed; do touch $place/new 2>/dev/null && echo $place yes || echo $place no; done; ls /fixed";
    return said(asked, script, { volumeMounts }, { volumes });
  },
  "containers of a pod share its volumes and its network": async (asked) => {
    const mounted = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
    const path = await makePod(
      asked,
      "one",
      [
        shell("echo hello > /data/word; hostname > /data/name", { name: "writer", ...mounted }),
        shell("until [ -e /data/name ]; do sleep 0.1; done; cat /data/word; hostname", {
          name: "reader",
          ...mounted,
        }),
      ],
      { ...never, volumes: [{ name: "data", emptyDir: {} }], hostname: "host-of-mine" },
    );
    await finished(asked, path);
    return logOf(asked, path, "container=reader");
  },
  "a changed ConfigMap reaches a volume of a running pod, and no variable": async (asked) => {
    await objects(asked);
    const env = [{ name: "PLAIN", valueFrom: { configMapKeyRef: { name: "settings", key: "plain" } } }];
    await makePod(asked, "one", idle({ env, ...data }), {
      volumes: [{ name: "data", configMap: { name: "settings" } }],
    });
    await ready(asked, asked.at("pods", "one"));
    await asked.merge(asked.at("configmaps", "settings"), { data: { plain: "changed" } });
    const read = () => exec(asked, "one", ["sh", "-c", "cat /data/plain; echo; echo $PLAIN"]) as Promise<any>;
    return eventually(
      "the change",
      async () => {
        const { stdout } = await read();
        return stdout.startsWith("changed") && stdout;
      },
      { everyMs: 500 },
    );
  },
  "a missing volume source keeps a pod from starting until it is there": async (asked) => {
    const path = await makePod(asked, "one", shell("cat /data/user", data), {
      ...never,
      volumes: [{ name: "data", secret: { secretName: "keys" } }],
    });
    // A busy node may fail in other ways first.
    const missing = /"keys" not found/;
    const lines = await events(asked, "one", missing);
    const body = await until(asked, path, "its containers wait", ({ status }) => status.containerStatuses);
    await objects(asked);
    await finished(asked, path);
    return [
      body.status.phase,
      states(body),
      lines.filter((line) => missing.test(line)),
      await logOf(asked, path),
    ];
  },
  "an optional volume source may be missing": async (asked) =>
    said(asked, "ls -A /data | wc -l", data, {
      volumes: [{ name: "data", configMap: { name: "none", optional: true } }],
    }),
  "command and args take the place of the image's, with variables": async (asked) => {
    const env = [{ name: "WHO", value: "world" }];
    const path = await makePod(
      asked,
      "one",
      { ...shell(""), env, command: ["echo", "hello"], args: ["$(WHO)", "$$(WHO)", "$(NOBODY)"] },
      never,
    );
    await finished(asked, path);
    return logOf(asked, path);
  },
  "the working directory is the one asked for": async (asked) =>
    said(asked, "pwd", { workingDir: "/tmp/here" }),
  "a claim waits for its first pod, is bound, and keeps its data": async (asked) => {
    await make(asked, "persistentvolumeclaims", claim("kept"));
    const path = asked.at("persistentvolumeclaims", "kept");
    const waiting = await events(asked, "kept", "WaitForFirstConsumer");
    const before = (await asked.get(path)).body;
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "kept" } }];
    const first = await said(asked, "echo written > /data/word; cat /data/word", data, { volumes });
    const after = (await asked.get(path)).body;
    const { body: volume } = await asked.get(`/api/v1/persistentvolumes/${after.spec.volumeName}`);
    await asked.delete(asked.at("pods", "one"), { gracePeriodSeconds: 0 });
    const second = await said(asked, "cat /data/word", data, { volumes });
    return [
      waiting,
      fields(before, "status", "spec.storageClassName", "spec.volumeMode", "metadata.finalizers"),
      first,
      fields(after, "status"),
      after.spec.volumeName === `pvc-${after.metadata.uid}`,
      Object.keys(after.metadata.annotations).sort(),
      fields(
        volume,
        "status.phase",
        "spec.accessModes",
        "spec.capacity",
        "spec.persistentVolumeReclaimPolicy",
        "spec.storageClassName",
      ),
      fields(volume, "spec.claimRef.kind", "spec.claimRef.name", "spec.volumeMode"),
      second,
    ];
  },
  "a claim in use stays until its pod is gone, and its volume goes with it": async (asked) => {
    await make(asked, "persistentvolumeclaims", claim("used"));
    const path = asked.at("persistentvolumeclaims", "used");
    const pod = await makePod(asked, "one", idle(data), {
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "used" } }],
    });
    await running(asked, pod);
    const { body } = await asked.get(path);
    const deleted = await asked.delete(path);
    const held = (await asked.get(path)).body;
    await asked.delete(pod);
    await eventually("the claim is gone", async () => (await asked.get(path)).code === 404);
    const volume = `/api/v1/persistentvolumes/${body.spec.volumeName}`;
    await eventually("the volume is gone", async () => (await asked.get(volume)).code === 404);
    return [deleted.code, deleted.body.kind, fields(held, "status.phase", "metadata.finalizers")];
  },
  "a pod with a claim that is not there is not scheduled until it is": async (asked) => {
    const path = await makePod(asked, "one", idle(data), {
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "late" } }],
    });
    const lines = await events(asked, "one", "FailedScheduling");
    const { body } = await asked.get(path);
    await make(asked, "persistentvolumeclaims", claim("late"));
    await ready(asked, path);
    return [lines.filter((line) => line.includes("FailedScheduling")), body.status.phase];
  },
  "a claim of a class that is not there stays pending and says why": async (asked) => {
    await make(asked, "persistentvolumeclaims", claim("odd", { storageClassName: "no-such-class" }));
    const lines = await events(asked, "odd", "ProvisioningFailed");
    const path = asked.at("persistentvolumeclaims", "odd");
    return [lines, (await until(asked, path, "it is there", () => true)).status];
  },
});

function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } }, ...spec },
  };
}
