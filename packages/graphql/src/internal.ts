// What the program toolyard needs of this package, and no one else is promised.
export { type IdentifyOperator, isExpired } from './access/authenticate.ts'
export { createSlots } from './limits/subscription-slots.ts'
export { ManifestError, parseManifest } from './persisted/parse-manifest.ts'
export { createPersistedDocuments } from './persisted/persisted-documents.ts'
export { HandlerInternals, type HandlerParts, partsOf } from './use/graphql-handler.ts'
