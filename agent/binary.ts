// Where the compiled agent begins. It is one file, so its children are itself, called with their names.
if (process.argv[2] === "render-child") await import("../drivers/kit/render-child.ts");
else if (process.argv[2] === "action-runner") await import("./runner/main.ts");
else if (process.argv[2] === "action-launch") await import("./runner/launch.ts");
else if (process.argv[2] === "action-child") await import("./runner/child.ts");
else await import("./main.ts");
export {};
