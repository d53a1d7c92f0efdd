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

// Parts of the runtime, and of each script: where it begins, which parts it holds, and what it reads:
// encodings, and how their numbers come.
const PARTS = ["NETWORKS", "COMPLEX", "GRIDS", "SPLINES", "CODED", "LABELS", "LATTICES", "ACTIVATIONS", "ROUNDED", "TENSORS", "PROGRAMS"];
const SCRIPTS = {
  "redraw-field.js": ["main", PARTS, "identity fourier axis hash spline wavelet labels rounded tensors chunks programs classes"],
  "page-networks.js": ["page", ["NETWORKS", "ACTIVATIONS", "ROUNDED"], "identity fourier axis rounded"],
  "page-grids.js": ["page", ["GRIDS", "ACTIVATIONS", "ROUNDED"], "hash rounded"],
  "page-splines.js": ["page", ["SPLINES", "LATTICES", "TENSORS"], "spline tensors"],
  "page-coded.js": ["page", ["CODED", "LATTICES"], "wavelet chunks"],
  "page-labels.js": ["page", ["LABELS", "ROUNDED"], "labels rounded chunks"],
  "playing.js": ["playing", [], "frames"],
};

// Names of properties that are ours alone: not of the browser, not in files, not asked for from outside.
// Pages have shorter ones.
const OWN = (
  "adapt back bar beside blocks bytes bytesOf calls chances coarse columns counts covered delay described drawn enlarge escapes " +
  "features fitted front helper hold inputs knots lanes linear list multipliers native onBack onCoarse onFront onNative " +
  "onrestored opening panBy pixels place places prepare program ready resize rows screen send sized soon space stride take tell " +
  "textures tiles turn unfinished waiting watch worker zoomBy"
).split(" ");

// Of all sources, names and contents: a test in Python compares it without node.
const digest = createHash("sha256");
for (const name of readdirSync(web).filter((name) => name.endsWith(".js")).sort())
  digest.update(`${name}\0`).update(check(name, readFileSync(join(web, name), "utf8"))).update("\0");
const sources = digest.digest("hex").slice(0, 16);

/** A source, in which no name of our own is a text too: that would be another name then. */
function check(name, source) {
  const quoted = OWN.filter((own) => source.includes(`"${own}"`));
  if (quoted.length) throw new Error(`${name}: "${quoted}" can't be in the list of names of our own`);
  return source;
}

// Shaders and styles are texts to JavaScript: their comments and spaces go here.
const texts = {
  name: "texts",
  setup(it) {
    // What a script doesn't use of a module has no effect, and goes.
    it.onResolve({ filter: /^\.\// }, ({ path }) => ({ path: join(web, path), sideEffects: false }));
    it.onLoad({ filter: /(glsl|player|view|painter|regions)\.js$/ }, ({ path }) => ({
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
        .replace(/ ?([=*/<>?:;{},()&|^]+) ?/g, "$1")
        .replace(/ ?([+-]=?) (?!\$)/g, "$1") // what stands behind may begin with a sign
    : text;

for (const [name, [begins, parts, reads]] of Object.entries(SCRIPTS)) {
  const made = await build({
    entryPoints: [join(web, `${begins}.js`)],
    bundle: true,
    minify: true,
    target: "es2022",
    format: "iife",
    legalComments: "none",
    charset: "utf8",
    define: Object.fromEntries(PARTS.map((part) => [`WITH_${part}`, String(parts.includes(part))])),
    mangleProps: begins === "page" ? new RegExp(`^(${OWN.join("|")})$`) : undefined,
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
  console.log(`${name}: ${Buffer.byteLength(content)} bytes`);
}
// What coded pictures may begin with goes along to npm.
if (process.argv.includes("--pack")) copyFileSync(join(web, "../../coding/model-1.bin"), join(here, "model-1.bin"));
