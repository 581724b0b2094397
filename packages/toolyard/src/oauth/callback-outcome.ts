import { isRegistryError, type McpServer, type RegistryError } from '@toolyard/core'
import { shown } from '../output/printable.ts'
import type { CallbackPage } from './callback-page.ts'

const again = 'Start again in the console, or with: toolyard auth NAME'

export const malformed: CallbackPage = {
  status: 400,
  title: 'Not a valid authorization response',
  text: ['The address has no state, or a parameter is repeated or too long. Nothing was changed.', again],
}

export const otherBrowser: CallbackPage = {
  status: 400,
  title: 'Not connected: this sign-in began in another browser',
  text: [
    'A sign-in has to end in the browser that began it, within 10 minutes, with cookies allowed. Nothing was changed.',
    'If another person sent you this link, close this page: it would have connected their server to your account.',
    again,
  ],
}

const over: CallbackPage = {
  status: 400,
  title: 'Not connected: this sign-in has ended',
  text: ['It was completed already, has expired, or its server was changed or deleted since.', again],
}

const otherIssuer: CallbackPage = {
  status: 400,
  title: 'Not connected: the response is not from the authorization server that was asked',
  text: ['It does not name that authorization server (RFC 9207). It was not used, and nothing was sent.', again],
}

const incomplete: CallbackPage = {
  status: 400,
  title: 'Not a valid authorization response',
  text: ['The address has neither a code nor an error. Nothing was changed.', again],
}

const unavailable: CallbackPage = {
  status: 503,
  title: 'Not connected: toolyard is unavailable',
  text: ['It is shutting down, or cannot reach its database. Reload this page in a moment.', again],
}

export const failed: CallbackPage = {
  status: 500,
  title: 'Not connected: internal error',
  text: ['The log of toolyard has the reason.', again],
}

export function connected({ name }: McpServer): CallbackPage {
  return { status: 200, title: 'Connected', serverName: shown(name), text: ['You can close this page.'] }
}

/** By the member of the answer that is wrong; it uses nothing up. */
const invalid: ReadonlyMap<string | undefined, CallbackPage> = new Map([
  ['iss', otherIssuer],
  ['code', incomplete],
])

const isAway = ({ code }: RegistryError) => ['CLOSED', 'STORAGE_UNAVAILABLE', 'LEASE_LOST'].includes(code)

/** The page for what `completeAuth` rejected with; undefined for an unexpected error. */
export function refusalOf(error: unknown): CallbackPage | undefined {
  if (!isRegistryError(error) || error.code === 'INTERNAL') return undefined
  if (isAway(error)) return unavailable
  if (error.code === 'INVALID_INPUT') return invalid.get(error.path?.[0]) ?? over
  // These messages are the registry's own: they quote nothing that an authorization server says.
  return { status: error.code === 'AUTH_REQUIRED' ? 403 : 502, title: 'Not connected', text: [error.message, again] }
}

/** Whether the authorization may still be completed: the answer was not from its authorization server, or not looked at. */
export function isUnderWay(error: unknown): boolean {
  if (!isRegistryError(error)) return false
  return isAway(error) || (error.code === 'INVALID_INPUT' && invalid.has(error.path?.[0]))
}
