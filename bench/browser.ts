/** The packet's benchmarks in Chromium: the same code, built by Vite into one page. */
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build } from 'vite';
import { chromiumArgs, chromiumPath } from '../tools/chromium.ts';
import { PACKET_BENCHES, type PacketBench } from './packet.ts';
import type { Row } from './row.ts';

/** What the page defines. */
export interface BenchPage {
  sottoBench(name: PacketBench, backend: string): Promise<Row>;
}

/** The script of the page. */
async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      lib: {
        entry: fileURLToPath(new URL('browser-page.ts', import.meta.url)),
        formats: ['es'],
        fileName: 'page',
      },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) =>
    'output' in each ? each.output : [],
  );
  const scripts = outputs.flatMap((each) => (each.type === 'chunk' ? [each.code] : []));
  const [script] = scripts;
  if (script === undefined || scripts.length > 1) throw new Error('the page is not one script');
  return script;
}

/** One row for each benchmark and portable backend. */
export async function* browserBench(): AsyncGenerator<Row> {
  const script = await bundle();
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: [...chromiumArgs],
  });
  try {
    const page = await browser.newPage();
    const trouble: string[] = [];
    page.on('pageerror', (error) => trouble.push(error.message));
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction(() => 'sottoBench' in globalThis);
    for (const backend of ['sodium-wasm', 'noble']) {
      for (const name of PACKET_BENCHES) {
        const row = await page.evaluate(
          ([bench, suite]) =>
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script defines it
            (globalThis as unknown as BenchPage).sottoBench(bench, suite),
          [name, backend] as const,
        );
        yield { ...row, version: browser.version() };
      }
    }
    if (trouble.length > 0) throw new Error(trouble.join('; '));
  } finally {
    await browser.close();
  }
}
