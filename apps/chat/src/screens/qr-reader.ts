/** Largest side, in pixels, at which a picture is looked at. */
const MAX_SIDE = 1600;
/** Time for one still picture, milliseconds: a person waits for it, a frame of the camera must not. */
const PICTURE_MILLIS = 1500;

/** Looks for a QR code in what a canvas shows. The decoder comes when it is first needed. */
export type QrDecoder = (image: ImageData, limitMillis: number) => string | undefined;

/** Fetches the decoder. */
export async function loadDecoder(): Promise<QrDecoder> {
  const { decodeQR } = await import('qr/decode.js');
  return (image, timeLimit) => {
    try {
      return decodeQR(
        { width: image.width, height: image.height, data: image.data },
        { timeLimit },
      );
    } catch {
      // It says by an exception that there is no code in the picture.
      return undefined;
    }
  };
}

/**
 * The text of the QR code in a picture; undefined when there is none.
 *
 * @throws DOMException when the file is no picture.
 */
export async function readQrFile(file: Blob): Promise<string | undefined> {
  const [decode, bitmap] = await Promise.all([loadDecoder(), createImageBitmap(file)]);
  try {
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const image = pixels(
      bitmap,
      Math.round(bitmap.width * scale),
      Math.round(bitmap.height * scale),
    );
    return image === undefined ? undefined : decode(image, PICTURE_MILLIS);
  } finally {
    bitmap.close();
  }
}

/** What `source` shows, at the given size; undefined when it has none yet. */
export function pixels(
  source: CanvasImageSource,
  width: number,
  height: number,
): ImageData | undefined {
  if (width < 1 || height < 1) return undefined;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return undefined;
  // A picture with a clear ground would turn black otherwise.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
