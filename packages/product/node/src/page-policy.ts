import type { PeerTarget } from '@sotto/transport';

/** Where the page may connect to, beside the server that it came from. */
export type PageConnections =
  /** These and no others: origins like `ws://127.0.0.1:9002`. */
  | { readonly only: readonly string[] }
  /** Any node by WebSocket: in a network that others join, who is there is in no file. */
  | { readonly only: undefined };

/**
 * Headers of every answer to the page (decision 0021). No script but the page's own files, no inline
 * script or style, nothing from or to a third party, no framing, no address told to anybody.
 *
 * `wasm-unsafe-eval` lets WebAssembly be compiled, and nothing else be evaluated.
 */
export function pageHeaders(connections: PageConnections): Readonly<Record<string, string>> {
  const connect = connections.only ?? ['ws:', 'wss:'];
  const policy = [
    `default-src 'none'`,
    `script-src 'self' 'wasm-unsafe-eval'`,
    `worker-src 'self'`,
    `style-src 'self'`,
    // Photos: bytes that this page holds, shown as images and as nothing else.
    `img-src 'self' blob:`,
    `manifest-src 'self'`,
    `connect-src ${[`'self'`, ...new Set(connect)].join(' ')}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    // The camera reads an invite's QR; nothing else of the device is ever asked for.
    'permissions-policy':
      'camera=(self), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/** The origin of a WebSocket multiaddr, `/ip4/127.0.0.1/tcp/9002/ws` say; undefined of any other. */
export function webSocketOrigin(address: string): string | undefined {
  const match =
    /^\/(ip4|ip6|dns|dns4|dns6)\/([0-9A-Za-z.:-]+)\/tcp\/(\d{1,5})(?:(\/ws)|\/tls\/ws|\/wss)$/u.exec(
      address,
    );
  if (match === null) return undefined;
  const [, kind, host = '', port = '', plain] = match;
  const scheme = plain === undefined ? 'wss' : 'ws';
  return `${scheme}://${kind === 'ip6' ? `[${host}]` : host}:${port}`;
}

/** Origins of all WebSocket addresses of some peers. */
export const webSocketOrigins = (peers: readonly PeerTarget[]): string[] =>
  peers.flatMap(({ addresses }) =>
    addresses.map(webSocketOrigin).filter((origin) => origin !== undefined),
  );
