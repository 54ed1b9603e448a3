import ts from 'typescript';
import type { Document, Example } from './collect.ts';

/** An example taken apart. */
interface Parts {
  readonly imports: readonly string[];
  readonly body: string;
  /** What it declares outside of any block. */
  readonly declared: ReadonlySet<string>;
  /** What it names and declares nowhere. */
  readonly free: ReadonlySet<string>;
}

/** Names of a stage, what the examples of a document take for given, by its type; none when there is no such type. */
export function stageNames(source: string, stage: string): string[] {
  const file = ts.createSourceFile('stages.ts', source, ts.ScriptTarget.Latest);
  const named = (name: ts.Node | undefined): string[] =>
    name !== undefined && ts.isIdentifier(name) ? stageNames(source, name.text) : [];
  const names = file.statements.flatMap((statement): string[] => {
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === stage) {
      const { type } = statement;
      return ts.isTypeReferenceNode(type) ? named(type.typeName) : [];
    }
    if (!ts.isInterfaceDeclaration(statement) || statement.name.text !== stage) return [];
    const own = statement.members.flatMap(({ name }) =>
      name !== undefined && ts.isIdentifier(name) ? [name.text] : [],
    );
    const parents = (statement.heritageClauses ?? []).flatMap(({ types }) =>
      types.flatMap(({ expression }) => named(expression)),
    );
    return own.concat(parents);
  });
  return [...new Set(names)].toSorted(compare);
}

/**
 * The module of a document: each example a function that takes what the example takes for given and
 * gives what it declares.
 *
 * @param stage - the interface in `stages.ts`, and its names.
 */
export function moduleOf(
  { path, examples }: Document,
  stage: { readonly name: string; readonly names: readonly string[] },
): string {
  const parts = examples.map(({ code }) => takeApart(code));
  const imports = mergeImports(parts.flatMap((each) => each.imports));
  const functions = examples.map((example, i) => functionOf(example, parts[i], stage.names));
  const takes = functions.some((text) => text.includes('Pick<Stage,'));
  return [
    `// Made by tools/gen-examples.ts from ${path}: change it there.`,
    ...imports,
    ...(takes ? [`import type { ${stage.name} as Stage } from '../stages.ts';`] : []),
    '',
    ...functions,
  ].join('\n');
}

function functionOf(example: Example, parts: Parts | undefined, names: readonly string[]): string {
  if (parts === undefined) throw new RangeError('"parts" expected one for each example');
  const { free, declared, body } = parts;
  const given = names.filter((name) => free.has(name));
  const type = given.map((name) => `'${name}'`).join(' | ');
  const parameter = given.length === 0 ? '' : `{ ${given.join(', ')} }: Pick<Stage, ${type}>`;
  const gives = declared.size === 0 ? [] : [`  return { ${[...declared].join(', ')} };`];
  return [
    `/** Line ${example.line}. */`,
    `export async function ${example.name}(${parameter}) {`,
    body.replaceAll(/^(?=.)/gmu, '  ').trimEnd(),
    ...gives,
    '}',
    '',
  ].join('\n');
}

function takeApart(code: string): Parts {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  const imports: string[] = [];
  const declared = new Set<string>();
  const named = new Set<string>();
  const bound = new Set<string>();
  let body = code;
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const text = statement.getText();
      imports.push(text);
      // With the rest of its line, which is a comment if anything.
      body = body.replace(body.slice(body.indexOf(text)).split(/(?<=;[^\n]*\n)/u)[0] ?? '', '');
    } else if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) addNames(name, declared);
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name !== undefined) declared.add(statement.name.text);
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMemberName(node)) named.add(node.text);
    if (ts.isVariableDeclaration(node) || ts.isParameter(node)) addNames(node.name, bound);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const free = new Set([...named].filter((name) => !bound.has(name)));
  return { imports, body: body.replace(/^\n+/u, ''), declared, free };
}

function addNames(name: ts.BindingName, into: Set<string>): void {
  if (ts.isIdentifier(name)) into.add(name.text);
  else for (const each of name.elements) if (ts.isBindingElement(each)) addNames(each.name, into);
}

/** Whether it names a member of something, and not a thing of its own. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isPropertyAssignment(parent)) return parent.name === node;
  return ts.isBindingElement(parent) && parent.propertyName === node;
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1);

/** One import of values and one of types for each package. */
function mergeImports(imports: readonly string[]): string[] {
  const merged = new Map<string, Set<string>>();
  for (const each of imports) {
    const { kind, names, from } =
      /^(?<kind>import(?: type)?) \{(?<names>[^}]*)\} from (?<from>'[^']+')/u.exec(each)?.groups ??
      {};
    if (kind === undefined || names === undefined) {
      throw new SyntaxError(`an example expected named imports, got ${each}`);
    }
    const key = `${from} ${kind}`;
    const list = merged.get(key) ?? new Set();
    for (const name of names.split(',')) if (name.trim() !== '') list.add(name.trim());
    merged.set(key, list);
  }
  return [...merged]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([key, names]) => {
      const [from = '', ...kind] = key.split(' ');
      return `${kind.join(' ')} { ${[...names].toSorted(compare).join(', ')} } from ${from};`;
    });
}
