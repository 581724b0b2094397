import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import type { Refusal } from '../api/refusal.ts'

/** The caller's input for one server: values of its template variables, and an agent id. */
export interface CallerDraft {
  readonly variables: Readonly<Record<string, string>>
  readonly agentId: string
  /** Whether the API reported a missing variable. NOW: the field has not received the focus yet. */
  readonly isMissed: 'NOW' | 'BEFORE' | 'NO'
}

export interface CallerInput {
  readonly variables?: { readonly name: string; readonly value: string }[]
  readonly agentId?: string
}

interface CallerDrafts {
  readonly drafts: ReadonlyMap<string, CallerDraft>
  readonly change: (serverId: string, part: Partial<CallerDraft>) => void
}

const none: CallerDraft = { variables: {}, agentId: '', isMissed: 'NO' }
const CallerContext = createContext<CallerDrafts | undefined>(undefined)

/** Keeps the caller's input in memory only. It is never stored, and is lost when the page closes. */
export function CallerProvider({ children }: { readonly children: ReactNode }) {
  const [drafts, setDrafts] = useState<ReadonlyMap<string, CallerDraft>>(new Map())
  const change = useCallback((serverId: string, part: Partial<CallerDraft>) => {
    setDrafts((before) => new Map([...before, [serverId, { ...(before.get(serverId) ?? none), ...part }]]))
  }, [])
  const value = useMemo(() => ({ drafts, change }), [drafts, change])
  return <CallerContext value={value}>{children}</CallerContext>
}

export interface Callers {
  readonly draftOf: (serverId: string) => CallerDraft
  readonly change: (serverId: string, part: Partial<CallerDraft>) => void
  /** Builds the input of a refresh or a run. Omits empty values, so that their defaults apply. */
  readonly inputOf: (serverId: string) => CallerInput
  /** Records the outcome. Returns whether the API rejected the caller's variables. */
  readonly settle: (serverId: string, refusal: Refusal | undefined) => boolean
}

export function useCallers(): Callers {
  const context = useContext(CallerContext)
  if (!context) throw new Error('expected a CallerProvider above')
  const { drafts, change } = context
  const draftOf = (serverId: string) => drafts.get(serverId) ?? none
  return {
    draftOf,
    change,
    inputOf(serverId) {
      const { variables, agentId } = draftOf(serverId)
      const given = Object.entries(variables).flatMap(([name, value]) => (value === '' ? [] : [{ name, value }]))
      return {
        ...(given.length > 0 ? { variables: given } : {}),
        ...(agentId === '' ? {} : { agentId }),
      }
    },
    settle(serverId, refusal) {
      const isMissed = refusal?.path[0] === 'variables'
      change(serverId, { isMissed: isMissed ? 'NOW' : 'NO' })
      return isMissed
    },
  }
}

interface AskedVariable {
  readonly name: string
  readonly required: boolean
}

/** The variables that the API reported missing and the user has not filled in since. */
export function missingOf({ variables, isMissed }: CallerDraft, asked: readonly AskedVariable[]): readonly string[] {
  if (isMissed === 'NO') return []
  return asked.filter(({ name, required }) => required && !variables[name]).map(({ name }) => name)
}
