// What a git server says to whoever asks for refs, with every byte counted: one branch, the same in each repository.
import { serve } from "../child.ts";

const pkt = (text: string) => (text.length + 4).toString(16).padStart(4, "0") + text;
const capabilities = [
  "version 2",
  "agent=git/2.39.5",
  "ls-refs=unborn",
  "fetch=shallow wait-for-done",
  "object-format=sha1",
];
const advertisement = `${capabilities.map((line) => pkt(`${line}\n`)).join("")}0000`;
const refs = `${pkt(`${"4b825dc642cb6eb9a060e54bf8d69288fbee4904"} refs/heads/main\n`)}0000`;

const answerOf = (kind: string, body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-${kind}\r\nCache-Control: no-cache, max-age=0, must-revalidate\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`;

let counts = { requests: 0, bytes: 0 };
const listener = Bun.listen<{ text: string }>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = { text: "" };
    },
    data(socket, chunk) {
      counts.bytes += chunk.byteLength;
      socket.data.text += chunk.toString("latin1");
      for (;;) {
        const { text } = socket.data;
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        socket.data.text = text.slice(end + 4 + length);
        const answer = text.startsWith("GET ")
          ? answerOf("advertisement", advertisement)
          : answerOf("result", refs);
        counts.requests++;
        counts.bytes += answer.length;
        socket.write(answer);
        if (/^connection: *close/im.test(text.slice(0, end))) socket.end();
      }
    },
  },
});

serve(
  {
    url: () => `http://127.0.0.1:${listener.port}`,
    /** What came and went since it was last asked. */
    counts() {
      const before = counts;
      counts = { requests: 0, bytes: 0 };
      return before;
    },
  },
  () => listener.stop(true),
);
