// Parses the environment once; no other file reads it.
import { z } from 'zod'

const port = z
  .string()
  .regex(/^\d+$/, 'expected a whole number')
  .transform(Number)
  .pipe(z.int().max(65_535, 'expected a port, at most 65535'))

const environment = z.object({
  /** 0 picks a free port. */
  PORT: port.default(4010),
  /** The SQLite file. Without it, all data is lost when the process ends. */
  DATABASE_PATH: z.string().min(1, 'expected a path').optional(),
})

export interface Settings {
  readonly port: number
  readonly databasePath: string | undefined
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problem: string }

export function parseSettings(env: NodeJS.ProcessEnv): ParsedSettings {
  const { success, data, error } = environment.safeParse(env)
  if (success) return { ok: true, settings: { port: data.PORT, databasePath: data.DATABASE_PATH } }
  return { ok: false, problem: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') }
}
