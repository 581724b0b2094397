import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { invalidInput, RegistryError } from '../base/errors.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Public addresses that answer only inside one cloud: Azure's host, which hands out credentials. */
const metadataAddresses: ReadonlySet<string> = new Set(['168.63.129.16'])
/** Names of this machine or of a cloud's metadata, blocked whatever they resolve to. */
const blockedName =
  /^(?:localhost|.+\.localhost|metadata|metadata\.google\.internal|instance-data|.+\.metadata\.google\.internal)$/

/** The hosts and addresses that may be dialled. */
export interface NetworkPolicy {
  /** Whether every host may be dialled. */
  readonly isOpen: boolean
  /** Whether the host may be dialled whatever it resolves to. */
  takesAnyAddress(hostname: string): boolean
  /**
   * Checks an address, or a name that is blocked whatever it resolves to; `path` says where the caller gave it.
   * @throws URL_BLOCKED
   */
  assertHost(hostname: string, path?: readonly string[]): void
  /**
   * Filters the addresses that the host resolved to.
   * @throws URL_BLOCKED if no address may be dialled.
   */
  allowed<Resolved extends { readonly address: string }>(
    hostname: string,
    addresses: readonly Resolved[],
  ): readonly Resolved[]
}

/**
 * The IPv4 address in an IPv6 address that only carries one (RFC 4291 section 2.5.5.2, RFC 6052): the connection goes
 * there.
 */
function carried(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address
  const range = address.range()
  if (range === 'ipv4Mapped') return address.toIPv4Address()
  if (range !== 'rfc6052') return address
  return new ipaddr.IPv4(address.toByteArray().slice(12))
}

function isPublic(address: Address): boolean {
  // IPv4-compatible addresses (::/96, deprecated) count as unicast, and some systems still dial the IPv4 part.
  const isCompatible = address instanceof ipaddr.IPv6 && address.parts.slice(0, 6).every((part) => part === 0)
  return address.range() === 'unicast' && !isCompatible && !metadataAddresses.has(address.toString())
}

interface Rules {
  readonly isOpen: boolean
  readonly takesPublic: boolean
  readonly ranges: readonly (readonly [Address, number])[]
  readonly hosts: ReadonlySet<string>
}

function hostOf(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
}

function rangeOf(rule: string): readonly [Address, number] | undefined {
  if (ipaddr.isValidCIDR(rule)) return ipaddr.parseCIDR(rule)
  if (isIP(rule) === 0) return undefined
  const address = ipaddr.parse(rule)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function parseRules(rules: readonly string[]): Rules {
  const ranges: (readonly [Address, number])[] = []
  const hosts = new Set<string>()
  for (const rule of rules) {
    if (rule === '*' || rule === 'public') continue
    const range = rangeOf(rule)
    if (range) ranges.push(range)
    else if (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(rule) && !/^[\d.]+$/.test(rule)) hosts.add(hostOf(rule))
    else {
      const message = `network: expected *, public, an address, a range such as 10.1.0.0/16 or a host name, got "${rule}"`
      throw invalidInput(['network'], message)
    }
  }
  return { isOpen: rules.includes('*'), takesPublic: rules.includes('public'), ranges, hosts }
}

/**
 * Creates the policy of a list: `*` allows every host, `public` all public addresses; an address, a range
 * (`10.1.0.0/16`) or a host name adds to it.
 * @throws INVALID_INPUT
 */
export function createNetworkPolicy(list: readonly string[]): NetworkPolicy {
  const rules = parseRules(list)

  function mayDial(text: string): boolean {
    const address = carried(ipaddr.parse(text))
    const isListed = rules.ranges.some((range) => address.kind() === range[0].kind() && address.match([...range]))
    return isListed || (rules.takesPublic && isPublic(address))
  }

  function blocked(hostname: string, path?: readonly string[]): RegistryError {
    const message = `${hostname} is blocked by the network policy of this registry; to allow it, add it to network (TOOLYARD_NETWORK)`
    return new RegistryError('URL_BLOCKED', message, path ? { path } : {})
  }

  const takesAnyAddress = (hostname: string) => rules.isOpen || rules.hosts.has(hostOf(hostname))

  return {
    isOpen: rules.isOpen,
    takesAnyAddress,
    assertHost(hostname, path) {
      const host = hostOf(hostname)
      if (takesAnyAddress(host)) return
      const isBlocked = isIP(host) === 0 ? blockedName.test(host) : !mayDial(host)
      if (isBlocked) throw blocked(host, path)
    },
    allowed(hostname, addresses) {
      if (takesAnyAddress(hostname)) return addresses
      const some = addresses.filter(({ address }) => mayDial(address))
      if (some.length === 0) throw blocked(hostname)
      return some
    },
  }
}
