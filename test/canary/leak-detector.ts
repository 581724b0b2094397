import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { kinds, type Markers, tracesOf } from './markers.ts'

/** Enough of a text to tell what brought a secret along. */
const around = (text: string, found: string) =>
  text.slice(Math.max(0, text.indexOf(found) - 60), text.indexOf(found) + 50)

/** Sees everything that comes out, and knows what must not. */
export interface LeakDetector {
  /** A value that a caller gave, in every form in which it may be printed. */
  see(from: string, value: unknown): void
  /** What the work answers; what it rejects with is seen too, and is undefined. */
  watch<T>(from: string, work: () => Promise<T>): Promise<T | undefined>
  /** How many things were seen. */
  readonly count: number
  /** The traces of markers in what was seen. */
  found(): readonly string[]
  /** Fails where there is one. */
  expectNothing(): void
  /** Fails where a trace of one is in a byte of a file of the folder. */
  expectNothingIn(folder: string): Promise<void>
}

/** A text whose appearance shows that a secret came out. */
export interface Trace {
  readonly what: string
  readonly text: string
}

export const tracesIn = (kind: string, secret: string): readonly Trace[] =>
  Object.entries(tracesOf(secret)).map(([how, text]) => ({ what: `${kind}, ${how}`, text }))

export function createLeakDetector(markers: Markers): LeakDetector {
  const traces = kinds.flatMap((kind) => tracesIn(kind, markers[kind]))
  return createDetectorOf(() => traces)
}

/** `tracesNow` is asked when something is looked for: some secrets are only made on the way. */
export function createDetectorOf(tracesNow: () => readonly Trace[]): LeakDetector {
  const seen: { readonly from: string; readonly text: string }[] = []

  function printed(value: unknown): string {
    if (typeof value === 'string') return value
    const all = inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null })
    return `${all}\n${JSON.stringify(value)}\n${String(value)}`
  }

  const detector: LeakDetector = {
    see: (from, value) => void seen.push({ from, text: printed(value) }),
    async watch(from, work) {
      try {
        const answer = await work()
        detector.see(from, answer)
        return answer
      } catch (error) {
        detector.see(`${from} (rejected)`, error)
        return undefined
      }
    },
    get count() {
      return seen.length
    },
    found() {
      const traces = tracesNow()
      const found = seen.flatMap(({ from, text }) =>
        traces
          .filter((trace) => text.includes(trace.text))
          .map((trace) => `${trace.what} in ${from}: …${around(text, trace.text)}…`),
      )
      return [...new Set(found)]
    },
    expectNothing() {
      expect(detector.found()).toEqual([])
    },
    async expectNothingIn(folder) {
      const traces = tracesNow()
      const files = await readdir(folder)
      expect(files).not.toEqual([])
      for (const file of files) {
        const bytes = await readFile(join(folder, file))
        expect(
          traces.filter(({ text }) => bytes.includes(text)).map(({ what }) => `${what} in the file ${file}`),
        ).toEqual([])
      }
    },
  }
  return detector
}
