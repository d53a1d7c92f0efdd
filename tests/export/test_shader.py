"""Shaders as a browser's WebGL2 and WebGPU take them, against the field's program."""

import numpy as np
import pytest
from tests.export.conftest import config_of, made, some_points
from tests.export.served import served

from redraw.errors import UsageError
from redraw.export.shader import Glsl

SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
# The shader is evaluated at a row of points that a texture holds; floats are read back.
DRAW = """([source, points, channels, list]) => {
  const gl = document.createElement('canvas').getContext('webgl2');
  gl.getExtension('EXT_color_buffer_float');
  const program = gl.createProgram();
  const vertex = '#version 300 es\\nvoid main() { gl_Position = vec4(4. * float(gl_VertexID & 1)'
    + ' - 1., 4. * float(gl_VertexID >> 1) - 1., 0., 1.); }';
  const fragment = '#version 300 es\\nprecision highp float;\\nprecision highp int;\\n' + source
    + '\\nuniform sampler2D points; out vec4 o;'
    + 'void main() { o = field(texelFetch(points, ivec2(int(gl_FragCoord.x), 0), 0).xy); }';
  for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) return gl.getShaderInfoLog(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const texture = (unit, name, width, height, data) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, data);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    if (name) gl.uniform1i(gl.getUniformLocation(program, name), unit);
    return unit;
  };
  const n = points.length, data = new Float32Array(4 * n);
  points.forEach(([x, y], i) => data.set([x, y, 0, 0], 4 * i));
  texture(0, 'points', n, 1, data);
  if (list) texture(1, 'weights', 1024, list.length / 4096, new Float32Array(list));
  texture(2, null, n, 1, null);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D), 0);
  gl.viewport(0, 0, n, 1);
  gl.bindVertexArray(gl.createVertexArray());
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  const out = new Float32Array(4 * n);
  gl.readPixels(0, 0, n, 1, gl.RGBA, gl.FLOAT, out);
  return Array.from({length: n}, (_, i) => [...out.slice(4 * i, 4 * i + channels)]);
}"""
# The same by WebGPU, which pages of this machine may use: a compute shader, a point each.
COMPUTE = """async ([source, points, channels, list]) => {
  const adapter = navigator.gpu && await navigator.gpu.requestAdapter();
  if (!adapter) return null;
  const device = await adapter.requestDevice();
  const code = source + `
@group(1) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(1) @binding(1) var<storage, read> points: array<vec2f>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) {
  values[id.x] = field(points[id.x]);
}`;
  const module = device.createShaderModule({code});
  const said = (await module.getCompilationInfo()).messages.filter((m) => m.type === 'error');
  if (said.length) return said.map((m) => `${m.lineNum}: ${m.message}`).join('\\n');
  const pipeline = await device.createComputePipelineAsync(
    {layout: 'auto', compute: {module, entryPoint: 'main'}});
  const n = points.length, U = GPUBufferUsage;
  const filled = (data) => {
    const buffer = device.createBuffer({size: data.byteLength, usage: U.STORAGE | U.COPY_DST});
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const out = device.createBuffer({size: 16 * n, usage: U.STORAGE | U.COPY_SRC});
  const read = device.createBuffer({size: 16 * n, usage: U.MAP_READ | U.COPY_DST});
  const groups = [[1, [out, filled(new Float32Array(points.flat()))]]];
  if (list) groups.push([0, [filled(new Float32Array(list))]]);
  const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  for (const [group, buffers] of groups) pass.setBindGroup(group, device.createBindGroup({
    layout: pipeline.getBindGroupLayout(group),
    entries: buffers.map((buffer, binding) => ({binding, resource: {buffer}}))}));
  pass.dispatchWorkgroups(n);
  pass.end();
  encoder.copyBufferToBuffer(out, 0, read, 0, 16 * n);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const found = new Float32Array(read.getMappedRange());
  return Array.from({length: n}, (_, i) => [...found.slice(4 * i, 4 * i + channels)]);
}"""
WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--use-vulkan=swiftshader")


