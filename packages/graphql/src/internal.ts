// Exports for the program toolyard alone: they may change in any release.
export { type IdentifyOperator, isExpired } from './access/authenticate.ts'
export { createQuota } from './limits/quota.ts'
export { ManifestError, parseManifest } from './persisted/parse-manifest.ts'
export { createPersistedDocuments } from './persisted/persisted-documents.ts'
export { depsOf, HandlerInternals, type TransportDeps } from './use/graphql-handler.ts'
