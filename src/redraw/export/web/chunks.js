// Containers of chunks, which coded pictures and coded drawings are: docs/format.md.

export const EMPTY = "this field file is damaged";

// Files from anywhere may say anything. A page holds what was written for it: the checksums of its
// chunks tell of damage, and what else is asked of numbers here is left out.
/* global WITH_CHECKS, WITH_CODED, WITH_DRAWINGS, WITH_WHOLE */

/** Numbers of at least 0 with 7 bits a byte, the lowest first, and other bytes. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  number() {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = this.take(1)[0];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      if (WITH_CHECKS && factor > 2 ** 28) throw new Error(EMPTY);
    }
  }

  take(count = this.bytes.length - this.at) {
    if (this.at + count > this.bytes.length) throw new Error(EMPTY);
    return this.bytes.subarray(this.at, (this.at += count));
  }
}

// Chunks that are read, by name: of networks in whole numbers, coded pictures, coded drawings; and what both show.
const READ = `${WITH_WHOLE ? "NE WE GR " : ""}${WITH_CODED ? "PI PA su fi ex " : ""}${WITH_DRAWINGS ? "DR DL DP DC DD " : ""}ME IC`;
// What to say of other kinds of files, by the name of their first chunk. LP: pictures larger than memory.
const OTHERS = {
  LP: "is a large picture in blocks, which this page does not read; redraw export FILE tiles.dzi makes tiles of it",
};

/** Whether bytes are a container of chunks. */
export const isCoded = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x52 && bytes[2] === 0x44 && bytes[3] === 0x57;

/** Chunks by name: lists of contents. */
export function chunksOf(bytes) {
  const reader = new Reader(bytes);
  const version = reader.take(5)[4];
  if (WITH_CHECKS && version !== 3) throw new Error("this field file is of a newer version");
  const chunks = Object.fromEntries(READ.split(" ").map((name) => [name, []]));
  for (;;) {
    const start = reader.at;
    const name = String.fromCharCode(...reader.take(2));
    const content = reader.take(reader.number());
    const sum = new DataView(bytes.buffer, bytes.byteOffset + reader.at).getUint32(0, true);
    reader.take(4);
    if (sum !== crc(bytes.subarray(start, start + 2), content)) throw new Error(EMPTY);
    if (name === "EN") return chunks;
    if (chunks[name]) chunks[name].push(content);
    else if (WITH_CHECKS && name < "a") throw new Error(`this field file ${OTHERS[name] || `has a chunk ${name}, which this page does not know`}`);
  }
}

/** What a picture of so many channels shows, as its container says. */
export function aboutOf(chunks, width, height, channels) {
  const said = chunks.ME[0] ? JSON.parse(new TextDecoder().decode(chunks.ME[0])) : {};
  const colour = { model: channels > 2 ? "rgb" : "grey", alpha: channels % 2 === 0 };
  return { size: [width, height], colour, detail: 1, made: {}, ...said, profile: chunks.IC[0] };
}

function crc(...parts) {
  let sum = -1;
  for (const part of parts) {
    for (const byte of part) {
      sum ^= byte;
      for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
  }
  return ~sum >>> 0;
}
