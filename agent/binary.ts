// Where the compiled agent begins. It is one file, so its child is itself, called with its name.
if (process.argv[2] === "render-child") await import("../drivers/kit/render-child.ts");
else await import("./main.ts");
export {};
