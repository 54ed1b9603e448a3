/** Lets the browser save an exported account as a file. */
export function offerFile(bytes: Uint8Array): void {
  const url = URL.createObjectURL(
    new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = `sotto-account-${new Date().toISOString().slice(0, 10)}.sotto`;
  link.click();
  // The download has begun by then; the bytes need not stay.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
