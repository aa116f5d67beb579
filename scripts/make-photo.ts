// Paints examples/thumbnails/photo.jpg: a mountain lake at sunset, made by computation, stored lying on its side with EXIF
// orientation 6, as a telephone held upright stores its pictures. The same seed gives the same picture.

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const WIDTH = 1800;
const HEIGHT = 2400;
const HORIZON = 0.58;
const SUN = { x: 0.72, y: 0.24, radius: 0.055 };

type Colour = readonly [red: number, green: number, blue: number];

/** Repeatable noise in [0, 1) for a point of a grid. */
function hash(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 374_761_393) + Math.imul(y, 668_265_263) + Math.imul(seed, 2_246_822_519);
  bits = Math.imul(bits ^ (bits >>> 13), 1_274_126_177);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/** The same, smooth between the points of the grid. */
function noise(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const ease = (t: number): number => t * t * (3 - 2 * t);
  const across = ease(x - left);
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  const upper = mix(hash(left, top, seed), hash(left + 1, top, seed), across);
  const lower = mix(hash(left, top + 1, seed), hash(left + 1, top + 1, seed), across);
  return mix(upper, lower, ease(y - top));
}

/** Several octaves of it: what clouds, ridges and waves are made of. */
function fractal(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let amplitude = 0.5;
  for (let octave = 0; octave < octaves; octave += 1) {
    sum += amplitude * noise(x * 2 ** octave, y * 2 ** octave, seed + octave);
    amplitude /= 2;
  }
  return sum;
}

const mixColours = (from: Colour, to: Colour, share: number): Colour => {
  const t = Math.min(1, Math.max(0, share));
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t];
};

const ZENITH: Colour = [38, 84, 168];
const GLOW: Colour = [255, 176, 104];
const CLOUD: Colour = [255, 224, 206];
const SUNLIGHT: Colour = [255, 250, 214];

/** @param x and `y` from 0 to 1, the origin at the upper left. */
function sky(x: number, y: number): Colour {
  const base = mixColours(ZENITH, GLOW, (y / HORIZON) ** 1.6);
  const cloudy = mixColours(base, CLOUD, (fractal(x * 3, y * 9, 11, 6) - 0.46) * 2.4);
  const distance = Math.hypot(x - SUN.x, ((y - SUN.y) * HEIGHT) / WIDTH);
  return mixColours(cloudy, SUNLIGHT, distance < SUN.radius ? 1 : 0.5 * Math.exp(-(distance - SUN.radius) * 9));
}

const RANGES: readonly {
  readonly top: number;
  readonly height: number;
  readonly scale: number;
  readonly seed: number;
  readonly colour: Colour;
}[] = [
  { top: 0.44, height: 0.2, scale: 2.2, seed: 21, colour: [128, 122, 160] },
  { top: 0.5, height: 0.16, scale: 3.6, seed: 31, colour: [84, 84, 122] },
  { top: 0.555, height: 0.09, scale: 7, seed: 41, colour: [34, 52, 58] },
];

function land(x: number, y: number): Colour {
  let colour = sky(x, y);
  for (const range of RANGES) {
    const ridge = range.top - range.height * (fractal(x * range.scale, 0.5, range.seed, 7) - 0.35);
    if (y > ridge) {
      const rock = 0.78 + 0.5 * fractal(x * 60, y * 80, range.seed + 5, 4);
      const [red, green, blue] = range.colour;
      colour = mixColours([red * rock, green * rock, blue * rock], GLOW, (y - ridge) * 0.5);
    }
  }
  return colour;
}

/** What stands above the shore, mirrored, darker, and broken by waves that grow towards us. */
function lake(x: number, y: number): Colour {
  const depth = (y - HORIZON) / (1 - HORIZON);
  const waves = (fractal(x * 24, depth * 220 * (1.3 - depth), 51, 4) - 0.47) * (0.02 + 0.1 * depth);
  const mirrored = land(Math.abs(x + waves * 0.5), Math.max(0, HORIZON - (y - HORIZON) * 1.25 + waves));
  return mixColours(mirrored, [14, 34, 60], 0.35 + 0.3 * depth);
}

function paint(): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let row = 0; row < HEIGHT; row += 1) {
    for (let column = 0; column < WIDTH; column += 1) {
      const x = column / WIDTH;
      const y = row / HEIGHT;
      const colour = y < HORIZON ? land(x, y) : lake(x, y);
      // The grain of a sensor: without it a computed picture compresses to next to nothing.
      const grain = (hash(column, row, 99) - 0.5) * 16;
      const offset = (row * WIDTH + column) * 3;
      for (let channel = 0; channel < 3; channel += 1)
        pixels[offset + channel] = Math.min(255, Math.max(0, (colour[channel] ?? 0) + grain));
    }
  }
  return pixels;
}

const path = fileURLToPath(new URL('../examples/thumbnails/photo.jpg', import.meta.url));
await sharp(paint(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  // Orientation 6 says: turn a quarter clockwise to look at it. So it is stored turned the other way.
  .rotate(270)
  .withExif({ IFD0: { Make: 'Mayfly', Model: 'scripts/make-photo.ts', ImageDescription: 'A mountain lake that does not exist' } })
  .withMetadata({ orientation: 6 })
  .jpeg({ quality: 93 })
  .toFile(path);
console.log(`${path}: ${statSync(path).size} bytes`);
