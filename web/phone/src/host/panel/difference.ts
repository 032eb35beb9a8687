/** Where two strings part, cut so that the difference can be marked. */

export interface Parted {
  readonly before: string;
  /** From the first difference to the end of its line; empty where the string has ended. */
  readonly marked: string;
  readonly after: string;
}

const LONGEST_MARK = 40;

/** The two strings; equal ones have nothing marked. */
export function parted(expected: string, signed: string): readonly [Parted, Parted] {
  const left = [...expected];
  const right = [...signed];
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at += 1;
  return [cut(left, at), cut(right, at)];
}

function cut(letters: readonly string[], at: number): Parted {
  const lineEnd = letters.indexOf('\n', at);
  const end = Math.min(lineEnd < 0 ? letters.length : lineEnd + 1, at + LONGEST_MARK);
  return {
    before: visible(letters.slice(0, at)),
    marked: visible(letters.slice(at, end)),
    after: visible(letters.slice(end)),
  };
}

/** Line ends and other signs that nobody sees are what such strings differ in most. */
function visible(letters: readonly string[]): string {
  return letters
    .map((letter) => {
      if (letter === '\n') return '⏎\n';
      const code = letter.codePointAt(0) ?? 0;
      if (code === 0xfeff) return '⟨BOM⟩';
      return code < 0x20 ? String.fromCodePoint(0x2400 + code) : letter;
    })
    .join('');
}
