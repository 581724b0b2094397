import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Run in a thread of its own, as text: it is no module of this package that a bundler would have to find. */
const source = `
const { driver, path } = require('node:worker_threads').workerData
const database = new (require(driver))(path, { fileMustExist: true })
try {
  database.pragma('wal_checkpoint(passive)')
} finally {
  database.close()
}
`

/**
 * Moves what was committed from the log into the database file, beside the event loop: SQLite does so in one piece, which
 * takes the longer the more was committed. Never rejects: what it leaves in the log, the next commits move.
 */
export function checkpointInWorker(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const driver = createRequire(import.meta.url).resolve('better-sqlite3')
  const worker = new Worker(source, { eval: true, workerData: { driver, path } })
  worker.on('error', () => resolve())
  worker.on('exit', () => resolve())
  return promise
}
