/** Who may import whom: the table of the house. A room is a folder or a file; the first that matches a path is its room. */

export interface Room {
  /** Path of a file, or of a folder with a slash at its end. */
  readonly path: string
  /** Files and folders that it may import, besides its own. */
  readonly mayImport: readonly string[]
  /** Packages that it may import; any of package.json when left out. */
  readonly packages?: readonly string[]
  /** Runs under Node and may import its modules. */
  readonly isForNode?: boolean
  /** Runs under gjs, GNOME's JavaScript, whose modules are no packages. */
  readonly isForGjs?: boolean
}

export const ROOMS: readonly Room[] = [
  { path: 'server/wire/', mayImport: [], packages: ['valibot'] },
  { path: 'server/', mayImport: ['server/wire/', 'migrations/'], isForNode: true },
  { path: 'migrations/', mayImport: [], isForNode: true },
  { path: 'pwa/protocol/', mayImport: ['server/wire/'], packages: ['valibot'] },
  { path: 'pwa/client/', mayImport: ['pwa/protocol/', 'server/wire/'] },
  { path: 'pwa/ui/', mayImport: ['pwa/client/contract/', 'server/wire/'] },
  {
    path: 'pwa/environment/',
    mayImport: ['pwa/client/', 'pwa/protocol/bytes.ts', 'pwa/protocol/crypto-log.ts', 'server/wire/'],
  },
  {
    path: 'pwa/sw-bridge.ts',
    mayImport: [
      'pwa/ui/update-prompt.ts',
      'pwa/client/contract/live.ts',
      'pwa/client/live.ts',
      'pwa/environment/script-address.ts',
    ],
  },
  {
    path: 'pwa/main.tsx',
    mayImport: ['pwa/client/', 'pwa/ui/', 'pwa/environment/', 'pwa/sw-bridge.ts', 'server/wire/'],
  },
  { path: 'pwa/vite.config.ts', mayImport: [], isForNode: true },
  { path: 'sw/vite.config.ts', mayImport: [], isForNode: true },
  { path: 'sw/build.ts', mayImport: [], isForNode: true },
  {
    path: 'sw/',
    mayImport: ['pwa/client/sync/drain-outbox.ts', 'pwa/client/history/', 'pwa/client/api/', 'server/wire/'],
  },
  {
    path: 'tests/reader/',
    mayImport: [],
    packages: ['vitest', '@noble/ciphers', '@noble/curves', '@noble/hashes'],
    isForNode: true,
  },
  { path: 'tests/support/engines/webkit-browser.mjs', mayImport: [], isForGjs: true },
  { path: 'tests/', mayImport: ['server/', 'pwa/', 'sw/', 'migrations/'], isForNode: true },
]

/** What the worker must not reach by any chain of imports that is left when it runs. */
export const WORKER_ENTRY = 'sw/sw.ts'
export const CLOSED_TO_WORKER = ['pwa/protocol/', 'pwa/client/vault/', 'pwa/client/commands/', 'pwa/ui/']

export function isIn(file: string, place: string): boolean {
  return place.endsWith('/') ? file.startsWith(place) : file === place
}
