import { type Shortcut, type ShortcutDeed, shortcuts } from './shortcuts.ts'

type KeyEvent = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** Elsewhere Meta belongs to the system, and on Apple's Ctrl + K deletes to the end of a line. */
const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The press as the table writes it; undefined for a modifier alone, and with Alt, which types characters. */
export function pressOf({ key, ctrlKey, metaKey, altKey }: KeyEvent): string | undefined {
  if (altKey || ['Control', 'Meta', 'Shift', 'Alt'].includes(key)) return undefined
  const name = key.length === 1 ? key.toLowerCase() : key
  if (!ctrlKey && !metaKey) return name
  return (isApple ? metaKey && !ctrlKey : ctrlKey && !metaKey) ? `Mod+${name}` : undefined
}

/** Longest pause between the presses of one shortcut, in ms. */
const togetherMs = 1_500

/** The presses so far of a shortcut that has several. */
export interface Begun {
  readonly presses: readonly string[]
  readonly atMs: number
}

export const nothingBegun: Begun = { presses: [], atMs: 0 }

/** What a press completes, or which shortcuts it begins. */
export function take(
  begun: Begun,
  press: string,
  atMs: number,
): { readonly begun: Begun; readonly found: Shortcut | undefined } {
  const before = atMs - begun.atMs <= togetherMs ? begun.presses : []
  // A press that does not go on with what was begun begins anew.
  for (const presses of before.length > 0 ? [[...before, press], [press]] : [[press]]) {
    const fitting = shortcuts.filter((each) => presses.every((one, index) => each.presses[index] === one))
    const found = fitting.find((each) => each.presses.length === presses.length)
    if (found) return { begun: nothingBegun, found }
    if (fitting.length > 0) return { begun: { presses, atMs }, found: undefined }
  }
  return { begun: nothingBegun, found: undefined }
}

/** Whether an event is the press of a shortcut that its own part of the page listens for. */
export function isPressOf(deed: ShortcutDeed['type'], event: KeyEvent): boolean {
  const press = pressOf(event)
  return shortcuts.some(({ deed: { type }, presses }) => type === deed && presses[0] === press && presses.length === 1)
}

const names: Readonly<Record<string, string>> = { Mod: isApple ? 'Cmd' : 'Ctrl' }

/** The keys of a press as they are labelled. */
export const labelsOf = (press: string): readonly string[] =>
  press.split('+').map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
