import type { PublicAddress } from '../oauth/public-address.ts'
import { isLoopback } from '../server/origin.ts'
import { listOf } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** Undefined: the address at which the server listens. */
export interface PublicUrl {
  readonly url: string | undefined
}

function parsePublicUrl(text: string): PublicUrl | undefined {
  if (text === 'auto') return { url: undefined }
  if (!URL.canParse(text) || /[?#]/.test(text)) return undefined
  const { protocol, hostname, username, password, origin, pathname } = new URL(text)
  const isSecure = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return isSecure && username === '' && password === ''
    ? { url: `${origin}${pathname.replace(/\/+$/, '')}` }
    : undefined
}

/** Without credentials, which are no part of the setting. */
const showUrl = (text: string) => text.replace(/\/\/[^/]*@/, '//…@')

/** What authorization servers and browsers know of this server. */
export const oauthSettings = {
  publicUrl: {
    flag: 'public-url',
    variable: 'TOOLYARD_PUBLIC_URL',
    placeholder: 'url',
    fallback: 'auto',
    description:
      'address at which browsers and authorization servers reach this server, as of /oauth/callback; auto: the one it listens on if that is a loopback address, else none',
    takes: 'an https URL, or an http one of this machine, without credentials, query and fragment; or auto',
    parse: parsePublicUrl,
    show: showUrl,
  } satisfies Setting<PublicUrl>,
  oauthRedirects: {
    flag: 'oauth-redirects',
    variable: 'TOOLYARD_OAUTH_REDIRECTS',
    placeholder: 'uris',
    fallback: '',
    description: "further redirect URIs that beginMcpAuth may be given: those of front ends; this machine's always may",
    takes: 'absolute https URIs with commas between them, compared as they are',
    parse: listOf,
  } satisfies Setting<readonly string[]>,
}

export function readOAuthSettings(read: ReadSetting): PublicAddress {
  return { publicUrl: read(oauthSettings.publicUrl).url, oauthRedirects: read(oauthSettings.oauthRedirects) }
}
