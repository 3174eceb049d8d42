/**
 * `npm run build`: the page, then the worker, then into the worker the list of the page's files that it keeps, then packed
 * copies of all texts beside them, which nginx sends to browsers that take them.
 */
import { glob, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { build } from 'vite'
import { injectManifest } from 'workbox-build'

/** Larger than the largest chunk, the dictionaries of the strength meter. A larger file fails the build. */
const PRECACHED_MOST_BYTES = 4 * 1024 * 1024

const pack = promisify(gzip)
const project = fileURLToPath(new URL('..', import.meta.url))
process.chdir(project)

await build({ configFile: 'pwa/vite.config.ts', logLevel: 'warn' })
await build({ configFile: 'sw/vite.config.ts', logLevel: 'warn' })

// Last, and from the finished folder: one listed file that is not there would fail every install of the worker.
const { count, size, warnings } = await injectManifest({
  swSrc: '.build/sw/sw.js',
  swDest: 'dist/sw.js',
  globDirectory: 'dist',
  // Pictures for whoever installs the app: nobody needs them offline.
  globIgnores: ['sw.js', 'screenshots/**'],
  globPatterns: ['**/*.{js,css,html,webmanifest,png,svg,woff2}'],
  // Names under assets/ carry a hash of the content already.
  dontCacheBustURLsMatching: /^assets\//,
  maximumFileSizeToCacheInBytes: PRECACHED_MOST_BYTES,
})
if (warnings.length > 0) throw new Error(warnings.join('\n'))
for await (const file of glob('dist/**/*.{js,css,html,webmanifest,svg}'))
  await writeFile(`${file}.gz`, await pack(await readFile(file), { level: constants.Z_BEST_COMPRESSION }))
process.stdout.write(`Built dist/: ${count} files for offline use, ${Math.round(size / 1024)} KiB\n`)
