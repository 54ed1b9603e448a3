/** Longest side of a photo that is sent, pixels. */
const MOST_PIXELS = 1280;
/** Each try is this much smaller. */
const STEP = 0.8;
const QUALITIES = [0.8, 0.6, 0.45] as const;
/** Least side worth looking at. */
const LEAST_PIXELS = 160;

/**
 * A photo as it may be sent: drawn anew and encoded as JPEG, as large as fits. What a camera writes beside
 * the picture, where and when it was taken and by what device, is not drawn and so is not there.
 *
 * @param most - bytes.
 * @returns undefined when the browser cannot show it, or nothing that one can see would fit.
 */
export async function shrinkPhoto(file: Blob, most: number): Promise<Uint8Array | undefined> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    // Not an image, or of a kind that this browser does not know.
    return undefined;
  }
  try {
    const long = Math.max(image.width, image.height);
    for (let side = Math.min(long, MOST_PIXELS); ; side *= STEP) {
      if (side < LEAST_PIXELS && side < long) return undefined;
      for (const quality of QUALITIES) {
        // One after another: the first that fits is the best.
        // oxlint-disable-next-line no-await-in-loop
        const bytes = await draw(image, side / long, quality);
        if (bytes.length <= most) return bytes;
      }
    }
  } finally {
    image.close();
  }
}

async function draw(image: ImageBitmap, scale: number, quality: number): Promise<Uint8Array> {
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('expected a canvas to draw on');
  // JPEG has no transparency: what shows through is paper, not black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return withoutNotes(new Uint8Array(await blob.arrayBuffer()));
}

/** A JPEG of the browser's without what stands beside the picture: its colours are the usual ones, sRGB. */
function withoutNotes(jpeg: Uint8Array): Uint8Array {
  const parts = [jpeg.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= jpeg.length) {
    const marker = jpeg[at + 1] ?? 0;
    const end = at + 2 + (jpeg[at + 2] ?? 0) * 256 + (jpeg[at + 3] ?? 0);
    // The scan, and all that follows.
    if (marker === 0xda) break;
    // APP1 to APP15, and comments.
    if ((marker < 0xe1 || marker > 0xef) && marker !== 0xfe) parts.push(jpeg.subarray(at, end));
    at = end;
  }
  parts.push(jpeg.subarray(at));
  const bare = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    bare.set(part, to);
    to += part.length;
  }
  return bare;
}
