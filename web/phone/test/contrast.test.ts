/** Goal: everything can be read, by day and by night. Method: every pair of tokens that text and ground are made of. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import css from '../src/host/phone.css';

type Rgb = readonly [red: number, green: number, blue: number];

/** WCAG 2.2 AA: ordinary text, and large text or the outlines of controls. */
const TEXT = 4.5;
const LARGE = 3;

/** What is written on what. Grounds that let something through lie on the page. */
const PAIRS: readonly (readonly [ink: string, grounds: readonly string[], least: number])[] = [
  ['text', ['page', 'card', 'raised', 'desk', 'key'], TEXT],
  ['muted', ['page', 'card', 'raised'], TEXT],
  ['link', ['page', 'card', 'raised', 'desk'], TEXT],
  ['brand-text', ['page', 'card', 'raised', 'tint'], TEXT],
  ['danger', ['page', 'card', 'raised', 'danger-tint'], TEXT],
  ['warning', ['warning-tint'], TEXT],
  ['on-fill', ['fill', 'fill-down', 'wallet', 'wallet-end', 'fault', 'notice', 'lens', 'debit', 'credit'], TEXT],
  ['on-lens', ['lens'], TEXT],
  ['ink', ['paper'], TEXT],
  ['ink-muted', ['paper'], TEXT],
  ['link', ['page', 'card', 'raised'], LARGE],
];

/** Signs without words: they stand beside the word that says the same. */
const ORNAMENTS = new Set(['brand', 'line']);

const THEMES = { light: tokensOf(css.split('@media (prefers-color-scheme: dark)')[0] ?? ''), dark: darkTokens() };

function darkTokens(): Map<string, string> {
  const [light = '', rest = ''] = css.split('@media (prefers-color-scheme: dark)');
  return new Map([...tokensOf(light), ...tokensOf(rest.slice(0, rest.indexOf('}')))]);
}

function tokensOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{3,6}|rgba\([^)]*\))/g)].map(([, name = '', value = '']) => [name, value]));
}

function colour(tokens: Map<string, string>, name: string): Rgb {
  const value = tokens.get(name);
  assert.ok(value !== undefined, `no token ${name}`);
  const hex = /^#([0-9a-f]+)$/.exec(value)?.[1];
  if (hex !== undefined) {
    const pairs = hex.length === 3 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
    const [red = 0, green = 0, blue = 0] = pairs.map((pair) => parseInt(pair, 16));
    return [red, green, blue];
  }
  throw new Error(`${name} lets its ground through: ask \`over\``);
}

/** An ink may be a veil of one colour: then it is mixed with its ground. */
function over(tokens: Map<string, string>, ink: string, ground: Rgb): Rgb {
  const veil = /^rgba\((\d+), (\d+), (\d+), ([.\d]+)\)$/.exec(tokens.get(ink) ?? '');
  if (veil === null) return colour(tokens, ink);
  const [red, green, blue, alpha] = veil.slice(1).map(Number) as [number, number, number, number];
  const mix = (above: number, below: number): number => above * alpha + below * (1 - alpha);
  return [mix(red, ground[0]), mix(green, ground[1]), mix(blue, ground[2])];
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test('contrast is computed as WCAG computes it', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([7, 193, 96], [255, 255, 255]).toFixed(1), '2.4');
});

for (const [theme, tokens] of Object.entries(THEMES)) {
  test(`every text can be read: ${theme}`, () => {
    const poor = PAIRS.flatMap(([ink, grounds, least]) =>
      grounds.flatMap((name) => {
        const ground = colour(tokens, name);
        const found = contrast(over(tokens, ink, ground), ground);
        return found < least ? [`${ink} on ${name}: ${found.toFixed(2)}, not ${least}`] : [];
      }),
    );
    assert.deepEqual(poor, []);
  });
}

test('no token stands outside of the pairs', () => {
  const paired = new Set(PAIRS.flatMap(([ink, grounds]) => [ink, ...grounds]));
  const alone = [...THEMES.light.keys()].filter((name) => !paired.has(name) && !ORNAMENTS.has(name));
  assert.deepEqual(alone, []);
});

test('text takes its colours from tokens', () => {
  const rules = css.slice(css.indexOf('* { box-sizing'));
  const literal = [...rules.matchAll(/[;{ ](color: ?#[0-9a-f]{3,6})/g)].map(([, found]) => found);
  // A program's tile, and its bar in either of its two colours, stand on what the program chose.
  assert.deepEqual(literal, ['color: #fff', 'color: #000', 'color: #fff']);
});
