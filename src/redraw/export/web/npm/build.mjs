// Makes redraw-field.js of the modules in the folder above, and for pages smaller ones that hold what
// one kind of field needs: `npm install && npm run build`.
// `npm run check` says whether the files that are there are what would be made.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);

// Parts of the runtime, and of each script: where it begins, which parts it holds, and what it reads:
// encodings, a network's layers behind them, and how their numbers come.
const PARTS = ["CHECKS", "AFFINE", "LAYERS", "NETWORKS", "COMPLEX", "GRIDS", "SPLINES", "CODED", "FILTER", "EXACT", "LEARNED", "DRAWINGS", "LABELS", "LATTICES", "ACTIVATIONS", "WHOLE", "CELLS", "ROUNDED", "TENSORS", "PROGRAMS"];
const SCRIPTS = {
  "redraw-field.js": ["main", PARTS, "identity fourier axis hash spline wavelet exact labels layers whole cells rounded tensors chunks programs classes"],
  "page-networks.js": ["page", ["AFFINE", "LAYERS", "NETWORKS", "ACTIVATIONS", "ROUNDED"], "identity fourier axis layers rounded"],
  "page-grids.js": ["page", ["AFFINE", "LAYERS", "GRIDS", "ACTIVATIONS", "ROUNDED"], "hash layers rounded"],
  "page-splines.js": ["page", ["SPLINES", "LATTICES", "ROUNDED"], "spline rounded"],
  "page-whole.js": ["page", ["WHOLE"], "whole"],
  "page-whole-grids.js": ["page", ["WHOLE", "CELLS"], "whole cells"],
  "page-coded.js": ["page", ["CODED", "FILTER", "LATTICES"], "wavelet chunks"],
  "page-exact.js": ["page", ["CODED", "EXACT", "LATTICES"], "wavelet exact chunks"],
  "page-labels.js": ["page", ["LABELS", "ROUNDED"], "labels rounded"],
  "page-drawings.js": ["page", ["LABELS", "DRAWINGS"], "labels chunks"],
  "playing.js": ["playing", [], "frames"],
};

// Names of properties that are ours alone: not of the browser, not in files, not asked for from outside.
// Pages have shorter ones.
const OWN = (
  "across adapt address ask asked averages back bar begin bend beside bias biases bitOf blocks build buttons bytes bytesOf calls " +
  "chances close coarse code coded columns compare config contents corner counts covered cut delay described dots down drawn end " +
  "enlarge escape escapes exact factor factors far features first fit fitted front functions given grid half header helper here hold " +
  "inputs knots lanes learn learned linear list listen lost margin mask matrices measure memory mix mixed most multipliers names " +
  "native network nodeOf number onrestored opening own pace panBy parts pixel pixels place places plainBit points prepare program put " +
  "rank ready rest result rows sampled scales second seen sets several share show side signs slopes slots space spare start starts " +
  "stay steps straight stride take taken tell textures tiles turn turned unfinished use vertices waiting watch weight weights worker " +
  "zoomBy"
).split(" ");

// Of all sources, names and contents: a test in Python compares it without node.
const digest = createHash("sha256");
for (const name of readdirSync(web).filter((name) => name.endsWith(".js")).sort())
  digest.update(`${name}\0`).update(check(name, readFileSync(join(web, name), "utf8"))).update("\0");
const sources = digest.digest("hex").slice(0, 16);

// What JavaScript's own objects have: if `values` were in the list, so would be that of every Map.
const BUILT_IN = runInNewContext(`Object.getOwnPropertyNames(globalThis)
  .flatMap((name) => [globalThis[name], globalThis[name]?.prototype])
  .filter((one) => one && one !== globalThis)
  .flatMap((one) => Object.getOwnPropertyNames(Object(one)))`);
const built = OWN.filter((own) => BUILT_IN.includes(own));
if (built.length) throw new Error(`"${built}" can't be in the list of names of our own: JavaScript's objects have them`);

/** A source, in which no name of our own is a text too: that would be another name then. */
function check(name, source) {
  const quoted = OWN.filter((own) => source.includes(`"${own}"`));
  if (quoted.length) throw new Error(`${name}: "${quoted}" can't be in the list of names of our own`);
  return source;
}