@pytest.fixture(scope="module")
def page(chromium_with):
    """An empty page of a browser that has WebGL2."""
    found = chromium_with(*SOFTWARE).new_page()
    yield found
    found.close()


@pytest.fixture(scope="module")
def computing(chromium_with, tmp_path_factory):
    """An empty page of a browser that has WebGPU, from where such a page may use it."""
    with served(tmp_path_factory.mktemp("empty")) as address:
        found = chromium_with(*WEBGPU).new_page()
        found.goto(address)
        if found.evaluate("!navigator.gpu"):
            pytest.skip("this Chromium has no WebGPU")
        yield found
        found.close()


def drawn(page, source, points, channels, weights=None):
    """Values of the shader. (N, C)"""
    listed = None if weights is None else weights.tolist()
    found = page.evaluate(DRAW, [source, points.tolist(), channels, listed])
    assert not isinstance(found, str), found
    return np.array(found)


def close(found, wanted):
    """To what float32 leaves of a phase of 30 radians, after three layers of it."""
    return np.abs(found - wanted).max() <= 2e-4 * max(1.0, np.ptp(wanted))


def test_glsl_agrees_with_the_field(any_field, page, tmp_path):
    _, *beside = any_field.export(tmp_path / "it.glsl").paths
    weights = np.frombuffer(beside[0].read_bytes(), "<f4") if beside else None
    points = some_points(count=60)
    found = drawn(page, (tmp_path / "it.glsl").read_text(), points, 3, weights)
    assert close(found, any_field.lower().run(points.astype(np.float32)))


def test_wgsl_agrees_with_the_field(any_field, computing, tmp_path):
    _, *beside = any_field.export(tmp_path / "it.wgsl").paths
    weights = np.frombuffer(beside[0].read_bytes(), "<f4").tolist() if beside else None
    points = some_points(count=60)
    found = computing.evaluate(
        COMPUTE, [(tmp_path / "it.wgsl").read_text(), points.tolist(), 3, weights]
    )
    if found is None:
        pytest.skip("this Chromium finds no adapter for WebGPU, not even SwiftShader")
    assert not isinstance(found, str), found
    assert close(np.array(found), any_field.lower().run(points.astype(np.float32)))


@pytest.mark.parametrize("name", ["ink", "hash", "spline"])
def test_weights_in_a_texture(name, page, tmp_path, monkeypatch):
    monkeypatch.setattr("redraw.export.shader.INLINE", 10)
    field = made(config_of(name, 3))
    written = field.export(tmp_path / "it.glsl")
    assert [path.name for path in written.paths] == ["it.glsl", "it.rgba32f"]
    assert "they are in it.rgba32f" in written.notes[-1]
    weights = np.frombuffer((tmp_path / "it.rgba32f").read_bytes(), "<f4")
    points = some_points(count=60)
    found = drawn(page, (tmp_path / "it.glsl").read_text(), points, 3, weights)
    assert close(found, field.lower().run(points.astype(np.float32)))
    with pytest.raises(UsageError, match="can't export for Shadertoy"):
        field.export(tmp_path / "toy.glsl", shadertoy=True)


def test_shadertoy_compiles(page, drawing, tmp_path):
    drawing.export(tmp_path / "it.glsl", shadertoy=True)
    source = "uniform vec3 iResolution;\n" + (tmp_path / "it.glsl").read_text()
    assert "void mainImage(" in source
    drawn(page, source, some_points(count=4), 1)


def test_pictures_only(tmp_path):
    from redraw.fields import FieldConfig

    with pytest.raises(UsageError, match="takes 3 coordinates"):
        made(FieldConfig(dimensions=3, hidden=(4,))).export(tmp_path / "a.glsl")
    assert Glsl().refuse(made(config_of("ink", 4)).lower()) is None
