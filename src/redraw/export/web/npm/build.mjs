// Makes redraw-field.js of the modules in the folder above: `npm install && npm run build`.
// `npm run check` says whether the file that is there is what would be made.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);
const out = join(here, "redraw-field.js");

// Of all sources, names and contents: a test in Python compares it without node.
const digest = createHash("sha256");
for (const name of readdirSync(web).filter((name) => name.endsWith(".js")).sort())
  digest.update(`${name}\0`).update(readFileSync(join(web, name))).update("\0");

// Shaders and styles are texts to JavaScript: their comments and spaces go here.
const texts = {
  name: "texts",
  setup(it) {
    it.onLoad({ filter: /(glsl|element|painter)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/`[^`]*`/g, shortened),
    }));
  },
};
const shortened = (text) =>
  /[\n]/.test(text)
    ? text
        .replace(/^\s*\/\/.*$/gm, "")
        .replace(/\n\s+/g, "\n")
        .replace(/([;{},])\n+/g, "$1")
        .replace(/ ?([=+*/<>?:;{},()&|^-]+) (?!\$)/g, (all, sign) => sign)
    : text;

const made = await build({
  entryPoints: [join(web, "main.js")],
  bundle: true,
  minify: true,
  target: "es2022",
  format: "iife",
  legalComments: "none",
  charset: "utf8",
  banner: { js: `/*! redraw-field, MIT licence; of sources ${digest.digest("hex").slice(0, 16)} */` },
  write: false,
});
const content = made.outputFiles[0].text;
if (content.includes("</script")) throw new Error("the bundle would end its own script element");
if (process.argv.includes("--check")) {
  if (readFileSync(out, "utf8") !== content) throw new Error("redraw-field.js is not what the sources make; npm run build");
} else writeFileSync(out, content);
console.log(`redraw-field.js: ${content.length} bytes`);