// Names in shaders, those that are written most first; JavaScript asks for none of them.
const IN_SHADERS = (
  "size middle first count share cover logistic places value sum across total corner steeper whole second mirrored most last slope sharp names " +
  "steep line right node low off slopes inside weights spread sine four from light high nodes place lattice regions corners half3 mean4 " +
  "mean3 cosine phi next top apart term field pixel drawn found scale group area side down rise turn mask below row far rgb at0 set cut own " +
  "times plus wide factor bit larger reach rest"
).split(" ");
const SHORT = Object.fromEntries(IN_SHADERS.map((name, i) => [name, ["", "a", "b", "c"][Math.floor(i / 26)] + String.fromCharCode(65 + (i % 26))]));

// What shaders and JavaScript call alike: kinds of operations, which no shader is asked for.
const KINDS = ["lattice", "regions", "whole"];
const OF_GLSL = (
  "abs acos asin atan attribute bool break bvec2 case ceil centroid clamp const continue cos cross default degrees discard distance do dot else exp " +
  "false filter flat float floor for fract highp if in inout input int invariant inverse inversesqrt isampler2D ivec2 ivec3 ivec4 layout length log " +
  "lowp main mat2 mat3 mat4 max mediump min mix mod modf normalize not out output pow precision radians reflect refract return round roundEven sample " +
  "sampler2D sign sin smooth smoothstep sqrt std140 step struct switch tan texture texelFetch textureSize transpose true trunc uint uniform usampler2D uvec2 " +
  "uvec3 uvec4 varying vec2 vec3 vec4 void while"
).split(" ");

/**
 * Refuse what would let a name in a shader be another one than where it is declared: names that GLSL
 * knows; short names that shaders have as they are, or twice; and texts that stay as they are, such
 * as uniforms that JavaScript asks for, and are in the list.
 */
function checkShaders() {
  const short = Object.values(SHORT);
  const twice = IN_SHADERS.filter((name, i) => IN_SHADERS.indexOf(name) < i);
  const wrong = [...twice, ...IN_SHADERS.filter((name) => OF_GLSL.includes(name)), ...short.filter((name, i) => short.indexOf(name) < i || OF_GLSL.includes(name))];
  for (const name of readdirSync(web).filter((name) => SHADERS.test(name))) {
    const source = readFileSync(join(web, name), "utf8");
    const renamed = [];
    inTexts(source, (text) => {
      renamed.push(text.replace(/\/\/.*$/gm, ""));
      return text;
    });
    for (const text of renamed) wrong.push(...(text.match(/(?<![\w.])[A-Za-z]\w*(?!\w|$)/g) || []).filter((word) => short.includes(word)));
    for (const [, text] of source.matchAll(/"((?:[^"\\\n]|\\.)*)"/g))
      if (!/[;(=*+]/.test(text)) wrong.push(...(text.match(/[a-z]\w+/g) || []).filter((word) => text === word && IN_SHADERS.includes(word) && !KINDS.includes(word)).map((word) => `"${word}" in ${name}`));
  }
  if (wrong.length) throw new Error(`names in shaders would not be the same everywhere: ${wrong.join(", ")}`);
}

// Numbers that WebGL2's specification gives, so that scripts need not name them; a test asks a browser for them.
const OF_GL = {
  FLOAT: 5126, FRAGMENT_SHADER: 35632, LINK_STATUS: 35714, MAX_FRAGMENT_UNIFORM_BLOCKS: 35373, MAX_TEXTURE_SIZE: 3379,
  MAX_UNIFORM_BLOCK_SIZE: 35376, NEAREST: 9728, R16F: 33325, R32F: 33326, RED: 6403, RG: 33319, RG16F: 33327, RG32F: 33328,
  RGBA: 6408, RGBA16F: 34842, RGBA32F: 34836, STATIC_DRAW: 35044, SYNC_GPU_COMMANDS_COMPLETE: 37143, TEXTURE0: 33984,
  TEXTURE_2D: 3553, TEXTURE_MAG_FILTER: 10240, TEXTURE_MIN_FILTER: 10241, TIMEOUT_EXPIRED: 37147, TRIANGLES: 4,
  UNIFORM_BUFFER: 35345, VERTEX_SHADER: 35633, WAIT_FAILED: 37149,
};
const numbered = (source) =>
  source.replace(/\bgl\.([A-Z][A-Z0-9_]+)\b/g, (_, name) => {
    if (!OF_GL[name]) throw new Error(`there is no number for gl.${name}`);
    return OF_GL[name];
  });

