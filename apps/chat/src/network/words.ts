/** Figures in words. */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** `1,234`; one digit behind the point below ten. */
export const figure = (value: number): string => (value < 10 ? tenth : whole).format(value);

/** A share in per cent. */
export const percent = (share: number): string => `${whole.format(100 * share)} %`;

/** `3 h 20 min`, `12 min`, `under a minute`: the time until something. */
export function timeLeft(millis: number): string {
  const minutes = Math.floor(millis / 60_000);
  if (minutes < 1) return 'under a minute';
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** `node-05` as `05`, where a column has no room for more. */
export const shortLabel = (label: string): string => label.replace(/^node-/u, '');
