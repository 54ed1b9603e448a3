import type { JSX } from 'preact';

/** One set: 24 units wide, a line of 1.75, round ends; they take the colour of the text beside them. */
const PATHS = {
  chats: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-4.5 3.500V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z',
  network: 'M12 12 5.5 6M12 12l6.5-6M12 12l-6.5 6M12 12l6.5 6',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.800v4.400M9 14.800v4.4',
  invite:
    'M10 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 19.500c.6-3.4 3.1-5 6.5-5 1.3 0 2.5.2 3.5.7M18 13.500v7M14.5 17h7',
  meet: 'M8 11.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 19c.5-3 2.5-4.500 5.5-4.500 1.6 0 3 .5 4 1.500 1-1 2.4-1.500 4-1.500 3 0 5 1.500 5.500 4.500',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  close: 'M6 6l12 12M18 6 6 18',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20.5 20.5',
  send: 'M12 19V5M6 11l6-6 6 6',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  copy: 'M9 9h9.500a1 1 0 0 1 1 1v9.500a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM4.5 15.500V5a1 1 0 0 1 1-1h10',
  share:
    'M12 14.500V4M8 7.5 12 3.500l4 4M5 12.500V19a1.5 1.5 0 0 0 1.5 1.500h11A1.5 1.5 0 0 0 19 19v-6.5',
  camera:
    'M4 8.500h3.500L9 6h6l1.5 2.500H20V18.500H4zM12 16.500a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400z',
  image: 'M4 5h16v14H4zM4 16l5-5 4.5 4.5 2.5-2 4 4M15.5 9.500h.01',
  paste: 'M8.5 5H6v15.500h12V5h-2.500M9 3.500h6V7H9z',
  check: 'M5 12.5 10 17.5 19 7',
  mute: 'M10 5.200A5 5 0 0 1 17 9.500c0 2.2.4 3.7 1 4.900M16 16.500H5c1.2-1.4 2-3.2 2-7M10.3 19.500a2 2 0 0 0 3.4 0M4 4l16 16',
  block: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM6 6l12 12',
  trash: 'M4.5 6.500h15M9.5 6V4h5v2M6.5 6.500l1 13.500h9l1-13.500M10 10.500v6M14 10.500v6',
  clear: 'M5 6h14M5 11h8M5 16h5M15 14.500l5 5M20 14.500l-5 5',
  box: 'M4 8.5 12 4.500l8 4v8l-8 4-8-4zM4 8.500l8 4 8-4M12 12.500v8',
  lock: 'M6.5 11h11v9h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  export: 'M12 4v11M8 11.500l4 4 4-4M4.5 16.500v4h15v-4',
  import: 'M12 15.500V4.500M8 8.500l4-4 4 4M4.5 16.500v4h15v-4',
  next: 'M9.5 5.5 16 12l-6.5 6.5',
  alert: 'M12 4 21 19.500H3zM12 10v4.500M12 17h.01',
} as const;

/** An icon's name. */
export type IconName = keyof typeof PATHS;

/** An icon for the eye alone: the words stand beside it, or in its button's label. */
export function Icon(props: { readonly name: IconName; readonly size?: number }): JSX.Element {
  const { name, size = 20 } = props;
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={name === 'more' ? 2.5 : 1.75}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
      {name === 'network' && (
        <g fill="currentColor" stroke="none">
          <circle cx="12" cy="12" r="2.8" />
          <circle cx="5" cy="5.5" r="2.3" />
          <circle cx="19" cy="5.5" r="2.3" />
          <circle cx="5" cy="18.5" r="2.3" />
          <circle cx="19" cy="18.5" r="2.3" />
        </g>
      )}
    </svg>
  );
}

/** The mark of Sotto: a point, one voice that is heard and one that is not. */
export function Mark(props: { readonly size?: number }): JSX.Element {
  const { size = 24 } = props;
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <circle cx="16" cy="16" r="4.2" fill="currentColor" />
      <g stroke="currentColor" stroke-width="3.2" stroke-linecap="round">
        <path d="M7.5 24.5a12 12 0 0 1 0-17" />
        <path d="M24.5 7.5a12 12 0 0 1 0 17" opacity=".45" />
      </g>
    </svg>
  );
}
