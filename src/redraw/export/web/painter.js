// Draws tiles of a field with WebGL2. One small canvas of its own; what is drawn is handed over.

import { meaningOf, planOf } from "./plan.js";
import { isTooMuch, shaderOf } from "./glsl.js";
import { isLinear } from "./lowering.js";
import { newCanvas } from "./stage.js";

/* global WITH_AFFINE, WITH_WHOLE */

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(4 * (gl_VertexID & 1) - 1, 4 * (gl_VertexID >> 1) - 1, 0, 1); }`;

export class GlPainter {
  /**
   * @param {object} field as of lowering.js
   * @throws {Error} there is no WebGL2, or it can't hold the field.
   */
  constructor(field) {
    this.field = field;
    this.canvas = newCanvas();
    this.gl = this.canvas.getContext("webgl2", { antialias: false, depth: false, preserveDrawingBuffer: true });
    if (!this.gl) throw new Error("no WebGL2");
    this.kind = "WebGL2";
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost = true;
    });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.prepare();
      this.lost = false;
      this.onrestored();
    });
    this.prepare();
  }

  /** Compile the shader and load the textures: at first, and after the context was lost. */
  prepare() {
    const { gl, field } = this;
    if (isTooMuch(field.program, gl.getParameter(gl.MAX_TEXTURE_SIZE))) throw new Error("too much for WebGL2");
    gl.drawingBufferColorSpace = meaningOf(field).space;
    const room = (WITH_AFFINE || WITH_WHOLE) && { bytes: gl.getParameter(gl.MAX_UNIFORM_BLOCK_SIZE), blocks: gl.getParameter(gl.MAX_FRAGMENT_UNIFORM_BLOCKS) };
    const { source, textures, blocks } = shaderOf(field, isLinear(field.program), room);
    const program = (this.program = gl.createProgram());
    const shaders = [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, source]].map(([type, text]) => {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      return shader;
    });
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(`the shader was refused: ${gl.getShaderInfoLog(shaders[1])} ${gl.getProgramInfoLog(program)}`);
    gl.useProgram(program);
    textures.forEach(({ name, width, height, data, lanes, half }, unit) => {
      const [format, float16, float32] = { 1: [gl.RED, gl.R16F, gl.R32F], 2: [gl.RG, gl.RG16F, gl.RG32F], 4: [gl.RGBA, gl.RGBA16F, gl.RGBA32F] }[lanes];
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, half ? float16 : float32, width, height, 0, format, gl.FLOAT, data);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    if (WITH_AFFINE || WITH_WHOLE) blocks.forEach(({ name, data }, place) => {
      gl.bindBufferBase(gl.UNIFORM_BUFFER, place, gl.createBuffer());
      gl.bufferData(gl.UNIFORM_BUFFER, data, gl.STATIC_DRAW);
      gl.uniformBlockBinding(program, gl.getUniformBlockIndex(program, name), place);
    });
    this.places = ["view", "samples", "height", "cell"].map((name) => gl.getUniformLocation(program, name));
  }

  /**
   * Draw a tile; arguments as of planOf.
   * @returns {Promise<HTMLCanvasElement | null>} whose top left corner holds it; null if it can't
   */
  async draw(view, tile, coarse, quick) {
    const { gl, canvas } = this;
    if (this.lost || gl.isContextLost()) return null;
    const { width, height, x, y, step, samples, linear } = planOf(this.field, view, tile, coarse, quick);
    if (canvas.width < width) canvas.width = width;
    if (canvas.height < height) canvas.height = height;
    // A triangle that is larger than the viewport is cut to it.
    gl.viewport(0, canvas.height - height, width, height);
    gl.uniform4f(this.places[0], x, y, ...step);
    gl.uniform1i(this.places[1], samples);
    gl.uniform1i(this.places[2], canvas.height);
    gl.uniform2f(this.places[3], ...(linear ? step : [0, 0]));
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
    if (!this.lost) this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
