import { boolean } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

export interface PersistedSettings {
  /** Undefined if only the operations of toolyard's own clients are known by an id. */
  readonly persistedOperationsPath: string | undefined
  /** Whether no document but the persisted ones is executed. */
  readonly onlyPersisted: boolean
}

export const persistedSettings = {
  persistedOperationsPath: {
    flag: 'persisted-operations',
    variable: 'TOOLYARD_PERSISTED_OPERATIONS',
    placeholder: 'file',
    fallback: '',
    description:
      "manifest of the operations that clients may name by an id; those of toolyard's command line and console are always known",
    takes: 'a path of JSON: { id: document }, or a persisted query manifest of Apollo',
    parse: (text) => text,
  } satisfies Setting<string>,
  onlyPersisted: {
    flag: 'only-persisted',
    variable: 'TOOLYARD_ONLY_PERSISTED',
    placeholder: 'boolean',
    bare: 'true',
    fallback: 'false',
    description: 'whether no other operation is executed, and GraphiQL is not served; the flag alone means true',
    takes: 'true, false',
    parse: boolean,
  } satisfies Setting<boolean>,
}

export function readPersistedSettings(read: ReadSetting): PersistedSettings {
  return {
    persistedOperationsPath: read(persistedSettings.persistedOperationsPath) || undefined,
    onlyPersisted: read(persistedSettings.onlyPersisted),
  }
}
