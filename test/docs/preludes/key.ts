declare const key: string
