/** Where the containers of these tests run: on the engine that is there, or on one of our own. */
import { runStep } from '../support/run-step.ts'
import type { Engine } from './engine.ts'
import { startOwnEngine } from './own-engine.ts'

/** The tests cannot be run here: the message says why. */
export class CannotRun extends Error {}

/** Throws CannotRun when there is none and none can be started. */
export async function findEngine(): Promise<Engine> {
  if (await isThere()) return { environment: process.env, isOurs: false, stop: () => Promise.resolve() }
  if (process.platform !== 'linux' || process.arch !== 'x64' || process.getuid?.() !== 0)
    throw new CannotRun('no Docker engine answers, and starting one needs Debian on x64 and root')
  try {
    return await startOwnEngine()
  } catch (error) {
    throw new CannotRun(`no Docker engine answers, and none could be started: ${lastLines(error)}`)
  }
}

async function isThere(): Promise<boolean> {
  try {
    await runStep('docker', ['version'])
    await runStep('docker', ['compose', 'version'])
    return true
  } catch {
    return false
  }
}

/** Where programs say why. */
const lastLines = (error: unknown): string => String(error).trim().split('\n').slice(-2).join(' ')
