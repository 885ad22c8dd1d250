import { expect, test } from "bun:test";
import { decodeProtobuf } from "../../../../local/cluster/protobuf/decode.ts";

const read = (base64: string) => decodeProtobuf(Buffer.from(base64, "base64"));

// `kubectl create deployment site --image=busybox:1.37 --replicas=0 --port=80 -- sleep 9`, by kubectl 1.36.
const deployment =
  "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EtABCiEKBHNpdGUSABoAIgAqADIAOABCAFoLCgNhcHASBHNpdGUSnAEIABINCgsKA2FwcBIEc2l0ZRqAAQodCgASABoAIgAqADIAOABCAFoLCgNhcHASBHNpdGUSXxJBCgdidXN5Ym94EgxidXN5Ym94OjEuMzcaBXNsZWVwGgE5KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=";
// `kubectl create ingress in2 --rule='a.example/*=web:http'`
const ingress =
  "azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJMChMKA2luMhIAGgAiACoAMgA4AEIAEjEaLwoJYS5leGFtcGxlEiIKIAoeCgEvEhEiDwoDd2ViEggKBGh0dHAQABoGUHJlZml4GgIKABoAIgA=";

test("a Deployment comes as kubectl means it: what is not set is left out, a zero that is set stays", () => {
  const labels = { app: "site" };
  const container = { name: "busybox", image: "busybox:1.37", command: ["sleep", "9"] };
  expect(read(deployment)).toEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "site", labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      strategy: {},
      template: {
        metadata: { labels },
        spec: { containers: [{ ...container, ports: [{ containerPort: 80 }], resources: {} }] },
      },
    },
    status: {},
  });
});

test("fields that Go writes inline belong to the message around them", () => {
  const backend = { service: { name: "web", port: { name: "http" } } };
  expect(read(ingress)).toMatchObject({
    kind: "Ingress",
    spec: { rules: [{ host: "a.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
  });
});

test("a kind that nobody knows, and what is no envelope, are refused with 415", () => {
  const unknown = Buffer.from(ingress, "base64").toString("latin1").replace("Ingress", "Outgres");
  for (const body of [Buffer.from(unknown, "latin1"), Buffer.from("{}")]) {
    expect(() => decodeProtobuf(body)).toThrow("unknown format");
  }
});
