import type { IncomingMessage, Server } from 'node:http';
import { CommandFailure } from './exit-codes.ts';

/** The only address that this program's HTTP servers listen at. */
const HTTP_HOST = '127.0.0.1';

/**
 * Listens on 127.0.0.1; resolves with the port.
 *
 * @param port - 0 takes any.
 * @param flag - whose value the port is, for the failure.
 * @throws CommandFailure `address` when the port is taken; its `cause` is the system's error.
 */
export function listenLocally(server: Server, port: number, flag: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const refuse = (error: Error): void => {
    const place = `${HTTP_HOST}:${port}`;
    reject(
      new CommandFailure(
        'address',
        `"${flag}" ${place} cannot be listened at: ${error.message}`,
        error,
      ),
    );
  };
  server.once('error', refuse);
  server.listen({ host: HTTP_HOST, port }, () => {
    server.off('error', refuse);
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return promise;
}

/** Stops to listen and ends every connection. */
export function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  return promise;
}

/** Few readers, on this machine, whose requests are short and soon over. */
export function boundServer(server: Server): void {
  server.maxConnections = 64;
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
}

/**
 * Whether a request names this machine as its host. A web page that points its own name at
 * 127.0.0.1 would otherwise read what is served here through the browser.
 */
export const asksThisMachine = (request: IncomingMessage): boolean =>
  /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/u.test(request.headers.host ?? '');
