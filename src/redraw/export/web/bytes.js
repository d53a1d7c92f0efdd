// Bytes as what they mean: base64 text, and files of named tensors (safetensors).

/** Bytes of base64 text. */
export function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export async function inflated(bytes, kind) {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(kind));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** The other way round: bytes as base64. */
export const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/* global WITH_TENSORS */

const KINDS = {
  ...(WITH_TENSORS && { F64: [Float64Array, 8], F32: [Float32Array, 4], BF16: [Uint16Array, 2] }),
  U8: [Uint8Array, 1],
  I32: [Int32Array, 4],
  I64: [BigInt64Array, 8],
};

/**
 * A field file's header and tensors.
 * @param {Uint8Array} bytes
 * @returns {{header: object, tensors: Object<string, {shape: number[], data: ArrayLike<number>}>}}
 * @throws {Error} the bytes are no such file.
 */
export function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length > 8 ? view.getUint32(0, true) : 0;
  if (!length || view.getUint32(4, true) || length > bytes.length - 8)
    throw new Error("this is no field file");
  const listed = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const own = listed.__metadata__ && listed.__metadata__.redraw;
  if (!own) throw new Error("this is no field file of redraw");
  const tensors = {};
  for (const [name, spec] of Object.entries(listed)) {
    if (name === "__metadata__") continue;
    const [Kind, size] = KINDS[spec.dtype] || [];
    const [from, to] = spec.data_offsets;
    const count = spec.shape.reduce((a, b) => a * b, 1);
    if (!Kind || to - from !== count * size || 8 + length + to > bytes.length)
      throw new Error(`the field file's tensor ${name} is damaged`);
    // A copy, since the file doesn't align its tensors to what typed arrays need.
    const data = new Kind(bytes.slice(8 + length + from, 8 + length + to).buffer);
    tensors[name] = { shape: spec.shape, data: spec.dtype === "BF16" ? widened(data) : data };
  }
  const { content, complex } = JSON.parse(own);
  return { header: content, tensors, complex: complex || [] };
}

/** Tensors whose floats are whole numbers of a step each, or how far places rise: see redraw.export.rounding. */
export function readRounded(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const { content, tensors: listed } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensors = {};
  let at = 8 + length;
  for (const { name, shape, step, planes, kind, rising } of listed) {
    const count = shape.reduce((a, b) => a * b, 1);
    let data;
    if (kind) {
      const [Kind, size] = KINDS[kind];
      data = new Kind(bytes.slice(at, (at += size * count)).buffer);
    } else {
      data = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        let folded = 0;
        for (let k = planes; k--; ) folded = folded * 256 + bytes[at + k * count + i];
        data[i] = (folded % 2 ? -(folded + 1) / 2 : folded / 2) * step + (rising && i ? data[i - 1] : 0);
      }
      at += planes * count;
    }
    tensors[name] = { shape, data };
  }
  return { header: content, tensors, complex: [] };
}

/** bfloat16 is the upper half of float32. */
function widened(halves) {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < words.length; i++) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

/** A number of 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
export function fromHalf(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction / 2 ** 24;
  return bits >> 15 ? -size : size;
}
