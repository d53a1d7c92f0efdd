"""What shaders are put together from: activations, and the functions that operations call.

In the subset of GLSL that `redraw.export.shader` turns into WGSL.
"""

FUNCTIONS = {
    "tanh": "1.0 - 2.0 / (exp(2.0 * clamp(z, vec4(-15.0), vec4(15.0))) + 1.0)",
    "sigmoid": "1.0 / (1.0 + exp(-z))",
    "relu": "max(z, vec4(0.0))",
    "silu": "z / (1.0 + exp(-z))",
    "sine": "sine({omega} * z)",
    "finer": "sine({omega} * (abs(z) + 1.0) * z)",
    "gauss": "exp(-{spread} * {spread} * z * z)",
    "wire": "sine({omega} * z + vec4(1.57079633)) * exp(-{spread} * {spread} * z * z)",
}
# Shader processors' own sine may be off by 2^-11; this polynomial is SLEEF's, for [-pi/2, pi/2].
SINE = """\
vec4 sine(vec4 x) {
  vec4 n = floor(x * 0.318309886 + 0.5);
  vec4 y = (x - n * 3.140625) - n * 9.67653589793e-4;
  vec4 s = y * y;
  vec4 p = ((2.60831598e-6 * s - 1.981069071e-4) * s + 8.33307858556e-3) * s - 0.16666659713;
  return (y + y * s * p) * (1.0 - 2.0 * abs(n - 2.0 * floor(n * 0.5)));
}
"""
TAPS = """\
vec4 taps(float t) {
  float left = 1.0 - t;
  float a = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0;
  float b = (4.0 - 6.0 * left * left + 3.0 * left * left * left) / 6.0;
  return vec4(left * left * left / 6.0, a, b, t * t * t / 6.0);
}
"""
LATTICE = """\
int mirrored(int i, int n) {
  int w = i - 2 * n * int(floor(float(i) / float(2 * n)));
  return min(w, 2 * n - 1 - w);
}
vec4 lattice(vec2 p, int base, int columns, int rows) {
  vec2 place = (p + 1.0) * 0.5 * vec2(float(columns), float(rows)) - 0.5;
  vec2 cell = floor(place);
  vec4 across = taps(place.x - cell.x);
  vec4 down = taps(place.y - cell.y);
  vec4 sum = vec4(0.0);
  for (int y = 0; y < 4; y++) {
    int row = mirrored(int(cell.y) + y - 1, rows) * columns;
    for (int x = 0; x < 4; x++) {
      sum += down[y] * across[x] * at(base + row + mirrored(int(cell.x) + x - 1, columns));
    }
  }
  return sum;
}
"""
CORNERS = """\
vec4 corners(vec2 p, vec2 scale, uvec2 by, uint mask, int base, int group, int groups) {
  vec2 place = clamp(p * 0.5 + 0.5, vec2(0.0), vec2(1.0)) * scale + 0.5;
  vec2 cell = floor(place);
  vec2 right = place - cell;
  vec4 sum = vec4(0.0);
  for (int corner = 0; corner < 4; corner++) {
    uvec2 bit = uvec2(uint(corner) & 1u, uint(corner) >> 1u);
    uvec2 term = (uvec2(uint(cell.x), uint(cell.y)) + bit) * by;
    uint row = select(term.x + term.y, (term.x ^ term.y) & mask, mask != 0u);
    vec2 share = mix(1.0 - right, right, vec2(float(bit.x), float(bit.y)));
    sum += share.x * share.y * at(base + int(row) * groups + group);
  }
  return sum;
}
"""
