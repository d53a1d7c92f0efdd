// Containers of chunks, which coded pictures and coded drawings are: docs/format.md.

export const EMPTY = "this field file is damaged";

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
      if (factor > 2 ** 28) throw new Error(EMPTY);
    }
  }

  take(count = this.bytes.length - this.at) {
    if (this.at + count > this.bytes.length) throw new Error(EMPTY);
    return this.bytes.subarray(this.at, (this.at += count));
  }
}

// What to do with files of other kinds, by their first chunk.
const WAYS = {
  LP: ": it is a picture in blocks, for large ones; redraw export FILE tiles.dzi makes tiles of it",
};

/** Whether bytes are a container of chunks. */
export const isCoded = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x52 && bytes[2] === 0x44 && bytes[3] === 0x57;

/** Chunks by name: lists of contents. */
export function chunksOf(bytes) {
  const reader = new Reader(bytes);
  if (reader.take(5)[4] !== 3) throw new Error("this field file is of a newer version");
  const chunks = { PI: [], PA: [], DR: [], DL: [], DP: [], DC: [], DD: [], ME: [], IC: [], su: [], fi: [], ex: [], NE: [], WE: [], GR: [] };
  for (;;) {
    const start = reader.at;
    const name = String.fromCharCode(...reader.take(2));
    const content = reader.take(reader.number());
    const sum = new DataView(bytes.buffer, bytes.byteOffset + reader.at).getUint32(0, true);
    reader.take(4);
    if (sum !== crc(bytes.subarray(start, start + 2), content)) throw new Error(EMPTY);
    if (name === "EN") return chunks;
    if (chunks[name]) chunks[name].push(content);
    else if (name < "a") throw new Error(`this field file has a chunk ${name}, which this page does not know${WAYS[name] || ""}`);
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
