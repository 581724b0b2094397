/**
 * What speaks the earlier revisions, with the SDK. Loaded by the first dial that needs it: the SDK's schemas take some MB of
 * memory, and a server of the modern revision needs none of them.
 */
export const loadHandshake = () => import('./handshake.ts')
