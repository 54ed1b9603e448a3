import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A fenced block of TypeScript that a reader is shown. */
export interface Example {
  /** Unique in its document: the declaration that it stands at, or its number. */
  readonly name: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly code: string;
}

/** A file with examples. */
export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly examples: readonly Example[];
}

const FENCED = /^```ts\n(?<code>[\s\S]*?)^```$/gmu;

/** The fenced blocks of a page, by their numbers. */
export function examplesOfPage(text: string): Example[] {
  return [...text.matchAll(FENCED)].map((match, i) => ({
    name: `example${i + 1}`,
    line: lineOf(text, match.index) + 1,
    code: match.groups?.['code'] ?? '',
  }));
}

/** The fenced blocks of a source's docstrings, by what they stand at: `clientInviteExample` is that of `Client.invite`. */
export function examplesOfSource(path: string, text: string): Example[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Example[] = [];
  const visit = (node: ts.Node, within: string): void => {
    const named = ts.isVariableStatement(node) ? node.declarationList.declarations[0] : node;
    const own = (named as { readonly name?: ts.Node } | undefined)?.name?.getText() ?? '';
    const name = own === '' ? within : lowerFirst(within + upperFirst(own));
    for (const doc of ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)) {
      if (doc.parent !== node) continue;
      const words = doc.getText().replaceAll(/^[ \t]*\* ?/gmu, '');
      for (const [i, match] of [...words.matchAll(FENCED)].entries()) {
        found.push({
          name: `${name}Example${i === 0 ? '' : i + 1}`,
          line: lineOf(text, doc.getStart()) + lineOf(words, match.index),
          code: match.groups?.['code'] ?? '',
        });
      }
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  ts.forEachChild(source, (node) => visit(node, ''));
  return found;
}

/** Every document with examples: the packages' pages and docstrings, and the guide. */
export function collect(root: string): Document[] {
  const paths = globSync(
    ['packages/*/*/README.md', 'packages/*/*/src/**/*.ts', 'docs/guide/*.md'],
    {
      cwd: root,
    },
  );
  return paths.toSorted().flatMap((path) => {
    const text = readFileSync(`${root}/${path}`, 'utf8');
    const examples = path.endsWith('.md') ? examplesOfPage(text) : examplesOfSource(path, text);
    return examples.length === 0 ? [] : [{ path, examples }];
  });
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;
const upperFirst = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
const lowerFirst = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);
