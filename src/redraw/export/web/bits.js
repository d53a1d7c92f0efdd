// Bits out of an arithmetic coder, as docs/format.md says.

import { floor } from "./numbers.js";

/** Reads bits whose chances are known, of 65536. Beyond the end of the data there are zeros. */
export class Bits {
  constructor(data) {
    this.data = data;
    this.at = 0;
    this.low = 0;
    this.high = 0xffffffff;
    this.code = 0;
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next();
  }

  next() {
    return this.at < this.data.length ? this.data[this.at++] : 0;
  }

  bit(chance) {
    const middle = this.low + floor(((this.high - this.low) * chance) / 65536);
    const bit = this.code <= middle ? 1 : 0;
    if (bit) this.high = middle;
    else this.low = middle + 1;
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 255) >>> 0;
      this.code = ((this.code << 8) | this.next()) >>> 0;
    }
    return bit;
  }
}
