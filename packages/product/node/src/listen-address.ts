import { isIP } from 'node:net';
import { err, ok, type Result } from '@sotto/wire';

interface Expected {
  readonly expected: string;
}

function hostAndPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/u.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  if (port > 65_535 || (match[1] !== undefined && isIP(host) !== 6)) return undefined;
  return { host, port };
}

function multiaddrOf(host: string, port: number, suffix: string): string {
  const version = isIP(host);
  const protocol = version === 0 ? 'dns' : `ip${version}`;
  return `/${protocol}/${host}/tcp/${port}${suffix}`;
}

const shape = /^\/(?:ip4|ip6)\/[0-9a-fA-F.:]+\/tcp\/\d{1,5}(\/ws)?$/u;

/**
 * Where to listen: a port, `host:port`, or a multiaddr; `none` (undefined) for not at all.
 *
 * @param kind - plain TCP, or WebSockets.
 */
export function parseListen(
  text: string,
  kind: 'tcp' | 'ws',
): Result<string | undefined, Expected> {
  const suffix = kind === 'ws' ? '/ws' : '';
  if (text === 'none') return ok(undefined);
  const match = shape.exec(text);
  if (match !== null && (match[1] ?? '') === suffix) return ok(text);
  const place = hostAndPort(/^\d{1,5}$/u.test(text) ? `0.0.0.0:${text}` : text);
  // A name would have to be resolved, and may stand for several addresses.
  if (place !== undefined && isIP(place.host) !== 0) {
    return ok(multiaddrOf(place.host, place.port, suffix));
  }
  return err({
    expected: `a port, address:port, /ip4/…/tcp/PORT${suffix} or "none"`,
  });
}

/** An address that others can dial: `host:port` (TCP), `ws://host:port`, `wss://host:port`, or a multiaddr. */
export function parseAnnounce(text: string): Result<string, Expected> {
  if (/^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}(?:\/tls)?(?:\/wss?)?$/u.test(text)) {
    return ok(text);
  }
  const match = /^(?:(wss?):\/\/)?(.+)$/u.exec(text);
  const place = hostAndPort(match?.[2] ?? '');
  if (place === undefined || place.port === 0) {
    return err({ expected: 'host:port, ws://host:port, wss://host:port or a multiaddr' });
  }
  const suffix = match?.[1] === 'ws' ? '/ws' : match?.[1] === 'wss' ? '/tls/ws' : '';
  return ok(multiaddrOf(place.host, place.port, suffix));
}