// Shaders and styles are texts to JavaScript: their comments and spaces go here, and names in shaders
// become short.
const SHADERS = /(glsl|painter|regions)\.js$/;
const STYLES = /(player|view)\.js$/;
const texts = {
  name: "texts",
  setup(it) {
    // What a script doesn't use of a module has no effect, and goes.
    it.onResolve({ filter: /^\.\// }, ({ path }) => ({ path: join(web, path), sideEffects: false }));
    for (const [filter, shorten] of [[SHADERS, shortShader], [STYLES, shortStyle]])
      it.onLoad({ filter }, ({ path }) => ({ contents: numbered(inTexts(readFileSync(path, "utf8"), shorten)) }));
  },
};

/** A source whose texts are other ones: `shorten` takes what stands between two values in one. */
function inTexts(source, shorten) {
  let at = 0;
  return code(false);

  function code(inside) {
    let [made, depth] = ["", 0];
    while (at < source.length) {
      const found = /^(?:\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*")/.exec(source.slice(at, at + 2000));
      const letter = source[at];
      if (found) {
        at += found[0].length;
        made += found[0][0] === '"' && /[;(=*+]/.test(found[0]) ? `"${shorten(found[0].slice(1, -1), false, true)}"` : found[0];
      } else if (letter === "`") {
        at++;
        made += text();
      } else {
        if (letter === "{") depth++;
        if (letter === "}" && !depth-- && inside) return made;
        made += letter;
        at++;
      }
    }
    return made;
  }

  function text() {
    let made = "`";
    for (let begins = true; ; begins = false) {
      const length = /(?:(?!\$\{)[^`])*/.exec(source.slice(at))[0].length;
      const part = source.slice(at, (at += length));
      const ends = source[at] === "`";
      made += shorten(part, !begins, ends);
      at += ends ? 1 : 2;
      if (ends) return `${made}\``;
      made += `\${${code(true)}}`;
      at++;
    }
  }
}

/** Part of a shader: a sign before a value keeps its space, since the value may begin with one. */
function shortShader(text, after, ends) {
  const lines = text.replace(/^\s*\/\/.*$/gm, "").split(/(^#.*\n)/m);
  const short = lines.map((part) => {
    if (part[0] === "#") return part;
    const spaced = part.replace(/\s+/g, " ").replace(/ ?([=*/<>?:;{},()&|^[\]]|[+-]=|\+\+|--) ?/g, "$1");
    return spaced.replace(/ ?([+-]) (?!$)/g, "$1").replace(/ ([+-] )$/, "$1").replace(/(?<![\w.])[a-z]\w+/g, (word) => SHORT[word] || word);
  });
  const [made] = [short.join("")];
  return after ? made : made.trimStart();
}

function shortStyle(text) {
  return /\n/.test(text) ? text.replace(/\s+/g, " ").replace(/ ?([{};,]) ?/g, "$1").replace(/(?<=[{;][\w-]+:) /g, "").replace(/;}/g, "}").trim() : text;
}

checkShaders();
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
    write: false,
  });
  // What esbuild leaves, terser makes two parts in a hundred shorter.
  const { code } = await minify(made.outputFiles[0].text, { ecma: 2020, toplevel: true, compress: { passes: 3, pure_getters: true, unsafe_arrows: true } });
  const content = `/*! redraw-field, MIT licence; reads ${reads}; of sources ${sources} */\n${code}\n`;
  if (content.includes("</script")) throw new Error("the bundle would end its own script element");
  const out = join(here, name);
  if (process.argv.includes("--check")) {
    if (readFileSync(out, "utf8") !== content) throw new Error(`${name} is not what the sources make; npm run build`);
  } else writeFileSync(out, content);
  console.log(`${name}: ${Buffer.byteLength(content)} bytes`);
}
// What coded pictures may begin with goes along to npm.
if (process.argv.includes("--pack")) copyFileSync(join(web, "../../coding/model-1.bin"), join(here, "model-1.bin"));
