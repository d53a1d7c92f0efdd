// Draws tiles of a field with WebGL2. One small canvas of its own; what is drawn is handed over.

import { max } from "./numbers.js";
import { meaningOf, planOf } from "./plan.js";
import { refusal, shaderOf } from "./glsl.js";
import { isLinear } from "./lowering.js";
import { newCanvas } from "./stage.js";

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(4. * float(gl_VertexID & 1) - 1., 4. * float(gl_VertexID >> 1) - 1., 0., 1.); }`;
const FORMATS = { 1: ["R", "RED"], 2: ["RG", "RG"], 4: ["RGBA", "RGBA"] };

export class GlPainter {
  /**
   * @param {object} field as of lowering.js
   * @throws {Error} there is no WebGL2, or it can't hold the field.
   */
  constructor(field) {
    this.field = field;
    this.canvas = newCanvas();
    const options = { alpha: true, premultipliedAlpha: true, antialias: false, depth: false, preserveDrawingBuffer: true };
    this.gl = this.canvas.getContext("webgl2", options);
    if (!this.gl) throw new Error("no WebGL2");
    this.kind = "WebGL2";
    this.lost = false;
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost = true;
    });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.prepare();
      this.lost = false;
      if (this.onrestored) this.onrestored();
    });
    this.prepare();
  }

  /** Compile the shader and load the textures: at first, and after the context was lost. */
  prepare() {
    const { gl, field } = this;
    const reason = refusal(field.program, gl.getParameter(gl.MAX_TEXTURE_SIZE));
    if (reason) throw new Error(reason);
    if ("drawingBufferColorSpace" in gl) gl.drawingBufferColorSpace = meaningOf(field).space;
    const room = { bytes: gl.getParameter(gl.MAX_UNIFORM_BLOCK_SIZE), blocks: gl.getParameter(gl.MAX_FRAGMENT_UNIFORM_BLOCKS) };
    const { source, textures, blocks } = shaderOf(field, isLinear(field.program), room);
    const program = (this.program = gl.createProgram());
    for (const [type, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, source]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      this.shader = shader;
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(`the shader was refused: ${gl.getShaderInfoLog(this.shader)} ${gl.getProgramInfoLog(program)}`);
    gl.useProgram(program);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    textures.forEach(({ name, width, height, data, lanes, half }, unit) => {
      const [internal, format] = FORMATS[lanes];
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, gl[internal + (half ? "16F" : "32F")], width, height, 0, gl[format], gl.FLOAT, data);
      for (const name of ["MIN_FILTER", "MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl.NEAREST);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    blocks.forEach(({ name, data }, place) => {
      gl.bindBufferBase(gl.UNIFORM_BUFFER, place, gl.createBuffer());
      gl.bufferData(gl.UNIFORM_BUFFER, data, gl.STATIC_DRAW);
      gl.uniformBlockBinding(program, gl.getUniformBlockIndex(program, name), place);
    });
    gl.bindVertexArray(gl.createVertexArray());
    this.places = ["view", "samples", "height", "cell"].map((name) => gl.getUniformLocation(program, name));
  }

  /**
   * Draw a tile; arguments as of planOf.
   * @returns {Promise<HTMLCanvasElement | null>} whose top left corner holds it; null if it can't
   */
  async draw(view, tile, coarse, quick) {
    const { gl } = this;
    if (this.lost || gl.isContextLost()) return null;
    const plan = planOf(this.field, view, tile, coarse, quick);
    const { canvas } = this;
    if (canvas.width < plan.width || canvas.height < plan.height)
      [canvas.width, canvas.height] = [max(canvas.width, plan.width), max(canvas.height, plan.height)];
    gl.viewport(0, canvas.height - plan.height, plan.width, plan.height);
    gl.uniform4f(this.places[0], plan.x, plan.y, ...plan.step);
    gl.uniform1i(this.places[1], plan.samples);
    gl.uniform1i(this.places[2], canvas.height);
    gl.uniform2f(this.places[3], ...(plan.linear ? plan.step : [0, 0]));
    gl.scissor(0, canvas.height - plan.height, plan.width, plan.height);
    gl.enable(gl.SCISSOR_TEST);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    // The page goes on while the processor draws; asking costs nothing.
    for (;;) {
      await new Promise((done) => setTimeout(done, 1));
      const status = fence ? gl.clientWaitSync(fence, 0, 0) : gl.WAIT_FAILED;
      if (status === gl.WAIT_FAILED || gl.isContextLost()) return null;
      if (status !== gl.TIMEOUT_EXPIRED) break;
    }
    gl.deleteSync(fence);
    return canvas;
  }

  /** Points that are tried at first in one call. */
  get pace() {
    return 16384;
  }

  close() {
    const extension = this.gl.getExtension("WEBGL_lose_context");
    if (extension && !this.lost) extension.loseContext();
  }
}
