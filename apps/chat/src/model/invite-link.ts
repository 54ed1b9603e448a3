/** What an invite starts with, wherever it is found. */
const PREFIX = 'sotto:';

/**
 * The invite in a text: pasted with words around it, scanned, or the part of a page's address behind
 * `#`. The SDK judges it; here it is only found.
 *
 * @returns undefined when there is none.
 */
export function inviteIn(text: string): string | undefined {
  const start = text.toLowerCase().indexOf(PREFIX);
  if (start < 0) return undefined;
  const rest = /^[\w-]*/u.exec(text.slice(start + PREFIX.length));
  return PREFIX + (rest?.[0] ?? '');
}

/**
 * Takes an invite out of the page's address: it is secret, and an address ends in histories, synchronised
 * tabs and screenshots.
 */
export function takeInviteFromAddress(location: Location, history: History): string | undefined {
  if (location.hash === '') return undefined;
  const { hash } = location;
  history.replaceState(null, '', location.pathname);
  try {
    return inviteIn(decodeURIComponent(hash.slice(1)));
  } catch {
    // Not a percent-encoding: as it stands, then.
    return inviteIn(hash.slice(1));
  }
}

/**
 * The link as an address of this page, which opens it with the invite filled in. What stands behind
 * `#` never goes to a server.
 */
export const pageLink = (link: string, location: Location): string =>
  `${location.origin}${location.pathname}#${link}`;
