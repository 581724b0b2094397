import { InexactNumberError, parseExactJson } from '@toolyard/core/internal/exact-json'
import { useState } from 'react'

export type Args = Readonly<Record<string, unknown>>
export type ArgsMode = 'FORM' | 'JSON'

/** Args being edited, in a form or as JSON. */
export interface ArgsDraft {
  readonly mode: ArgsMode
  readonly args: Args
  /** The args as they are now: those of valid JSON, or else the last valid ones. */
  readonly shown: Args
  readonly text: string
  readonly isTyped: boolean
  /** Why the JSON cannot be sent or shown in the form. */
  readonly textProblem: string | undefined
  readonly setArgs: (args: Args, isTyped: boolean) => void
  readonly setText: (text: string) => void
  readonly setMode: (mode: ArgsMode) => void
  /** Returns the args to send, or undefined if the JSON is invalid; `textProblem` then says why. */
  readonly take: () => Args | undefined
  readonly markSent: () => void
}

type Parsed =
  | { readonly args: Args; readonly problem?: undefined }
  | { readonly args?: undefined; readonly problem: string }

function parseArgs(text: string): Parsed {
  try {
    const value: unknown = parseExactJson(text.trim() === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { args: { ...value } }
    return { problem: 'Enter a JSON object, such as {"name": "value"}' }
  } catch (error) {
    if (error instanceof InexactNumberError) return { problem: `Cannot be sent: ${error.message}` }
    return { problem: `Not valid JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

const printed = (args: Args) => JSON.stringify(args, undefined, 2)

export function useArgs(initial: Args, initialMode: ArgsMode): ArgsDraft {
  const [mode, setMode] = useState<ArgsMode>(initialMode)
  const [args, setArgs] = useState<Args>(initial)
  const [text, setText] = useState(() => printed(initial))
  const [isTyped, setIsTyped] = useState(false)
  const [textProblem, setTextProblem] = useState<string>()

  function take(): Args | undefined {
    if (mode === 'FORM') return args
    const parsed = parseArgs(text)
    setTextProblem(parsed.problem)
    return parsed.args
  }

  return {
    mode,
    args,
    shown: mode === 'FORM' ? args : (parseArgs(text).args ?? args),
    text,
    isTyped,
    textProblem,
    setArgs(next, typed) {
      setArgs(next)
      if (typed) setIsTyped(true)
    },
    setText(next) {
      setText(next)
      setIsTyped(true)
      setTextProblem(undefined)
    },
    setMode(next) {
      if (next === mode) return
      if (next === 'JSON') setText(printed(args))
      else {
        // Invalid JSON stays in the editor, for the user to correct.
        const parsed = take()
        if (!parsed) return
        setArgs(parsed)
      }
      setMode(next)
    },
    take,
    markSent: () => setIsTyped(false),
  }
}
