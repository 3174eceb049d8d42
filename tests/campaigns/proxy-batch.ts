/** Seeds of the proxy campaign in a process of their own, on the client as it is or with a bug. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Batch } from './proxy-worker.ts'

const WORKER = fileURLToPath(new URL('proxy-worker.ts', import.meta.url))

/** Bugs of the simulator that a proxy alone must bring to light. */
export const PROXY_BUGS = [
  'page not starting at the cursor applied',
  'outbox row deleted before the acknowledgement',
] as const

export async function runProxySeeds({
  first,
  count,
  mutant,
}: {
  first: number
  count: number
  mutant?: string
}): Promise<Batch> {
  const planted = mutant === undefined ? [] : ['--mutant', mutant]
  const args = [WORKER, '--first', String(first), '--count', String(count), ...planted]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Batch // the worker's last and only line
}
