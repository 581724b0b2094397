/**
 * Whether `name` means the issuer `issuer`. Many URL libraries end an origin with a slash (RFC 3986 section 6.2.3), so that
 * documents name issuers with one slash more than their own metadata does; every other difference is another issuer (RFC
 * 8414 section 3.3).
 */
export function namesIssuer(name: string, issuer: string): boolean {
  return name === issuer || (name.endsWith('/') && name.slice(0, -1) === issuer)
}
