import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folder in which the processes of all tests keep compiled code: each loads the same thousand modules. */
export const compileCache = join(tmpdir(), `toolyard-compile-cache-${process.getuid?.() ?? 'user'}`)
