import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { invalidInput, RegistryError } from '../base/errors.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Answers on public addresses, to machines of one cloud alone: Azure's host, which hands out credentials. */
const metadataAddresses: ReadonlySet<string> = new Set(['168.63.129.16'])
/** Names that stand for this machine, or for a cloud's metadata, whatever they resolve to. */
const blockedName =
  /^(?:localhost|.+\.localhost|metadata|metadata\.google\.internal|instance-data|.+\.metadata\.google\.internal)$/

/** Which hosts and addresses may be dialled. */
export interface NetworkPolicy {
  /** Whether everything may be dialled. */
  readonly isOpen: boolean
  /** Whether the host may be dialled whatever it resolves to. */
  takesAnyAddress(hostname: string): boolean
  /** URL_BLOCKED where the host alone decides it: an address, or a blocked name. `path` says where the caller gave it. */
  assertHost(hostname: string, path?: readonly string[]): void
  /** Of the addresses that the host resolved to, those that may be dialled. URL_BLOCKED where none may. */
  allowed<Resolved extends { readonly address: string }>(
    hostname: string,
    addresses: readonly Resolved[],
  ): readonly Resolved[]
}

/** The IPv4 address that an IPv6 one only carries (RFC 4291 section 2.5.5.2, RFC 6052), as the connection goes there. */
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
 * `*` lets everything be dialled. `public` lets public addresses; an address, a range (`10.1.0.0/16`) or a host name adds
 * to it. Throws INVALID_INPUT.
 */
export function createNetworkPolicy(list: readonly string[]): NetworkPolicy {
  const rules = parseRules(list)

  function mayDial(text: string): boolean {
    const address = carried(ipaddr.parse(text))
    const isListed = rules.ranges.some((range) => address.kind() === range[0].kind() && address.match([...range]))
    return isListed || (rules.takesPublic && isPublic(address))
  }

  function blocked(hostname: string, path?: readonly string[]): RegistryError {
    const message = `${hostname} may not be reached by this registry: its network policy does not allow it`
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
