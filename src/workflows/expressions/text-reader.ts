// Reads a short text from its beginning to its end: what the parsers of paths and of intrinsic functions have in common.

const LITERAL = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/;

export abstract class TextReader {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  protected abstract fail(): never;

  protected peek(): string | undefined {
    return this.text[this.at];
  }

  /** Whether it stands next; it is read then. */
  protected take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  protected expect(word: string): void {
    if (!this.take(word)) this.fail();
  }

  /** What a pattern that is anchored at its beginning finds in so many characters. */
  protected word(pattern: RegExp, most: number): string | undefined {
    const found = pattern.exec(this.text.slice(this.at, this.at + most))?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** A number, `true`, `false` or `null`, as JSON has them. */
  protected literal(most: number): number | boolean | null {
    const value: unknown = JSON.parse(this.word(LITERAL, most) ?? this.fail());
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : this.fail();
  }
}
