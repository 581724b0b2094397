/** Stroked paths in a 24 × 24 view box. */
const paths = {
  servers: 'M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01',
  tools: 'M14.5 6.5a4 4 0 0 0-5.3 5.3L4 17l3 3 5.2-5.2a4 4 0 0 0 5.3-5.3L15 12l-3-3z',
  runs: 'M12 21a9 9 0 1 1 9-9M12 7v5l3 2M16 19l2 2 4-4',
  approvals: 'M12 3l8 3v6c0 4.5-3.2 7.6-8 9-4.8-1.4-8-4.5-8-9V6zM9 12l2 2 4-4',
  import: 'M12 4v11M7.5 10.5 12 15l4.5-4.5M4 19h16',
  export: 'M12 15V4M7.5 8.5 12 4l4.5 4.5M4 19h16',
  audit: 'M6 4h9l3 3v13H6zM9 10h6M9 13h6M9 16h4',
  add: 'M12 5v14M5 12h14',
  refresh: 'M20 11A8 8 0 0 0 5.6 7.2L4 9M4 4v5h5M4 13a8 8 0 0 0 14.4 3.8L20 15M20 20v-5h-5',
  play: 'M7 5l11 7-11 7z',
  stop: 'M7 7h10v10H7z',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4',
  remove: 'M5 7h14M10 11v6M14 11v6M6.5 7l1 13h9l1-13M9 7V4h6v3',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20',
  alert: 'M12 4 2.5 20h19zM12 10v4M12 17h.01',
  dark: 'M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5',
  key: 'M14.5 14a4.5 4.5 0 1 0-4.2-3L4 17.3V20h3v-2h2v-2h2l1.4-1.4c.6.3 1.3.4 2.1.4zM15.5 8.5h.01',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
  resource: 'M6 3h8l5 5v13H6zM14 3v5h5',
  prompt: 'M4 5h16v11H9l-5 4z',
  check: 'M5 12.5 10 17 19 7',
  back: 'M15 5l-7 7 7 7',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
