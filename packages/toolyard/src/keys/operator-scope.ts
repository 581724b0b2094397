/** The scope of keys that belong to no tenant. */
export const operatorScope = 'operator'
