export { type Client, createClient, type InEnvironment, type Page } from "./client.ts";
export { ClientError, type ClientProblem } from "./errors.ts";
export * from "./generated.ts";
export type { Connection, RequestOptions } from "./request.ts";
export type { SubscribeOptions } from "./subscribe.ts";
