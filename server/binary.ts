// Where the compiled server begins. It is one file, so its children are itself, called with their name.
const child = process.argv[2];
if (child === "render-child") await import("../drivers/kit/render-child.ts");
else if (child === "git-child") await import("./drivers/git-child.ts");
else if (child === "confined-launch") await import("./drivers/confined-launch.ts");
else if (child === "pgp-child") await import("./drivers/pgp-child.ts");
else if (child === "chart-child") await import("./drivers/chart-child.ts");
else await import("./main.ts");
export {};
