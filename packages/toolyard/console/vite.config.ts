import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { precompress } from './precompress.ts'

/** Where `npm run dev` finds the API. */
const api = process.env.TOOLYARD_URL ?? 'http://127.0.0.1:4000'

export default defineConfig({
  plugins: [react(), precompress()],
  // Takes the packages' sources, so that a build needs no other before.
  resolve: { conditions: ['toolyard-source', ...defaultClientConditions] },
  build: {
    // Published as a part of the package toolyard, whose server serves it.
    outDir: 'dist',
    manifest: true,
    target: 'es2022',
    // Strict policies take no data: URLs for fonts and scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/graphql': { target: api, ws: true, changeOrigin: true } } },
})
