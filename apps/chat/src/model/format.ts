/** Figures and dates in words, in the browser's language where a language has a say. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayLong = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
});
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const dayShort = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

const DAY = 86_400_000;

const midnight = (date: Date): number =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Days from `date` to `now` as the calendar counts them. */
const daysBetween = (date: Date, now: Date): number =>
  Math.round((midnight(now) - midnight(date)) / DAY);

/** `14:02`. */
export const timeOfDay = (date: Date): string => clock.format(date);

/** In a list: the time today, the weekday this week, the date before. */
export function shortDate(date: Date, now: Date): string {
  const days = daysBetween(date, now);
  if (days === 0) return timeOfDay(date);
  return days > 0 && days < 7 ? weekday.format(date) : dayShort.format(date);
}

/** Above the messages of a day. */
export function dayHeading(date: Date, now: Date): string {
  const days = daysBetween(date, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return dayLong.format(date);
}

/** Whether two moments are on one day. */
export const sameDay = (a: Date, b: Date): boolean => midnight(a) === midnight(b);

/** Until when: the time when it is today, else `7 December`, with the time when that is close. */
export function untilWords(date: Date, now: Date): string {
  const days = -daysBetween(date, now);
  if (days <= 0) return timeOfDay(date);
  if (days === 1) return `tomorrow, ${timeOfDay(date)}`;
  return dayMonth.format(date);
}

/** `0.8 s`, `12 s`, `3 min`, `2 h`, `5 days`. */
export function duration(millis: number): string {
  const seconds = Math.max(0, millis) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

/** The same for an estimate, so that nobody reads more into it: `20 s`, `2 min`. */
export function about(millis: number): string {
  const seconds = Math.max(1, millis / 1000);
  if (seconds < 10) return `${Math.ceil(seconds)} s`;
  return seconds < 90 ? `${Math.ceil(seconds / 5) * 5} s` : duration(millis);
}

/** `316 MB`, `25 GB`: powers of ten, as data plans are sold. */
export function dataSize(bytes: number): string {
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  const mega = bytes / 1e6;
  if (mega < 9.95) return `${mega.toFixed(1)} MB`;
  if (mega < 999.5) return `${Math.round(mega)} MB`;
  return mega < 9950 ? `${(mega / 1000).toFixed(1)} GB` : `${Math.round(mega / 1000)} GB`;
}

/** After how long messages disappear. */
export function lifetimeWords(seconds: number): string {
  if (seconds === 0) return 'Never';
  return `After ${seconds === 3600 ? 'an hour' : seconds === 86_400 ? 'a day' : 'a week'}`;
}
