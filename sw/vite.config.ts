import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const project = fileURLToPath(new URL('..', import.meta.url))

/** The worker is one classic script: module workers would load the rest of it through themselves. */
export default defineConfig({
  root: project,
  publicDir: false,
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: '.build/sw',
    target: 'es2022',
    rolldownOptions: {
      input: 'sw/sw.ts',
      output: { format: 'iife', entryFileNames: 'sw.js' },
    },
  },
})
