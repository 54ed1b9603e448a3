import type { Client } from '@sotto/client';
import type { JSX } from 'preact';

/** The network to look at; `client` is the viewer's own. */
export function NetworkView(_props: { readonly client: Client }): JSX.Element {
  return <section aria-label="Network" />;
}
