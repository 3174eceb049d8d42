import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** Where `npm run dev` runs the server behind the page. */
const serverPort = process.env['PORT'] ?? '8080'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // With the page's own content security policy, as one file that the service worker keeps, too.
  worker: { format: 'es' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no inline script and no data: address.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Said of a slow machine, not of the build.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    strictPort: true,
    proxy: { '/api': `http://127.0.0.1:${serverPort}` },
  },
})
