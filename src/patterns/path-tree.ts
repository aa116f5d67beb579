// Which fields the patterns of a matcher ask for: the only parts of an event that are looked at. A field's path is its names joined by
// dots, on both sides, as event-ruler has it: `{"a": {"b": …}}` and `{"a.b": …}` are the same field.

/** One field that patterns ask for. */
export interface Field {
  readonly path: string;
  /** How many ask. */
  uses: number;
}

export interface PathNode {
  readonly children: Map<string, PathNode>;
  field: Field | undefined;
}

export class PathTree {
  readonly root: PathNode = newNode();

  /** The field of a path, for one more who asks. */
  acquire(path: string): Field {
    let node = this.root;
    for (const name of path.split('.')) node = childOf(node, name);
    node.field ??= { path, uses: 0 };
    node.field.uses += 1;
    return node.field;
  }

  /** One asks no more; what nobody asks for is not looked at either. */
  release(field: Field): void {
    field.uses -= 1;
    if (field.uses === 0) prune(this.root, field.path.split('.'), 0);
  }
}

function newNode(): PathNode {
  return { children: new Map(), field: undefined };
}

function childOf(node: PathNode, name: string): PathNode {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const made = newNode();
  node.children.set(name, made);
  return made;
}

function prune(node: PathNode, names: readonly string[], depth: number): void {
  const name = names[depth];
  if (name === undefined) {
    node.field = undefined;
    return;
  }
  const child = node.children.get(name);
  if (child === undefined) return;
  prune(child, names, depth + 1);
  if (child.field === undefined && child.children.size === 0) node.children.delete(name);
}
