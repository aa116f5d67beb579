// As much XML as AWS's answers need: elements and text. Attributes, comments and declarations are passed over; there are no entities but XML's five and numbers.

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** @throws {SyntaxError} where tags do not match. */
export function parseXml(source: string): XmlElement {
  const document: Open = { name: '', children: [], text: '' };
  const stack: Open[] = [document];
  for (const [, declaration, closing, name, selfClosing, text] of source.matchAll(TOKENS)) {
    const top = stack.at(-1) ?? document;
    if (declaration !== undefined) continue;
    if (text !== undefined) top.text += decode(text);
    else if (closing === '/') {
      if (stack.length === 1 || top.name !== name) throw new SyntaxError(`XML: </${name}> closes <${top.name}>`);
      stack.pop();
    } else {
      const element: Open = { name: name ?? '', children: [], text: '' };
      top.children.push(element);
      if (selfClosing !== '/') stack.push(element);
    }
  }
  const [root] = document.children;
  if (stack.length !== 1 || root === undefined) throw new SyntaxError('XML: the document ends early');
  return root;
}

const TOKENS = /(<\?[^]*?\?>|<!--[^]*?-->)|<(\/?)([\w:.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/g;

/** The first element of that name, at any depth. */
export function descendant(element: XmlElement, name: string): XmlElement | undefined {
  for (const child of element.children) {
    const found = child.name === name ? child : descendant(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Text of the first element of that name, at any depth. */
export function childText(element: XmlElement, name: string): string | undefined {
  return descendant(element, name)?.text;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return NAMED[name ?? ''] ?? whole;
  });
}

/** Back to text, without what the parser passed over. */
export function serialiseXml({ name, children, text }: XmlElement): string {
  const content = children.length > 0 ? children.map(serialiseXml).join('') : escapeXml(text);
  return `<${name}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
