/** Why this tab may not follow the URL; undefined if it may. */
export function obstacleTo(authorizationUrl: string, pageOrigin: string): string | undefined {
  const url = URL.canParse(authorizationUrl) ? new URL(authorizationUrl) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'The authorization server named an address that is not a web page. Nothing was opened.'
  const back = url.searchParams.get('redirect_uri')
  if (back === null || !URL.canParse(back)) return undefined
  const { origin } = new URL(back)
  // The cookie that ties the authorization to this browser belongs to the page's own address.
  return origin === pageOrigin
    ? undefined
    : `Your browser would come back to ${origin}, but this page is at ${pageOrigin}. Open the console at ${origin}, and connect there.`
}
