// Input templates, taken apart: texts, and placeholders that stand outside of quotes or within them. Rules and pipes write them alike,
// and differ in what their placeholders are called.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html

export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly name: string; readonly isQuoted: boolean };

/** `placeholder` is sticky, and its first group is the name. */
export function templatePieces(template: string, placeholder: RegExp): readonly TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let text = '';
  let isQuoted = false;
  const endText = (): void => {
    if (text !== '') pieces.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < template.length; at += 1) {
    placeholder.lastIndex = at;
    const [whole, name] = placeholder.exec(template) ?? [];
    if (whole !== undefined && name !== undefined) {
      endText();
      pieces.push({ kind: 'placeholder', name, isQuoted });
      at += whole.length - 1;
      continue;
    }
    const character = template.charAt(at);
    text += character;
    if (character === '\\' && isQuoted) text += template.charAt((at += 1));
    else if (character === '"') isQuoted = !isQuoted;
  }
  endText();
  return pieces;
}

/** A value within quotes, as AWS writes it, recorded there: strings as they are, objects and lists as JSON without its quotes. */
export function quotedText(value: unknown): string {
  if (value === undefined) return '';
  const json = JSON.stringify(value);
  return typeof value === 'string' ? json.slice(1, -1) : json.replaceAll('"', '');
}
