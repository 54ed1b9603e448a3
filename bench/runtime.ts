/** What ran it, for the row. */
export const runtime: string = `node ${process.version}`;

/** CPU time of the process so far, µs: waiting for a core that others use does not count. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
