import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { encodeQR } from 'qr';

/** Quiet zone around the code, in modules, as readers expect it; the encoder draws the first of them. */
const MARGIN = 3;

/** A text as a QR code: dark on white in both looks, since many readers take no other. */
export function QrCode(props: { readonly text: string; readonly label: string }): JSX.Element {
  const { size, path } = useMemo(() => draw(props.text), [props.text]);
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={props.label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#0a1f20" />
    </svg>
  );
}

function draw(text: string): { readonly size: number; readonly path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 1 });
  const runs: string[] = [];
  for (const [y, row] of rows.entries()) {
    let start = -1;
    for (let x = 0; x <= row.length; x++) {
      const dark = row[x] === true;
      if (dark && start < 0) start = x;
      if (!dark && start >= 0) {
        runs.push(`M${start + MARGIN} ${y + MARGIN}h${x - start}v1h-${x - start}z`);
        start = -1;
      }
    }
  }
  return { size: rows.length + 2 * MARGIN, path: runs.join('') };
}
