/** What was begun and not sent, by contact: in memory alone, so that it ends with the page. */
export const drafts: Map<string, string> = new Map();
