import { places } from '../app/places.ts'

/** What a shortcut does. RUN: where a form runs a tool, which listens itself. */
export type ShortcutDeed =
  | { readonly type: 'PALETTE' | 'KEYS' | 'SEARCH' | 'UNDO' | 'RUN' }
  | { readonly type: 'GO'; readonly href: string }

export interface Shortcut {
  /** Pressed one after another. `Mod` is Cmd on Apple's systems, else Ctrl. */
  readonly presses: readonly string[]
  readonly name: string
  readonly deed: ShortcutDeed
}

/** All keys of the console: the list that `?` opens, and the listener, are made of them. */
export const shortcuts: readonly Shortcut[] = [
  { presses: ['Mod+k'], name: 'Find tools, servers, runs and actions', deed: { type: 'PALETTE' } },
  { presses: ['Mod+Enter'], name: 'Run the tool, in its form', deed: { type: 'RUN' } },
  { presses: ['/'], name: 'Search in this page', deed: { type: 'SEARCH' } },
  ...places.map(({ key, name, href }) => ({
    presses: ['g', key],
    name: `Go to ${name}`,
    deed: { type: 'GO' as const, href },
  })),
  { presses: ['n'], name: 'Add a server', deed: { type: 'GO', href: '/servers/new' } },
  { presses: ['u'], name: 'Undo what was done last', deed: { type: 'UNDO' } },
  { presses: ['?'], name: 'List the keys', deed: { type: 'KEYS' } },
]

/** Whether a shortcut has no modifier: typed into a field, it is text. */
export const isSingleKey = ({ presses }: Shortcut): boolean => presses.every((press) => !press.startsWith('Mod+'))
