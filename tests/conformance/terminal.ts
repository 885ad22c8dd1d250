import { loadKubeAccess } from "../../kube/config.ts";
import type { Asked } from "./case.ts";

/** What a command says on a terminal, and how it ended, by the protocol of kubectl. */
export async function execOnTerminal(
  { kubeconfig, at }: Asked,
  name: string,
  command: string[],
): Promise<unknown> {
  const access = await loadKubeAccess({ kubeconfig });
  const { headers, tls } = await access.credentials();
  const query = new URLSearchParams([
    ["stdout", "true"],
    ["tty", "true"],
    ...command.map((word) => ["command", word]),
  ]);
  const socket = new WebSocket(`${access.server.replace(/^http/, "ws")}${at("pods", name)}/exec?${query}`, {
    protocols: ["v5.channel.k8s.io"],
    headers,
    tls,
  } as unknown as string[]);
  socket.binaryType = "arraybuffer";
  const channels: Record<number, string> = {};
  socket.onmessage = ({ data }) => {
    const frame = new Uint8Array(data as ArrayBuffer);
    const channel = frame[0]!;
    channels[channel] = (channels[channel] ?? "") + new TextDecoder().decode(frame.subarray(1));
  };
  await new Promise((resolve, reject) => {
    socket.onclose = resolve;
    socket.onerror = () => reject(new Error("the connection broke"));
  });
  return { said: channels[1], status: JSON.parse(channels[3] ?? "null") };
}
