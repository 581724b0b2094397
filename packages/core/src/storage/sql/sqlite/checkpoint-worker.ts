import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** The program of the worker, as text, so that bundlers need not find a module for it. */
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
 * Makes a checkpoint in a worker, as SQLite makes it in one piece, which takes longer the more was committed. Never rejects:
 * what it leaves in the log, later commits move into the database file.
 */
export function checkpointInWorker(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const driver = createRequire(import.meta.url).resolve('better-sqlite3')
  const worker = new Worker(source, { eval: true, workerData: { driver, path } })
  worker.on('error', () => resolve())
  worker.on('exit', () => resolve())
  return promise
}
