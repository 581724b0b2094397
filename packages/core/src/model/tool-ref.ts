/** A tool by id, or by the names of its server and its own. */
export type ToolRef = { readonly id: string } | { readonly server: string; readonly tool: string }
