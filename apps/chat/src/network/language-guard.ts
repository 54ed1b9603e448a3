/**
 * A browser in the C locale calls its language `en-US@posix`, which `Intl` refuses, and the plotting
 * library asks `Intl` for it while it loads. To be imported before that library.
 */
function isLanguage(tag: string): boolean {
  try {
    Intl.getCanonicalLocales(tag);
    return true;
  } catch {
    return false;
  }
}

if (!isLanguage(navigator.language)) {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}
