// Texts of a time that change once a second, for paths on which making them anew each time would be felt.

/** Times of one second share their text. The state is the caller's: one text. */
export function perSecond(textOf: (second: number) => string): (nowMs: number) => string {
  let last = -1;
  let text = '';
  return (nowMs) => {
    const second = Math.floor(nowMs / 1000);
    if (second !== last) {
      text = textOf(second);
      last = second;
    }
    return text;
  };
}
