// Makes redraw-field.js of the modules in the folder above, and for pages smaller ones that hold what
// one kind of field needs: `npm install && npm run build`.
// `npm run check` says whether the files that are there are what would be made.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);

// Parts of the runtime, and which of them a script holds; beside it the encodings whose files it reads.
const PARTS = ["NETWORKS", "GRIDS", "SPLINES", "CODED", "LABELS", "LATTICES", "ACTIVATIONS", "TENSORS", "PROGRAMS"];
const SCRIPTS = {
  "redraw-field.js": [PARTS, "identity fourier axis hash spline wavelet labels programs"],
  "page-networks.js": [["NETWORKS", "ACTIVATIONS", "TENSORS"], "identity fourier axis"],
  "page-grids.js": [["GRIDS", "ACTIVATIONS", "TENSORS"], "hash"],
  "page-splines.js": [["SPLINES", "LATTICES", "TENSORS"], "spline"],
  "page-coded.js": [["CODED", "LATTICES"], "wavelet"],
  "page-labels.js": [["LABELS", "TENSORS"], "labels"],
};

// Of all sources, names and contents: a test in Python compares it without node.
const digest = createHash("sha256");
for (const name of readdirSync(web).filter((name) => name.endsWith(".js")).sort())
  digest.update(`${name}\0`).update(readFileSync(join(web, name))).update("\0");
const sources = digest.digest("hex").slice(0, 16);

// Shaders and styles are texts to JavaScript: their comments and spaces go here.
const texts = {
  name: "texts",
  setup(it) {
    it.onLoad({ filter: /(glsl|element|painter|regions)\.js$/ }, ({ path }) => ({
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

for (const [name, [parts, reads]] of Object.entries(SCRIPTS)) {
  const made = await build({
    entryPoints: [join(web, "main.js")],
    bundle: true,
    minify: true,
    target: "es2022",
    format: "iife",
    legalComments: "none",
    charset: "utf8",
    define: Object.fromEntries(PARTS.map((part) => [`WITH_${part}`, String(parts.includes(part))])),
    plugins: [texts],
    banner: { js: `/*! redraw-field, MIT licence; reads ${reads}; of sources ${sources} */` },
    write: false,
  });
  const content = made.outputFiles[0].text;
  if (content.includes("</script")) throw new Error("the bundle would end its own script element");
  const out = join(here, name);
  if (process.argv.includes("--check")) {
    if (readFileSync(out, "utf8") !== content) throw new Error(`${name} is not what the sources make; npm run build`);
  } else writeFileSync(out, content);
  console.log(`${name}: ${content.length} bytes`);
}
// What coded pictures may begin with goes along to npm.
if (process.argv.includes("--pack")) copyFileSync(join(web, "../../coding/model-1.bin"), join(here, "model-1.bin"));
