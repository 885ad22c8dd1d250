import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createConnection } from "node:net";
import { eventually } from "../../../helpers/eventually.ts";
import { namespaces, startTestNode, type TestNode } from "./help.ts";

describe.skipIf(!namespaces)("a pod's sandbox (skipped where the machine allows no user namespaces)", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode();
    node.run("box", { command: ["sleep", "1000"] });
    node.run("plain", { command: ["sleep", "1000"], securityContext: { runAsUser: 1234, runAsGroup: 99 } });
    await Promise.all([node.ready("box"), node.ready("plain")]);
  });
  afterAll(() => node.stop());

  const sh = (pod: string, script: string) => node.exec(pod, ["bash", "-c", script]);

  test("holds no capability, neither as root nor as another user", async () => {
    for (const pod of ["box", "plain"]) {
      const { out } = await sh(pod, "grep -E 'CapEff|CapPrm|CapInh|CapAmb' /proc/self/status /proc/1/status");
      expect(out.match(/\t(\w+)/g)!.every((value) => /^\t0+$/.test(value))).toBe(true);
    }
  });

  test("runs as the user it was told", async () => {
    expect((await sh("box", "id -u; id -g")).out).toBe("0\n0\n");
    expect((await sh("plain", "id -u; id -g")).out).toBe("1234\n99\n");
  });

  test("cannot get rights back by a namespace of its own", async () => {
    for (const pod of ["box", "plain"]) {
      expect((await sh(pod, "unshare --user --map-root-user true")).exitCode).not.toBe(0);
      expect((await sh(pod, "mount -t tmpfs none /tmp")).exitCode).not.toBe(0);
    }
  });

  test("shows nothing of the machine's homes and processes", async () => {
    const { out } = await sh(
      "box",
      "ls -d /root /home /old /v 2>/dev/null; ls -d /proc/[0-9]* | wc -l; cat /proc/1/cmdline",
    );
    const [processes, first] = out.split("\n");
    expect(Number(processes)).toBeLessThan(8);
    expect(first).toBe("sleep\u00001000\u0000");
  });

  test("lets system folders and the kernel's settings be read only", async () => {
    for (const path of [
      "/usr/bin/x",
      "/usr/local/bin/x",
      "/bin/x",
      "/proc/sys/kernel/core_pattern",
      "/usr/local/bin/bun",
    ]) {
      expect((await sh("box", `echo x > ${path}`)).err).toContain("Read-only file system");
    }
    expect((await sh("box", "echo x > /tmp/x && echo x > /x && echo x > /dev/stderr")).err).toBe("x\n");
  });

  test("reaches neither the machine's loopback nor the outside", async () => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const reach = async (address: string) => (await sh("box", `echo > /dev/tcp/${address}`)).err;
    expect(await reach(`127.0.0.1/${listener.port}`)).toContain("Connection refused");
    expect(await reach(`10.244.0.1/${listener.port}`)).toContain("Connection refused");
    expect(await reach("1.1.1.1/80")).toContain("Network is unreachable");
    listener.stop();
  });

  test("has its own name, hosts file and ports", async () => {
    expect((await sh("box", "cat /etc/hostname")).out).toBe("box\n");
    for (const name of ["one", "two"]) {
      const command = ["bun", "-e", `Bun.serve({ port: 80, fetch: () => new Response("${name}") })`];
      const readinessProbe = { tcpSocket: { port: 80 } };
      node.run(name, { image: "docker.io/oven/bun:1", command, readinessProbe });
    }
    await Promise.all([node.ready("one"), node.ready("two")]);
    node.expose("both", 8080, 80, ["one", "two"]);
    const get =
      "exec 3<>/dev/tcp/both.default.svc/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -1 <&3";
    const seen = new Set<string>();
    await eventually("both pods to answer through the Service", async () => {
      seen.add((await sh("box", get)).out);
      return seen.has("one") && seen.has("two");
    });
    const headless = node.expose("group", 80, 80, ["one"], { clusterIP: "None" });
    expect(headless.spec.clusterIP).toBe("None");
    await eventually("the name of one pod", async () => {
      const { out } = await sh("box", "getent hosts one.group.default.svc.cluster.local");
      return out.startsWith(`${node.pod("one").status.podIP} `);
    });
    node.api.delete({ group: "", resource: "services" }, "both", "default");
    await eventually(
      "the Service to be gone",
      async () => (await sh("box", "getent hosts both")).exitCode === 2,
    );
  });

  test("passes 50 MB each way, and the end of one way while the other goes on", async () => {
    const program = `
      Bun.listen({ hostname: "0.0.0.0", port: 7000, allowHalfOpen: true, socket: {
        open(s) { s.data = { size: 0, left: 0 } },
        data(s, d) { s.data.size += d.length },
        end(s) { s.write(s.data.size + "\\n"); s.data.left = 50e6; pump(s) },
        drain: pump } });
      function pump(s) { while (s.data.left > 0) { const n = s.write(Buffer.alloc(Math.min(65536, s.data.left)));
        if (n <= 0) return; s.data.left -= n } if (s.data.left === 0) { s.data.left = -1; s.end() } }`;
    node.run("sink", {
      image: "oven/bun",
      args: ["-e", program],
      readinessProbe: { tcpSocket: { port: 7000 } },
    });
    const { metadata } = await node.ready("sink");
    const { port, stop } = await node.kubelet.forward(metadata.uid, 7000);
    const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    let back = 0;
    let first = "";
    const ended = new Promise((resolve) => socket.on("end", resolve));
    socket.on("data", (chunk: Buffer) => {
      if (first === "") first = chunk.subarray(0, 8).toString();
      back += chunk.length;
    });
    for (let sent = 0; sent < 50; sent++) {
      if (!socket.write(Buffer.alloc(1e6))) await new Promise((resolve) => socket.once("drain", resolve));
    }
    socket.end();
    await ended;
    stop();
    expect(first).toBe("50000000");
    expect(back).toBe(50e6 + "50000000\n".length);
  });
});
