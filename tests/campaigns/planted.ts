/** Bugs that a campaign has to find before its silence is worth anything, in a build of their own. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { edit, type Edit } from '../mutants/mutant.ts'
import { makeTree } from '../mutants/trees.ts'

const COUNTERS = 'pwa/client/history/counters.ts'

export const plantedBugs = {
  'outbox row deleted before the acknowledgement': [
    edit(
      'pwa/client/sync/drain-outbox.ts',
      'const answer = await append(parts,',
      'await parts.database.outbox.bulkDelete(batch.rows.map(({ id }) => id))\n  const answer = await append(parts,',
    ),
  ],
  /** The new keys of a run that is not sure of its counters would hide most of it. */
  'IVs from localStorage, and no new keys after a crash': [
    edit('pwa/client/sync/run.ts', "return run.state === 'known' && ", 'return '),
    edit(
      COUNTERS,
      'const iv = highest([counter.iv, ...queued]) + 1n',
      'const iv = BigInt(localStorage.getItem(keys) ?? 0) + 1n + 0n * highest(queued)\n    localStorage.setItem(keys, String(iv))',
    ),
    edit(COUNTERS, 'seal.iv <= counter.committedIv || ', ''),
  ],
  'IVs counted by each tab for itself': [
    edit('pwa/client/sync/run.ts', "return run.state === 'known' && ", 'return '),
    edit(
      COUNTERS,
      'const iv = highest([counter.iv, ...queued]) + 1n',
      [
        'const ownIvs: Map<string, bigint> = Reflect.get(globalThis, "ownIvs") ?? new Map()',
        '    Reflect.set(globalThis, "ownIvs", ownIvs)',
        '    const iv = (ownIvs.get(keys) ?? highest([counter.iv, ...queued])) + 1n',
        '    ownIvs.set(keys, iv)',
      ].join('\n'),
    ),
    edit(COUNTERS, 'seal.iv <= counter.committedIv || ', ''),
  ],
} satisfies Record<string, readonly Edit[]>

export type PlantedBug = keyof typeof plantedBugs

/** Builds the app with a bug and gives its folder to `run`; removes it afterwards. */
export async function withPlantedBug<T>(name: PlantedBug, run: (project: string) => Promise<T>): Promise<T> {
  const tree = await makeTree(`campaign-${process.pid}`, plantedBugs[name])
  try {
    await promisify(execFile)(process.execPath, ['sw/build.ts'], { cwd: tree })
    return await run(tree)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}
