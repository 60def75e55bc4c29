/** The icon set: 16 px strokes on a 24 grid, drawn for Millrace. */
import type { JSX } from 'preact';

const SHAPES = {
  overview: 'M4 19V9M10 19V5M16 19v-7M21 19H3',
  bucket: 'M5 7h14l-1.6 12.2a1 1 0 0 1-1 .8H7.6a1 1 0 0 1-1-.8L5 7ZM4 7c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Z',
  live: 'M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.8 16.2a6 6 0 0 1 0-8.4M16.2 7.8a6 6 0 0 1 0 8.4M5 19a10 10 0 0 1 0-14M19 5a10 10 0 0 1 0 14',
  camera: 'M3 8.5A1.5 1.5 0 0 1 4.5 7h10A1.5 1.5 0 0 1 16 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-10A1.5 1.5 0 0 1 3 15.5v-7ZM16 10.5l5-2.5v8l-5-2.5',
  domain: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c2.5 2.6 3.6 5.6 3.6 9s-1.1 6.4-3.6 9c-2.5-2.6-3.6-5.6-3.6-9S9.500 5.600 12 3Z',
  device: 'M7 4h10a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1ZM12 13.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 17h4',
  send: 'M21 3L10.500 13.500M21 3l-6.500 18-4-7.500L3 9.500 21 3Z',
  demo: 'M12 3.500l2.300 5.200 5.700.600-4.200 3.800 1.200 5.600L12 15.900l-5 2.800 1.200-5.600L4 9.300l5.700-.6L12 3.500Z',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500Z',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.700 9.500a2.400 2.400 0 1 1 3.500 2.200c-.8.5-1.200.9-1.200 1.800M12 16.500v.1',
  out: 'M14 4h4.500a.5.5 0 0 1 .5.5v15a.5.5 0 0 1-.5.5H14M10 8l-4 4 4 4M6 12h9',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  alert: 'M12 4l9 16H3L12 4ZM12 10v4.500M12 17v.1',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.1',
  folder: 'M3 7a1 1 0 0 1 1-1h5l2 2h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7Z',
  file: 'M7 3.500h7l4 4v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1ZM14 3.500v4h4',
  image: 'M4 5h16v14H4zM8.500 10.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3ZM4.500 17l5-5 3.500 3.500 2.500-2.500 4 4',
  video: 'M4 5h16v14H4zM10 9l5 3-5 3V9Z',
  upload: 'M12 16V5M7.500 9L12 4.500 16.500 9M4 16v3.500h16V16',
  download: 'M12 4v11M7.500 11l4.500 4.500 4.500-4.500M4 16v3.500h16V16',
  trash: 'M5 7h14M9.500 7V4.500h5V7M7 7l.8 12.500h8.400L17 7M10.200 10.500v5.500M13.800 10.500v5.500',
  refresh: 'M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500v4h-4',
  key: 'M8 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM11.500 12H21M17.500 12v3M20.500 12v2',
  share: 'M6.500 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM17.500 8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM17.500 20.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM8.700 10.800l6.600-3.600M8.700 13.200l6.600 3.600',
  play: 'M7 5l12 7-12 7V5Z',
  pause: 'M8 5v14M16 5v14',
  sound: 'M4 9.500h3.500L12 5.500v13l-4.500-4H4v-5ZM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  muted: 'M4 9.500h3.500L12 5.500v13l-4.500-4H4v-5ZM16 9.500l5 5M21 9.500l-5 5',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  chevron: 'M9 6l6 6-6 6',
  shield: 'M12 3.500l7.500 3v5c0 4.500-3 7.600-7.500 9-4.500-1.400-7.500-4.500-7.500-9v-5l7.500-3Z',
  stop: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.700 5.700l12.600 12.600',
  code: 'M8.500 7L3.500 12l5 5M15.500 7l5 5-5 5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.500 2',
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 17 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** The bare path, to draw inside another picture. */
export function IconPath({ name }: { name: IconName }): JSX.Element {
  return <path d={SHAPES[name]} />;
}

/** The mark: a mill wheel over its race. */
export function Mark({ size = 24 }: { size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true">
      <circle cx="16" cy="13" r="6.6" />
      <circle cx="16" cy="13" r="1.3" />
      <path d="M16.0 6.4L19.4 2.7M20.7 8.3L25.7 8.2M22.6 13.0L26.3 16.4M20.7 17.7L20.8 22.7M16.0 19.6L12.6 23.3M11.3 17.7L6.3 17.8M9.4 13.0L5.7 9.6M11.3 8.3L11.2 3.3" />
      <path d="M3 27.500c2.600 0 2.600-2 5.200-2s2.600 2 5.200 2 2.600-2 5.200-2 2.600 2 5.200 2 2.600-2 5.200-2" />
    </svg>
  );
}
